"""A raw log in any order, through validation and history in a row: the same rows (§3.3, §11.1).

A morning of the demo park with everything that is wrong in a real one. Folded is what validation's
processes fold, and what stands is what history lets stand of all that was said.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pytest

from parkflow.telemetry.v1.raw_frame_pb2 import RawFrame
from services.energy.formula import VirtualPoint
from services.energy.time_grid import QUARTER
from services.history.domain.columns import Samples
from services.history.domain.energy import SUMMED, settled
from services.history.domain.rollup import rolled_up
from services.history.domain.standing import Rows, concatenate, misstamped, stand_and_fall, standing
from services.history.messages import rows_of, words_of
from services.runtime.frames import Frame
from services.runtime.interval_frames import IntervalFrame
from services.validation.domain.partition import ParkRules, beginning
from services.validation.domain.virtual.formulas import Formulas
from services.validation.domain.virtual.inputs import Inputs, Judgements
from services.validation.domain.virtual.stepping import advance_virtual
from services.validation.folding import entry_from, fold
from tests.support.builders import a_park
from tests.support.field_day import NOBODY, a_field_day
from tests.support.raw_day import raw_entries

SEED, MINUTES, BATCH = 4, 240, 7
PARK = a_park()
RULES = ParkRules.of(PARK)
NUMBER_OF = {name: number for number, name in enumerate((*RULES.readings.ids, NOBODY))}
WORKS = VirtualPoint.of(
    "works.active_power_w", "steel.active_power_w + metalwork.active_power_w", QUARTER / 3
)
NET = VirtualPoint.of("net.active_power_w", "works.active_power_w + pv.active_power_w", QUARTER)
FORMULAS = Formulas.of((WORKS, NET))
QUARTER_US = 900_000_000


@dataclass(frozen=True)
class Said:
    """Everything that validation said of a raw log, in its order."""

    readings: list[Frame]
    intervals: list[IntervalFrame]

    @property
    def rows(self) -> Rows:
        """Return the readings as history takes them."""
        points = [numbers(frame.point_ids) for frame in self.readings]
        return rows_of(self.readings, points, [1] * len(points))


@lru_cache(maxsize=1)
def the_log() -> tuple[bytes, ...]:
    return tuple(payload for _, payload in raw_entries(PARK.id, a_field_day(SEED, MINUTES)))


def shuffled(log: tuple[bytes, ...], seed: int) -> list[bytes]:
    """Return the log in another order, a third of it twice."""
    chance = random.Random(seed)
    return chance.sample([*log, *chance.choices(log, k=len(log) // 3)], len(log) + len(log) // 3)


def folded(log: tuple[bytes, ...] | list[bytes]) -> Said:
    state, said = beginning(RULES), Said([], [])
    for position, payload in enumerate(log):
        entry = entry_from(RawFrame.FromString(payload), RULES, position)
        state, findings = fold(state, entry, RULES)
        said.readings.extend(findings.readings)
        said.intervals.extend(findings.intervals)
    return said


@lru_cache(maxsize=1)
def in_order() -> Said:
    return folded(the_log())


def numbers(point_ids: tuple[str, ...]) -> np.ndarray:
    return np.array([NUMBER_OF[name] for name in point_ids], np.int32)


def kept(rows: Rows) -> list[tuple[object, ...]]:
    """Return what stands, without stamps; a value that is no number reads None."""
    columns = (rows.point_id, rows.event_time_us, rows.value, rows.verdict, rows.doubt)
    return [
        (point, time_us, value if value == value else None, verdict, doubt)
        for point, time_us, value, verdict, doubt in zip(
            *(c.tolist() for c in columns), strict=True
        )
    ]


def quarters(rows: Rows) -> list[list[float]]:
    """Return the rollups of quarter hours of what stands."""
    placed = rows.take(~misstamped(rows))
    samples = Samples(*(getattr(placed, name) for name in Samples.__slots__))
    first, last = int(samples.event_time_us.min()), int(samples.event_time_us.max())
    borders = np.arange(first - first % QUARTER_US, last + 2 * QUARTER_US, QUARTER_US)
    return [column.tolist() for column in map(np.nan_to_num, rolled_up(samples, borders).columns())]


def energies(said: Said) -> list[tuple[int, ...]]:
    """Return the word that stands on each quarter hour of which something is known."""
    points = [numbers(frame.point_ids) for frame in said.intervals]
    words = words_of(said.intervals, points, [1] * len(points))
    stands = settled(words, words.take(np.zeros(len(words), np.bool_))).changed
    names = ("point_id", "start_us", *SUMMED, "methods")
    every = zip(*(getattr(stands, name).tolist() for name in names), strict=True)
    return [word for word in every if any(word[2:-1])]


def virtual(said: Said) -> dict[tuple[int, int], tuple[float | None, int, int]]:
    """Return the last word on each slot of two virtual points, told batch by batch."""
    inputs, told = Inputs(FORMULAS.ids), dict[tuple[int, int], tuple[float | None, int, int]]()
    for begin in range(0, len(said.readings), BATCH):
        newest = {
            (FORMULAS.row_of.get(frame.point_ids[point], -1), time_us): rest
            for frame in said.readings[begin : begin + BATCH]
            for point, time_us, *rest in zip(
                frame.point_index.tolist(),
                frame.event_time_us.tolist(),
                frame.value.tolist(),
                frame.verdict.tolist(),
                frame.doubt.tolist(),
                strict=True,
            )
        }
        row, time_us = np.array(list(newest), np.int64).T
        value, verdict, doubt = np.array(list(newest.values()), np.float64).T
        words = Judgements(row, time_us, value, verdict.astype(np.uint8), doubt.astype(np.uint8))
        inputs, changed, beyond = advance_virtual(inputs, FORMULAS, words)
        assert not len(beyond)
        for row_, at_us, value_, *quality in zip(
            *(getattr(changed, name).tolist() for name in Judgements.__slots__), strict=True
        ):
            told[row_, at_us] = (value_ if value_ == value_ else None, *quality)
    return told


@pytest.mark.parametrize("seed", range(3))
def test_any_order_and_repetition_of_raw_frames_ends_in_the_same_rows_of_history(seed: int) -> None:
    expected = in_order()

    found = folded(shuffled(the_log(), seed))

    assert kept(standing(found.rows)) == kept(standing(expected.rows))
    assert quarters(standing(found.rows)) == quarters(standing(expected.rows))
    assert energies(found) == energies(expected)
    assert virtual(found) == virtual(expected)


def test_history_believes_what_validation_said_last_in_whatever_order_it_hears_it() -> None:
    said = folded(shuffled(the_log(), SEED))
    last = {key[:2]: key for key in kept(said.rows.take(~misstamped(said.rows)))}

    order = np.random.default_rng(SEED).permutation(len(said.rows))
    cut = len(order) // 2
    first = concatenate(list(stand_and_fall(said.rows.take(order[:cut]))))
    stands = standing(concatenate([first, said.rows.take(order[cut:])]))

    assert kept(stands.take(~misstamped(stands))) == sorted(last.values(), key=lambda row: row[:2])
