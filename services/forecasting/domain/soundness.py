"""Whether forecasts have lost their skill or drifted: evidence gathered day by day.

One bad day is weather. Evidence adds up by how far a day lies beyond what is allowed, falls by how
far it lies within, and one day adds only so much (a cumulative sum test, Page 1954). Trouble is
found when the evidence reaches `found_at` and over when it has fallen to `over_at`, so a series at
the border does not come and go. All of it follows from the daily scores of the last weeks: a
restart, or scores that were corrected, lead to the same verdict.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from services.forecasting.domain.scoring import Bools
from services.forecasting.domain.series import Floats, Ints
from services.forecasting.domain.tally import ENOUGH_SHARE

EVIDENCE_DAYS = 28
BEST_OVER_DAYS = 7
REFERENCE_DAYS, REFERENCE_ENDS = 28, 7
"""A day's error is compared with the median of the four weeks that end a week before it."""
LEAST_REFERENCE = 10
DAYS_NEEDED = EVIDENCE_DAYS + REFERENCE_DAYS + REFERENCE_ENDS
PROMISED = 0.8
SMALL_SHARE = 0.005
"""Errors below this share of the series' size are as good as none: nothing is made of them."""


class Trouble(IntEnum):
    """In which way forecasts are not what they should be; the numbers are those of the wire."""

    LOST_SKILL = 1
    ERROR_DRIFT = 2
    COVERAGE_DRIFT = 3


@dataclass(frozen=True, slots=True)
class Rule:
    """How evidence adds up; in the unit of what is watched (logarithms of a ratio, or shares)."""

    allowed: float
    most_a_day: float
    found_at: float
    over_at: float
    most: float


# Decision 27 says why these, how often they err, and after how many days trouble is found.
RULES = {
    Trouble.LOST_SKILL: Rule(np.log(1.15), 0.4, found_at=1.4, over_at=0.4, most=2.0),
    Trouble.ERROR_DRIFT: Rule(np.log(1.6), 0.7, found_at=2.4, over_at=0.6, most=3.2),
    Trouble.COVERAGE_DRIFT: Rule(0.12, 0.3, found_at=0.8, over_at=0.2, most=1.2),
}


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """Daily sums of scores, `(keys, days)`, 0 cases where nothing came true; oldest day first.

    `naive_w` and `rival_w`, `(naives, keys, days)`, are each naive method's error and ours on the
    cells it answered, `naive_cases` how many these are.
    """

    cases: Floats
    inside: Floats
    error_w: Floats
    size_w: Floats
    naive_w: Floats
    rival_w: Floats
    naive_cases: Floats

    @property
    def known(self) -> Bools:
        """Which days have a case."""
        known: Bools = self.cases > 0
        return known

    def mean(self, total: Floats) -> Floats:
        """Return daily sums as daily means, NaN where nothing came true."""
        known = self.known
        mean: Floats = np.full(total.shape, np.nan)
        np.divide(total, self.cases, out=mean, where=known)
        return mean

    @property
    def negligible_w(self) -> Floats:
        """The error that is as good as none, `(keys, 1)`."""
        cases = np.maximum(self.cases.sum(axis=1), 1.0)
        size_w: Floats = self.size_w.sum(axis=1) / cases
        return (SMALL_SHARE * size_w + 1e-9)[:, None]


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """Per key: whether there is trouble at the end of the course, since which day of it (or -1).

    `compared_w` is what the error of the last days is compared with, NaN for coverage and where too
    little is known of it.
    """

    found: Bools
    since: Ints
    compared_w: Floats


def judged(course: Course) -> dict[Trouble, Verdict]:
    """Return every verdict over a course of at least one day."""
    naive_off, best_w = _against_best_naive(course)
    drift, usual_w = _against_earlier_weeks(course)
    watched = {
        Trouble.LOST_SKILL: (naive_off, best_w),
        Trouble.ERROR_DRIFT: (drift, usual_w),
        Trouble.COVERAGE_DRIFT: (_off_promise(course), np.full(len(course.cases), np.nan)),
    }
    return {
        trouble: _verdict(beyond[:, -EVIDENCE_DAYS:], RULES[trouble], compared, course)
        for trouble, (beyond, compared) in watched.items()
    }


def newest(total: Floats) -> Floats:
    """Return the sums over the last week of a course, `(keys,)`."""
    week: Floats = total[..., -BEST_OVER_DAYS:].sum(axis=-1)
    return week


def _verdict(beyond: Floats, rule: Rule, compared_w: Floats, course: Course) -> Verdict:
    """Walk over the days `(keys, days)`; a day of which nothing is known changes nothing."""
    keys, days = beyond.shape
    before = course.cases.shape[1] - days
    evidence, found, since = np.zeros(keys), np.zeros(keys, bool), np.full(keys, -1, np.int64)
    for day in range(days):
        step = np.clip(beyond[:, day] - rule.allowed, -rule.most_a_day, rule.most_a_day)
        evidence = np.clip(evidence + np.nan_to_num(step), 0.0, rule.most)
        begins = ~found & (evidence >= rule.found_at)
        since[begins] = before + day
        found = (found | begins) & (evidence > rule.over_at)
    return Verdict(found, np.where(found, since, -1), compared_w)


def _against_best_naive(course: Course) -> tuple[Floats, Floats]:
    """Return log(our error / the week's best naive's) by day, and the naive's of the last week.

    The best is one that answered ENOUGH_SHARE of the week's cells; NaN where none did. Both errors
    are those on the cells that it answered.
    """
    naive, rival = _rolling(course.naive_w), _rolling(course.rival_w)
    cells = _rolling(course.naive_cases)
    enough = np.maximum(ENOUGH_SHARE * _rolling(course.cases), 1.0)
    answered = (naive > 0) & (cells >= enough)
    ratio = np.divide(rival, naive, out=np.full(naive.shape, -np.inf), where=answered)
    best = np.argmax(ratio, axis=0)[None]
    cases, known = _of(best, course.naive_cases), _of(best, answered) > 0
    floor = course.negligible_w * np.maximum(cases, 1.0)
    off = np.log((_of(best, course.rival_w) + floor) / (_of(best, course.naive_w) + floor))
    mean = _of(best, naive)[:, -1] / np.maximum(_of(best, cells)[:, -1], 1.0)
    return np.where(known & (cases > 0), off, np.nan), np.where(known[:, -1], mean, np.nan)


def _of(best: Ints, of_each: Floats | Bools) -> Floats:
    """Return of `(naives, keys, days)` those of the best at each key and day."""
    taken: Floats = np.take_along_axis(of_each, best, axis=0)[0]
    return taken


def _against_earlier_weeks(course: Course) -> tuple[Floats, Floats]:
    """Return log(error / usual error) by day, NaN while little is known; and the usual error."""
    error_w = course.mean(course.error_w)
    usual_w = np.full(error_w.shape, np.nan)
    for day in range(error_w.shape[1]):
        end = max(0, day - REFERENCE_ENDS)
        past = error_w[:, max(0, end - REFERENCE_DAYS) : end]
        enough = np.isfinite(past).sum(axis=1) >= LEAST_REFERENCE
        usual_w[enough, day] = np.nanmedian(past[enough], axis=1)
    floor = course.negligible_w
    return np.log((error_w + floor) / (usual_w + floor)), usual_w[:, -1]


def _off_promise(course: Course) -> Floats:
    """Return how far each day's coverage was from what is promised, either way."""
    exact = course.mean(course.error_w) <= course.negligible_w
    coverage = course.mean(course.inside)
    # A share of few independent hours swings: it is judged over the week that a day ends.
    week = _rolling(course.inside) / np.maximum(_rolling(course.cases), 1.0)
    return np.where(np.isfinite(coverage) & ~exact, np.abs(week - PROMISED), np.nan)


def _rolling(total: Floats) -> Floats:
    """Return sums over the BEST_OVER_DAYS that end with each day."""
    summed = np.cumsum(total, axis=-1)
    back = np.zeros_like(summed)
    back[..., BEST_OVER_DAYS:] = summed[..., :-BEST_OVER_DAYS]
    rolled: Floats = summed - back
    return rolled
