"""Windows of the rollups: UTC quarters and hours, days and months as the park's people count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.energy.time_grid import from_microseconds, to_microseconds
from services.history.domain.windows import Level, borders_of, ends_of, finer_than, starts_of

BERLIN = ZoneInfo("Europe/Berlin")
SHANGHAI = ZoneInfo("Asia/Shanghai")
KOLKATA = ZoneInfo("Asia/Kolkata")


def window(level: Level, zone: ZoneInfo, moment: datetime) -> tuple[datetime, timedelta]:
    """Return start and length of the window that holds a moment."""
    at = np.array([to_microseconds(moment)])
    borders = borders_of(level, zone, int(at[0]), int(at[0]))
    start = starts_of(borders, at)
    length_us = int(ends_of(borders, start)[0] - start[0])
    return from_microseconds(int(start[0])), timedelta(microseconds=length_us)


@pytest.mark.parametrize(
    ("day", "hours"), [((2019, 3, 31), 23), ((2019, 6, 4), 24), ((2019, 10, 27), 25)]
)
def test_a_local_day_has_23_24_or_25_hours(day: tuple[int, int, int], hours: int) -> None:
    noon = datetime(*day, 12, tzinfo=BERLIN)

    start, length = window(Level.DAY, BERLIN, noon)

    assert start.astimezone(BERLIN) == datetime(*day, tzinfo=BERLIN)
    assert length == timedelta(hours=hours)


def test_the_instant_of_midnight_belongs_to_the_day_that_begins() -> None:
    midnight = datetime(2019, 6, 4, tzinfo=SHANGHAI).astimezone(UTC)

    assert window(Level.DAY, SHANGHAI, midnight)[0] == midnight


def test_december_ends_with_the_local_year() -> None:
    start, length = window(Level.MONTH, SHANGHAI, datetime(2019, 12, 31, 15, 59, tzinfo=UTC))

    assert start == datetime(2019, 11, 30, 16, tzinfo=UTC)
    assert length == timedelta(days=31)


def test_a_day_is_made_of_hours_only_where_it_begins_on_one() -> None:
    assert finer_than(Level.DAY, SHANGHAI) is Level.HOUR
    assert finer_than(Level.DAY, KOLKATA) is Level.QUARTER
    assert finer_than(Level.MONTH, KOLKATA) is Level.DAY


@given(
    st.sampled_from(list(Level)),
    st.sampled_from([BERLIN, SHANGHAI, KOLKATA, ZoneInfo("Australia/Lord_Howe")]),
    st.integers(0, 40 * 366 * 24 * 60).map(
        lambda minute: datetime(1995, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    ),
)
def test_every_instant_lies_in_one_window_and_finer_ones_never_cross_its_borders(
    level: Level, zone: ZoneInfo, moment: datetime
) -> None:
    start, length = window(level, zone, moment)

    assert start <= moment < start + length
    if level is not Level.QUARTER:
        finer = finer_than(level, zone)
        assert window(finer, zone, start)[0] == start
        assert window(finer, zone, start + length)[0] == start + length
