"""When forecasts are said to have lost their skill or drifted, and how often wrongly."""

from dataclasses import fields, replace

import numpy as np
import pytest

from services.forecasting.domain.series import Floats
from services.forecasting.domain.soundness import DAYS_NEEDED, Course, Trouble, judged

CELLS = 96.0
INDEPENDENT_HOURS = 10  # of a day: errors of neighbouring quarters go together


def a_course(
    keys: int = 1,
    days: int = DAYS_NEEDED,
    *,
    ratio: float = 0.7,
    ours: Floats | None = None,
    coverage: Floats | None = None,
    noise: float = 0.0,
) -> Course:
    """Return courses of a series of 500 W whose best naive error is 100 W, ours `ratio` of it.

    Days differ by `noise` (standard deviation of logarithms, half of it carried to the next day).
    """
    rng = np.random.default_rng(11)
    weather = np.zeros((keys, days))
    for day in range(days):
        before = weather[:, day - 1] if day else 0.0
        weather[:, day] = 0.5 * before + rng.normal(0.0, noise * 0.75**0.5, keys)
    apart = lambda: np.exp(weather + rng.normal(0.0, noise / 2, (keys, days)))  # noqa: E731
    error = 100.0 * ratio * apart() * (1.0 if ours is None else ours)
    share = np.full(days, 0.8) if coverage is None else coverage
    inside = np.broadcast_to(share, (keys, days))
    if noise:
        inside = rng.binomial(INDEPENDENT_HOURS, inside) / INDEPENDENT_HOURS
    naive = np.array([100.0 * size * apart() for size in (1.0, 1.1, 1.3)])
    full = np.full((keys, days), CELLS)
    rival, answered = np.repeat(error[None], 3, axis=0), np.repeat(full[None], 3, axis=0)
    sums = (full, inside * CELLS, error * CELLS, 500 * full, naive * CELLS, rival * CELLS)
    return Course(*sums, answered)


def where_answered(course: Course, share: list[float]) -> Course:
    """Return the course where each naive method answered only a share of each day's cells."""
    part = np.array(share)[:, None, None]
    naive_w, rival_w = course.naive_w * part, course.rival_w * part
    return replace(course, naive_w=naive_w, rival_w=rival_w, naive_cases=course.naive_cases * part)


def until(course: Course, day: int) -> Course:
    """Return the course as it was known at the end of a day."""
    kept = slice(max(0, day - DAYS_NEEDED), day)
    return Course(*(getattr(course, field.name)[..., kept] for field in fields(Course)))


def from_day(day: int, then: float, before: float = 1.0, days: int = 110) -> Floats:
    return np.where(np.arange(days) < day, before, then)


def first_found(course: Course, trouble: Trouble, begins: int) -> int | None:
    """Return after how many days trouble was found at the first key."""
    for day in range(begins, course.cases.shape[1] + 1):
        if judged(until(course, day))[trouble].found[0]:
            return day - begins
    return None


def test_good_forecasts_are_in_no_trouble() -> None:
    assert not any(verdict.found.any() for verdict in judged(a_course()).values())


def test_one_bad_day_is_weather() -> None:
    ours = np.ones(DAYS_NEEDED)
    ours[-2] = 10.0

    assert not any(verdict.found.any() for verdict in judged(a_course(ours=ours)).values())


def test_twice_the_best_naive_error_is_lost_skill_within_a_week() -> None:
    course = a_course(days=110, ours=from_day(80, 2.9))  # 203 W against 100 W

    assert first_found(course, Trouble.LOST_SKILL, 80) == 4


def test_an_error_twice_and_a_half_of_what_it_was_is_drift_after_a_week() -> None:
    course = a_course(days=110, ratio=0.3, ours=from_day(80, 2.5))  # 75 W: skill is not lost

    assert first_found(course, Trouble.ERROR_DRIFT, 80) == 7
    assert first_found(course, Trouble.LOST_SKILL, 80) is None


def test_an_error_that_stays_larger_is_the_usual_one_after_four_weeks() -> None:
    course = a_course(days=140, ratio=0.3, ours=from_day(80, 2.5, days=140))

    found = [judged(until(course, d))[Trouble.ERROR_DRIFT].found[0] for d in range(80, 141)]

    assert found.index(True) == 7
    assert len(found) - 1 - found[::-1].index(True) == 27  # the last day of trouble


@pytest.mark.parametrize(("coverage", "within"), [(0.3, 7), (0.5, 11), (1.0, 20)])
def test_bands_that_hold_far_fewer_or_more_than_promised_are_drift(
    coverage: float, within: int
) -> None:
    course = a_course(days=110, coverage=from_day(80, coverage, before=0.8))

    found = first_found(course, Trouble.COVERAGE_DRIFT, 80)

    assert found is not None
    assert found <= within


def test_trouble_ends_only_when_it_is_clearly_over() -> None:
    ours = from_day(80, 2.9)
    ours[88:] = 0.9
    course = a_course(days=110, ours=ours)
    found = [judged(until(course, d))[Trouble.LOST_SKILL].found[0] for d in range(84, 110)]

    assert found[0]
    assert not found[-1]
    assert np.diff(np.array(found, int)).tolist().count(1) == 0  # it came once


def test_trouble_says_since_which_day_it_is_known_and_against_what() -> None:
    course = until(a_course(days=110, ours=from_day(80, 2.9)), 86)

    verdict = judged(course)[Trouble.LOST_SKILL]

    assert verdict.since[0] == 83 - (86 - DAYS_NEEDED)  # the fourth bad day
    assert verdict.compared_w[0] == pytest.approx(100.0)


def test_a_naive_error_is_its_mean_over_the_cells_that_it_answered() -> None:
    course = until(a_course(days=110, ours=from_day(80, 2.9)), 86)

    verdict = judged(where_answered(course, [0.6, 0.6, 0.6]))[Trouble.LOST_SKILL]

    assert verdict.found[0]
    assert verdict.compared_w[0] == pytest.approx(100.0)


def test_a_naive_method_that_answered_little_is_not_the_one_to_beat() -> None:
    course = a_course(days=110, ratio=1.15)  # 115 W: beyond 40 W, not beyond 110 W
    course = replace(course, naive_w=course.naive_w * np.array([0.4, 1.0, 1.0])[:, None, None])

    of_all = judged(until(course, 110))[Trouble.LOST_SKILL]
    of_one_cell = judged(until(where_answered(course, [1 / 96, 1.0, 1.0]), 110))[Trouble.LOST_SKILL]

    assert of_all.found[0]
    assert not of_one_cell.found[0]
    assert of_one_cell.compared_w[0] == pytest.approx(110.0)


def test_where_no_naive_method_answered_enough_nothing_is_compared() -> None:
    course = a_course(days=110, ours=from_day(80, 2.9))

    verdict = judged(until(where_answered(course, [0.1, 0.1, 0.1]), 100))[Trouble.LOST_SKILL]

    assert not verdict.found[0]
    assert np.isnan(verdict.compared_w[0])


def test_days_on_which_the_best_naive_method_was_silent_say_nothing() -> None:
    course = a_course(days=110, ours=from_day(80, 2.9))
    found_before = judged(until(course, 85))[Trouble.LOST_SKILL].found[0]
    for sums in (course.naive_w, course.rival_w, course.naive_cases):
        sums[..., 85:88] = 0.0

    assert found_before
    assert judged(until(course, 88))[Trouble.LOST_SKILL].found[0]


def test_a_series_that_never_changes_is_in_no_trouble() -> None:
    calm = a_course(ratio=1e-6, coverage=np.ones(DAYS_NEEDED))

    assert not any(verdict.found.any() for verdict in judged(calm).values())


def test_days_without_truth_say_nothing() -> None:
    course = a_course(days=110, ours=from_day(80, 2.9))
    for field in fields(Course):
        getattr(course, field.name)[..., 82:] = 0.0

    assert not judged(until(course, 100))[Trouble.LOST_SKILL].found[0]


def test_noisy_series_are_wrongly_found_less_than_once_in_four_years_each() -> None:
    keys, days = 150, DAYS_NEEDED + 120
    course = a_course(keys, days, noise=0.35)
    found = {trouble: np.zeros((keys, 0), bool) for trouble in Trouble}
    for day in range(DAYS_NEEDED, days, 3):  # looked at every third day: trouble lasts longer
        for trouble, verdict in judged(until(course, day)).items():
            found[trouble] = np.column_stack((found[trouble], verdict.found))
    years = keys * 120 / 365

    raised = {
        t: np.diff(f.astype(int), axis=1, prepend=0).clip(0).sum() / years for t, f in found.items()
    }

    assert raised[Trouble.LOST_SKILL] < 0.05
    assert raised[Trouble.COVERAGE_DRIFT] < 0.05
    assert raised[Trouble.ERROR_DRIFT] < 0.25


def test_a_series_as_good_as_the_naive_is_seldom_said_to_have_lost_its_skill() -> None:
    keys, days = 150, DAYS_NEEDED + 120
    course = a_course(keys, days, noise=0.35, ratio=1.0)
    found = np.array(
        [
            judged(until(course, day))[Trouble.LOST_SKILL].found
            for day in range(DAYS_NEEDED, days, 3)
        ]
    )

    raised = np.diff(found.astype(int), axis=0, prepend=0).clip(0).sum() / (keys * 120 / 365)

    assert raised < 0.7
