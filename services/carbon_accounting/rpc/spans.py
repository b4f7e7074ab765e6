"""What the calls of the live books share: the park, its books, and how a request names a span."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Any

from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.live.local_days import LocalDays
from services.carbon_accounting.live.rules_now import RulesNow
from services.carbon_accounting.rpc.access import Viewer, enterprise_asked, viewer_of
from services.carbon_accounting.stream import News
from services.runtime.clock import ParkClock
from services.runtime.database import Connection, Database
from services.runtime.refusals import FieldMistake, check_park

Mistakes = list[FieldMistake]


class LiveRpc:
    """The base of the calls: the database they read; `news` wakes who waits for postings."""

    def __init__(self, rules: RulesNow, database: Database, clock: ParkClock, news: News) -> None:
        self._rules = rules
        self._site = rules.site
        self._database = database
        self._clock = clock
        self._news = news

    @asynccontextmanager
    async def _snapshot(self) -> AsyncIterator[Connection]:
        """Yield a connection to whom the books stand still; it cannot write."""
        async with self._database.transaction() as connection:
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield connection

    def _viewer(self, context: Any) -> Viewer:
        return viewer_of(context, self._site)

    def _whose(self, request: Any, context: Any, mistakes: Mistakes) -> str | None:
        """Return whose books are meant, None for all."""
        viewer = self._viewer(context)
        return enterprise_asked(request.enterprise, viewer, self._site, mistakes)

    def _check(self, request: Any, mistakes: Mistakes) -> None:
        check_park(request.park_id, self._site.id, mistakes)


def ledger_of(request: Any, mistakes: Mistakes) -> Ledger | None:
    """Return the ledger that is asked for, None for all."""
    if request.ledger in (0, *Ledger):
        return Ledger(request.ledger) if request.ledger else None
    text = f"{request.ledger} is not a ledger; use 0 (all) to {max(Ledger):d}"
    mistakes.append(FieldMistake("ledger", text))
    return None


def days_of(request: Any, longest: int, mistakes: Mistakes) -> LocalDays | None:
    """Return the local days that are asked for, None where there is a mistake."""
    days = [_day(request, name, mistakes) for name in ("first_day", "last_day")]
    first, last = days
    if first is None or last is None:
        return None
    if last < first:
        mistakes.append(FieldMistake("last_day", f"{last} lies before the first day {first}"))
        return None
    found = LocalDays(first, last)
    if found.count > longest:
        text = f"{found.count} days are asked for, at most {longest} are told; ask for less"
        mistakes.append(FieldMistake("last_day", text))
        return None
    return found


def past_moment(request: Any, field: str, now: datetime, mistakes: Mistakes) -> datetime | None:
    """Return an instant that has been, None where it is absent or there is a mistake."""
    if not request.HasField(field):
        return None
    moment: datetime = getattr(request, field).ToDatetime(tzinfo=UTC)
    if moment > now:
        mistakes.append(FieldMistake(field, f"{moment} has not come yet; give a time up to {now}"))
    return moment


def _day(request: Any, field: str, mistakes: Mistakes) -> date | None:
    text = getattr(request, field)
    try:
        day = date.fromisoformat(text)
        if day.isoformat() == text and date.min < day < date.max:
            return day
    except ValueError:
        pass
    mistakes.append(FieldMistake(field, f"{text!r} is no local day like 2026-11-01"))
    return None
