"""What the rest of a year will add, and by what it was foreseen."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from parkflow.forecast.v1.forecast_pb2 import SeriesForecast
from services.carbon_accounting.domain.indicators.values import Amount
from services.carbon_accounting.domain.indicators.vocabulary import Vocabulary, Word
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.live.foreseeing import Consumption, Foreseen, Part, foreseen
from services.carbon_accounting.live.outlook import consumption_of
from services.energy.site import Text
from services.energy.time_grid import Interval

ZONE = ZoneInfo("UTC")
USED = "electricity.total"
WORDS = Vocabulary.of(
    [
        Word(USED, "kWh", Text("used", "用电")),
        Word("water.intake", "m3", Text("water", "取水")),
        Word("size", "tce", Text("size", "规模"), adds_up=False),
    ]
)


def day(written: str) -> datetime:
    return datetime.combine(date.fromisoformat(written), datetime.min.time(), UTC)


def used(kwh: int, **other: Amount) -> dict[str, Amount]:
    return {USED: Amount(Fraction(kwh * 1000), "Wh"), **other}


NOVEMBER = Part(Interval(day("2025-11-01"), day("2025-12-01")), used(3_000))
"""100 kWh a day."""
DECEMBER = Interval(day("2025-12-01"), day("2026-01-01"))


def december(
    last_year: dict[Month, Part] | None = None, forecast: Consumption | None = None
) -> Foreseen:
    return foreseen(NOVEMBER, last_year or {}, DECEMBER, forecast, vocabulary=WORDS, zone=ZONE)


def test_the_rest_is_like_the_mean_day_so_far_where_last_year_is_not_whole() -> None:
    half = Part(Interval(day("2024-12-10"), day("2025-01-01")), used(9))

    found = december({Month(2024, 12): half})

    assert found.amounts[USED] == Amount(Fraction(3_100), "kWh")  # 31 days of 100 kWh
    assert "like the mean day of this year so far" in found.says.en
    assert "no forecast of consumption was there" in found.says.en


def test_the_rest_is_like_the_same_month_of_last_year_where_that_is_booked() -> None:
    whole = Part(Interval(day("2024-12-01"), day("2025-01-01")), used(4_000))

    found = december({Month(2024, 12): whole})

    assert found.amounts[USED] == Amount(Fraction(4_000), "kWh")
    assert "2025-12 to 2025-12" in found.says.en


def test_the_days_that_a_forecast_covers_are_as_it_says() -> None:
    ten_days = Interval(DECEMBER.start, DECEMBER.start + timedelta(days=10))

    found = december(forecast=Consumption(ten_days, 1_500_000))  # 150 kWh a day

    assert round(float(found.amounts[USED].value), 3) == 1_500 + 21 * 100
    assert "next 10.0 days by the forecast" in found.says.en


def test_a_forecast_that_begins_later_than_the_books_end_is_not_used() -> None:
    late = Interval(DECEMBER.start + timedelta(days=3), DECEMBER.start + timedelta(days=5))

    assert december(forecast=Consumption(late, 9_000_000)) == december()


def test_what_only_holds_on_a_day_and_what_a_pattern_lacks_is_not_foreseen() -> None:
    more = {"size": Amount(Fraction(5), "tce"), "water.intake": Amount(Fraction(30), "m3")}
    so_far = Part(NOVEMBER.span, used(3_000, **more))
    dry = Part(Interval(day("2024-12-01"), day("2025-01-01")), used(3_100))

    rest = Interval(day("2025-12-01"), day("2026-01-01"))
    found = foreseen(so_far, {Month(2024, 12): dry}, rest, None, vocabulary=WORDS, zone=ZONE)

    assert set(found.amounts) == {USED}


def test_the_forecast_of_load_and_charging_is_energy() -> None:
    load = SeriesForecast(point_id="park.load_w", p50_w=[4_000.0] * 8)  # 2 h of 4 kW
    load.start.FromDatetime(DECEMBER.start)
    load.step.FromTimedelta(timedelta(minutes=15))
    charging = SeriesForecast(point_id="park.charging_w", p50_w=[1_000.0] * 8)
    two_hours = Interval(DECEMBER.start, DECEMBER.start + timedelta(hours=2))

    sums = {"park.load_w": load, "park.charging_w": charging}
    assert consumption_of(sums) == Consumption(two_hours, 10_000)
    assert consumption_of({"park.charging_w": charging}) is None
