"""Putting factors in: checked as a whole, kept once, and what they restate told beforehand.

Idempotency key: the digest of the content. The same file again changes nothing.
"""

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.carbon_accounting.domain.activities.electricity import GRID, GRID_QUANTITY
from services.carbon_accounting.domain.factoring.factor import Factor, Validity
from services.carbon_accounting.domain.inventory.booking import Booking, Claimed
from services.carbon_accounting.domain.inventory.clipping import clipped_all
from services.carbon_accounting.domain.inventory.months import months_of
from services.carbon_accounting.domain.inventory.rules import Rules
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.input_files.factor_import import FactorMistakes, Read, factors_in
from services.carbon_accounting.input_files.mistakes import Mistake
from services.carbon_accounting.live.coverage import covered
from services.carbon_accounting.live.factor_trial import unbookable
from services.carbon_accounting.live.factors import Known, LiveFactors
from services.carbon_accounting.live.inventories import Accounted, history_of
from services.carbon_accounting.live.restating import Restated, restated, summed
from services.energy.time_grid import QUARTER, Interval, from_microseconds, to_microseconds
from services.runtime.database import Connection, Database

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
_SAME = "SELECT 1 FROM factor_file WHERE park_id = %s AND digest = %s"
_PUT = """
INSERT INTO factor_file (park_id, name, digest, content, put_by, because, put_at)
VALUES (%s, %s, %s, %s, %s, %s, %s)
"""
_BOOKED = "SELECT min(start), max(start) FROM quarter WHERE park_id = %s"
_CLOSED = "SELECT month FROM closed_period WHERE park_id = %s"


@dataclass(frozen=True, slots=True)
class PutRequest:
    """A factor file, who puts it in and why."""

    name: str
    content: str
    put_by: str
    because: str

    @property
    def digest(self) -> bytes:
        """What the content is known by."""
        return hashlib.sha256(self.content.encode()).digest()


@dataclass(frozen=True, slots=True)
class Put:
    """What became of it: how many factors are new, none of a file that was known already.

    `restated` and the months of it that are `closed` are of a dry run.
    """

    factors: int
    known_already: bool = False
    restated: tuple[Restated, ...] = ()
    closed: frozenset[str] = frozenset()


class FactorDesk:
    """Takes factor files in; `changed` is called when the rules of the books are others."""

    def __init__(
        self,
        database: Database,
        factors: LiveFactors,
        changed: Callable[[], None],
        reading: Database | None = None,
    ) -> None:
        self._database, self._reading = database, reading or database
        self._factors = factors
        self._changed = changed
        self._one_at_a_time = asyncio.Lock()

    async def known(self) -> Known:
        """Return all factors, as of now."""
        async with self._reading.transaction() as connection:
            return await self._factors.known(connection)

    async def put(self, asked: PutRequest, now: datetime) -> Put:
        """Keep the factors of a file; FactorMistakes names all that is wrong, nothing is kept."""
        site = self._factors.site
        async with self._database.transaction() as connection:
            await connection.execute(_LOCK, (f"carbon_accounting/{site.id}/factors",))
            if await self._is_known(connection, asked):
                return Put(0, known_already=True)
            new, _ = await self._checked(connection, asked)
            said = (asked.name, asked.digest, asked.content, asked.put_by, asked.because, now)
            await connection.execute(_PUT, (site.id, *said))
        self._changed()
        return Put(len(new))

    async def tried(self, asked: PutRequest) -> Put:
        """Return what putting the file in would restate; FactorMistakes as `put`."""
        async with self._reading.transaction() as connection:
            if await self._is_known(connection, asked):
                return Put(0, known_already=True)
            new, rules = await self._checked(connection, asked)
            months = await self._months(connection, [read.factor for read in new])
            cursor = await connection.execute(_CLOSED, (self._factors.site.id,))
            closed = frozenset(row[0] for row in await cursor.fetchall())
        async with self._one_at_a_time:
            found = [one for month in months for one in await self._restated(rules, month)]
        return Put(len(new), restated=tuple(summed(found)), closed=closed)

    async def _is_known(self, connection: Connection, asked: PutRequest) -> bool:
        cursor = await connection.execute(_SAME, (self._factors.site.id, asked.digest))
        return await cursor.fetchone() is not None

    async def _checked(self, connection: Connection, asked: PutRequest) -> tuple[list[Read], Rules]:
        """Return the new factors and the rules with them."""
        known = (await self._factors.known(connection)).store

        def check() -> tuple[list[Read], Rules]:
            new = factors_in(asked.name, asked.content, known)
            if not new:
                what, cure = "holds no factor", "give a row for each factor below the header"
                raise FactorMistakes([Mistake(asked.name, 1, "file", what, cure)])
            rules = self._factors.rules_of(known.with_factors(read.factor for read in new))
            if told := unbookable(asked.name, new, known, rules, self._factors.site):
                raise FactorMistakes(told)
            return new, rules

        return await asyncio.to_thread(check)

    async def _restated(self, rules: Rules, month: Interval) -> list[Restated]:
        """Return what these rules change of a month; no connection is held while it is computed."""
        site = self._factors.site
        async with self._reading.transaction() as connection:
            before = Accounted(site, await self._factors.rules_now(connection))
            history = await history_of(connection, before, month)
            claims = await covered(connection, site.id, month)
        bookings = [
            Booking(site, history.data, some, site.ledgers, history.opening)
            for some in (before.rules, rules)
        ]
        return await asyncio.to_thread(_compared, bookings, claims)

    async def _months(self, connection: Connection, factors: Sequence[Factor]) -> list[Interval]:
        """Return the booked parts of the local months that these factors may change."""
        site = self._factors.site
        cursor = await connection.execute(_BOOKED, (site.id,))
        ((first, last),) = await cursor.fetchall()
        if first is None:
            return []
        months = months_of(to_microseconds(first), to_microseconds(last), site.time_zone)
        spans = (
            Interval(max(first, from_microseconds(a)), min(last + QUARTER, from_microseconds(b)))
            for _, a, b in months
        )
        return [span for span in spans if any(may_change(site, f, span) for f in factors)]


def _compared(bookings: Sequence[Booking], coverage: Mapping[Ledger, Claimed]) -> list[Restated]:
    """Return what differs between two bookings of the same words with the same coverage."""
    if coverage:
        within = clipped_all(coverage, bookings[0].consumption()).claimed
        for booking in bookings:
            booking.claimed = within
    return restated(*bookings)


def may_change(site: Site, factor: Factor, span: Interval) -> bool:
    """Whether a factor can change what is booked of a span within a local month.

    A factor that stands in for other years may change any; what a store took in keeps the year it
    was supplied in, so it may change all that comes later too.
    """
    if factor.ledger not in site.ledgers:
        return False
    if _stands_in(site, factor):
        return True
    start, last = (at.astimezone(site.time_zone).date() for at in (span.start, span.end - QUARTER))
    days = Validity(start, last + timedelta(days=1))
    later = bool(site.stores) and (factor.validity.start or date.min) < last
    return later or factor.validity.overlaps(days)


def _stands_in(site: Site, factor: Factor) -> bool:
    choices, of_grid = site.choices, GRID_QUANTITY.get(factor.ledger, GRID)
    chosen = choices.factor_year is not None or choices.acceptance_factor_year is not None
    return chosen and factor.quantity == of_grid


def mistakes_of(error: FactorMistakes) -> Iterable[tuple[str, str]]:
    """Yield the place in the file and what is wrong there, for each mistake."""
    for one in error.mistakes:
        yield f"content.line[{one.line}].{one.field}", f"{one.what}: {one.cure}"
