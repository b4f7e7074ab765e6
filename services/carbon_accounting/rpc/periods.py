"""ListPeriods, ClosePeriod and what becomes of restatements of a closed month: who, and why."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from parkflow.carbon.v1 import period_pb2 as wire
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.live.local_days import days_of_month
from services.carbon_accounting.live.open_quarters import open_items_of
from services.carbon_accounting.live.period_listing import (
    PendingRestatement,
    chain_heads,
    pending_of,
    periods_of,
)
from services.carbon_accounting.live.periods import (
    Changed,
    NotClosed,
    NotPending,
    approve,
    close,
    reject,
)
from services.carbon_accounting.live.store import PostgresBooks, open_books
from services.carbon_accounting.rpc.access import decided_by
from services.carbon_accounting.rpc.periods_messages import pending_message, period_message
from services.carbon_accounting.rpc.spans import LiveRpc, Mistakes
from services.runtime.database import Database
from services.runtime.refusals import MESSAGE_BYTES, Conflict, FieldMistake, NotFound
from services.runtime.requests import who_mistakes

LONGEST_NAME, LONGEST_REASON = 100, 500
FIRST_VERSION = 1
LARGEST_ID = 2**63 - 1
LONGEST_ID = len(str(LARGEST_ID))


class PeriodsRpc(LiveRpc):
    """Months are closed here, and restatements of them decided."""

    _writing: Database

    async def ListPeriods(  # noqa: N802
        self, request: wire.ListPeriodsRequest, context: Any
    ) -> wire.ListPeriodsResponse:
        """Return the months of the books."""
        self._check(request, [])
        async with self._snapshot() as connection:
            found = await periods_of(connection, self._site.id)
        return wire.ListPeriodsResponse(periods=[period_message(one) for one in found])

    async def ClosePeriod(  # noqa: N802
        self, request: wire.ClosePeriodRequest, context: Any
    ) -> wire.ClosePeriodResponse:
        """Close a month; Conflict where it has not ended, is closed, holds nothing, or is open."""
        mistakes = [*who_mistakes(request, "month", LONGEST_NAME, LONGEST_REASON)]
        _check_month(request.month, mistakes)
        self._check(request, mistakes)
        by = decided_by(request, context)
        async with self._books() as books:
            await self._close(books, request, by)
            periods = await periods_of(books.connection, self._site.id)
        (period,) = [one for one in periods if one.month == request.month]
        return wire.ClosePeriodResponse(period=period_message(period))

    async def _close(self, books: PostgresBooks, request: wire.ClosePeriodRequest, by: str) -> None:
        month, reason = request.month, request.reason.strip()
        if month in await books.closed_months():
            raise Conflict(f"{month} is closed already; ListPeriods tells by whom and why")
        rules = await self._rules.of(books.connection)
        span = Month.read(month).interval(self._site.time_zone)
        items = await open_items_of(books.connection, books.park_id, span)
        now = self._clock.now()
        refused = await close(books, rules, month, by, reason, now, open_items=items)
        if isinstance(refused, NotClosed):
            raise Conflict(refused.why)
        if not await chain_heads(books.connection, books.park_id, month=month):
            raise Conflict(f"nothing is booked of {month}; there is nothing to close")
        if items and not request.are_open_items_acknowledged:
            what = "has open items, which stay open in a closed month: acknowledge them"
            raise Conflict(_fitting([f"{month} {what}", *items]))

    async def ListPendingRestatements(  # noqa: N802
        self, request: wire.ListPendingRestatementsRequest, context: Any
    ) -> wire.ListPendingRestatementsResponse:
        """Return what waits for a decision, newest first."""
        self._check(request, [])
        async with self._snapshot() as connection:
            asked = request.include_decided
            found = await pending_of(connection, self._site.id, decided=asked)
        told = [pending_message(one) for one in found]
        return wire.ListPendingRestatementsResponse(restatements=told)

    async def ApproveRestatement(  # noqa: N802
        self, request: wire.ApproveRestatementRequest, context: Any
    ) -> wire.ApproveRestatementResponse:
        """Post a restatement of a closed month."""
        number, by = self._decision(request, context)
        async with self._books() as books:
            reason, now = request.reason.strip(), self._clock.now()
            rules = await self._rules.of(books.connection)
            seen = request.version or FIRST_VERSION
            step = await approve(books, rules, number, by, reason, now, seen=seen)
            if not isinstance(step, Changed):
                found = await self._decided(books, number, isinstance(step, NotPending))
        if isinstance(step, Changed):  # outside: what it has become is kept
            raise Conflict(_look_again(step))
        self._news.spread()
        return wire.ApproveRestatementResponse(restatement=pending_message(found))

    async def RejectRestatement(  # noqa: N802
        self, request: wire.RejectRestatementRequest, context: Any
    ) -> wire.RejectRestatementResponse:
        """Leave a closed month as it is."""
        number, by = self._decision(request, context)
        async with self._books() as books:
            refused = await reject(books, number, by, request.reason.strip(), self._clock.now())
            found = await self._decided(books, number, isinstance(refused, NotPending))
        return wire.RejectRestatementResponse(restatement=pending_message(found))

    def _decision(self, request: Any, context: Any) -> tuple[int, str]:
        mistakes = [*who_mistakes(request, "restatement_id", LONGEST_NAME, LONGEST_REASON)]
        text = request.restatement_id
        is_number = len(text) <= LONGEST_ID and text.isascii() and text.isdigit()
        if not (is_number and int(text) <= LARGEST_ID):
            cure = "take restatement_id from ListPendingRestatements"
            mistakes.append(FieldMistake("restatement_id", f"{text!r} is no id; {cure}"))
        self._check(request, mistakes)
        return int(text), decided_by(request, context)

    async def _decided(
        self, books: PostgresBooks, number: int, refused: bool
    ) -> PendingRestatement:
        """Return a restatement as it stands; refused where this decision came too late."""
        kept = await pending_of(books.connection, books.park_id, decided=True, one=number)
        if not kept:
            raise NotFound("restatement", str(number))
        if refused:
            told = f"restatement {number} was {kept[0].state} by {kept[0].decided_by}"
            raise Conflict(f"{told}; news on {kept[0].month} become a new one")
        return kept[0]

    def _books(self) -> AbstractAsyncContextManager[PostgresBooks]:
        return open_books(self._writing, self._site.id)


def _look_again(changed: Changed) -> str:
    number, version = changed.restatement_id, changed.version
    what = f"restatement {number} is something else by now, version {version}"
    return f"{what}; look at it again: ListPendingRestatements, and approve that version"


def _check_month(text: str, mistakes: Mistakes) -> None:
    try:
        days_of_month(Month.read(text))
    except ValueError:
        mistakes.append(FieldMistake("month", f"{text!r} is no month like 2026-11"))


def _fitting(texts: Sequence[str]) -> str:
    """Return as many texts as a status carries, and how many more: it travels twice."""
    told: list[str] = []
    for text in texts:
        if len("; ".join([*told, text]).encode()) > 2 * MESSAGE_BYTES:
            return "; ".join([*told, f"and {len(texts) - len(told)} more"])
        told.append(text)
    return "; ".join(told)
