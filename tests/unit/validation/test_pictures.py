"""A replay takes back quarters that its rules no longer tell of; what it cannot judge stays."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from services.energy.readings import Doubt, Verdict
from services.energy.time_grid import QUARTER, to_microseconds
from services.runtime.frames import Frame
from services.validation.domain.replaying import Word
from services.validation.pictures import NOTHING_KNOWN, PARTS, Pictures
from tests.support.builders import MORNING, after

METER = "steel.consumption_energy_wh"
START_US = to_microseconds(MORNING)
COUNTED = Word(1, "mqtt-site", (1_000, *(0 for _ in PARTS[1:])))


def pictures() -> Pictures:
    """Return empty pictures of the quarter hour from MORNING on."""
    return Pictures.of(MORNING, MORNING + QUARTER)


def published() -> Pictures:
    told = pictures()
    told.intervals.hear((METER, START_US), COUNTED)
    return told


def read_at(minute: float) -> Pictures:
    """Return what one reading of the meter comes to: no quarter hour."""
    judged = pictures()
    judged.hear_readings(
        Frame(
            park_id="demo-park",
            source_id="mqtt-site",
            frame_id="f",
            arrival_time=after(hours=1),
            point_ids=(METER,),
            point_index=np.zeros(1, np.uint32),
            event_time_us=np.array([to_microseconds(MORNING + timedelta(minutes=minute))]),
            value=np.array([5_000.0]),
            verdict=np.array([Verdict.REJECTED], np.uint8),
            doubt=np.array([Doubt.REGISTER_TOO_STEEP], np.uint8),
        )
    )
    return judged


def test_a_published_quarter_that_the_rules_no_longer_tell_of_is_known_as_unknown() -> None:
    judged = read_at(-5)

    judged.withdraw(published(), but=())

    (change,) = published().intervals.changes_to(judged.intervals)
    assert (change.before, change.after.says) == (COUNTED, NOTHING_KNOWN)


def test_a_quarter_from_before_the_raw_log_begins_stays() -> None:
    judged = read_at(15)

    judged.withdraw(published(), but=())

    assert not judged.intervals.words


def test_a_quarter_of_a_register_that_had_readings_out_of_memory_stays() -> None:
    judged = read_at(-5)

    judged.withdraw(published(), but={METER})

    assert not judged.intervals.words


def test_a_quarter_that_is_told_stays_as_it_is_told() -> None:
    judged = read_at(-5)
    judged.intervals.hear((METER, START_US), COUNTED)

    judged.withdraw(published(), but=())

    assert judged.intervals.words == {(METER, START_US): COUNTED}
