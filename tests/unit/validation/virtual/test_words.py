"""Which of several words on one reading stands."""

from itertools import permutations

import numpy as np
import pytest

from services.energy.frame_numbers import number_of
from services.energy.readings import Doubt, Verdict
from services.energy.time_grid import from_microseconds
from services.history.messages import rows_of
from services.runtime.frames import Frame
from services.validation.domain.virtual.words import Word, later, standing

NOON_US = 1_559_563_200_000_000


def a_word(
    known_us: int,
    number: int = 0,
    value: float = 1.0,
    verdict: Verdict = Verdict.BELIEVED,
    point: str = "pv.w",
) -> Word:
    return Word(point, NOON_US, value, verdict, Doubt.NONE, known_us, number, 0)


OLD, NEW = a_word(60, number=9), a_word(90, number=-9)


def test_the_word_known_last_stands_whenever_it_comes() -> None:
    assert standing([OLD, NEW]) == standing([NEW, OLD]) == {NEW.key: NEW}


def test_of_one_instant_the_higher_frame_number_stands_and_then_the_worse_verdict() -> None:
    words = [a_word(60, 7), a_word(60, 8), a_word(60, 8, verdict=Verdict.REJECTED)]

    assert [standing(order)[OLD.key] for order in permutations(words)] == [words[2]] * 6


def test_each_reading_has_its_own_word() -> None:
    other = a_word(60, point="load.w")

    assert standing([other, NEW]) == {other.key: other, NEW.key: NEW}


def test_later_is_what_is_new_or_known_after_what_is_there() -> None:
    assert later(standing([NEW]), [OLD]) == later(standing([NEW]), []) == [NEW]


@pytest.mark.parametrize("again", [OLD, NEW])
def test_nothing_is_later_when_a_word_comes_again(again: Word) -> None:
    assert later(standing([again]), [NEW]) == []


@pytest.mark.parametrize("frame_id", ["f1", "modbus-grid/60", "光伏"])
def test_the_number_of_a_frame_is_the_one_history_gives_it(frame_id: str) -> None:
    frame = Frame(
        park_id="park",
        source_id="mqtt-site",
        frame_id=frame_id,
        arrival_time=from_microseconds(NOON_US),
        point_ids=("pv.w",),
        point_index=np.zeros(1, np.uint32),
        event_time_us=np.array([NOON_US]),
        value=np.ones(1),
        verdict=np.ones(1, np.uint8),
        doubt=np.zeros(1, np.uint8),
    )

    rows = rows_of([frame], [np.zeros(1, np.int32)], [1])

    assert rows.frame_number.tolist() == [number_of(frame_id)]
