"""What weather forecasts alone expect of a series: vectors, curves, nothing learnt by heart."""

import numpy as np

from services.forecasting.domain.outlook.effort import Effort
from services.forecasting.domain.outlook.sun import Place
from services.forecasting.domain.outlook.weather import Weather, fit_weather, vectors_of
from services.forecasting.domain.series import Floats
from tests.support.outlooks import a_record, an_hourly_task

EFFORT = Effort(cases=2_000, rounds=160)
HOURS = 100 * 24


def a_wind(seed: int = 0) -> Floats:
    """Return components to the east and to the north in m/s, `(hours, 2)`."""
    rng = np.random.default_rng(seed)
    calm = np.apply_along_axis(
        lambda x: np.convolve(x, np.ones(9) / 3, "same"), 0, rng.normal(size=(HOURS, 2))
    )
    return 5.0 * np.asarray(calm, np.float64)


def a_turbine(speed: Floats) -> Floats:
    """Return power by a curve: nothing below 3 m/s, the cube, rated from 12 m/s on."""
    return np.where(speed < 3.0, 0.0, np.minimum((speed / 12.0) ** 3, 1.0)) * 2_000.0


def expected(value: Floats, foreseen: Floats) -> tuple[Weather, Floats]:
    task = an_hourly_task(highest=2_000.0)
    ahead = np.full((task.reach, foreseen.shape[1]), np.nan)
    record = a_record(value, task, foreseen=np.concatenate((foreseen, ahead)))
    nothing = np.full(len(record.days), np.nan)
    weather, found = fit_weather(record, task, 2_000.0, nothing, EFFORT)
    return weather, 2_000.0 * found[: len(value)]


def test_components_that_take_both_signs_are_one_vector_and_temperatures_are_none() -> None:
    wind, kelvin = a_wind(), 280.0 + a_wind(1)[:, :1]

    assert vectors_of(np.column_stack((kelvin, wind))) == ((1, 2),)
    assert Weather(((1, 2),)).foreseen(np.array([[280.0, 3.0, 4.0]])).tolist() == [[280, 3, 4, 5]]


def test_a_turbine_is_expected_to_follow_its_power_curve() -> None:
    wind = a_wind()
    power = a_turbine(np.hypot(*wind.T))

    _, found = expected(power, wind)

    assert np.abs(found - power).mean() < 0.15 * np.abs(power - np.median(power)).mean()


def test_nothing_is_expected_of_what_has_nothing_to_do_with_the_weather() -> None:
    noise = 1_000.0 + 300.0 * np.random.default_rng(5).normal(size=HOURS)

    _, found = expected(noise, a_wind())

    assert abs(np.corrcoef(found, noise)[0, 1]) < 0.1


def test_without_weather_nothing_is_learnt_of_it() -> None:
    weather, found = expected(a_turbine(np.hypot(*a_wind().T)), np.empty((HOURS, 0)))

    assert weather.trees is None
    assert np.isnan(found).all()


def test_where_a_forecast_is_away_nothing_is_expected() -> None:
    wind = a_wind()
    power = a_turbine(np.hypot(*wind.T))
    wind[500:600, 1] = np.nan

    _, found = expected(power, wind)

    assert np.isnan(found[500:600]).all()
    assert np.isfinite(found[100:400]).all()


def test_a_plant_is_expected_by_the_share_of_a_clear_sky_that_is_foreseen() -> None:
    task = an_hourly_task(highest=2_000.0, sun=True)
    days = a_record(np.zeros(HOURS), task).days
    clear = Place(40.0, 115.0).clear_w_m2(days.minute, 60)
    haze = np.repeat(np.random.default_rng(3).uniform(0.2, 1.0, len(clear) // 24 + 1), 24)
    share = haze[: len(clear)]
    power = np.where(share > 0.6, 1.6, 0.4) * clear  # a clear day gives four times a hazy one
    record = a_record(power[:HOURS], task, foreseen=(share * clear)[:, None])

    _, found = fit_weather(record, task, 2_000.0, clear, EFFORT)

    off = np.abs(2_000.0 * found[:HOURS] - power[:HOURS])
    assert off.mean() < 0.1 * power.mean()
