"""A turbine's power curve: denser air gives more, what is too young to learn is served by it."""

import re
from dataclasses import replace

import numpy as np
import pytest

from services.energy.site import Turbine
from services.forecasting.domain.outlook.answering import Outlook
from services.forecasting.domain.power_curve import Curve, UnknownTurbine, curve_of
from services.forecasting.domain.series import Floats
from services.forecasting.domain.targets import CURVE_POWER, Shape, Target
from services.forecasting.domain.turbines import MEMBER, Young, with_curve
from services.forecasting.domain.weather import Foreseen
from tests.unit.forecasting.builders import a_series, a_target

SPEEDS = (0.0, 3.0, 13.0, 25.0)
OWN = Turbine(80.0, 80.0, speed_m_s=SPEEDS, power_w=(0.0, 0.0, 1_000.0, 1_000.0))
QUARTERS_AHEAD = 16
COLUMNS = ("wind_speed_m_s", "temperature_c", "pressure_hpa")


def a_turbine(turbine: Turbine = OWN) -> Target:
    """Return a turbine of 1,000 W."""
    return replace(a_target(Shape.WIND), turbine=turbine)


def weather(wind_m_s: float | Floats, past: int = 4) -> Foreseen:
    rows = past + QUARTERS_AHEAD
    value = np.column_stack([np.full(rows, one) for one in (0.0, 15.0, 1_013.0)])
    value[:, 0] = wind_m_s
    return Foreseen(COLUMNS, value, np.zeros_like(value), past)


def power(curve: Curve, wind: float, temperature: float, pressure: float = 1_013.25) -> float:
    return float(curve.power(*(np.array([one]) for one in (wind, temperature, pressure)))[0])


def test_in_air_of_usual_density_a_curve_gives_what_it_says() -> None:
    curve = curve_of(OWN, 1_000.0)

    said = [power(curve, wind, np.nan) for wind in (2.0, 8.0, 20.0, 26.0)]

    assert np.allclose(said, [0.0, 500.0, 1_000.0, 0.0])


def test_cold_and_heavy_air_gives_more_until_the_rating() -> None:
    curve = curve_of(OWN, 1_000.0)

    cold, warm = power(curve, 8.0, -10.0), power(curve, 8.0, 35.0)
    high, low = power(curve, 8.0, 15.0, 1_030.0), power(curve, 8.0, 15.0, 850.0)

    assert cold > 500.0 > warm
    assert high > low
    assert power(curve, 20.0, -10.0) == 1_000.0


def test_wind_of_ten_metres_is_stronger_at_the_hub() -> None:
    near_ground = curve_of(replace(OWN, wind_height_m=10.0), 1_000.0)

    # (80 / 10) ** (1 / 7) is 1.346: 8 m/s are 10.8 at the hub, of 10 from start to rating 7.8
    assert power(near_ground, 8.0, np.nan) == pytest.approx(777.0, abs=1.0)


def test_a_known_type_is_drawn_to_the_rating_of_the_device() -> None:
    curve = curve_of(Turbine(135.0, 135.0, "E-126/4200"), 2_000_000.0)

    assert curve.highest_w == pytest.approx(2_000_000.0)
    assert 0.0 < power(curve, 8.0, np.nan) < 2_000_000.0


def test_an_unknown_type_is_refused_with_its_name() -> None:
    with pytest.raises(UnknownTurbine, match=re.escape("'Windy 9000' has no power curve")):
        curve_of(Turbine(80.0, type="Windy 9000"), 1_000.0)


def test_the_curve_stands_beside_the_weather_and_is_unknown_where_the_wind_is() -> None:
    wind = np.full(20, 8.0)
    wind[7] = np.nan

    found = with_curve(weather(wind), a_turbine())

    assert found.columns == (*COLUMNS, CURVE_POWER)
    assert np.isnan(found.value[7, -1])
    assert np.isfinite(np.delete(found.value[:, -1], 7)).all()
    assert with_curve(weather(8.0), a_target(Shape.WIND)).columns == COLUMNS


def said(known_w: list[float], wind_m_s: float | Floats, otherwise: Outlook | None) -> Outlook:
    """Return what is said after some quarters, in production."""
    known = a_series(np.array(known_w))
    young = Young.of(a_turbine(), known, weather(wind_m_s, len(known_w)))
    assert young is not None
    outlook = young.outlook(otherwise)
    assert outlook is not None
    return outlook


def test_a_turbine_without_any_history_is_forecast_by_its_curve() -> None:
    outlook = said([np.nan] * 4, 8.0, None)

    low, middle, high = outlook.quantiles[:, 0]
    assert middle == pytest.approx(500.0, rel=0.02)
    assert low == pytest.approx(310.0, rel=0.05)
    assert high == pytest.approx(690.0, rel=0.05)
    assert outlook.weight == {MEMBER: 1.0}


def test_an_hour_of_history_holds_the_first_quarters_to_the_last_reading() -> None:
    outlook = said([-700.0] * 4, 8.0, None)

    first, last = outlook.quantiles[1, [0, -1]]
    assert 650.0 < first < 700.0
    assert 500.0 < last < 560.0
    narrow, wide = (float(outlook.quantiles[2, i] - outlook.quantiles[0, i]) for i in (0, -1))
    assert narrow < 0.5 * wide


def test_a_gap_since_the_last_reading_lets_it_fade() -> None:
    now, before = (said(known, 8.0, None) for known in ([-700.0] * 9, [-700.0] + [np.nan] * 8))

    assert now.quantiles[1, 0] > before.quantiles[1, 0] > 500.0


@pytest.mark.parametrize("wind_m_s", [0.0, 3.0, 13.0, 24.0])
def test_quantiles_are_in_order_and_in_the_bounds_at_every_wind(wind_m_s: float) -> None:
    quantiles = said([-1_000.0] * 4, wind_m_s, None).quantiles

    assert (np.diff(quantiles, axis=0) >= 0.0).all()
    assert ((quantiles >= 0.0) & (quantiles <= 1_000.0)).all()


def test_where_no_wind_is_foreseen_another_answers() -> None:
    wind = np.full(20, 8.0)
    wind[-4:] = np.nan
    other = Outlook(np.full((3, QUARTERS_AHEAD), 123.0), {"last": 1.0})

    outlook = said([np.nan] * 4, wind, other)

    assert (outlook.quantiles[:, -4:] == 123.0).all()
    assert (outlook.quantiles[1, :-4] > 450.0).all()
    assert outlook.weight == {MEMBER: 0.75, "last": 0.25}


def test_without_any_history_and_wind_for_some_of_the_time_nothing_is_said() -> None:
    wind = np.full(20, 8.0)
    wind[-4:] = np.nan

    young = Young.of(a_turbine(), a_series(np.full(4, np.nan)), weather(wind))

    assert young is not None
    assert young.outlook(None) is None


def test_a_turbine_of_ten_days_or_without_a_curve_is_not_young() -> None:
    ten_days = a_series(np.full(960, -1.0))

    assert Young.of(a_turbine(), ten_days, weather(8.0)) is None
    assert Young.of(a_target(Shape.WIND), a_series(np.zeros(4)), weather(8.0)) is None
