"""What nowcasts remember, and when they are made."""

from datetime import UTC, datetime, timedelta

import numpy as np

from services.forecasting.domain.nowcast.leads import HEAD_QUARTERS
from services.forecasting.domain.nowcast.memory import REMEMBERED_MIN, REMEMBERED_QUARTERS, Memory
from services.forecasting.domain.nowcast.moment import due, taught_now

END = 1_730_000
NOON = datetime(2019, 6, 4, 12, 0, 30, tzinfo=UTC)


def put(memory: Memory, minute: int, mean: float) -> None:
    memory.put_minutes(np.array([0]), np.array([minute]), np.array([mean]))


def test_minutes_move_with_time_and_the_oldest_fall_out() -> None:
    memory = Memory(1, END)
    put(memory, END * 15 - 1, 7.0)
    put(memory, END * 15 - REMEMBERED_MIN, 3.0)

    memory.reach_to(END * 15 + 4)

    newest = memory.before(END * 15 + 4, 5)
    np.testing.assert_array_equal(newest, [[7.0, np.nan, np.nan, np.nan, np.nan]])
    _, minutes, _ = memory.lessons(0, END * 15 + 4)
    assert np.nansum(minutes) == 7.0


def test_lessons_end_before_the_minute_they_are_for() -> None:
    memory = Memory(1, END)
    put(memory, END * 15 - 1, 7.0)
    put(memory, END * 15 - 2, 5.0)

    _, minutes, _ = memory.lessons(0, END * 15 - 1)

    assert np.nansum(minutes) == 5.0


def test_an_issue_is_remembered_at_the_quarter_it_was_made() -> None:
    memory = Memory(2, END)

    memory.put_head(END - 1, np.ones((2, 3, HEAD_QUARTERS + 5)))
    memory.put_head(END - 1 - REMEMBERED_QUARTERS, np.zeros((2, 3, HEAD_QUARTERS)))

    _, _, heads = memory.lessons(1, END * 15)
    assert np.flatnonzero(np.isfinite(heads[:, 0, 0])).tolist() == [REMEMBERED_QUARTERS - 1]


def test_of_several_minutes_missed_only_the_newest_is_due() -> None:
    assert due(NOON, NOON - timedelta(minutes=9)) == NOON.replace(second=0)
    assert due(NOON, NOON.replace(second=0)) is None
    assert due(NOON, None) == NOON.replace(second=0)


def test_every_point_learns_once_in_its_turn() -> None:
    for points in (1, 11, 1_000):
        taught = [point for minute in range(240) for point in taught_now(minute, points, 240)]

        assert taught == list(range(points))
