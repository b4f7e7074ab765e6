"""A turbine with a power curve, on a real database: served from its first hour, then learnt."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from parkflow.forecast.v1.forecast_pb2 import SeriesForecast
from services.energy.site import DeviceKind, Park, Turbine
from services.forecasting.domain.outlook.effort import Effort
from services.forecasting.domain.power_curve import curve_of
from services.forecasting.domain.series import Floats
from services.forecasting.domain.targets import CURVE_POWER
from services.forecasting.domain.weather import Weather, WeatherValue
from services.runtime.database import Database, migrate
from tests.support.builders import a_park
from tests.support.issuing import Issuing
from tests.support.training import NOW

WIND = "wind.active_power_w"
HOUR = timedelta(hours=1)
DAYS = 30
RATED_W = 2_050_000.0
TURBINE = Turbine(90.0, 90.0, speed_m_s=(3.0, 12.0, 25.0), power_w=(0.0, RATED_W, RATED_W))
SOME = Effort(cases=1_500, rounds=25)


def a_windy_park() -> Park:
    """Return the demo park with a power curve of its turbine."""
    devices = tuple(
        replace(one, turbine=TURBINE) if one.kind is DeviceKind.WIND else one
        for one in a_park().devices
    )
    return replace(a_park(), devices=devices)


def hourly_wind(hours: int) -> Floats:
    """Return winds that turn within a day."""
    rng = np.random.default_rng(8)
    wind = np.convolve(rng.normal(0.0, 1.0, hours + 12), np.ones(12), "valid")[:hours]
    return np.clip(8.0 + 1.2 * wind, 0.0, 20.0)


def made_w(wind: Floats) -> Floats:
    """Return the quarters that the turbine makes of hourly winds, as published: negative."""
    quarter = np.interp(np.arange(4 * len(wind) - 4) / 4 + 0.125, np.arange(len(wind)), wind)
    air = np.full(len(quarter), np.nan)
    return 0.0 - curve_of(TURBINE, RATED_W).power(quarter, air, air)


@pytest.fixture
async def issuing(fresh_database: str) -> AsyncIterator[Issuing]:
    await migrate("forecasting", fresh_database)
    database = Database("forecasting", fresh_database)
    await database.start()
    given = Issuing(database, (WIND,), NOW, a_windy_park())
    await given.training.quarters.learn([WIND])
    yield given
    await database.stop()


async def foresee(issuing: Issuing, wind: Floats) -> None:
    """Keep hourly winds that end 60 h after the issue, each known two days before its hour."""
    first = NOW + 60 * HOUR - len(wind) * HOUR
    targets = [first + hour * HOUR for hour in range(len(wind))]
    known = [min(at - 48 * HOUR, NOW - HOUR) for at in targets]
    await issuing.training.weather.keep(
        [
            WeatherValue("park", Weather.WIND_SPEED_M_S, when, at, float(value), when)
            for at, when, value in zip(targets, known, wind, strict=True)
        ]
    )


async def issued(issuing: Issuing) -> SeriesForecast:
    await issuing.states.refresh()
    assert await issuing.issuer().issue(NOW) is not None
    (series,) = issuing.newest()
    return series


async def test_a_turbine_that_nobody_has_heard_of_yet_is_forecast_by_its_curve(
    issuing: Issuing,
) -> None:
    wind = hourly_wind(64)
    await foresee(issuing, wind)

    series = await issued(issuing)

    came = made_w(wind)[16 : 16 + 192]
    assert np.abs(np.array(series.p50_w) - came).mean() < 0.02 * RATED_W
    assert series.method == "power-curve 100%; curve alone"
    assert np.all(np.array(series.p10_w) <= series.p50_w)
    assert max(series.p90_w) <= 0.0


async def test_a_turbine_of_weeks_learns_from_its_curve(issuing: Issuing) -> None:
    wind = hourly_wind(24 * DAYS + 60)
    power_w = made_w(wind)
    past = power_w[: 96 * DAYS]
    noise = np.random.default_rng(9).normal(0.0, 0.02 * RATED_W, len(past))
    await foresee(issuing, wind)
    await issuing.training.know(WIND, np.clip(past + noise, -RATED_W, 0.0))

    await issuing.training.trainer(SOME).train_due()
    series = await issued(issuing)

    (card, *_) = await issuing.training.cards(WIND)
    assert {"wind_speed_m_s", CURVE_POWER} <= set(card.features)
    came = power_w[96 * DAYS : 96 * DAYS + 96]
    assert np.abs(np.array(series.p50_w[:96]) - came).mean() < 0.06 * RATED_W
    assert "model" in series.method
    assert "power-curve" not in series.method
