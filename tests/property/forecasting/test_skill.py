"""On the recorded park plain models alone beat what anyone could have said, and know how sure.

`pytest -s` prints the table. Errors of different loads are compared relative to the naive method,
so that a big load does not hide the small ones.
"""

import time

import numpy as np
import pytest

from services.forecasting.domain.outlook.effort import PLAIN
from services.forecasting.domain.outlook.forecaster import learn
from services.forecasting.domain.series_record import task_of
from services.forecasting.domain.targets import Shape
from tests.support.backtest import (
    FIRST_ORIGIN,
    HORIZONS,
    Backtest,
    as_table,
    backtest,
    issued,
    known_of,
)
from tests.support.builders import a_park
from tests.support.recorded import past, recorded_targets


@pytest.fixture(scope="module")
def results() -> list[Backtest]:
    made = [backtest(target) for target in recorded_targets()]
    print("\n" + as_table(made))
    return made


def loads(results: list[Backtest]) -> list[Backtest]:
    return [result for result in results if result.target.shape is Shape.DEMAND]


def ratio(results: list[Backtest], to: str, horizon: str) -> float:
    """Mean over series of the ours's error relative to a naive method's."""
    pairs = [(r.mae_in_w("ours", horizon), r.mae_in_w(to, horizon)) for r in results]
    return float(np.mean([ours / naive for ours, naive in pairs]))


def test_loads_are_forecast_far_better_than_by_persistence_beyond_four_hours(
    results: list[Backtest],
) -> None:
    assert ratio(loads(results), "persistence", "24h") < 0.65


@pytest.mark.parametrize("naive", ["day-ago", "week-ago"])
def test_loads_are_forecast_far_better_than_by_last_day_or_week_in_the_next_hour(
    results: list[Backtest], naive: str
) -> None:
    assert ratio(loads(results), naive, "1h") < 0.6


@pytest.mark.parametrize("horizon", HORIZONS)
def test_loads_are_forecast_better_than_by_the_best_naive_method(
    results: list[Backtest], horizon: str
) -> None:
    best = [
        min(r.mae_in_w(naive, horizon) for naive in ("persistence", "day-ago", "week-ago"))
        for r in loads(results)
    ]
    ours = [r.mae_in_w("ours", horizon) for r in loads(results)]

    assert np.mean(np.array(ours) / np.array(best)) < 0.95


@pytest.mark.parametrize("horizon", HORIZONS)
def test_pv_is_forecast_better_than_by_the_best_naive_method(
    results: list[Backtest], horizon: str
) -> None:
    (pv,) = [result for result in results if result.target.shape is Shape.SUN]

    best = min(pv.mae_in_w(naive, horizon) for naive in ("persistence", "day-ago", "week-ago"))
    assert pv.mae_in_w("ours", horizon) < best


@pytest.mark.parametrize("horizon", HORIZONS)
def test_wind_is_forecast_about_as_well_as_by_the_best_naive_method(
    results: list[Backtest], horizon: str
) -> None:
    (wind,) = [result for result in results if result.target.shape is Shape.WIND]

    best = min(wind.mae_in_w(naive, horizon) for naive in ("persistence", "day-ago", "week-ago"))
    assert wind.mae_in_w("ours", horizon) < 1.12 * best  # without a weather forecast


@pytest.mark.parametrize("horizon", HORIZONS)
def test_about_eight_of_ten_true_values_lie_in_the_band(
    results: list[Backtest], horizon: str
) -> None:
    coverage = [result.coverage[HORIZONS[horizon]].mean() for result in results]

    assert 0.70 < np.mean(coverage) < 0.90


def test_all_series_of_the_park_are_forecast_within_a_second() -> None:
    park, known = a_park(), {}
    for target in recorded_targets():
        series, task = past(target, FIRST_ORIGIN, 60), task_of(target, park)
        record = known_of(series, target, task)
        known[target] = (record, learn(record, task, PLAIN, None), series)

    took_s = []
    for _ in range(2):  # the first also fills caches
        began = time.process_time()
        for target, (record, state, series) in known.items():
            issued(record, state, series, target)
        took_s.append(time.process_time() - began)

    assert min(took_s) < 1.0
