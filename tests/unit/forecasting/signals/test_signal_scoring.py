"""Errors of forecast prices: only where nothing was published, against what was known then."""

import numpy as np
import pytest

from services.forecasting.domain.scoring import HorizonClass, Scores, Truths
from services.forecasting.domain.series import Floats
from services.forecasting.domain.signal_scoring import SignalSaid, signal_scores
from tests.unit.forecasting.builders import FIRST

ISSUE = FIRST + 10 * 96 + 48
TOLD = 48
LAST_VALUE, DAY_AGO, WEEK_AGO = 0, 1, 2


def came(value: Floats) -> Truths:
    return Truths(FIRST, {"price": 0}, value[None, :], np.array([False]))


def found(truth: Floats, p50: Floats, told: int = TOLD, wide: float = 0.1) -> list[Scores]:
    """Return the scores of a forecast, `wide` to each side where nothing had been published."""
    width = np.where(np.arange(192) < told, 0.0, wide)
    said = SignalSaid("price", ISSUE, ISSUE + told, p50 - width, p50, p50 + width)
    return list(signal_scores(said, came(truth)))


def test_only_quarters_that_had_not_been_published_count_in_their_class_from_the_issue() -> None:
    scores = found(np.full(20 * 96, 0.3), np.full(192, 0.25), told=60)

    assert [one.horizon for one in scores] == [HorizonClass.DAY, HorizonClass.TWO_DAYS]
    assert [one.cases[0] for one in scores] == [96 - 60, 96]
    assert all(one.issue_quarter == ISSUE for one in scores)
    assert scores[0].error_w[0] == pytest.approx(36 * 0.05)
    assert scores[0].inside[0] == 36


def test_naive_methods_say_what_was_known_where_publication_ended() -> None:
    truth = np.arange(20 * 96, dtype=np.float64)  # one more with each quarter

    day, two_days = found(truth, np.zeros(192))

    assert day.naive_w[LAST_VALUE, 0] == np.arange(1, 49).sum()
    assert day.naive_w[DAY_AGO, 0] == 48 * 96
    # Of the second day the first half is at most a day behind the end of publication.
    assert two_days.naive_w[DAY_AGO, 0] == 48 * 96 + 48 * 2 * 96
    assert two_days.naive_w[WEEK_AGO, 0] == 96 * 7 * 96


def test_what_was_published_behind_a_hole_is_no_merit() -> None:
    p50 = np.full(192, 0.3)
    width = np.full(192, 0.1)
    width[:10] = width[20:48] = 0.0
    said = SignalSaid("price", ISSUE, ISSUE + 10, p50 - width, p50, p50 + width)

    scores = list(signal_scores(said, came(np.full(20 * 96, 0.3))))

    assert {int(one.horizon): int(one.cases[0]) for one in scores} == {
        16: 6,
        48: 4,
        96: 48,
        192: 96,
    }


def test_nothing_is_scored_where_all_was_published_or_nothing_came() -> None:
    assert found(np.full(20 * 96, 0.3), np.full(192, 0.3), told=192) == []
    assert found(np.full(20 * 96, np.nan), np.full(192, 0.3)) == []
