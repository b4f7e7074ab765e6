"""A small park's books: a fake of the PostgreSQL ones, builders and a picture to compare."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from services.carbon_accounting.bookkeeping import Step, take
from services.carbon_accounting.books import Between, Neighbours, PointBorder
from services.carbon_accounting.domain.booking import QUANTITIES, Outcome, Rules
from services.carbon_accounting.domain.entries import (
    EntryKey,
    Posting,
    Recorded,
    Withdrawal,
)
from services.carbon_accounting.domain.factors import FactorSet, FactorStore, FactorYear
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.meters import Meters
from services.carbon_accounting.domain.registers import Changed, EdgeKey, Edges, Standing
from services.carbon_accounting.factor_file import load_factors
from services.energy.time_grid import QUARTER

NOON = datetime(2019, 6, 4, 4, 0, tzinfo=UTC)  # 12:00 in the park
MINUTE = timedelta(minutes=1)
GRID, EXPORT, PV, WIND = "grid.in", "grid.out", "pv.made", "wind.made"
CHARGE, DISCHARGE, LOAD, CHARGER, GAS = "bat.in", "bat.out", "load.used", "car.used", "boiler.gas"
POINTS = (GRID, EXPORT, PV, WIND, CHARGE, DISCHARGE, LOAD, CHARGER, GAS)
METERS = Meters(
    grid_import=(GRID,),
    grid_export=(EXPORT,),
    pv=(PV,),
    wind=(WIND,),
    charge=(CHARGE,),
    discharge=(DISCHARGE,),
    loads=(LOAD,),
    chargers=(CHARGER,),
    gas=(GAS,),
)
CHOICES = {
    Ledger.PARK_ACCEPTANCE: FactorYear("CN", 2022),
    Ledger.LOCATION_BASED: FactorYear("CN", 2023),
    Ledger.MARKET_BASED: FactorYear("CN", 2023),
}


def the_factors(choices: Mapping[Ledger, FactorYear] = CHOICES) -> FactorSet:
    return FactorSet.chosen(the_store(), choices, QUANTITIES)


@lru_cache(maxsize=1)
def the_store() -> FactorStore:
    return load_factors()


def the_rules(factors: FactorSet | None = None) -> Rules:
    return Rules(
        meters=METERS,
        factors=factors or the_factors(),
        ledger_from=NOON,
        late_after=timedelta(hours=2),
        oldest=timedelta(days=40),
        time_zone=ZoneInfo("Asia/Shanghai"),
    )


Reading = tuple[str, Standing]


def a_reading(point: str, minute: float, wh: int, *, arrived: float | None = None) -> Reading:
    """A register reading `minute` minutes after noon; it arrives at once unless told."""
    at = NOON + minute * MINUTE
    arrival = at if arrived is None else NOON + arrived * MINUTE
    return point, Standing(at, wh, arrival, f"frame-{point}-{arrival:%d%H%M%S}")


def a_sample(minute: float, **registers: int) -> list[Reading]:
    """All registers at one minute; those not named stand at 0. Names: dots become underscores."""
    unknown = set(registers) - {point.replace(".", "_") for point in POINTS}
    assert not unknown, f"no such registers: {unknown}"
    return [a_reading(p, minute, registers.get(p.replace(".", "_"), 0)) for p in POINTS]


@dataclass
class MemoryBooks:
    """The books in memory; passes the same contract suite as the real ones."""

    park_id: str = "park"
    kept: dict[EdgeKey, Edges] = field(default_factory=dict)
    entries: list[tuple[EntryKey, Posting | Withdrawal]] = field(default_factory=list)
    standing: dict[EntryKey, Recorded] = field(default_factory=dict)
    outcomes: dict[datetime, tuple[Outcome, str]] = field(default_factory=dict)
    newest: datetime | None = None

    async def edges(self, keys: Collection[EdgeKey]) -> dict[EdgeKey, Edges]:
        return {key: self.kept[key] for key in keys if key in self.kept}

    async def put_edges(self, changes: Sequence[Changed]) -> None:
        self.kept.update({change.key: change.edges for change in changes})

    async def between(self, keys: Collection[EdgeKey]) -> dict[EdgeKey, Between]:
        return {key: self._between(*key) for key in keys}

    def _between(self, point: str, quarter: datetime) -> Between:
        before = [q for p, q in self.kept if p == point and q < quarter]
        after = [q for p, q in self.kept if p == point and q > quarter]
        return Between(max(before, default=None), min(after, default=None))

    async def exact(
        self, points: Sequence[str], moments: Collection[datetime]
    ) -> dict[PointBorder, int]:
        return {
            key: edges.first.wh
            for key, edges in self.kept.items()
            if key[0] in points and key[1] in moments and edges.first.event_time == key[1]
        }

    async def neighbours(self, wanted: Collection[PointBorder]) -> dict[PointBorder, Neighbours]:
        return {(point, moment): self._neighbours(point, moment) for point, moment in wanted}

    def _neighbours(self, point: str, moment: datetime) -> Neighbours:
        before = [q for p, q in self.kept if p == point and q < moment]
        after = [q for p, q in self.kept if p == point and q >= moment]
        return (
            self.kept[point, max(before)].last if before else None,
            self.kept[point, min(after)].first if after else None,
        )

    async def watermark(self) -> datetime | None:
        return self.newest

    async def put_watermark(self, event_time: datetime) -> None:
        self.newest = event_time if self.newest is None else max(self.newest, event_time)

    async def current(self, starts: Collection[datetime]) -> dict[EntryKey, Recorded]:
        return {key: old for key, old in self.standing.items() if key.interval_start in starts}

    async def append(self, postings: Sequence[Posting], known_at: datetime) -> None:
        for posting in postings:
            self.entries.append((posting.entry.key, posting))
            self.standing[posting.entry.key] = Recorded.of(posting.entry, posting.version)

    async def withdraw(self, withdrawals: Sequence[Withdrawal], known_at: datetime) -> None:
        for gone in withdrawals:
            self.entries.append((gone.key, gone))
            old = self.standing[gone.key]
            self.standing[gone.key] = Recorded(
                gone.version,
                0,
                0,
                old.factor_id,
                old.factor_version,
                old.factor_trust,
                old.unverified,
                old.quality,
                (),
                withdrawn=True,
            )

    async def put_outcomes(self, outcomes: Sequence[Outcome], rules: str) -> None:
        self.outcomes.update({outcome.start: (outcome, rules) for outcome in outcomes})

    async def outdated(self, rules: str) -> list[datetime]:
        return sorted(start for start, (_, old) in self.outcomes.items() if old != rules)

    # ---- what tests ask

    def take(self, readings: Iterable[Reading], rules: Rules | None = None) -> Step:
        """Take a batch; returns what it booked."""
        return asyncio.run(take(self, list(readings), rules or the_rules(), NOON))

    def picture(self) -> dict[EntryKey, tuple[object, ...]]:
        """What `current_entry` shows: everything but version, known-at and reason."""
        return {
            key: (e.energy_wh, e.emissions_mg, e.factor_id, e.quality, e.sources, e.unverified)
            for key, e in self.standing.items()
            if not e.withdrawn
        }

    def energy_wh(self, activity: str, quarter: int = 0) -> int | None:
        """The current energy of a line of the quarter so many after noon; None: not booked."""
        key = EntryKey(NOON + quarter * QUARTER, Ledger.PARK_ACCEPTANCE, activity)
        old = self.standing.get(key)
        return None if old is None or old.withdrawn else old.energy_wh

    def emissions_mg(self, activity: str, ledger: Ledger, quarter: int = 0) -> int:
        return self.standing[EntryKey(NOON + quarter * QUARTER, ledger, activity)].emissions_mg
