"""GetEnergyAudit: balances, energy in tce, energy of products, how meters are read."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from typing import Any

from parkflow.carbon.v1 import audit_pb2 as wire
from services.carbon_accounting.domain.auditing.balances import Tolerance
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.live.audit import ALL, Audit, audit_of
from services.carbon_accounting.live.booked_span import booked_span
from services.carbon_accounting.live.production import production_of
from services.carbon_accounting.rpc.audit_messages import (
    balance_message,
    collection_message,
    line_messages,
    product_message,
    total_message,
)
from services.carbon_accounting.rpc.spans import LiveRpc, Mistakes
from services.energy.time_grid import Interval
from services.runtime.refusals import FieldMistake, InvalidFields

MOST_MONTHS = 12
NOTHING = "nothing of these months is booked: there is no balance and no energy to show"
NO_PRODUCT = (
    "the park file declares no product, so no energy of a unit of product can be shown: "
    "declare `accounting.products`, and tell by PutProduction what was made"
)
NOT_STATED = (
    "not every meter says how it is read, so no share of meters is shown: "
    "write `collection: automatic` or `by_hand` in `accounting` or at the meter"
)


class AuditRpc(LiveRpc):
    """The energy audit of the park, one at a time."""

    _one_by_one: asyncio.Semaphore

    async def GetEnergyAudit(  # noqa: N802
        self, request: wire.GetEnergyAuditRequest, context: Any
    ) -> wire.GetEnergyAuditResponse:
        """Return the audit of some months, as far as they are booked."""
        asked = self._months_asked(request)
        made = await production_of(self._database, self._site.id)
        async with (
            self._one_by_one,
            booked_span(self._database, self._rules, asked) as booked,
        ):
            audit = await audit_of(booked, made)
        return _answer(audit, self._site)

    def _months_asked(self, request: wire.GetEnergyAuditRequest) -> Interval:
        mistakes: Mistakes = []
        first = _month(request.first_month, "first_month", mistakes)
        last = _month(request.last_month, "last_month", mistakes) if request.last_month else first
        if first is not None and last is not None:
            _check_span(first, last, mistakes)
        self._check(request, mistakes)
        if first is None or last is None:
            raise InvalidFields(mistakes)
        zone = self._site.time_zone
        return Interval(first.start(zone), last.plus(1).start(zone))


def _month(text: str, field: str, mistakes: Mistakes) -> Month | None:
    with suppress(ValueError):
        month = Month.read(text)
        if 1 < month.year < 9999:  # whose days there are in every time zone
            return month
    mistakes.append(FieldMistake(field, f"{text!r} is no month like 2026-11"))
    return None


def _check_span(first: Month, last: Month, mistakes: Mistakes) -> None:
    if last < first:
        text = f"{last} lies before the first month {first}"
        mistakes.append(FieldMistake("last_month", text))
    elif first.plus(MOST_MONTHS) <= last:
        text = f"more than {MOST_MONTHS} months are asked for; ask for less"
        mistakes.append(FieldMistake("last_month", text))


def _answer(audit: Audit, site: Site) -> wire.GetEnergyAuditResponse:
    tolerance = Tolerance(Fraction(site.choices.balance_tolerance))
    months = [(month, found) for month, found in audit.energy if month != ALL]
    return wire.GetEnergyAuditResponse(
        balances=[balance_message(one, tolerance) for one in audit.balances],
        energy=[line for month, found in months for line in line_messages(month, found)],
        totals=[total_message(month, found) for month, found in audit.energy],
        products=[product_message(use) for use in audit.products],
        collection=collection_message(site),
        missing=_missing(audit, site),
    )


def _missing(audit: Audit, site: Site) -> Iterator[str]:
    if not audit.energy:
        yield NOTHING
    if not site.products:
        yield NO_PRODUCT
    if any(one.collection is None for one in site.counting):
        yield NOT_STATED
