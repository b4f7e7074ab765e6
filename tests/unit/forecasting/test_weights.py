"""Weights go to the member that was right."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.forecasting.domain.blend import drawn_to, simplex

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


def test_weights_that_clearly_beat_the_plain_member_stand_and_others_are_drawn_to_it() -> None:
    rng, moment = np.random.default_rng(5), np.arange(200)
    plain, other = rng.normal(0.0, 1.0, (2, 200))
    counts, chosen = np.ones(200), np.array([0.0, 1.0])

    clearly = drawn_to(0, chosen, np.array([plain, plain / 10]), counts, moment)
    by_luck = drawn_to(0, chosen, np.array([plain, other]), counts, moment)
    worse = drawn_to(0, chosen, np.array([plain, plain * 2]), counts, moment)

    assert clearly.tolist() == [0.0, 1.0]
    assert worse.tolist() == [1.0, 0.0]
    assert by_luck[0] > 0.5


def test_cases_of_one_moment_are_one_proof() -> None:
    rng = np.random.default_rng(5)
    errors = rng.normal(0.0, 1.0, (2, 200)) * np.array([[1.1], [1.0]])
    counts, chosen = np.ones(200), np.array([0.0, 1.0])

    apart = drawn_to(0, chosen, errors, counts, np.arange(200))
    together = drawn_to(0, chosen, errors, counts, np.zeros(200, np.int64))

    assert together[1] != apart[1]
    assert together[1] in (0.0, 1 / 3)  # one moment is one standard error at most


def test_the_guard_is_the_formula_to_the_bit() -> None:
    rng = np.random.default_rng(7)
    errors, counts = rng.normal(0.0, 1.0, (3, 90)), rng.random(90)
    weight, moment = np.array([0.2, 0.3, 0.5]), np.repeat(np.arange(30), 3)

    drawn = drawn_to(1, weight, errors, counts, moment)

    gain = np.bincount(moment, counts * (np.abs(errors[1]) - np.abs(weight @ errors)))
    trust = float(np.clip(gain.sum() / (np.sqrt((gain**2).sum()) + 1e-300) / 3.0, 0.0, 1.0))
    expected = trust * weight + (1.0 - trust) * np.array([0.0, 1.0, 0.0])
    assert drawn.tobytes() == expected.tobytes()
