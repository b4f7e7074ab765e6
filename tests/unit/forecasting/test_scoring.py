"""Errors of past forecasts by how far ahead they were made."""

import numpy as np
import pytest

from services.forecasting.domain.scoring import PastForecast, score_quarter
from tests.unit.forecasting.builders import FIRST, a_series


def said(start_quarter: int, p50_w: float) -> PastForecast:
    flat = np.full(96, p50_w)
    return PastForecast(start_quarter, flat - 5.0, flat, flat + 5.0)


def test_a_quarter_is_scored_by_horizon_against_both_naive_methods() -> None:
    power_w = np.full(200, 10.0)
    power_w[150] = 40.0  # the quarter that is scored
    quarter = FIRST + 150
    forecasts = [said(quarter, 38.0), said(quarter - 3, 20.0), said(quarter - 20, 10.0)]

    hour, half_day = score_quarter("x", quarter, a_series(power_w), forecasts)

    assert (hour.horizon_hours, hour.cases) == (1, 2)
    assert hour.p50_error_w == pytest.approx(11.0)  # |38-40| and |20-40|
    assert (hour.persistence_error_w, hour.day_ago_error_w) == (30.0, 30.0)
    assert hour.in_band_share == 0.5
    assert (half_day.horizon_hours, half_day.p50_error_w) == (12, 30.0)


def test_a_quarter_without_truth_is_not_scored() -> None:
    power_w = np.full(10, np.nan)

    assert score_quarter("x", FIRST + 9, a_series(power_w), [said(FIRST + 9, 1.0)]) == []
