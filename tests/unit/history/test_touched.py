"""Which windows a write touches: every one whose rollup it changes."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.energy.time_grid import to_microseconds
from services.history.domain.rollup import rolled_up
from services.history.domain.touched import (
    Windows,
    spans,
    touched_by_late,
    touched_by_news,
    unpacked,
    windows_at,
)
from services.history.domain.windows import QUARTER_US, grid
from tests.support.history import (
    START,
    Reading,
    as_dicts,
    minutes,
    readings_of_two_hours,
    samples,
)

BORDERS = grid(QUARTER_US, to_microseconds(START) - 4 * QUARTER_US, to_microseconds(minutes(180)))


def pairs(windows: Windows) -> set[tuple[int, int]]:
    return set(zip(windows.point_id.tolist(), windows.start_us.tolist(), strict=True))


def changed(before: list[Reading], after: list[Reading]) -> set[tuple[int, int]]:
    """Return the windows whose rollups differ, by brute force."""
    old, new = (as_dicts(rolled_up(samples(part), BORDERS)) for part in (before, after))
    return {key for key in old.keys() | new.keys() if repr(old.get(key)) != repr(new.get(key))}


def late(readings: list[Reading]) -> set[tuple[int, int]]:
    columns = samples(readings)
    return pairs(touched_by_late(columns.point_id, columns.event_time_us))


@given(readings_of_two_hours, readings_of_two_hours)
def test_late_readings_touch_every_window_they_change(
    known: list[Reading], more: list[Reading]
) -> None:
    taken = {(r.point, r.at) for r in known}
    more = [r for r in more if (r.point, r.at) not in taken]

    assert changed(known, known + more) <= late(more)


@given(readings_of_two_hours, st.integers(0, 7199))
def test_news_touch_every_window_they_change(readings: list[Reading], cut: int) -> None:
    border = START + timedelta(seconds=cut)
    known = [r for r in readings if r.at < border]
    news = samples([r for r in readings if r.at >= border])
    before = np.full(len(news), -(2**62))  # nobody remembers: as far back as values hold

    touched = pairs(touched_by_news(news.point_id, news.event_time_us, before))

    assert changed(known, readings) <= touched


def test_a_reading_each_minute_touches_its_own_window_only() -> None:
    at = samples([Reading(1, minutes(7), 1.0)])

    touched = touched_by_news(at.point_id, at.event_time_us, at.event_time_us - 60_000_000)

    assert pairs(touched) == {(1, to_microseconds(START))}


def test_windows_survive_being_packed_and_runs_become_spans() -> None:
    start = to_microseconds(START)
    own = windows_at(
        np.array([2, 1, 1, 1], dtype=np.int32),
        np.array([start, start, start + QUARTER_US, start + 9 * QUARTER_US]),
    )

    again = unpacked([own.packed(), own.packed()])
    point, first, end = spans(again, again.start_us + QUARTER_US)

    assert pairs(again) == pairs(own)
    assert list(zip(point.tolist(), ((end - first) // QUARTER_US).tolist(), strict=True)) == [
        (1, 2),
        (1, 1),
        (2, 1),
    ]
