"""Which weather a series learns from: what moves it, once enough of its past was foreseen."""

import numpy as np
import pytest

from services.forecasting.domain.targets import Shape
from services.forecasting.domain.weather import Foreseen
from services.forecasting.domain.weather_columns import learnt_from

QUARTERS = 100
OF_THE_SUN = (
    "irradiance_w_m2",
    "temperature_c",
    "cloud_cover_pct",
    "relative_humidity_pct",
    "wind_speed_m_s",
    "wind_direction_deg",
    "pressure_hpa",
)
EVERYTHING = dict.fromkeys((*OF_THE_SUN, "precipitation_mm_h"), QUARTERS)


def a_weather(**newest: int) -> Foreseen:
    """Return weather of which so many of the newest of QUARTERS are known."""
    value = np.full((QUARTERS, len(newest)), np.nan)
    for column, known in enumerate(newest.values()):
        value[QUARTERS - known :, column] = 1.0
    return Foreseen(tuple(newest), value, value, ahead=QUARTERS)


@pytest.mark.parametrize(
    ("shape", "columns"),
    [
        (Shape.SUN, OF_THE_SUN),
        (Shape.WIND, ("wind_speed_m_s",)),
        (Shape.DEMAND, ("temperature_c",)),
    ],
)
def test_a_series_learns_from_what_moves_it(shape: Shape, columns: tuple[str, ...]) -> None:
    assert learnt_from(shape, a_weather(**EVERYTHING), QUARTERS) == columns


def test_a_quantity_that_was_never_foreseen_is_no_column() -> None:
    weather = a_weather(irradiance_w_m2=QUARTERS, temperature_c=0)

    assert learnt_from(Shape.SUN, weather, QUARTERS) == ("irradiance_w_m2",)
    assert learnt_from(Shape.WIND, weather, QUARTERS) == ()
    assert learnt_from(Shape.DEMAND, Foreseen.none(QUARTERS, QUARTERS), QUARTERS) == ()


def test_half_of_a_series_past_must_have_been_foreseen() -> None:
    assert learnt_from(Shape.DEMAND, a_weather(temperature_c=49), QUARTERS) == ()
    assert learnt_from(Shape.DEMAND, a_weather(temperature_c=50), QUARTERS) == ("temperature_c",)
    assert learnt_from(Shape.DEMAND, a_weather(temperature_c=30), 60) == ("temperature_c",)


def test_what_was_foreseen_before_a_young_series_began_does_not_count() -> None:
    weather = a_weather(temperature_c=QUARTERS)
    weather.value[-60:] = np.nan

    assert learnt_from(Shape.DEMAND, weather, 40) == ()


def test_a_series_of_which_nothing_is_known_learns_from_nothing() -> None:
    assert learnt_from(Shape.DEMAND, a_weather(temperature_c=QUARTERS), 0) == ()
