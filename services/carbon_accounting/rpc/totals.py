"""ListTotals: exact sums of the books."""

from typing import Any, cast

from parkflow.carbon.v1 import total_pb2 as wire
from services.carbon_accounting.domain.inventory.totals import Total, TotalKey
from services.carbon_accounting.live.incomplete_periods import Whys, incomplete_periods
from services.carbon_accounting.live.local_days import LocalDays
from services.carbon_accounting.live.totals import BY_DAY, BY_MONTH, TotalsAsked, totals_of
from services.carbon_accounting.messages import mass
from services.carbon_accounting.rpc.access import for_enterprises
from services.carbon_accounting.rpc.spans import LiveRpc, Mistakes, days_of, ledger_of, past_moment
from services.runtime.refusals import FieldMistake, invalid_field

LONGEST_DAYS = {BY_MONTH: 800, BY_DAY: 62}
MOST_TOTALS = 20_000
PERIODS = {
    wire.TOTAL_PERIOD_UNSPECIFIED: BY_MONTH,
    wire.TOTAL_PERIOD_MONTH: BY_MONTH,
    wire.TOTAL_PERIOD_DAY: BY_DAY,
}


class TotalsRpc(LiveRpc):
    """Sums by ledger, period, enterprise, scope, category, activity, carrier, kind of origin."""

    @for_enterprises
    async def ListTotals(  # noqa: N802
        self, request: wire.ListTotalsRequest, context: Any
    ) -> wire.ListTotalsResponse:
        """Return the totals; never one over two ledgers."""
        asked = self._totals_asked(request, context)
        async with self._snapshot() as connection:
            zone = self._site.time_zone.key
            found = await totals_of(connection, self._site.id, zone, asked)
            of_now = (self._rules.accounted, asked.days, asked.period)
            whys = await incomplete_periods(connection, *of_now)
        if len(found) > MOST_TOTALS:
            text = f"more than {MOST_TOTALS:,} totals; ask for one ledger, enterprise or month"
            raise invalid_field("last_day", text)
        return wire.ListTotalsResponse(
            totals=[_message(key, one, whys) for key, one in found.items()]
        )

    def _totals_asked(self, request: wire.ListTotalsRequest, context: Any) -> TotalsAsked:
        mistakes: Mistakes = []
        if request.period not in PERIODS:
            text = f"{request.period} is no period; use 1 (month) or 2 (day)"
            mistakes.append(FieldMistake("period", text))
        period = PERIODS.get(request.period, BY_MONTH)
        asked = TotalsAsked(
            days=cast(LocalDays, days_of(request, LONGEST_DAYS[period], mistakes)),
            period=period,
            ledger=ledger_of(request, mistakes),
            enterprise=self._whose(request, context, mistakes),
            known_by=past_moment(request, "known_by", self._clock.now(), mistakes),
            limit=MOST_TOTALS + 1,
        )
        self._check(request, mistakes)
        return asked


def _message(key: TotalKey, total: Total, whys: Whys) -> wire.Total:
    return wire.Total(
        ledger=f"LEDGER_{key.ledger.name}",
        period=key.month,
        enterprise=key.enterprise,
        scope=key.scope,
        category=key.category,
        activity=key.activity,
        carrier=key.carrier,
        origin_kind=key.origin,
        gas=key.gas,
        unit=key.unit,
        counted=key.counted,
        amount=total.amount,
        emissions=mass(total.emissions_ng),
        entry_count=total.entries,
        estimated_entry_count=total.estimated,
        unverified=(*whys.get((key.ledger, key.month), ()), *total.unverified),
    )
