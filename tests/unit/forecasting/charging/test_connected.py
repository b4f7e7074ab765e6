"""What plugged-in vehicles tell of the next hours counts as far as it was right before."""

from zoneinfo import ZoneInfo

import numpy as np
import pytest

from services.forecasting.domain.charging.connected import (
    AHEAD,
    LOOK_BACK_DAYS,
    NAME,
    Said,
    like_days,
    own_w,
    told,
    truth_w,
)
from services.forecasting.domain.outlook.answering import Outlook
from services.forecasting.domain.series import Floats, Series
from tests.unit.forecasting.builders import FIRST

DAYS = 20
ISSUE = FIRST + DAYS * 96
UTC = ZoneInfo("UTC")
RATING_W = 100_000.0


def a_fleet(value: float = 1_000.0) -> Series:
    return Series(FIRST, np.full(DAYS * 96, value))


def said(*, own: float, outlook: float, issues: int = 200, half_w: float = 500.0) -> Said:
    """Return what was said at the last issues: the same at each horizon."""
    quarter = ISSUE - np.arange(issues, 0, -1)
    one = np.ones((issues, AHEAD))
    bands = outlook + np.array([-half_w, 0.0, half_w])[:, None] * np.ones((issues, 3, AHEAD))
    return Said(quarter, 0.0 * one, own * one, bands)


def an_outlook(middle: float, half_w: float = 500.0) -> Outlook:
    quantiles = middle + np.array([-half_w, 0.0, half_w])[:, None] * np.ones((3, 192))
    return Outlook(quantiles, {"usual": 1.0})


def test_who_was_right_is_believed() -> None:
    outlook = told(
        an_outlook(600.0), np.full(AHEAD, 900.0), said(own=1_000.0, outlook=500.0), a_fleet(), 1e6
    )

    assert outlook.quantiles[1, :AHEAD].tolist() == [900.0] * AHEAD
    assert outlook.quantiles[:, AHEAD:].tolist() == an_outlook(600.0).quantiles[:, AHEAD:].tolist()
    assert outlook.weight[NAME] == pytest.approx(AHEAD / 192)
    assert sum(outlook.weight.values()) == pytest.approx(1.0)


def test_the_outlook_alone_serves_where_vehicles_tell_nothing_better() -> None:
    plain = an_outlook(600.0)

    outlook = told(
        plain, np.full(AHEAD, 900.0), said(own=1_600.0, outlook=990.0), a_fleet(), RATING_W
    )

    assert outlook.quantiles.tolist() == plain.quantiles.tolist()
    assert outlook.weight == plain.weight


def test_before_a_day_of_issues_has_come_true_the_outlook_serves() -> None:
    plain, few = an_outlook(600.0), said(own=1_000.0, outlook=500.0, issues=90)

    outlook = told(plain, np.full(AHEAD, 900.0), few, a_fleet(), RATING_W)

    assert outlook.quantiles.tolist() == plain.quantiles.tolist()


def test_an_unknown_word_changes_nothing() -> None:
    plain, right = an_outlook(600.0), said(own=1_000.0, outlook=500.0)

    outlook = told(plain, np.full(AHEAD, np.nan), right, a_fleet(), RATING_W)

    assert outlook.quantiles.tolist() == plain.quantiles.tolist()
    assert outlook.weight == plain.weight


def test_bands_are_as_wide_as_four_of_five_truths_needed_and_in_order_and_bounds() -> None:
    right = said(own=1_000.0, outlook=500.0)

    outlook = told(an_outlook(600.0), np.full(AHEAD, 9e9), right, a_fleet(), RATING_W)

    low, middle, high = outlook.quantiles[:, 0]
    assert low <= middle <= high == RATING_W
    near = told(an_outlook(600.0), np.full(AHEAD, 900.0), right, a_fleet(), RATING_W)
    assert near.quantiles[:, 0].tolist() == [750.0, 900.0, 1_050.0]  # the narrowest: 0.3


def a_week_of_arrivals() -> tuple[Series, Said]:
    """Return a fleet that draws 100 W at noon's issue plus 800 W of others on workdays."""
    quarter = np.arange(DAYS * 96)
    working = quarter // 96 % 7 < 5
    series = Series(FIRST, np.where(working, 900.0, 150.0))
    one = np.full((DAYS * 96, AHEAD), 100.0)
    bands = np.full((DAYS * 96, 3, AHEAD), np.nan)
    return series, Said(FIRST + quarter, one, np.full_like(one, np.nan), bands)


@pytest.mark.parametrize(("day", "others"), [(18, 800.0), (19, 50.0)])
def test_who_usually_comes_is_what_like_days_brought(day: int, others: float) -> None:
    series, known = a_week_of_arrivals()
    until = Series(FIRST, series.power_w[: day * 96 + 8])  # 18 is a Friday, 19 a Saturday
    like = like_days(until.end_quarter, UTC, None)
    course_w: Floats = np.full(AHEAD, 250.0)

    assert own_w(course_w, known, until, like).tolist() == [250.0 + others] * AHEAD


def test_without_earlier_issues_nobody_knows_who_usually_comes() -> None:
    nothing = Said(np.empty(0, np.int64), *np.empty((2, 0, AHEAD)), np.empty((0, 3, AHEAD)))
    like = np.ones((LOOK_BACK_DAYS, AHEAD), bool)

    assert np.isnan(own_w(np.full(AHEAD, 250.0), nothing, a_fleet(), like)).all()


def test_what_has_not_come_yet_is_unknown() -> None:
    came = truth_w(a_fleet(), np.array([ISSUE - 2]))[0]

    assert came[:2].tolist() == [1_000.0, 1_000.0]
    assert np.isnan(came[2:]).all()
