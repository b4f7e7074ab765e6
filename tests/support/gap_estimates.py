"""Gaps cut into the recorded registers, estimated three ways, against what was recorded."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from services.energy.like_days import WEEKS
from services.energy.site import Carrier, Device, DeviceKind
from services.validation.domain.energy.memory import Registers
from services.validation.domain.energy.past import LikeDays
from services.validation.domain.energy.readings import Counts, JudgedRows
from services.validation.domain.energy.splitting import QUARTER_US, Weight, evenly, shares
from services.validation.domain.energy.stepping import advance
from services.validation.domain.energy.table import RegisterTable
from services.validation.domain.partition import ParkRules
from tests.support.builders import a_park
from tests.support.recorded_streams import recordings

LENGTHS_H = (1, 6, 24, 72)
WAYS = ("straight line", "day before", "like day", "validation")
GAPS_A_LENGTH, SEED = 60, 20190603
DAY, WEEK = 96, 7 * 96
ZONE = a_park().time_zone
Wh = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Score:
    """What gaps of a length in streams of a kind came to: Wh recorded, and Wh off by each way."""

    kind: str
    hours: int
    gaps: int
    recorded_wh: int
    off_wh: tuple[int, ...]

    @property
    def shares(self) -> tuple[float, ...]:
        """Return, by way, the absolute error of the quarters over their energy."""
        return tuple(off / self.recorded_wh for off in self.off_wh)


@dataclass(frozen=True)
class Gap:
    """A gap of one register that begins with a quarter: what was recorded and each estimate."""

    kind: str
    recorded: Wh
    estimates: tuple[Wh, ...]


def kind_of(device: Device) -> str:
    """Return the group a stream is shown in."""
    if device.kind is DeviceKind.LOAD:
        return "gas" if device.carrier is Carrier.NATURAL_GAS else "electricity"
    return device.kind.value


@lru_cache(maxsize=1)
def scores() -> list[Score]:
    """Return what every length came to, by kind of stream."""
    found = []
    for hours in LENGTHS_H:
        gaps = [gap for first in first_quarters(hours) for gap in gaps_from(first, hours * 4)]
        for kind in dict.fromkeys(gap.kind for gap in gaps):
            own = [gap for gap in gaps if gap.kind == kind]
            off = [
                sum(int(np.abs(gap.estimates[way] - gap.recorded).sum()) for gap in own)
                for way in range(len(WAYS))
            ]
            recorded_wh = sum(int(gap.recorded.sum()) for gap in own)
            found.append(Score(kind, hours, len(own), recorded_wh, tuple(off)))
    return sorted(found, key=lambda score: (score.kind, score.hours))


def first_quarters(hours: int) -> list[int]:
    """Return where gaps of a length begin: any quarter of the year with five weeks before it."""
    rng = np.random.default_rng(SEED + hours)
    latest = len(recordings().power_w) - hours * 4 - 1
    return sorted(rng.integers((WEEKS + 1) * WEEK, latest, GAPS_A_LENGTH).tolist())


def gaps_from(first: int, quarters: int) -> Iterator[Gap]:
    """Yield the gap [first, first + quarters) of each register that recorded all of it."""
    year, end = recordings(), first + quarters
    begin = first - WEEKS * WEEK - DAY
    wh = year.register_mwh[begin : end + 1] // 1000
    table = _table()
    registers = Registers(table.ids)
    advance(registers, table, _rows(wh[: first - begin + 1], begin), known_at_us=0)
    step = advance(registers, table, _rows(wh[-1:], end), known_at_us=1)
    told = step.intervals.by_key()
    for register, name in enumerate(year.names):
        recorded = np.diff(wh[:, register])
        span_us = _at_us(first), _at_us(end)
        if not year.present[first - DAY : end, register].all() or not recorded[-quarters:].sum():
            continue
        like_day = LikeDays(registers.past, register, ZONE).of_gap(span_us[0]) or evenly
        before = _as_the_day_before(recorded[-quarters - DAY : -quarters], span_us[0])
        total_wh = int(recorded[-quarters:].sum())
        own = [told[register, start_us].energy_wh for start_us in range(*span_us, QUARTER_US)]
        shaped = [_shared(total_wh, span_us, weight) for weight in (evenly, before, like_day)]
        kind = kind_of(a_park().device(name))
        yield Gap(kind, recorded[-quarters:], (*shaped, np.array(own, np.int64)))


@lru_cache(maxsize=1)
def _table() -> RegisterTable:
    """Return what the demo park says of the recorded registers."""
    park = ParkRules.of(a_park()).registers
    row_of = {name.split(".")[0]: row for row, name in enumerate(park.ids)}
    return RegisterTable.of_rules(
        {name: park.rule(row_of[name]) for name in recordings().names}, ZONE
    )


def _rows(wh: Wh, first: int) -> JudgedRows:
    """Return every register's readings at the begin of these quarters."""
    count, registers = wh.shape
    return JudgedRows(
        np.tile(np.arange(registers), count),
        np.repeat([_at_us(first + k) for k in range(count)], registers),
        wh.ravel(),
        np.full(wh.size, Counts.BELIEVED, np.uint8),
    )


def _at_us(quarter: int) -> int:
    return (recordings().start_s + quarter * 900) * 1_000_000


def _as_the_day_before(day: Wh, first_us: int) -> Weight:
    """Return the weights of the same hours of the last day that was read, over and over."""

    def weight(start_us: int, end_us: int) -> int:
        numbers = range((start_us - first_us) // QUARTER_US, (end_us - first_us) // QUARTER_US)
        return sum(int(day[number % DAY]) for number in numbers)

    return weight


def _shared(wh: int, span_us: tuple[int, int], weight: Weight) -> Wh:
    return np.array([part for _, _, part in shares(wh, *span_us, weight)], np.int64)


def as_table(found: list[Score]) -> str:
    """Return the scores as Markdown."""
    rows = [f"| streams | gap | gaps | {' | '.join(WAYS)} |", "|---|--:|--:|" + "--:|" * len(WAYS)]
    for score in found:
        shares_text = " | ".join(f"{share:.2f}" for share in score.shares)
        length = f"{score.hours} h" if score.hours < 72 else f"{score.hours // 24} d"
        rows.append(f"| {score.kind} | {length} | {score.gaps} | {shares_text} |")
    return "\n".join(rows)
