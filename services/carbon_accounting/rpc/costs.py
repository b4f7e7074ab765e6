"""ListCosts: what energy cost each enterprise, at the tariffs of the park file."""

from collections.abc import Iterator
from typing import Any, cast

from parkflow.carbon.v1 import cost_pb2 as wire
from services.carbon_accounting.domain.costing.costs import Costs
from services.carbon_accounting.domain.costing.own_items import own_unpriced
from services.carbon_accounting.domain.costing.prices import Prices
from services.carbon_accounting.domain.costing.statement import CostLine, statement
from services.carbon_accounting.live.local_days import LocalDays
from services.carbon_accounting.rpc.access import for_enterprises
from services.carbon_accounting.rpc.spans import Mistakes, days_of
from services.carbon_accounting.rpc.tracing import LONGEST_DAYS, TracingRpc, sorted_items, told

NO_PRICES = "accounting.prices: the park file states no price, so no cost is known - state them"


class CostsRpc(TracingRpc):
    """Costs by month, position, way and enterprise; traced anew from the words that stand."""

    @for_enterprises
    async def ListCosts(  # noqa: N802
        self, request: wire.ListCostsRequest, context: Any
    ) -> wire.ListCostsResponse:
        """Return the costs of all, or of one enterprise; rounded over all of them either way."""
        mistakes: Mistakes = []
        days = days_of(request, LONGEST_DAYS, mistakes)
        whose = self._whose(request, context, mistakes)
        self._check(request, mistakes)
        prices = Prices(self._site.time_zone, self._site.pricing)
        span = cast(LocalDays, days).interval(self._site.time_zone)
        if not prices.is_asked:
            return wire.ListCostsResponse(currency=self._site.currency, open_items=[NO_PRICES])
        costs = (await self._traced(span, prices)).costs
        items = costs.open_items if whose is None else own_unpriced(costs).get(whose, ())
        return wire.ListCostsResponse(
            currency=self._site.currency,
            costs=_messages(costs, whose),
            open_items=[told(item) for item in sorted_items(items)],
        )


def _messages(costs: Costs, whose: str | None) -> Iterator[wire.Cost]:
    lines = (line for line in statement(costs) if whose in (None, line.where.enterprise))
    yield from map(_message, lines)


def _message(line: CostLine) -> wire.Cost:
    where = line.where
    return wire.Cost(
        month=line.month,
        enterprise=where.enterprise,
        position=where.position,
        way=where.way,
        unit=where.unit,
        amount=line.amount,
        cost_cents=line.cents,
        unverified=line.unverified,
    )
