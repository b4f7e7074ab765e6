"""Outlooks stay physical, ordered and about as sure as they should be, and beat the naive."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.forecasting.domain.outlook.effort import Effort
from services.forecasting.domain.outlook.rolling import rolled
from services.forecasting.domain.outlook.task import Task
from services.forecasting.domain.series import Floats
from tests.support.outlooks import (
    BERLIN,
    LITTLE,
    a_record,
    an_hourly_task,
    shift_work,
    sunny_hours,
)


def quantiles(value: Floats, task: Task, origins: list[int]) -> Floats:
    """Return `(origins, levels, horizons)`."""
    said = rolled(a_record(value, task), task, origins, LITTLE)
    return np.array([outlook.quantiles for _, outlook in said])


def every(first_day: int, last_day: int, hours: int = 17) -> list[int]:
    return list(range(first_day * 24, last_day * 24, hours))


def truth(value: Floats, task: Task, origins: list[int]) -> Floats:
    return value[np.array(origins)[:, None] + task.steps - 1]


def test_a_working_week_is_forecast_much_better_than_by_last_week_and_as_sure_as_said() -> None:
    value, task, origins = shift_work(100), an_hourly_task(), every(60, 95)
    said, came = quantiles(value, task, origins), truth(shift_work(100), task, origins)

    week_ago = value[np.array(origins)[:, None] + task.steps - 1 - 7 * 24]
    inside = (said[:, 0] <= came) & (came <= said[:, 2])
    assert np.abs(said[:, 1] - came).mean() < 0.8 * np.abs(week_ago - came).mean()
    assert 0.74 < inside.mean() < 0.87


def test_quantiles_never_cross_and_stay_within_bounds() -> None:
    task = an_hourly_task(lowest=0.0, highest=105.0)
    said = quantiles(shift_work(60), task, every(20, 55, 41))

    for lower, upper in pairwise(range(3)):
        assert (said[:, lower] <= said[:, upper]).all()
    assert said.min() >= 0.0
    assert said.max() <= 105.0


def test_a_plant_is_dark_at_night_and_never_beyond_its_peak() -> None:
    task = an_hourly_task(sun=True, highest=1000.0)
    origins = every(30, 45, 31)
    said = quantiles(sunny_hours(50), task, origins)

    hour = (np.array(origins)[:, None] + task.steps - 1) % 24
    night = (hour < 4) | (hour >= 20)
    assert (said.transpose(0, 2, 1)[night] == 0.0).all()
    assert said.max() <= 1000.0
    assert said[:, 1].transpose(0, 1)[hour == 12].min() > 50.0


def test_a_weather_forecast_helps_and_where_it_is_away_the_outlook_goes_on_wider() -> None:
    rng = np.random.default_rng(3)
    wind = np.clip(np.convolve(rng.normal(0, 1, 70 * 24), np.ones(12) / 4, "same") + 2, 0, 5)
    value, task = 100.0 * wind, an_hourly_task(highest=500.0)
    foreseen = np.concatenate((wind, np.full(24, np.nan)))[:, None]
    record = a_record(value, task, foreseen=foreseen)
    origins = every(50, 68, 29)
    seeing = [outlook.quantiles for _, outlook in rolled(record, task, origins, LITTLE)]
    blind = quantiles(value, task, origins)
    came = truth(value, task, origins)

    error = np.abs(np.array(seeing)[:, 1] - came).mean()
    assert error < 0.5 * np.abs(blind[:, 1] - came).mean()

    record.foreseen[origins[-1] :] = np.nan
    *_, (_, without) = rolled(record, task, origins, LITTLE)
    assert (without.quantiles[2] - without.quantiles[0]).mean() > 1.5 * (
        seeing[-1][2] - seeing[-1][0]
    ).mean()


def test_a_turbine_is_forecast_by_the_two_components_of_its_forecast_wind() -> None:
    rng = np.random.default_rng(4)
    hours, smooth = 70 * 24, np.ones(9) / 3
    wind = np.array([5.0 * np.convolve(g, smooth, "same") for g in rng.normal(0, 1, (2, hours))])
    missed = np.array([np.convolve(g, smooth, "same") for g in rng.normal(0, 0.8, (2, hours))])
    power = 2_000.0 * np.clip((np.hypot(*wind) - 3.0) / 9.0, 0.0, 1.0) ** 2  # rated from 12 m/s on
    task, origins = an_hourly_task(highest=2_000.0), every(55, 68, 29)
    foreseen = np.concatenate(((wind + missed).T, np.full((24, 2), np.nan)))
    record = a_record(power, task, foreseen=foreseen)

    said = np.array([o.quantiles for _, o in rolled(record, task, origins, Effort(3_000, 80))])

    came = truth(power, task, origins)
    row = np.array(origins)[:, None] + task.steps - 1
    naive = min(np.abs(power[row - 24] - came).mean(), np.abs(power[row[:, :1] - 1] - came).mean())
    assert np.abs(said[:, 1] - came).mean() < 0.45 * naive


def test_a_plant_that_shut_down_is_followed_within_hours() -> None:
    value, task = shift_work(70), an_hourly_task()
    value[60 * 24 + 6 :] = 2.0  # closed from six in the morning of a workday

    (said,) = quantiles(value, task, [60 * 24 + 6 + 30])

    assert said[1].mean() < 25.0  # a usual workday has a mean of 60


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(np.full(24 * 40, np.nan), id="nothing is known"),
        pytest.param(np.full(24 * 40, 42.0), id="constant"),
        pytest.param(np.zeros(24 * 40), id="zero"),
        pytest.param(shift_work(2)[:5], id="five hours"),
        pytest.param(shift_work(2)[:30], id="a day and a bit"),
        pytest.param(shift_work(12), id="twelve days"),
    ],
)
def test_any_past_gives_an_outlook(value: Floats) -> None:
    (said,) = quantiles(value, an_hourly_task(), [len(value)])

    assert np.isfinite(said).all()
    assert (np.diff(said, axis=0) >= 0).all()


@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    step_min=st.sampled_from([1, 5, 15, 60]),
    hours=st.integers(0, 30 * 24),
    sun=st.booleans(),
    missing=st.sampled_from([0.0, 0.3, 0.97]),
    seed=st.integers(0, 9),
)
def test_any_step_length_and_gap_gives_a_finite_ordered_outlook(
    step_min: int, hours: int, sun: bool, missing: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    of_hour = (sunny_hours if sun else shift_work)(31, seed)[:hours]
    value = np.repeat(of_hour, 60 // step_min)[-20_000:]
    value = np.where(rng.random(len(value)) < missing, np.nan, value)
    horizons = (1, 2, 60 // step_min + 2, 24 * 60 // step_min)
    task = an_hourly_task(step_min=step_min, horizons=horizons, sun=sun, highest=2000.0)

    (said,) = quantiles(value, task, [len(value)])

    assert np.isfinite(said).all()
    assert (np.diff(said, axis=0) >= 0).all()
    assert ((said >= 0.0) & (said <= 2000.0)).all()


def test_an_hour_of_history_is_wider_than_a_month() -> None:
    (young,) = quantiles(shift_work(1)[:2], an_hourly_task(), [2])
    (old,) = quantiles(shift_work(40), an_hourly_task(), [40 * 24])

    assert (young[2] - young[0]).mean() > (old[2] - old[0]).mean()


def test_a_constant_series_stays_what_it_is() -> None:
    (said,) = quantiles(np.full(24 * 40, 42.0), an_hourly_task(), [24 * 40])

    assert np.allclose(said, 42.0, atol=0.5)


def test_gaps_are_not_filled_with_zeros() -> None:
    value = shift_work(50)
    value[40 * 24 : 48 * 24] = np.nan

    (said,) = quantiles(value, an_hourly_task(lowest=-np.inf), [48 * 24])

    assert said[1].min() > 10.0


def test_spikes_do_not_move_the_outlook() -> None:
    clean, spiky = shift_work(50), shift_work(50)
    spiky[::211] = 1e6

    (calm,) = quantiles(clean, an_hourly_task(), [50 * 24])
    (moved,) = quantiles(spiky, an_hourly_task(), [50 * 24])

    assert np.abs(moved[1] - calm[1]).mean() < 5.0


def test_days_of_23_and_25_hours_pass_like_others() -> None:
    task = an_hourly_task(zone=BERLIN, holidays="DE")
    value = shift_work(160)  # from June over the end of October

    said = quantiles(value, task, every(145, 149, 11))

    assert np.isfinite(said).all()
    assert np.abs(said[:, 1] - truth(value, task, every(145, 149, 11))).mean() < 15.0


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_walk_is_never_forecast_worse_than_by_its_last_value(seed: int) -> None:
    value = 500.0 + np.cumsum(np.random.default_rng(seed).normal(0, 5, 80 * 24))
    task, origins = an_hourly_task(lowest=-np.inf), every(45, 78, 13)
    said, came = quantiles(value, task, origins), truth(value, task, origins)

    last = value[np.array(origins) - 1][:, None]
    assert np.abs(said[:, 1] - came).mean() < 1.06 * np.abs(last - came).mean()
