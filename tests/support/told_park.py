"""Some days of words on every register of the demo park, and the same as a file of readings."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from services.carbon_accounting.book.site_file import load_site
from services.energy.time_grid import QUARTER, to_microseconds
from services.runtime.database import Database, migrate
from services.runtime.interval_frames import QUARTER_US, IntervalFrame
from tests.support.builders import DEMO_PARK_FILE
from tests.support.history_energy import told
from tests.support.history_service import a_writer

BEGIN = datetime(2019, 6, 29, 16, tzinfo=UTC)  # 30 June in Shanghai: two months are touched
REGISTERS = tuple(sorted(load_site(DEMO_PARK_FILE).units))


@dataclass(frozen=True)
class Said:
    """What was said of a register's quarter hour: Wh, how much of it is known, since when."""

    point: str
    quarter: int
    believed_wh: int
    estimated_wh: int = 0
    believed_us: int = QUARTER_US
    known_us: int = QUARTER_US
    known_at: datetime = BEGIN

    @property
    def start(self) -> datetime:
        """When the quarter hour begins."""
        return BEGIN + self.quarter * QUARTER


def some_days(quarters: int, seed: int = 7) -> list[Said]:
    """Return words on nearly every quarter hour: estimated, partly known, late and said anew."""
    chance = random.Random(seed)
    return [
        word
        for quarter in range(quarters)
        for point in REGISTERS
        if chance.random() > 0.002  # nobody said anything of it
        for word in _words(chance, Said(point, quarter, chance.randrange(20_000)))
    ]


def _words(chance: random.Random, first: Said) -> Iterator[Said]:
    first = replace(first, known_at=first.start + QUARTER + timedelta(minutes=1))
    match chance.choices(("sure", "estimated", "partly", "restated"), (94, 3, 1, 2))[0]:
        case "estimated":
            yield replace(first, estimated_wh=chance.randrange(900), believed_us=QUARTER_US // 3)
        case "partly":
            yield replace(first, believed_us=60_000_000, known_us=QUARTER_US - 1)
        case "restated":
            again = chance.sample(range(1, 3_000), chance.choice((1, 2)))
            yield first
            for minutes in again:
                late = first.known_at + timedelta(minutes=minutes)
                yield replace(first, believed_wh=chance.randrange(9_000), known_at=late)
        case _:
            yield first


def standing(words: Iterable[Said], known_by: datetime | None = None) -> Iterator[Said]:
    """Yield the word that stands on each quarter hour: the one known last (by a time)."""
    found: dict[tuple[str, int], Said] = {}
    for word in sorted(words, key=lambda word: word.known_at):
        if known_by is None or word.known_at <= known_by:
            found[word.point, word.quarter] = word
    yield from found.values()


def write_readings(path: Path, words: Iterable[Said]) -> None:
    """Write what stands as a file of readings in Wh; what is partly known has no value."""
    lines = ["time,meter,value,quality"]
    for word in words:
        known, sure = word.known_us == QUARTER_US, word.believed_us == QUARTER_US
        value = str(word.believed_wh + word.estimated_wh) if known else ""
        quality = "" if not known else "measured" if sure else "estimated"
        lines.append(f"{word.start.isoformat()},{word.point},{value},{quality}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def fill(url: str, words: Iterable[Said], park_id: str = "demo-park") -> None:
    """Let history's own writer take words, those of one instant as one frame."""
    together: dict[datetime, list[Said]] = {}
    for word in words:
        together.setdefault(word.known_at, []).append(word)
    frames = [_frame(some, park_id) for _, some in sorted(together.items())]
    asyncio.run(_written(url, frames))


async def _written(url: str, frames: list[IntervalFrame]) -> None:
    await migrate("history", url)
    database = Database("history", url)
    await database.start()
    try:
        await a_writer(database).write([told(frame) for frame in frames])
    finally:
        await database.stop()


def _frame(words: list[Said], park_id: str) -> IntervalFrame:
    points = tuple(sorted({word.point for word in words}))
    said = np.array([(w.believed_wh, w.estimated_wh) for w in words], np.int64).T
    covered = np.array([(w.believed_us, w.known_us) for w in words], np.uint32).T
    none = np.zeros(len(words), np.int64)
    return IntervalFrame(
        park_id=park_id,
        source_id="mqtt-site",
        frame_id=words[0].known_at.isoformat(),
        known_at=words[0].known_at,
        point_ids=points,
        point_index=np.array([points.index(word.point) for word in words], np.uint32),
        start_us=np.array([to_microseconds(word.start) for word in words], np.int64),
        believed_wh=said[0],
        estimated_wh=said[1],
        suspense_wh=none,
        written_off_wh=none,
        believed_us=covered[0],
        known_us=covered[1],
        methods=(said[1] > 0).astype(np.uint8),
    )
