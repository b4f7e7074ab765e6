"""A pushed run of a weather model is checked as a whole."""

from datetime import timedelta
from math import inf, nan

from parkflow.forecast.v1 import weather_pb2 as wire
from services.forecasting.domain.weather import Weather
from services.forecasting.weather_desk import mistakes_of, values_of
from tests.support.builders import MORNING


def a_run(*values: float) -> wire.PushWeatherRequest:
    request = wire.PushWeatherRequest(park_id="demo-park")
    request.issue_time.FromDatetime(MORNING - timedelta(hours=6))
    request.start.FromDatetime(MORNING)
    request.step.FromTimedelta(timedelta(hours=1))
    request.series.add(quantity=wire.WEATHER_QUANTITY_TEMPERATURE_C, values=values)
    return request


def fields(request: wire.PushWeatherRequest) -> list[str]:
    return [mistake.field for mistake in mistakes_of(request, MORNING)]


def test_a_sound_run_becomes_values_and_what_is_not_said_none() -> None:
    request = a_run(20.0, nan, 22.0)

    first, second = values_of(request, MORNING)

    assert fields(request) == []
    assert (first.quantity, first.place_id) == (Weather.TEMPERATURE_C, "park")
    assert second.target_time == MORNING + timedelta(hours=2)
    assert first.known_at == MORNING


def test_every_mistake_is_named_at_once() -> None:
    request = a_run(20.0, 300.0)
    request.issue_time.FromDatetime(MORNING + timedelta(minutes=1))
    request.step.FromTimedelta(timedelta(hours=7))
    request.series.add(quantity=wire.WEATHER_QUANTITY_TEMPERATURE_C, values=[inf])
    request.series.add(quantity=99, values=[1.0])  # type: ignore[arg-type]

    assert fields(request) == [
        "issue_time",
        "step",
        "series[0].values[1]",
        "series[1].quantity",
        "series[1].values[0]",
        "series[2].quantity",
    ]


def test_nothing_is_no_run() -> None:
    assert fields(wire.PushWeatherRequest()) == ["issue_time", "start", "step", "series"]


def test_weather_of_a_place_that_no_forecast_looks_at_is_refused() -> None:
    of_the_park, of_the_roof = a_run(20.0), a_run(20.0)
    of_the_park.place_id, of_the_roof.place_id = "park", "roof"

    assert fields(of_the_park) == []
    assert fields(of_the_roof) == ["place_id"]
