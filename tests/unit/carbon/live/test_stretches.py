"""How quarters to book again are cut into chunks."""

from datetime import datetime, timedelta

import pytest

from services.carbon_accounting.domain.live.stretches import chunk_end
from services.carbon_accounting.domain.local_month import Month
from services.energy.time_grid import QUARTER
from tests.support.carbon import NOON, ZONE

MIDNIGHT = NOON + timedelta(hours=12)
DAY = timedelta(days=1)
FAR = NOON + 90 * DAY


def days(count: int) -> list[datetime]:
    """A touched quarter on each of so many days from now."""
    return [NOON + number * DAY for number in range(count)]


def test_a_live_quarter_is_a_chunk_of_its_own() -> None:
    assert chunk_end(NOON, [NOON], NOON + QUARTER, ZONE, 9) == NOON + QUARTER


def test_a_late_quarter_is_booked_to_the_end_of_its_local_day() -> None:
    assert chunk_end(NOON, [NOON], FAR, ZONE, 9) == MIDNIGHT


def test_touched_days_in_a_row_are_one_chunk_up_to_the_end_of_the_month() -> None:
    assert chunk_end(NOON, days(3), FAR, ZONE, 9) == MIDNIGHT + 2 * DAY
    assert chunk_end(NOON, days(60), FAR, ZONE, 9) == datetime(2019, 7, 1, tzinfo=ZONE)


def test_a_large_park_is_booked_in_fewer_days_at_once() -> None:
    assert chunk_end(NOON, days(60), FAR, ZONE, 100) == MIDNIGHT + 2 * DAY
    assert chunk_end(NOON, days(60), FAR, ZONE, 1000) == MIDNIGHT


def test_a_month_is_a_local_one() -> None:
    assert str(Month.of(datetime(2019, 5, 31, 23, 59, tzinfo=ZONE), ZONE)) == "2019-05"
    december = Month.read("2019-12").interval(ZONE)
    assert december.start == datetime(2019, 12, 1, tzinfo=ZONE)
    assert december.end == datetime(2020, 1, 1, tzinfo=ZONE)
    with pytest.raises(ValueError, match="month 13 of 2019"):
        Month.read("2019-13")
