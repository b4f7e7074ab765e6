"""Which curves are sound."""

import math
from datetime import UTC, datetime, timedelta, timezone

import pytest

from services.ingest.domain.curves import Span, intensity_mistakes, price_mistakes, span_mistakes
from tests.support.builders import MORNING, after

HOUR, HALF = timedelta(hours=1), timedelta(minutes=30)


def a_span(start: datetime | None = MORNING, step: timedelta = HALF, count: int = 2) -> Span:
    return Span(start, step, count)


def test_a_day_of_half_hours_is_sound() -> None:
    assert price_mistakes(a_span(count=48), "GBP", "GBP", [1] * 48, [-1] * 48) == []


def test_seven_days_are_the_most() -> None:
    assert span_mistakes(a_span(step=HOUR, count=168), "v") == []
    assert [field for field, _ in span_mistakes(a_span(step=HOUR, count=169), "v")] == ["v"]


def test_every_mistake_is_named_at_once() -> None:
    found = price_mistakes(a_span(after(1)), "EUR", "GBP", [1, 2], [3])

    assert [field for field, _ in found] == [
        "start",
        "currency_code",
        "export_price_micros_per_kwh",
    ]


def test_the_grid_is_that_of_the_step_in_utc() -> None:
    india = timezone(timedelta(hours=5, minutes=30))
    local_hour = datetime(2019, 6, 4, 6, 0, tzinfo=india)

    assert span_mistakes(a_span(local_hour, HALF), "v") == []
    assert [f for f, _ in span_mistakes(a_span(local_hour, HOUR), "v")] == ["start"]


@pytest.mark.parametrize("value", [math.inf, -1.0, 5001.0])
def test_an_intensity_that_cannot_be_is_named(value: float) -> None:
    [(field, _)] = intensity_mistakes(a_span(), [200.0, value])

    assert field == "intensity_g_per_kwh[1]"


def test_an_unknown_intensity_is_sound() -> None:
    assert intensity_mistakes(a_span(), [math.nan, 0.0]) == []


def test_the_end_is_the_first_instant_after() -> None:
    assert a_span().end == datetime(2019, 6, 3, 23, 0, tzinfo=UTC)
