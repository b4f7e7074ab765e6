"""Weights go to the member that was right."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.forecasting.domain.blend import simplex

RNG = np.random.default_rng(11)


def test_the_member_that_is_right_gets_nearly_all_weight() -> None:
    right, wrong = RNG.normal(0, 1, 3_000), RNG.normal(0, 20, 3_000)

    share = simplex(np.array([right, wrong]))

    assert share[0] > 0.9


def test_two_members_with_opposite_errors_share_the_weight() -> None:
    error = RNG.normal(0, 1, 3_000)

    share = simplex(np.array([error, -error]))

    np.testing.assert_allclose(share, 0.5, atol=0.05)


def test_without_past_errors_all_members_count_alike() -> None:
    np.testing.assert_allclose(simplex(np.empty((4, 0))), 0.25)


def test_what_counts_more_decides() -> None:
    lately = np.arange(1_000) >= 900
    good_before = np.where(lately, 10.0, 1.0) * RNG.normal(0, 1, 1_000)
    good_now = np.where(lately, 1.0, 10.0) * RNG.normal(0, 1, 1_000)

    share = simplex(np.array([good_before, good_now]), np.where(lately, 1.0, 1e-6))

    assert share[1] > 0.9


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 6), st.integers(0, 10**6))
def test_weights_are_a_share(members: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    errors = rng.normal(0, 10 ** rng.uniform(-3, 6), (members, 400))

    share = simplex(errors)

    assert (share >= -1e-12).all()
    np.testing.assert_allclose(share.sum(), 1.0)
