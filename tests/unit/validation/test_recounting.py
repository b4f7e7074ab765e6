"""What came when it was out of memory is counted by a replay of its time."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from services.energy.time_grid import from_microseconds
from services.validation.domain.batch import batch_of
from services.validation.domain.energy.memory import Registers
from services.validation.domain.energy.splitting import QUARTER_US
from services.validation.domain.partition import ParkRules, beginning, take_frame
from services.validation.domain.replaying import Key, Word
from services.validation.interval_messages import interval_frame
from services.validation.pictures import Pictures
from services.validation.recounting import Beyond
from tests.support.builders import a_park

METER, SOURCE = "steel.consumption_energy_wh", "mqtt-site"
RULES = ParkRules.of(a_park())
START_US = 1_559_520_000_000_000
DAY = 96
LATE = list(range(40, 52))
WH = np.cumsum(np.tile([10_000.0, 25_000.0, 5_000.0], 2 * DAY)).tolist()
END_US = START_US + 4 * DAY * QUARTER_US


def pictures_after(batches: list[list[int]], depth: int) -> tuple[Pictures, int]:
    """Return what a replay of two days hears and recounts, and how many rows were too old."""
    registers = Registers(RULES.registers.ids, depth)
    state = replace(beginning(RULES), registers=registers)
    judged = Pictures.of(
        datetime.fromtimestamp(START_US / 1e6, UTC), from_microseconds(START_US + DAY * QUARTER_US)
    )
    beyond, count = Beyond(RULES.registers), 0
    for number, numbers in enumerate(batches):
        rows = [(METER, START_US + k * QUARTER_US, WH[k]) for k in numbers]
        arrival_us = START_US + 2 * DAY * QUARTER_US + number
        state, came = take_frame(state, batch_of(rows, arrival_us=arrival_us), RULES)
        columns = (came.judged.event_time_us, came.judged.value, came.judged.doubt)
        for time_us, *says in zip(*(column.tolist() for column in columns), strict=True):
            judged.readings.hear((METER, time_us), Word(arrival_us, SOURCE, tuple(says)))
        frame = interval_frame(
            came.energy,
            RULES.registers.ids,
            park_id="park",
            source_id=SOURCE,
            frame_id=f"f{number}",
            known_us=arrival_us,
            log_position=number,
        )
        if frame is not None:
            judged.hear_intervals(frame)
        beyond.note(came.energy.beyond)
        count += len(came.energy.beyond)
    beyond.recount(judged, [state.registers], END_US)
    return judged, count


def said(judged: Pictures) -> dict[Key, tuple[float, ...]]:
    return {key: word.says for key, word in judged.intervals.words.items()}


IN_TIME = [k for k in range(2 * DAY) if k not in LATE]
HOURLY = [IN_TIME[k : k + 8] for k in range(0, len(IN_TIME), 8)]


def test_what_came_too_late_for_memory_is_counted_as_if_it_had_been_remembered() -> None:
    deep, none = pictures_after([*HOURLY, LATE], depth=4096)
    shallow, too_old = pictures_after([*HOURLY, LATE], depth=32)

    assert (none, too_old) == (0, len(LATE))
    assert said(shallow) == said(deep)
    believed_wh = said(shallow)[METER, START_US + 45 * QUARTER_US][0]
    assert believed_wh == WH[46] - WH[45]


def test_where_nothing_was_too_old_nothing_is_recounted() -> None:
    in_order, too_old = pictures_after(HOURLY, depth=32)

    assert too_old == 0
    assert {word.known_us for word in in_order.intervals.words.values()}.isdisjoint({END_US})


def test_an_old_week_that_is_imported_into_a_full_memory_gets_its_quarter_hours() -> None:
    newer = list(range(DAY, 2 * DAY))
    day = list(range(DAY))

    imported, too_old = pictures_after([newer[:60], newer[60:], day], depth=32)

    assert too_old == DAY
    energies_wh = [says[0] for _, says in sorted(said(imported).items())]
    assert energies_wh == np.diff(WH[:DAY]).tolist()
