"""Turns: a plant has shut, or works again, as the models do not know yet.

Models learn by the week and are weighed by the day; a closure that they never saw would be over
before they know it. So at each answer they are asked as well what they would have said of the hours
of the last two days, at the start of each. Where the newest of these were told far better by a
story (it stands still, lower than hardly ever; or it is as before the last weeks), both outcomes
are weighed: that the story goes on, and that all is as the models say. Hours in which both say much
the same, such as the nights of a plant that rests at night, neither tell nor count.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from services.forecasting.domain.outlook.features import Cases
from services.forecasting.domain.outlook.look_back import WEEK, days_earlier
from services.forecasting.domain.outlook.two_outcomes import of_both
from services.forecasting.domain.outlook.view import View
from services.forecasting.domain.series import Floats

AUDITED_HOURS = np.array([*range(47, 24, -3), *range(24, 0, -1)])
"""When the hours begin that are looked back at, in hours ago; a third of the older ones."""
TELLING = 1.5  # half bands between the models' word and a story
LEAST_SHARE, MOST_SHARE = 0.15, 0.25  # of the series' range, between which half bands count
UNUSUAL = 0.5  # of that distance a story is off what is usual too
TOLD_WELL = 0.3  # of the models' error
FEWEST_HOURS, SURE_HOURS = 2.0, 5.0  # a dip of an hour or two is no closure
RANGE_DAYS = 28
LOW_QUANTILE, LOW_SHARE = 0.05, 0.03  # of the range above it
BEFORE_WEEKS = (3, 4)
NOTHING_HOURS, RARELY = 24.0, 0.01  # of exactly nothing where that is rare: no meter's fault
CLOSURE_LASTS, WORK_LASTS = 1.0, 0.25  # powers: the first is as likely as not to last as long again
LONGER = 1.5  # what has lasted since before the audited hours has lasted longer than these
SPREAD = 1.6  # mean errors of a story, from its middle to P10 and P90
NARROWEST = 0.02  # of the models' half band

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Audit:
    """What came in the hours that began `ago_hours` ago `(hours,)`, and what was said of them.

    The newest is the last. `said` are the models' quantiles `(levels, hours)`, `usual` is what was
    usual then; `distance` is how far from the models' word a story must be for an hour to tell.
    `low` is how little is little for the series, `rests` whether it is at nothing now and then.
    """

    ago_hours: Floats
    came: Floats
    said: Floats
    usual: Floats
    distance: Floats
    low: float
    rests: bool

    def of_story(self, told: Floats) -> tuple[Flags, Flags]:
        """Return the hours that tell a story from the models' word, and those it held in."""
        models, off = self.said[1], np.abs(self.came - told)
        with np.errstate(invalid="ignore"):
            telling = (np.abs(told - models) > self.distance) & np.isfinite(off)
            unusual = (told - self.usual) * np.sign(told - models) > UNUSUAL * np.abs(told - models)
            held = unusual & (off < TOLD_WELL * np.abs(self.came - models))
        return telling, telling & held


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """A story that held in the newest hours that tell: for how many, since how many hours ago.

    `ahead` is what it says of the asked horizons, `off` how far off it was, in the unit of the
    series; the larger `lasts`, the sooner it may be over.
    """

    ahead: Floats
    hours: int
    since_hours: float
    off: float
    lasts: float

    def share(self, ahead_hours: Floats) -> Floats:
        """Return how likely it goes on for so many hours."""
        sure = np.clip((self.hours - FEWEST_HOURS) / (SURE_HOURS - FEWEST_HOURS), 0.0, 1.0)
        found: Floats = sure * (self.since_hours / (self.since_hours + ahead_hours)) ** self.lasts
        return found


def audited(view: View) -> Cases:
    """Return the middles of the last hours as they were asked for at the start of their day.

    Days end at the newest value; where less than a day is asked for, they are as short.
    None of a plant under the sun: no day there is like another.
    """
    hour, early = view.task.hours(1), min(view.task.reach, view.task.day)
    ago = AUDITED_HOURS * hour - hour // 2
    origin = view.rows + (-ago // early) * early
    return Cases(origin, view.rows - ago - origin + 1).at((origin > 0) & (not view.task.sun))


def turned(quantiles: Floats, before: Floats, cases: Cases, view: View, scale: float) -> Floats:
    """Return the models' quantiles `(levels, horizons)`, of both outcomes where there was a turn.

    `before` is what they would have said of the audited cases `(levels, hours)`.
    """
    audit = _audit(before, cases, view, scale)
    off = np.abs(audit.came - audit.said[1])
    if (off > audit.distance).sum() <= FEWEST_HOURS:
        return quantiles
    turns = [_closed(audit, view, scale), _reopened(audit, cases, view, scale)]
    likely = max(turns, key=lambda turn: turn.hours)
    return quantiles if likely.hours <= FEWEST_HOURS else _of_both(likely, quantiles, view)


def _audit(before: Floats, cases: Cases, view: View, scale: float) -> Audit:
    hour, row = view.task.hours(1), cases.target
    came = scale * view.of_value.mean(row + (hour + 1) // 2, hour)
    lately = view.value[-RANGE_DAYS * view.task.day :]
    known = scale * lately[np.isfinite(lately)]
    least, low, most = np.quantile(known, (0.01, LOW_QUANTILE, 0.99)) if len(known) else np.zeros(3)
    bounds = (LEAST_SHARE * (most - least), MOST_SHARE * (most - least))
    distance = np.clip(TELLING * (before[-1] - before[0]) / 2, *bounds)
    usual = scale * view.usual[0, row]
    ago_hours = np.ceil((view.rows - row) * view.task.step_min / 60)
    little, earlier = low + LOW_SHARE * (most - least), lately[: -2 * view.task.day]
    rests = bool((earlier == 0.0).sum() > RARELY * np.isfinite(earlier).sum())
    return Audit(ago_hours, came, before, usual, distance, little, rests)


def _closed(audit: Audit, view: View, scale: float) -> Turn:
    """Return the story that all stands as still as in the last hour, lower than hardly ever.

    A load that never rests and is at exactly nothing is a meter that fails, until that lasts.
    """
    level = scale * view.of_value.mean(np.array([view.rows]), view.task.hours(1))
    ahead, told = np.repeat(level, len(view.task.steps)), np.repeat(level, len(audit.came))
    if not level[0] <= audit.low:
        told = np.full(len(told), np.nan)
    turn = _turn(audit, np.where(told < audit.said[1], told, np.nan), ahead, CLOSURE_LASTS)
    is_nothing = not view.value[-view.task.hours(1) :].any()
    is_fault = is_nothing and not audit.rests and turn.since_hours < NOTHING_HOURS
    return replace(turn, hours=0) if is_fault else turn


def _reopened(audit: Audit, cases: Cases, view: View, scale: float) -> Turn:
    """Return the story that work goes on as before the last weeks, which were nearer to low."""
    given = (view.value, view.days, view.task.day)
    of_weeks = [days_earlier(*given, WEEK * weeks) for weeks in BEFORE_WEEKS]
    profile = scale * np.mean(of_weeks, axis=0)
    told, ahead = profile[cases.target], profile[view.rows + view.task.steps - 1]
    with np.errstate(invalid="ignore"):
        was_closed = (told > audit.said[1]) & (audit.usual < (audit.low + told) / 2)
    return _turn(audit, np.where(was_closed, told, np.nan), ahead, WORK_LASTS)


def _turn(audit: Audit, told: Floats, ahead: Floats, lasts: float) -> Turn:
    """Return for how long a story held without a break; `told` is NaN where it is out of place."""
    telling, held = audit.of_story(told)
    broken = np.flatnonzero(telling & ~held)
    held[: broken[-1] + 1 if len(broken) else 0] = False
    hours = np.flatnonzero(held)
    if not len(hours):
        return Turn(ahead, 0, 0.0, 0.0, lasts)
    since = float(audit.ago_hours[hours[0]])
    longer = LONGER if hours[0] == 0 else 1.0
    return Turn(
        ahead, len(hours), longer * since, float(np.abs(audit.came - told)[held].mean()), lasts
    )


def _of_both(turn: Turn, quantiles: Floats, view: View) -> Floats:
    """Return the quantiles of two outcomes: the story goes on, or all is as the models say."""
    width = SPREAD * turn.off + NARROWEST * float((quantiles[-1] - quantiles[0]).mean()) / 2
    story = turn.ahead + width * np.array([-1.0, 0.0, 1.0])[:, None]
    share = turn.share(view.task.steps * view.task.step_min / 60)
    known = np.isfinite(turn.ahead)
    found = quantiles.copy()
    found[:, known] = of_both(story[:, known], quantiles[:, known], share[known])
    return found
