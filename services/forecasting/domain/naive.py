"""The plain models: what was, was yesterday, is usual, or is usual plus what is different now.

Every profile here is a mean over earlier days of the same quarter at least HORIZON quarters back,
so it depends on the forecast quarter only and is computed once for all origins.
"""

from dataclasses import dataclass

import numpy as np

from services.forecasting.domain.model import Model, steps
from services.forecasting.domain.series import (
    HORIZON,
    QUARTERS_A_DAY,
    Floats,
    Ints,
    Series,
)
from services.forecasting.domain.targets import Shape

RECENT = 4  # quarters in which the last value still counts as "now"
LONGEST_LOOK_BACK_DAYS = 28
# Below this share of the usual power a ratio of now to usual says nothing (dawn and dusk).
USUAL_ENOUGH = 0.05


@dataclass(frozen=True)
class Persistence:
    """The last value, held; nothing when the newest is over an hour old."""

    name: str = "persistence"

    def paths_w(self, series: Series, origins: Ints) -> Floats:
        """Return the held value of each origin."""
        return np.repeat(now_w(series.power_w, origins)[:, None], HORIZON, axis=1)


@dataclass(frozen=True)
class RecentMean:
    """The mean of the last `quarters`, held."""

    quarters: int
    name: str

    def paths_w(self, series: Series, origins: Ints) -> Floats:
        """Return the held mean of each origin."""
        known = np.isfinite(series.power_w)
        sums = np.concatenate(([0.0], np.cumsum(np.where(known, series.power_w, 0.0))))
        counts = np.concatenate(([0], np.cumsum(known)))
        begin = np.maximum(origins - self.quarters, 0)
        count = counts[origins] - counts[begin]
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.where(count > 0, (sums[origins] - sums[begin]) / count, np.nan)
        return np.repeat(mean[:, None], HORIZON, axis=1)


@dataclass(frozen=True)
class DaysAgo:
    """The same quarter some days ago."""

    days: int
    name: str

    def paths_w(self, series: Series, origins: Ints) -> Floats:
        """Return the values that many days before the steps."""
        return lagged(series.power_w, self.days)[steps(origins)]


@dataclass(frozen=True)
class SameKindOfDay:
    """The mean of the same quarter over the last `days` days of the same kind."""

    days: int
    name: str

    def paths_w(self, series: Series, origins: Ints) -> Floats:
        """Return the usual power at the steps."""
        return usual_w(series, self.days, same_kind=True)[steps(origins)]


@dataclass(frozen=True)
class RecentDays:
    """The mean of the same quarter over the last `days` days of any kind."""

    days: int
    name: str

    def paths_w(self, series: Series, origins: Ints) -> Floats:
        """Return the usual power at the steps."""
        return usual_w(series, self.days, same_kind=False)[steps(origins)]


@dataclass(frozen=True)
class UsualPlusNow:
    """What is usual on such a day, plus how far the last value was from it."""

    days: int
    name: str = "deviation"

    def paths_w(self, series: Series, origins: Ints) -> Floats:
        """Return the shifted profile of each origin."""
        usual = usual_w(series, self.days, same_kind=True)
        off = now_w(series.power_w, origins) - usual[np.maximum(origins - 1, 0)]
        return usual[steps(origins)] + off[:, None]


@dataclass(frozen=True)
class UsualTimesNow:
    """What is usual, times how bright the last hour was against it; usual where it is dark."""

    days: int
    name: str = "brightness"

    def paths_w(self, series: Series, origins: Ints) -> Floats:
        """Return the scaled profile of each origin."""
        usual = usual_w(series, self.days, same_kind=False)
        before = np.maximum(origins[:, None] - 1 - np.arange(RECENT), 0)
        now, expected = series.power_w[before], usual[before]
        both = np.isfinite(now) & np.isfinite(expected)
        now_sum = np.where(both, now, 0.0).sum(axis=1)
        expected_sum = np.where(both, expected, 0.0).sum(axis=1)
        brightest = _largest_so_far(usual)[np.maximum(origins - 1, 0)]
        enough = np.abs(expected_sum) > np.maximum(USUAL_ENOUGH * RECENT * brightest, 1.0)
        ratio = np.divide(now_sum, expected_sum, out=np.ones(len(origins)), where=enough)
        scaled: Floats = usual[steps(origins)] * ratio[:, None]
        return scaled


def models_for(shape: Shape) -> tuple[Model, ...]:
    """Return the models that take part for a shape of series."""
    match shape:
        case Shape.DEMAND:
            return (
                Persistence(),
                DaysAgo(1, "day-ago"),
                DaysAgo(7, "week-ago"),
                SameKindOfDay(2, "last-days"),
                SameKindOfDay(5, "usual-day"),
                UsualPlusNow(3),
            )
        case Shape.SUN:
            return (
                Persistence(),
                DaysAgo(1, "day-ago"),
                RecentDays(4, "recent-days"),
                RecentDays(12, "climate"),
                UsualTimesNow(12),
            )
        case Shape.WIND:
            return (
                Persistence(),
                RecentMean(16, "last-hours"),
                RecentMean(QUARTERS_A_DAY, "last-day"),
                RecentMean(14 * QUARTERS_A_DAY, "climate"),
            )


def now_w(power_w: Floats, origins: Ints) -> Floats:
    """Return the newest value within RECENT quarters before each origin, NaN without one."""
    found = np.full(len(origins), np.nan)
    for back in range(RECENT, 0, -1):
        at = origins - back
        value = np.where(at >= 0, power_w[np.maximum(at, 0)], np.nan)
        found = np.where(np.isfinite(value), value, found)
    return found


def lagged(power_w: Floats, days: int) -> Floats:
    """Return the values `days` earlier, `(quarters + HORIZON,)`, NaN where there are none."""
    lag = days * QUARTERS_A_DAY
    ahead = np.concatenate((np.full(lag, np.nan), power_w))
    size = len(power_w) + HORIZON
    return np.concatenate((ahead, np.full(max(0, size - len(ahead)), np.nan)))[:size]


def usual_w(series: Series, days: int, *, same_kind: bool) -> Floats:
    """Return the mean of the last `days` known earlier days, `(quarters + HORIZON,)`."""
    kind = series.calendar.kind_of_day
    total, count = np.zeros(len(kind)), np.zeros(len(kind))
    for back in range(1, LONGEST_LOOK_BACK_DAYS + 1):
        value = lagged(series.power_w, back)
        use = np.isfinite(value) & (count < days)
        if same_kind:
            use &= kind == _earlier(kind, back)
        total[use] += value[use]
        count[use] += 1
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count > 0, total / count, np.nan)


def _earlier(kind: Ints, days: int) -> Ints:
    lag = days * QUARTERS_A_DAY
    return np.concatenate((np.full(min(lag, len(kind)), -1), kind))[: len(kind)]


def _largest_so_far(power_w: Floats) -> Floats:
    sizes: Floats = np.maximum.accumulate(np.where(np.isfinite(power_w), np.abs(power_w), 0.0))
    return sizes
