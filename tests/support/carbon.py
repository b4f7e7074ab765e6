"""A small park's books: a fake of the PostgreSQL ones, builders and a picture to compare."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import product
from zoneinfo import ZoneInfo

from services.carbon_accounting.bookkeeping import Step, take
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
from services.carbon_accounting.domain.words import QUARTER_US, Method, Word, WordKey
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


def a_word(
    point: str, quarter: int, wh: int = 0, *, known: float | None = None, **other: int
) -> Word:
    """All of the quarter so many after noon is believed, as known 15 minutes after its start.

    `known` is another minute after noon; other fields by their names.
    """
    start = NOON + quarter * QUARTER
    known_at = start + QUARTER if known is None else NOON + known * MINUTE
    said = dict.fromkeys(("estimated_wh", "suspense_wh", "written_off_wh", "methods"), 0)
    said |= {"believed_wh": wh, "believed_us": QUARTER_US, "known_us": QUARTER_US}
    said |= {"log_position": 0, "frame_number": 0}
    return Word(point, start, known_at=known_at, **(said | other))


def an_estimate(point: str, quarter: int, wh: int, how: Method, *, known: float) -> Word:
    """Nothing of a quarter is believed, all of it estimated."""
    return a_word(point, quarter, 0, known=known, estimated_wh=wh, believed_us=0, methods=int(how))


def nothing_known(point: str, quarter: int, *, known: float, aside: int = 0) -> Word:
    """Nothing of a quarter is known, whatever is set aside."""
    return a_word(point, quarter, 0, known=known, suspense_wh=aside, believed_us=0, known_us=0)


def a_quarter(quarter: int = 0, **wh: int) -> list[Word]:
    """Words on all registers; those not named counted 0. Names: dots become underscores."""
    unknown = set(wh) - {point.replace(".", "_") for point in POINTS}
    assert not unknown, f"no such registers: {unknown}"
    return [a_word(point, quarter, wh.get(point.replace(".", "_"), 0)) for point in POINTS]


@dataclass
class MemoryBooks:
    """The books in memory; passes the same contract suite as the real ones."""

    park_id: str = "park"
    kept: dict[WordKey, Word] = field(default_factory=dict)
    entries: list[tuple[EntryKey, Posting | Withdrawal]] = field(default_factory=list)
    standing: dict[EntryKey, Recorded] = field(default_factory=dict)
    outcomes: dict[datetime, tuple[Outcome, str]] = field(default_factory=dict)

    async def words(
        self, points: Collection[str], starts: Collection[datetime]
    ) -> dict[WordKey, Word]:
        return {key: self.kept[key] for key in product(points, starts) if key in self.kept}

    async def put_words(self, words: Sequence[Word]) -> None:
        self.kept.update({word.key: word for word in words})

    async def watermark(self) -> datetime | None:
        return max((start + QUARTER for _, start in self.kept), default=None)

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

    def take(self, words: Iterable[Word], rules: Rules | None = None) -> Step:
        """Take a batch; returns what it booked."""
        return asyncio.run(take(self, list(words), rules or the_rules(), NOON))

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
