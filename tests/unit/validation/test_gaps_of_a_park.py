"""A silent meter of the demo park, from raw frames to quarter hours: shaped, flagged, replaced."""

import numpy as np

from services.validation.domain.batch import batch_of
from services.validation.domain.energy.splitting import QUARTER_US
from services.validation.domain.energy.steps import Method
from services.validation.domain.partition import (
    ParkRules,
    PartitionState,
    beginning,
    from_bytes,
    take_frame,
    to_bytes,
)
from tests.support.builders import a_park

METER = "steel.consumption_energy_wh"
RULES = ParkRules.of(a_park())
MONDAY_US = 1_559_491_200_000_000  # 2019-06-03 00:00 in Shanghai
DAY = 96
DAYS = 8
SHIFT = (32, 48)  # 08:00 to 12:00 the works take 100 kWh a quarter hour, else 10
Rises = list[int]
RISES: Rises = [100_000 if SHIFT[0] <= k % DAY < SHIFT[1] else 10_000 for k in range(DAYS * DAY)]
WH = np.concatenate([[0], np.cumsum(RISES)]).tolist()
SILENT = range(7 * DAY + 24, 7 * DAY + 60)  # 06:00 to 15:00 of the second Monday


def readings(numbers: list[int], arrives: int) -> tuple[list[tuple[str, int, float]], int]:
    rows = [(METER, MONDAY_US + n * QUARTER_US, float(WH[n])) for n in numbers]
    return rows, MONDAY_US + arrives * QUARTER_US


def told(
    state: PartitionState, numbers: list[int], arrives: int
) -> tuple[PartitionState, dict[int, tuple[int, int, int]]]:
    """Return the state and, by quarter, believed Wh, estimated Wh and methods of what changed."""
    rows, arrival_us = readings(numbers, arrives)
    state, came = take_frame(state, batch_of(rows, arrival_us=arrival_us), RULES)
    parts = {
        (start_us - MONDAY_US) // QUARTER_US: (own.believed_wh, own.estimated_wh, own.methods)
        for (_, start_us), own in came.energy.intervals.by_key().items()
    }
    return state, parts


def after_a_week() -> PartitionState:
    state = beginning(RULES)
    for day in range(7):
        state, _ = told(state, list(range(day * DAY, (day + 1) * DAY)), (day + 1) * DAY)
    state, _ = told(state, list(range(7 * DAY, SILENT.start + 1)), SILENT.start)
    return state


def test_a_silent_shift_looks_like_the_shifts_of_the_week_before_and_has_the_register_sum() -> None:
    _, parts = told(after_a_week(), [SILENT.stop], SILENT.stop)

    assert sorted(parts) == list(SILENT)
    assert {methods for _, _, methods in parts.values()} == {Method.PROFILE}
    assert [wh for _, wh, _ in parts.values()] == RISES[SILENT.start : SILENT.stop]
    assert sum(wh for _, wh, _ in parts.values()) == WH[SILENT.stop] - WH[SILENT.start]


def test_the_real_values_take_the_place_of_the_estimates_when_they_arrive() -> None:
    state, _ = told(after_a_week(), [SILENT.stop], SILENT.stop)

    _, parts = told(state, list(SILENT[1:]), SILENT.stop + 2)

    assert {number: (wh, 0, Method.NONE) for number, (wh, _, _) in parts.items()} == parts
    assert [parts[number][0] for number in SILENT] == RISES[SILENT.start : SILENT.stop]


def test_the_same_log_gives_the_same_gaps_with_a_restart_in_between() -> None:
    state = after_a_week()
    kept = to_bytes(state)
    _, undisturbed = told(state, [SILENT.stop], SILENT.stop)

    again = to_bytes(after_a_week())
    _, restarted = told(from_bytes(kept, RULES), [SILENT.stop], SILENT.stop)

    assert kept == again
    assert restarted == undisturbed


def test_a_park_that_is_too_large_for_like_days_spreads_its_gaps_evenly() -> None:
    state = after_a_week()
    state.registers.past.length = 0

    _, parts = told(state, [SILENT.stop], SILENT.stop)

    even_wh = (WH[SILENT.stop] - WH[SILENT.start]) / len(SILENT)
    assert {methods for _, _, methods in parts.values()} == {Method.LINEAR}
    assert max(abs(wh - even_wh) for _, wh, _ in parts.values()) <= 1
