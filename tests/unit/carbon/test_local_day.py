"""The local day of a park in UTC."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.carbon_accounting.domain.local_day import local_day


def test_a_day_in_shanghai_begins_at_16_utc() -> None:
    day = local_day(datetime(2019, 6, 3, 22, tzinfo=UTC), ZoneInfo("Asia/Shanghai"))

    assert day.start == datetime(2019, 6, 3, 16, tzinfo=UTC)
    assert day.end == datetime(2019, 6, 4, 16, tzinfo=UTC)


@pytest.mark.parametrize(("month", "day", "hours"), [(3, 31, 23), (6, 1, 24), (10, 27, 25)])
def test_a_day_has_23_24_or_25_hours(month: int, day: int, hours: int) -> None:
    noon = datetime(2019, month, day, 12, tzinfo=UTC)

    assert local_day(noon, ZoneInfo("Europe/London")).duration == timedelta(hours=hours)
