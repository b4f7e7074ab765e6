"""Weights go to the model that was right; bands hold what they promise."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.forecasting.domain.blend import BLOCKS, weights
from services.forecasting.domain.series import HORIZON
from services.forecasting.domain.spread import spread
from services.forecasting.domain.targets import Shape
from tests.unit.forecasting.builders import a_series

RNG = np.random.default_rng(11)


def test_the_model_that_is_right_nearby_leads_there_and_the_other_far_away() -> None:
    near = RNG.normal(0, 1, (300, HORIZON)) * np.linspace(1, 50, HORIZON)
    far = RNG.normal(0, 20, (300, HORIZON))

    share = weights(np.array([near, far]))

    assert share[0, 0] > 0.9
    assert share[1, -1] > 0.75


def test_two_models_with_opposite_errors_share_the_weight() -> None:
    error = RNG.normal(0, 1, (300, HORIZON))

    share = weights(np.array([error, -error]))

    np.testing.assert_allclose(share, 0.5, atol=0.05)


def test_without_past_errors_all_models_count_alike() -> None:
    share = weights(np.full((4, 0, HORIZON), np.nan))

    np.testing.assert_allclose(share, 0.25)


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 6), st.integers(0, 10**6), st.floats(0.0, 0.9))
def test_weights_are_a_share(models: int, seed: int, unknown: float) -> None:
    rng = np.random.default_rng(seed)
    errors = rng.normal(0, 10 ** rng.uniform(-3, 6), (models, 40, HORIZON))
    errors[:, rng.random((40, HORIZON)) < unknown] = np.nan

    share = weights(errors)

    assert (share >= -1e-12).all()
    np.testing.assert_allclose(share.sum(axis=0), 1.0)


def test_blocks_cover_the_horizon_without_gaps() -> None:
    assert BLOCKS[0] == 0
    assert BLOCKS[-1] == HORIZON
    assert all(a < b for a, b in pairwise(BLOCKS))


def test_a_band_learnt_from_noise_holds_eight_of_ten_new_cases() -> None:
    origins = np.arange(96, 21 * 96, 4)
    series = a_series(np.zeros(21 * 96))
    errors = RNG.normal(0, 10, (len(origins), HORIZON))

    band = spread(errors, origins, series, Shape.DEMAND)

    fresh = RNG.normal(0, 10, (2_000, HORIZON))
    inside = (band.p10_w <= fresh) & (fresh <= band.p90_w)
    assert 0.78 < inside.mean() < 0.87  # a little wide: three weeks are not for ever


def test_an_hour_that_was_never_wrong_has_no_band() -> None:
    origins = np.arange(96, 21 * 96, 4)
    series = a_series(np.zeros(21 * 96))
    hour = (origins[:, None] + np.arange(HORIZON)) // 4 % 24
    errors = np.where((hour >= 8) & (hour < 16), RNG.normal(0, 10, hour.shape), 0.0)

    band = spread(errors, origins, series, Shape.SUN)

    ahead = series.calendar.quarter_of_day[-HORIZON:] // 4
    width = band.p90_w - band.p10_w
    assert (width[(ahead < 8) | (ahead >= 16)] == 0.0).all()
    assert (width[(ahead >= 8) & (ahead < 16)] > 10.0).all()
