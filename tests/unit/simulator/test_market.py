"""Day-ahead curves: one local day each, known at noon before, whole micros."""

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from services.simulator.market import MarketFeed, RecordedMarket, known_at, local_day
from tests.unit.simulator.builders import a_park

DATA = Path(__file__).parents[3] / "parks" / "demo-data"
SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2019, 6, 3, 22, tzinfo=UTC)


@pytest.fixture(scope="module")
def feed() -> MarketFeed:
    return MarketFeed(a_park(), RecordedMarket.load(DATA), stub=None)  # type: ignore[arg-type]


def test_a_curve_covers_one_local_day(feed: MarketFeed) -> None:
    curve = feed.price_curve(date(2019, 6, 4), NOW)

    assert curve.start.ToDatetime(UTC) == datetime(2019, 6, 3, 16, tzinfo=UTC)
    assert curve.step.seconds == 3600
    assert len(curve.import_price_micros_per_kwh) == 24


def test_prices_are_those_of_the_record_on_the_park_clock(feed: MarketFeed) -> None:
    curve = feed.price_curve(date(2019, 6, 17), NOW)

    # 2019-06-16T06:00Z in market_hourly is the fourteenth hour of the local day before
    before = feed.price_curve(date(2019, 6, 16), NOW)
    assert before.import_price_micros_per_kwh[14] == 71_300
    assert all(isinstance(price, int) for price in curve.import_price_micros_per_kwh)


def test_intensity_is_in_grams(feed: MarketFeed) -> None:
    assert feed.intensity_curve(date(2019, 6, 16), NOW).intensity_g_per_kwh[14] == 135.0


def test_a_curve_is_known_at_noon_of_the_day_before_or_now() -> None:
    noon = datetime(2019, 6, 3, 4, tzinfo=UTC)

    assert known_at(date(2019, 6, 4), SHANGHAI, NOW) == noon
    assert known_at(date(2019, 6, 5), SHANGHAI, NOW) == NOW  # tomorrow's, asked for early


def test_a_local_day_of_shanghai_starts_at_16_utc() -> None:
    start, end = local_day(date(2019, 6, 4), SHANGHAI)

    assert (start.hour, end.hour, (end - start).days) == (16, 16, 1)


def test_the_days_before_the_start_are_published_first_as_far_as_they_were_recorded() -> None:
    market = RecordedMarket.load(DATA)
    feed = MarketFeed(a_park(), market, None, past_days=2)  # type: ignore[arg-type]

    june = feed.first_days(date(2019, 6, 4))
    assert [day.day for day in june] == [2, 3, 4, 5]
    new_year = feed.first_days(date(2019, 1, 2))
    assert [day.day for day in new_year] == [1, 2, 3]  # the record begins with 2019


def test_a_past_day_was_known_at_the_noon_before_it() -> None:
    assert known_at(date(2019, 6, 2), SHANGHAI, NOW) == datetime(2019, 6, 1, 4, tzinfo=UTC)
