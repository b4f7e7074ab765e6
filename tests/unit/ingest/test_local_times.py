"""Wall clock readings become instants, or are marked: never guessed."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.energy.time_grid import from_microseconds, to_microseconds
from services.ingest.domain.local_times import RepeatedHour, placed

ZONES = st.sampled_from(
    ["Europe/Berlin", "Asia/Shanghai", "America/St_Johns", "Australia/Lord_Howe", "UTC"]
).map(ZoneInfo)
INSTANTS = st.datetimes(
    datetime(1990, 1, 1),  # noqa: DTZ001
    datetime(2037, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def on_the_wall(moment: datetime, zone: ZoneInfo) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    local = moment.astimezone(zone).replace(tzinfo=UTC)
    return np.array([to_microseconds(local)], np.int64)


@given(INSTANTS, ZONES)
def test_every_instant_is_found_again_unless_its_wall_time_happens_twice(
    moment: datetime, zone: ZoneInfo
) -> None:
    wall = on_the_wall(moment, zone)
    at = placed(wall, zone, RepeatedHour.MISTAKE)
    either = {
        from_microseconds(placed(wall, zone, which).utc_us[0])
        for which in (RepeatedHour.EARLIER, RepeatedHour.LATER)
    }

    assert moment in either
    assert not at.never[0]
    assert at.twice[0] == (len(either) == 2)
    if not at.twice[0]:
        assert from_microseconds(at.utc_us[0]) == moment


def test_berlin_in_the_last_night_of_october_has_an_hour_twice() -> None:
    zone = ZoneInfo("Europe/Berlin")
    nine = [datetime(2019, 10, 27, 2, minute, tzinfo=UTC) for minute in (0, 30)]
    edge = [datetime(2019, 10, 27, 1, 59, 59, tzinfo=UTC), datetime(2019, 10, 27, 3, tzinfo=UTC)]
    wall = np.array([to_microseconds(moment) for moment in [*nine, *edge]], np.int64)

    assert placed(wall, zone, RepeatedHour.MISTAKE).twice.tolist() == [True, True, False, False]
    later = (
        placed(wall, zone, RepeatedHour.LATER).utc_us
        - placed(wall, zone, RepeatedHour.EARLIER).utc_us
    )
    assert later.tolist() == [3_600_000_000, 3_600_000_000, 0, 0]


def test_berlin_in_the_last_night_of_march_skips_an_hour() -> None:
    zone = ZoneInfo("Europe/Berlin")
    start = datetime(2019, 3, 31, 1, 45, tzinfo=UTC)
    wall = np.array(
        [to_microseconds(start + timedelta(minutes=15 * n)) for n in range(6)], np.int64
    )

    at = placed(wall, zone, RepeatedHour.MISTAKE)

    assert at.never.tolist() == [False, True, True, True, True, False]
    assert not at.twice.any()


def test_a_clock_that_was_changed_at_a_minute_past_midnight_is_followed() -> None:
    zone = ZoneInfo("America/St_Johns")  # 2010-03-14 00:01 became 01:01
    wall = np.array(
        [to_microseconds(datetime(2010, 3, 14, 0, minute, tzinfo=UTC)) for minute in (0, 1, 59)],
        np.int64,
    )

    assert placed(wall, zone, RepeatedHour.MISTAKE).never.tolist() == [False, True, True]
