"""Which of several readings of one key stands: the same whatever the order and however often."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.history.domain.standing import (
    REJECTED,
    TOO_OLD,
    Rows,
    concatenate,
    differing,
    stand_and_fall,
    standing,
)

BELIEVED = 1


def a_row(
    *,
    point: int = 1,
    time: int = 0,
    value: float = 1.0,
    verdict: int = BELIEVED,
    doubt: int = 0,
    arrival: int = 0,
    frame: int = 0,
) -> Rows:
    def column(number: float, kind: str) -> np.ndarray:
        return np.array([number], dtype=kind)

    return Rows(
        column(point, "i4"),
        column(time, "i8"),
        column(value, "f8"),
        column(verdict, "i2"),
        column(doubt, "i2"),
        column(1, "i4"),
        column(arrival, "i8"),
        column(frame, "i8"),
    )


def values_of(rows: Rows) -> list[float]:
    return rows.value.tolist()


def test_a_later_correction_stands() -> None:
    first, correction = a_row(value=1, arrival=10), a_row(value=2, arrival=20)

    assert values_of(standing(concatenate([correction, first]))) == [2]


def test_validations_last_word_stands_although_it_rejects_another_value() -> None:
    believed = a_row(value=1, arrival=10)
    rejected = a_row(value=9, verdict=REJECTED, arrival=20)

    assert values_of(standing(concatenate([rejected, believed]))) == [9]


def test_a_late_frame_of_an_earlier_judgement_changes_nothing() -> None:
    rejected = a_row(value=9, verdict=REJECTED, arrival=20)
    earlier = a_row(value=1, arrival=10)

    assert values_of(standing(concatenate([rejected, earlier]))) == [9]


def test_a_later_doubt_of_the_same_value_replaces_the_belief_in_it() -> None:
    believed = a_row(value=1, arrival=10)
    doubted = a_row(value=1, verdict=REJECTED, arrival=20)

    assert standing(concatenate([doubted, believed])).verdict.tolist() == [REJECTED]


def test_a_value_that_validation_returns_to_stands_again() -> None:
    first, correction = a_row(value=1, arrival=10), a_row(value=2, arrival=20)
    again = a_row(value=1, arrival=30)

    assert values_of(standing(concatenate([again, correction, first]))) == [1]


def test_a_later_refusal_of_a_stamp_hides_nothing() -> None:
    believed = a_row(value=1, arrival=10)
    too_old = a_row(value=1, verdict=REJECTED, doubt=TOO_OLD, arrival=20)

    assert standing(concatenate([too_old, believed])).verdict.tolist() == [BELIEVED]


def test_readings_of_different_keys_all_stand_in_order_of_point_and_time() -> None:
    rows = [a_row(point=2, time=5, value=3), a_row(point=1, time=9, value=2), a_row(time=1)]

    kept = standing(concatenate(rows))

    assert list(zip(kept.point_id.tolist(), kept.event_time_us.tolist(), strict=True)) == [
        (1, 1),
        (1, 9),
        (2, 5),
    ]


events = st.lists(
    st.builds(
        a_row,
        point=st.integers(1, 2),
        time=st.integers(0, 2),
        value=st.floats(0, 9),
        verdict=st.sampled_from([BELIEVED, 2, REJECTED]),
        arrival=st.integers(0, 5),
        frame=st.integers(0, 99),
    ),
    min_size=1,
    max_size=20,
    unique_by=lambda row: (int(row.arrival_time_us[0]), int(row.frame_number[0])),
)


@given(events, st.integers())
def test_any_order_and_any_repetition_leave_the_same_rows(rows: list[Rows], seed: int) -> None:
    shuffled = [*rows, *rows]
    random.Random(seed).shuffle(shuffled)

    once, again = standing(concatenate(rows)), standing(concatenate(shuffled))

    for name in Rows.__slots__:
        np.testing.assert_array_equal(getattr(once, name), getattr(again, name))


@given(events, st.integers(1, 19))
def test_writing_in_two_batches_stands_like_writing_in_one(rows: list[Rows], cut: int) -> None:
    if cut >= len(rows):
        return

    kept = concatenate(list(stand_and_fall(concatenate(rows[:cut]))))
    both = standing(concatenate([kept, *rows[cut:]]))

    assert values_of(both) == values_of(standing(concatenate(rows)))


@given(events)
def test_what_stands_and_what_falls_is_everything_once(rows: list[Rows]) -> None:
    up, down = stand_and_fall(concatenate([*rows, *rows]))

    assert len(up) + len(down) == len(rows)
    absent, other = differing(concatenate(rows), up)
    assert not absent.any()
    assert int(other.sum()) == len(down)


def test_rows_must_be_given() -> None:
    with pytest.raises(ValueError, match="need at least one array"):
        concatenate([])
