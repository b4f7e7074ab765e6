"""What of an asked span is in the books: quarter hours to come are not unknown."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from services.carbon_accounting.live.bookkeeping import span_due
from services.carbon_accounting.live.inventories import Accounted
from services.carbon_accounting.live.line_numbers import LineNumbers
from services.carbon_accounting.live.reading import reading
from services.carbon_accounting.live.rules_now import RulesNow
from services.energy.time_grid import Interval
from services.runtime.database import Connection, Database


@dataclass(frozen=True, slots=True)
class BookedSpan:
    """The books at one moment; `span` is None where nothing of what was asked is in them."""

    connection: Connection
    accounted: Accounted
    span: Interval | None


@asynccontextmanager
async def booked_span(
    database: Database, rules_now: RulesNow, asked: Interval
) -> AsyncIterator[BookedSpan]:
    """Open the books to read what of a span is due."""
    async with reading(database, rules_now.site.id, LineNumbers()) as (connection, books):
        rules = await rules_now.of(connection)
        due = await span_due(books, rules)
        yield BookedSpan(connection, rules.accounted, _common(asked, due))


def _common(asked: Interval, due: Interval | None) -> Interval | None:
    """Return what of a span is due."""
    if due is None or due.start >= asked.end or due.end <= asked.start:
        return None
    return Interval(max(asked.start, due.start), min(asked.end, due.end))
