"""Park time runs from its origin, as fast as it is told to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.runtime.clock import ParkClock

START = datetime(2019, 6, 3, 22, 0, tzinfo=UTC)


def test_at_sixty_times_a_wall_second_is_a_park_minute() -> None:
    clock = ParkClock(START, wall_origin=1000.0, speed=60)

    assert clock.at_wall(1001.0) == START + timedelta(minutes=1)
    assert clock.wall_seconds(timedelta(minutes=15)) == 15


def test_a_clock_survives_being_written_and_read() -> None:
    clock = ParkClock(START, wall_origin=1234.5, speed=60)

    assert ParkClock.parse(str(clock)) == clock
    assert str(ParkClock.parse("wall")) == "wall"


def test_the_wall_clock_is_wall_time() -> None:
    assert ParkClock.wall().at_wall(0) == datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["noon", "2019-06-03T22:00:00@1x60", "x", "2019-06-03T22:00:00Z@1x0"]
)
def test_a_wrong_clock_says_what_would_be_right(text: str) -> None:
    with pytest.raises(ValueError, match=r"speed|neither 'wall' nor|needs a time zone"):
        ParkClock.parse(text)
