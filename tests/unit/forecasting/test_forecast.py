"""What a forecast promises: it sees no future, keeps its order and its physics, says its doubts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.forecasting.domain.forecast import forecast
from services.forecasting.domain.naive import models_for
from services.forecasting.domain.series import HORIZON, Floats
from services.forecasting.domain.targets import Shape
from tests.unit.forecasting.builders import a_series, a_shift_week, a_sunny_day, a_target

SHAPES = list(Shape)


def test_a_load_that_repeats_every_week_is_forecast_exactly() -> None:
    weeks = a_shift_week(4)

    made = forecast(a_series(weeks[:-96]), a_target())

    assert made is not None
    np.testing.assert_allclose(made.p50_w, weeks[-96:], atol=0.1)
    assert made.caveat == ""
    assert made.history_days == 27.0


def test_monday_looks_like_friday_and_not_like_sunday() -> None:
    weeks = a_shift_week(3)

    made = forecast(a_series(weeks[: 2 * 7 * 96]), a_target())

    assert made is not None
    np.testing.assert_allclose(made.p50_w, weeks[:96], atol=2.0)


def test_the_sun_does_not_shine_at_night_and_never_takes_power() -> None:
    rng = np.random.default_rng(3)
    cloudy = a_sunny_day(21) * np.repeat(rng.uniform(0.2, 1.0, 21), 96)

    made = forecast(a_series(cloudy), a_target(Shape.SUN))

    assert made is not None
    night = a_sunny_day(1) == 0.0
    night[[23, 24, 72, 73]] = False  # a quarter around the light is left open
    for power_w in (made.p10_w, made.p50_w, made.p90_w):
        assert (power_w[night] == 0.0).all()
        assert (power_w <= 0.0).all()
        assert (power_w >= -1000.0).all()
    assert (made.p10_w[48], made.p90_w[48]) == pytest.approx((-1000.0, -200.0), abs=250.0)


def test_short_history_says_so_and_widens_the_band() -> None:
    rng = np.random.default_rng(1)
    noisy = a_shift_week(4) + rng.normal(0, 5, 4 * 7 * 96)

    long, short = forecast(a_series(noisy), a_target()), forecast(a_series(noisy[:96]), a_target())

    assert long is not None
    assert short is not None
    assert short.caveat == "only 1.0 days of history"
    assert (short.p90_w - short.p10_w).mean() > 2 * (long.p90_w - long.p10_w).mean()


def test_a_single_reading_is_forecast_wide() -> None:
    made = forecast(a_series(np.array([100.0])), a_target())

    assert made is not None
    assert (made.p10_w[0], made.p50_w[0], made.p90_w[0]) == (50.0, 100.0, 125.0)


def test_without_any_reading_there_is_no_forecast() -> None:
    assert forecast(a_series(np.full(96, np.nan)), a_target()) is None


def test_a_silent_meter_is_forecast_from_its_usual_days_and_says_since_when() -> None:
    weeks = a_shift_week(4)
    silent = weeks.copy()
    silent[-40:] = np.nan

    made = forecast(a_series(silent), a_target())

    assert made is not None
    np.testing.assert_allclose(made.p50_w, weeks[:96], atol=5.0)
    assert made.caveat == "no readings since 2019-06-30T14:00Z"


def test_the_same_past_gives_the_same_forecast() -> None:
    noisy = a_shift_week(3) + np.random.default_rng(2).normal(0, 5, 3 * 7 * 96)

    one, two = forecast(a_series(noisy), a_target()), forecast(a_series(noisy.copy()), a_target())

    assert one is not None
    assert two is not None
    assert one.p50_w.tobytes() == two.p50_w.tobytes()
    assert one.p10_w.tobytes() == two.p10_w.tobytes()


@pytest.mark.parametrize("shape", SHAPES)
def test_no_model_sees_beyond_its_origin(shape: Shape) -> None:
    power_w = np.random.default_rng(5).uniform(-900.0, -10.0, 20 * 96)
    origin = 12 * 96 + 37
    poisoned = power_w.copy()
    poisoned[origin:] = 1e9
    origins = np.array([origin - 4, origin])

    for model in models_for(shape):
        before = model.paths_w(a_series(power_w), origins)
        after = model.paths_w(a_series(poisoned), origins)
        inside = np.arange(HORIZON)[None, :] + origins[:, None] < len(power_w)
        np.testing.assert_array_equal(before[inside], after[inside], err_msg=model.name)


SOME_POWER = st.one_of(st.just(np.nan), st.floats(-1_000.0, 1_000.0))


@settings(max_examples=60, deadline=None)
@given(
    day=st.lists(SOME_POWER, min_size=8, max_size=96),
    repeats=st.integers(1, 30),
    cut=st.integers(0, 200),
    shape=st.sampled_from(SHAPES),
)
def test_any_past_gives_an_ordered_physical_forecast_or_none(
    day: list[float], repeats: int, cut: int, shape: Shape
) -> None:
    past: Floats = np.tile(np.array(day), repeats)[cut:]
    target = a_target(shape)

    made = forecast(a_series(past), target) if len(past) else None

    if made is None:
        assert not np.isfinite(past).any()
        return
    for power_w in (made.p10_w, made.p50_w, made.p90_w):
        assert power_w.shape == (HORIZON,)
        assert (power_w >= target.lowest_w).all()
        assert (power_w <= target.highest_w).all()
    assert (made.p10_w <= made.p50_w).all()
    assert (made.p50_w <= made.p90_w).all()
