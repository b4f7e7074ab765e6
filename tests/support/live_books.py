"""Live books written row by row, with a model of their own that says what they must come to.

The model knows nothing of SQL: it holds the postings and finds by plain loops what stands.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from parkflow.carbon.v1.mass_pb2 import Mass
from services.carbon_accounting.domain.ledgers import Ledger
from services.runtime.database import Connection

ZONE = ZoneInfo("Asia/Shanghai")
MAY = datetime(2024, 4, 30, 16, 0, tzinfo=UTC)  # the first midnight of May in the park
QUARTER = timedelta(minutes=15)
Key = tuple[Ledger, datetime]


@dataclass(frozen=True, slots=True, order=True)
class ALine:
    """A line of the dictionary; what a test does not say is a meter's use of grid power."""

    ledger: Ledger = Ledger.LOCATION_BASED
    meter: str = "load_a"
    enterprise: str = "a"
    carrier: str = "electricity"
    activity: str = "electricity-use"
    origin: str = "grid:grid"
    scope: str = "2"
    category: str = "purchased-electricity"
    gas: str = "CO2"
    unit: str = "Wh"
    counted: bool = True
    factors: str = "CN-grid-2022 v1"
    method: str = "energy x factor"
    unverified: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What an entry says."""

    amount: int
    emissions_ng: int
    measured: bool = True


@dataclass(frozen=True, slots=True)
class APosting:
    """What was booked of one ledger in one quarter hour at one time."""

    ledger: Ledger
    start: datetime
    number: int
    known_at: datetime
    because: str
    booked: Mapping[ALine, Said]
    reversed: frozenset[ALine]
    basis: int


@dataclass
class LiveBooks:
    """The postings of one park, in the order in which they were made."""

    park_id: str = "mill"
    postings: list[APosting] = field(default_factory=list)

    def post(
        self,
        start: datetime,
        says: Mapping[ALine, Said],
        known_at: datetime,
        because: str = "",
        *,
        same_words: bool = False,
    ) -> None:
        """Book a quarter hour of the ledgers of these lines; what stood there and differs goes."""
        for ledger in sorted({line.ledger for line in says}):
            mine = {line: one for line, one in says.items() if line.ledger is ledger}
            self._post(ledger, start, mine, known_at, because, same_words=same_words)

    def _post(
        self,
        ledger: Ledger,
        start: datetime,
        says: Mapping[ALine, Said],
        known_at: datetime,
        because: str,
        *,
        same_words: bool,
    ) -> None:
        before = self.standing().get((ledger, start), {})
        earlier = [p for p in self.postings if (p.ledger, p.start) == (ledger, start)]
        basis = earlier[-1].basis if earlier and same_words else len(earlier) + 1
        self.postings.append(
            APosting(
                ledger,
                start,
                len(earlier) + 1,
                known_at,
                because if earlier else "",
                {line: one for line, one in says.items() if before.get(line) != one},
                frozenset(line for line, one in before.items() if says.get(line) != one),
                basis,
            )
        )

    def standing(self, known_by: datetime | None = None) -> dict[Key, dict[ALine, Said]]:
        """Return what holds by ledger and quarter hour, as of a time."""
        found: dict[Key, dict[ALine, Said]] = defaultdict(dict)
        for posting in self.postings:
            if known_by is None or posting.known_at <= known_by:
                here = found[posting.ledger, posting.start]
                for line in posting.reversed:
                    del here[line]
                here |= posting.booked
        return found

    def emissions_ng(
        self, known_by: datetime | None = None, **of: Any
    ) -> dict[tuple[Ledger, str], int]:
        """Return what counts by ledger and month; `of` are fields a line must have."""
        sums: dict[tuple[Ledger, str], int] = defaultdict(int)
        for (ledger, start), entries in self.standing(known_by).items():
            month = f"{start.astimezone(ZONE):%Y-%m}"
            for line, said in entries.items():
                if line.counted and all(getattr(line, k) == v for k, v in of.items()):
                    sums[ledger, month] += said.emissions_ng
        return {key: ng for key, ng in sums.items() if ng}


def ng_of(mass: Mass) -> int:
    """The whole ng of a mass."""
    return mass.g * 10**9 + mass.ng


async def write(connection: Connection, books: LiveBooks) -> None:
    """Write books into empty tables, with their sums by day."""
    lines = sorted({line for p in books.postings for line in p.booked})
    ids = {line: await _line(connection, books.park_id, line) for line in lines}
    places: dict[tuple[Ledger, str], int] = defaultdict(int)
    for posting in books.postings:
        await _basis(connection, books.park_id, posting)
        month = f"{posting.start.astimezone(ZONE):%Y-%m}"
        places[posting.ledger, month] += 1
        at = (month, places[posting.ledger, month])
        await _posting(connection, books.park_id, posting, ids, at)
    for (day, line), said in _days(books).items():
        row = (books.park_id, day, ids[line], *said)
        await connection.execute("INSERT INTO day_line VALUES (%s, %s, %s, %s, %s, %s, %s)", row)


async def _line(connection: Connection, park_id: str, line: ALine) -> int:
    cells = [int(one) if isinstance(one, Ledger) else one for one in astuple(line)]
    digest = hashlib.sha256(json.dumps(cells).encode()).digest()
    marks = ", ".join(["%s"] * (len(cells) + 2))
    cursor = await connection.execute(
        f"INSERT INTO account_line OVERRIDING USER VALUE VALUES (0, {marks}) RETURNING line_id",
        (park_id, *cells, digest),
    )
    ((line_id,),) = await cursor.fetchall()
    return int(line_id)


async def _basis(connection: Connection, park_id: str, posting: APosting) -> None:
    cursor = await connection.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema ="
        " 'carbon_accounting' AND table_name = 'basis' AND data_type = 'ARRAY'"
    )
    arrays = [name for (name,) in await cursor.fetchall()]
    await connection.execute(
        f"INSERT INTO basis (park_id, start, number, digest, {', '.join(arrays)})"
        f" VALUES (%s, %s, %s, %s, {', '.join(['%s'] * len(arrays))}) ON CONFLICT DO NOTHING",
        (park_id, posting.start, posting.basis, bytes([posting.basis]), *([[]] * len(arrays))),
    )


async def _posting(
    connection: Connection,
    park_id: str,
    posting: APosting,
    ids: Mapping[ALine, int],
    at: tuple[str, int],
) -> None:
    booked = sorted((ids[line], said) for line, said in posting.booked.items())
    await connection.execute(
        "INSERT INTO posting VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            park_id,
            int(posting.ledger),
            posting.start,
            posting.number,
            posting.known_at,
            posting.because,
            posting.basis,
            [line_id for line_id, _ in booked],
            [said.amount for _, said in booked],
            [said.emissions_ng for _, said in booked],
            [said.measured for _, said in booked],
            sorted(ids[line] for line in posting.reversed),
            *at,
            hashlib.sha256(repr(at).encode()).digest(),
        ),
    )


def _days(books: LiveBooks) -> dict[tuple[Any, ALine], tuple[int, int, int, int]]:
    found: dict[tuple[Any, ALine], list[Said]] = defaultdict(list)
    for (_, start), entries in books.standing().items():
        for line, said in entries.items():
            found[start.astimezone(ZONE).date(), line].append(said)
    return {key: _sums(said) for key, said in found.items()}


def _sums(said: Iterable[Said]) -> tuple[int, int, int, int]:
    ones = [*said]
    return (
        sum(one.amount for one in ones),
        sum(one.emissions_ng for one in ones),
        len(ones),
        sum(not one.measured for one in ones),
    )
