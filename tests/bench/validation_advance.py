"""Sound readings through validation's `advance`, against copying and sorting the same columns.

The reference does what any step must do at least: find each reading's point by its id, sort by
point and time, and copy the columns.
"""

import time

import numpy as np

from services.energy.quantities import Quantity
from services.energy.site import DeviceKind, Point
from services.validation.domain.advancing import advance
from services.validation.domain.batch import Batch, Judged
from services.validation.domain.checkpoint import state_from_bytes, state_to_bytes
from services.validation.domain.rules import Rules
from services.validation.domain.state import PLACE_COLUMNS, POINT_COLUMNS, State, new_state
from tests.bench.measure import Result

MINUTE_US = 60_000_000
START_US = 1_559_599_200_000_000
SHAPES = ((200, 200, 1), (50, 50, 4), (10_000, 10_000, 1), (50, 50, 200), (50_000, 50_000, 1))
"""Points of the park, points of a frame, readings of each in a frame."""


def run() -> tuple[list[Result], str]:
    """Return readings a second by shape of frame, and what a state of 50,000 points takes."""
    results = []
    for points, a_frame, each in SHAPES:
        note = f"{a_frame:,} points a frame, {each} readings each"
        results.append(_speed(points, each, note))
    return [*results, *_size()], ""


def _speed(points: int, each: int, note: str) -> Result:
    rules = _rules(points)
    frames = _frames(rules, each, max(6, min(400, 600_000 // (points * each))))
    rows = sum(len(frame) for frame in frames)
    taken_s, copied_s = [], []
    for _ in range(3):
        state = new_state(rules)
        began = time.process_time()
        for frame in frames:
            state, judged = advance(state, frame, rules)
            if judged.doubt.any() or len(judged) != len(frame):
                raise ValueError(f"sound readings were doubted: {np.unique(judged.doubt)}")
        taken_s.append(time.process_time() - began)
        began = time.process_time()
        for frame in frames:
            _copied(frame, rules)
        copied_s.append(time.process_time() - began)
    return Result(
        "readings validated",
        rows / min(taken_s),
        rows / min(copied_s),
        "readings/s",
        "look-up, sort and copy of the same columns",
        note,
    )


def _rules(points: int) -> Rules:
    """Return half powers, half registers."""
    pairs = [(f"d{k:05}", quantity) for k in range((points + 1) // 2) for quantity in _QUANTITIES]
    return Rules.of(
        [
            Point(
                f"{device}.{quantity}", device, quantity, 0.0, 1e12 if quantity.is_register else 1e6
            )
            for device, quantity in pairs[:points]
        ],
        {device: DeviceKind.LOAD for device, _ in pairs},
    )


_QUANTITIES = (Quantity.ACTIVE_POWER, Quantity.CONSUMPTION_ENERGY)


def _frames(rules: Rules, each: int, count: int) -> list[Batch]:
    """Return frames of ordinary minutes: powers wander and sometimes jump, registers rise."""
    rng = np.random.default_rng(1)
    points = len(rules)
    minutes = count * each
    power = 300_000.0 + np.cumsum(rng.normal(0, 500, (minutes, points)), axis=0)
    quarters = rng.random((minutes // 15 + 1, points)) < 0.2
    power += np.repeat(quarters, 15, axis=0)[:minutes] * 120_000.0
    register = 5e6 + np.cumsum(rng.integers(1, 5000, (minutes, points)), axis=0)
    values = np.where(rules.is_register, register, power)
    frames = []
    for number in range(count):
        steps = np.arange(number * each, (number + 1) * each)
        times = np.repeat(START_US + steps * (MINUTE_US // each), points)
        frames.append(
            Batch(
                park_id="bench",
                source_id="bench",
                frame_id=str(number),
                arrival_us=int(times[-1]) + 1_000_000,
                point_ids=tuple(str(name) for name in rules.ids),
                point_index=np.tile(np.arange(points, dtype=np.uint32), each),
                event_time_us=times,
                value=values[steps].reshape(-1),
                quality=np.zeros(points * each, np.uint8),
            )
        )
    return frames


def _copied(frame: Batch, rules: Rules) -> Judged:
    rows = rules.rows_of(frame.point_ids)[frame.point_index]
    order = np.lexsort((frame.event_time_us, rows))
    return Judged(
        frame.point_index[order],
        frame.event_time_us[order],
        frame.value[order],
        frame.quality[order],
        np.full(len(frame), frame.arrival_us, np.int64),
        np.zeros(len(frame), np.bool_),
        {},
    )


def _size() -> list[Result]:
    rules = _rules(50_000)
    state = new_state(rules)
    for frame in _frames(rules, 1, 100):
        state, _ = advance(state, frame, rules)
    began = time.process_time()
    content = state_to_bytes(state)
    wrote_s = time.process_time() - began
    began = time.process_time()
    state_from_bytes(content, rules)
    read_s = time.process_time() - began
    readings = int(state.count.sum())
    held = f"{readings / 50_000:.0f} readings a point"
    return [
        Result(
            "memory of 50,000 points",
            _bytes(state) / 1e6,
            readings * 16 / 1e6,
            "MB",
            "bare times and values",
            held,
        ),
        Result(
            "its checkpoint",
            len(content) / 1e6,
            readings * 16 / 1e6,
            "MB",
            "bare times and values",
            f"written in {wrote_s:.1f} s, read in {read_s:.1f} s",
        ),
    ]


def _bytes(state: State) -> int:
    columns = (*PLACE_COLUMNS, *POINT_COLUMNS, "start", "open")
    return sum(getattr(state, name).nbytes for name in columns)
