"""Exact money becomes cents: the sum is rounded once, and its parts sum to it."""

import pytest

from services.carbon_accounting.domain.costing.cents import apportioned, nearest_cents

CENT = 10**7


def test_a_half_cent_goes_to_the_even_one() -> None:
    assert [nearest_cents(halves * CENT // 2) for halves in (1, 3, 5, -1, -3)] == [0, 2, 2, 0, -2]


def test_three_thirds_of_a_cent_are_a_cent_of_the_first_by_name() -> None:
    third = {"c": CENT // 3, "a": CENT // 3, "b": CENT // 3 + 1}

    assert apportioned(third, 1) == {"a": 0, "b": 1, "c": 0}
    assert apportioned(dict.fromkeys("cba", CENT // 3), 1) == {"a": 1, "b": 0, "c": 0}


def test_what_is_whole_is_never_changed() -> None:
    assert apportioned({"a": 0, "b": 3 * CENT, "c": CENT // 2}, 4) == {"a": 0, "b": 3, "c": 1}


def test_what_is_earned_is_rounded_like_what_is_paid() -> None:
    # -1.6 and 0.2 are -1.4 cents: -1
    assert apportioned({"a": -16 * CENT // 10, "b": CENT // 5}, -1) == {"a": -1, "b": 0}


def test_cents_that_are_no_rounding_of_the_sum_are_refused() -> None:
    with pytest.raises(ValueError, match="5 cents are not 30000000 nanos rounded"):
        apportioned({"a": 3 * CENT}, 5)
