"""A record made ready: every array that features and models look into, in units of its scale.

All arrays are by row; those with a leading axis of days hold, at index k - 1, what is known at
least k days before the row. Nothing here depends on an origin; `Cases` pick what each may see.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.forecasting.domain.outlook.days import Days
from services.forecasting.domain.outlook.holiday_kinds import SUNDAY
from services.forecasting.domain.outlook.likely_sun import likely_light
from services.forecasting.domain.outlook.look_back import (
    LONGEST_DAYS,
    WEEK,
    all_days_earlier,
    kinds_earlier,
    newest_mean,
    newest_value,
    top_mean,
)
from services.forecasting.domain.outlook.record import Record
from services.forecasting.domain.outlook.running import Running, newest_known
from services.forecasting.domain.outlook.sun import Place
from services.forecasting.domain.outlook.task import Task
from services.forecasting.domain.outlook.weather import Weather
from services.forecasting.domain.series import Floats, Ints

NO_WEATHER = Weather()
LIKE_DAYS, RECENT_DAYS, WEEKS = 5, 7, 4
BRIGHT_DAYS, BRIGHTEST = 21, 3
LOW_SUN_W_M2 = 40.0
TELLING = 0.15  # of the scale, between work and rest
DARK_DAYS, DARK_AROUND_MIN, FEWEST_DARK_DAYS = 14, 15, 5
DARK_SHARE = 1e-3
DEEP_NIGHT_DEG = -10.0
"""A place is known to a few degrees only, and a step's middle is half an hour from its ends."""
DUSK_DEG = 5.0
"""With the sun higher, days without any light tell of a plant at rest and not of the night."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """`value` (rows,) and the arrays by row that reach further than it, NaN unknown.

    `day_ago[k-1]`: the newest known same time of day at least k days ago; `week_ago`, `usual`
    (like days), `recent` (any days), `weekly` (same weekday) likewise; `bright` is what a clear
    sky gives.
    """

    task: Task
    value: Floats
    days: Days
    foreseen: Floats
    expected: Floats
    measured: Floats
    day_ago: Floats
    week_ago: Floats
    usual: Floats
    recent: Floats
    weekly: Floats
    rest: Floats
    bright: Floats
    clear: Floats
    dark: NDArray[np.bool_]
    newest: Ints
    of_value: Running
    off_usual: Running
    off_expected: Running
    off_weekly: Running
    off_rest: Running
    unlike_work: Running
    unlike_rest: Running
    change: Running
    brightness: tuple[Running, Running]
    of_measured: tuple[Running, ...]
    of_foreseen: tuple[Running, ...]

    @property
    def rows(self) -> int:
        """Rows with a value: the newest origin."""
        return len(self.value)


def view_of(
    record: Record,
    task: Task,
    scale: float,
    place: Place | None,
    weather: Weather = NO_WEATHER,
    expected: Floats | None = None,
    since: int = 0,
) -> View:
    """Return the view of a record; `expected` is what weather told of it, if not asked anew.

    What is known of earlier days is looked up for the rows from `since` on only: an answer from
    the end of a record needs no more, and looking back is most of what it costs.
    """
    value, days = record.value / scale, record.days
    longest = LONGEST_DAYS + task.days_ahead
    earlier = all_days_earlier(value, days, task.day, longest, since)
    kind, kinds = kinds_earlier(days, task.day, longest, since)
    like, idle = kinds == kind, kinds == SUNDAY
    any_day = np.ones(earlier.shape, bool)
    backs = range(task.days_ahead)
    usual = _all(since, [newest_mean(earlier[k:], like[k:], LIKE_DAYS) for k in backs])
    recent = _all(since, [newest_mean(earlier[k:], any_day[k:], RECENT_DAYS) for k in backs])
    weekly = _all(since, [_weekly(earlier, k, WEEKS) for k in backs])
    usual = np.where(np.isfinite(usual), usual, recent)
    rest = _all(since, [newest_mean(earlier[k:], idle[k:], LIKE_DAYS) for k in backs])
    clear = clear_of(days, task, place)
    foreseen = weather.foreseen(record.foreseen)
    if expected is None:
        expected = weather.expected(foreseen, days, clear, task)
    bright = _all(since, [_bright(earlier[k:], clear, days, task, since) for k in backs])
    rows = len(value)
    told = _telling(usual[0, :rows], rest[0, :rows], days[:rows])
    return View(
        task=task,
        value=value,
        days=days,
        foreseen=foreseen,
        expected=expected,
        measured=record.measured,
        day_ago=_all(since, [newest_value(earlier[k : k + WEEK]) for k in backs]),
        week_ago=_all(since, [_weekly(earlier, k, 1) for k in backs]),
        usual=usual,
        recent=recent,
        weekly=weekly,
        rest=rest,
        bright=bright,
        clear=clear,
        dark=np.concatenate(
            (
                np.zeros(since, bool),
                _night(value[since:], days[since:], task, place, earlier[task.days_ahead - 1 :]),
            )
        ),
        newest=newest_known(value),
        of_value=Running(value),
        off_usual=Running(value - usual[0, :rows]),
        off_expected=Running(value - expected[:rows]),
        off_weekly=Running(value - weekly[0, :rows]),
        off_rest=Running(value - rest[0, :rows]),
        unlike_work=Running(_unlike(value, usual[0, :rows], told)),
        unlike_rest=Running(_unlike(value, rest[0, :rows], told)),
        change=Running(np.abs(np.diff(value, prepend=np.nan))),
        brightness=_brightness(value, bright[0, :rows]),
        of_measured=tuple(Running(column) for column in record.measured.T),
        of_foreseen=tuple(Running(column) for column in foreseen.T),
    )


def _all(since: int, profiles: list[Floats]) -> Floats:
    """Return profiles by row, NaN before `since`."""
    found = np.array(profiles)
    return np.concatenate((np.full((len(found), since), np.nan), found), axis=1)


def _telling(usual: Floats, rest: Floats, days: Days) -> NDArray[np.bool_]:
    """Return which rows tell a day of work from one of rest: of workdays, where these differ."""
    with np.errstate(invalid="ignore"):
        found: NDArray[np.bool_] = (np.abs(usual - rest) > TELLING) & ~days.free
    return found


def _unlike(value: Floats, profile: Floats, told: NDArray[np.bool_]) -> Floats:
    return np.where(told, np.abs(value - profile), np.nan)


def _weekly(earlier: Floats, at_least: int, count: int) -> Floats:
    """Return the mean of the same weekday in the last `count` weeks at least so many days ago."""
    first = WEEK * (1 + at_least // WEEK) - 1
    weeks = earlier[first::WEEK]
    return newest_mean(weeks, np.ones(weeks.shape, bool), count)


def clear_of(days: Days, task: Task, place: Place | None) -> Floats:
    """Return the irradiance of a clear sky by row, NaN where there is no sun to speak of."""
    if not task.sun or place is None:
        return np.full(len(days), np.nan)
    return place.clear_w_m2(days.minute, task.step_min)


def _bright(earlier: Floats, clear: Floats, days: Days, task: Task, since: int) -> Floats:
    """Return what the brightest of the last weeks' days would give under this day's sun."""
    if not task.sun:
        return np.full(earlier.shape[1], np.nan)
    brightest = top_mean(earlier[:BRIGHT_DAYS], BRIGHTEST)
    if np.isnan(clear).all():
        return brightest
    clear_then = all_days_earlier(clear, days, task.day, BRIGHT_DAYS, since)
    clear = clear[since:]
    sunny, ratio = clear_then > LOW_SUN_W_M2, np.full(clear_then.shape, np.nan)
    np.divide(earlier[:BRIGHT_DAYS], clear_then, out=ratio, where=sunny)
    best = top_mean(ratio, BRIGHTEST) * clear
    return np.where(np.isfinite(best), best, np.where(clear > 0, brightest, 0.0 * clear))


def _brightness(value: Floats, bright: Floats) -> tuple[Running, Running]:
    known = np.isfinite(value) & np.isfinite(bright)
    return Running(np.where(known, value, np.nan)), Running(np.where(known, bright, np.nan))


def _night(
    value: Floats, days: Days, task: Task, place: Place | None, earlier: Floats
) -> NDArray[np.bool_]:
    """Return which rows are night, by the sun whatever was measured then, and by the last days."""
    if not task.sun:
        return np.zeros(len(days), bool)
    dark = _dark(earlier, task)
    if place is None:
        dark |= likely_light(value, days, task).max(axis=0) <= 0.0
        return dark
    sun_deg = place.elevation(days.minute, task.step_min)
    found: NDArray[np.bool_] = (sun_deg < DEEP_NIGHT_DEG) | (dark & (sun_deg < DUSK_DEG))
    return found


def _dark(earlier: Floats, task: Task) -> NDArray[np.bool_]:
    """Return which rows fall where the last days, a quarter hour around, were all dark."""
    known = np.isfinite(earlier[:DARK_DAYS])
    lit = (known & (np.abs(np.where(known, earlier[:DARK_DAYS], 0.0)) > DARK_SHARE)).any(axis=0)
    around = max(1, DARK_AROUND_MIN // task.step_min)
    near = np.convolve(lit.astype(float), np.ones(2 * around + 1), mode="same") > 0
    dark: NDArray[np.bool_] = (known.sum(axis=0) >= FEWEST_DARK_DAYS) & ~near
    return dark
