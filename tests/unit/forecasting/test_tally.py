"""What sums of scores say."""

from dataclasses import replace

import pytest

from services.forecasting.domain.tally import Tally

A_TALLY = Tally(
    issues=2,
    cases=10,
    inside=8,
    error_w=60.0,
    excess_w=-20.0,
    low_loss_w=5.0,
    high_loss_w=7.0,
    size_w=1_000.0,
    naive_w=(120.0, 100.0, 80.0),
    rival_w=(60.0, 60.0, 60.0),
    naive_cases=(10, 10, 10),
)


def test_skill_is_how_much_smaller_the_error_is_than_the_best_naive_methods() -> None:
    assert A_TALLY.best == 2
    assert A_TALLY.skill == pytest.approx(0.25)  # 60 of 80


def test_a_naive_method_that_seldom_answered_is_not_the_one_to_beat() -> None:
    seldom = replace(A_TALLY, naive_cases=(10, 10, 4), naive_w=(120.0, 100.0, 1.0))

    assert seldom.best == 1
    assert seldom.skill == pytest.approx(0.4)


def test_naive_methods_are_compared_on_the_cells_they_answered() -> None:
    partly = replace(
        A_TALLY, naive_cases=(10, 10, 5), naive_w=(120.0, 100.0, 40.0), rival_w=(60.0, 60.0, 10.0)
    )

    assert partly.best == 1  # of the last, our error is a quarter; of the other 60 %


def test_without_a_naive_method_nothing_is_claimed() -> None:
    alone = replace(A_TALLY, naive_cases=(0, 0, 0))

    assert (alone.best, alone.skill, alone.naive_mean(0)) == (None, None, None)


def test_a_series_that_never_changes_has_skill_only_when_we_are_exact() -> None:
    constant = replace(A_TALLY, naive_w=(0.0, 0.0, 0.0))

    assert constant.skill is None
    assert replace(constant, rival_w=(0.0, 0.0, 0.0)).skill == 0.0


def test_a_tally_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a case"):
        replace(A_TALLY, cases=0)
