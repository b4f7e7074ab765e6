"""The nowcast of many points at one minute: weighed ways on from the present, and their bands."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from services.forecasting.domain.nowcast.base import held, joined
from services.forecasting.domain.nowcast.leads import (
    QUARTER_MIN,
    ahead_min,
    cells,
    over_leads,
)
from services.forecasting.domain.nowcast.learning import Trust
from services.forecasting.domain.nowcast.ways import CALM_MIN, Present, ways_on
from services.forecasting.domain.outlook.days import Days
from services.forecasting.domain.outlook.likely_sun import night_by_clock
from services.forecasting.domain.series import Floats, Ints

FRESH_MIN = 5
"""A point whose newest believed minute is older than this gets the outlook itself."""
LIT_SHARE = 0.01
"""Of a plant's bounds: more is no meter's own error."""
WIDE_AFTER_MIN = 120.0
"""While errors are not known, bands grow with the root of time to the outlook's own width."""

Flags = NDArray[np.bool_]
_UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True, eq=False)
class Based:
    """Outlooks `(points, 3, quarters)` from quarter `first_quarter` on, P10, P50, P90.

    `lowest` and `highest` `(points,)` bound the values; `sun` marks what is dark at night. `zone`
    is the clock that people live by there.
    """

    first_quarter: int
    quantiles: Floats
    lowest: Floats
    highest: Floats
    sun: Flags
    zone: ZoneInfo = _UTC


@dataclass(frozen=True, slots=True, eq=False)
class Nowcast:
    """Quantiles `(points, 3, LEADS)` from `minute` on, NaN for a point without an outlook.

    `last` is each point's last believed minute and `age_min` how long ago that ended; NaN and -1
    where it is too long ago to hold on to.
    """

    minute: int
    quantiles: Floats
    last: Floats
    age_min: Ints


def nowcast(minute: int, based: Based, newest: Floats, trust: Trust) -> Nowcast:
    """Return the nowcast of `minute` from outlooks and the minutes before it `(points, recent)`."""
    at = minute - based.first_quarter * QUARTER_MIN
    low, middle, high = based.quantiles.transpose(1, 0, 2)
    steps, path = held(middle), joined(middle)
    last, calm, age = _present(newest)
    anchor = np.clip(at - 1 - np.maximum(age, 0), 0, steps.shape[1] - 1)[:, None]
    now_held, now_joined = (np.take_along_axis(w, anchor, axis=1)[:, 0] for w in (steps, path))
    ways = ways_on(
        Present(last, calm, now_held, now_joined), over_leads(steps, at), over_leads(path, at)
    )
    weight = trust.weight[:, cells(minute)]
    mixed = np.einsum("wpl,plw->pl", ways, weight)
    outlook = np.array([over_leads(held(w), at) for w in (low, middle, high)])
    outlook[1] = over_leads(path, at)
    fresh = (age >= 0)[:, None]
    under, over = _band(minute, outlook, trust)
    p50 = np.where(fresh, mixed, outlook[1])
    p10 = np.where(fresh, mixed + under, outlook[0])
    p90 = np.where(fresh, mixed + over, outlook[2])
    dark = _dark(based, at, anchor, last)
    quantiles = _physical(np.array([p10, p50, p90]), dark, based)
    return Nowcast(minute, quantiles.transpose(1, 0, 2), last, age)


def _present(newest: Floats) -> tuple[Floats, Floats, Ints]:
    """Return the last minute, the mean of the last few, and the age; NaN and -1 when too old."""
    recent = newest[:, -FRESH_MIN:]
    known = np.isfinite(recent)
    age = np.where(known.any(axis=1), np.argmax(known[:, ::-1], axis=1), -1)
    rows = np.arange(len(recent))
    last = np.where(age >= 0, recent[rows, recent.shape[1] - 1 - np.maximum(age, 0)], np.nan)
    few, heard = recent[:, -CALM_MIN:], known[:, -CALM_MIN:]
    mean = np.where(heard, few, 0.0).sum(axis=1) / np.maximum(heard.sum(axis=1), 1)
    return last, np.where(age >= 0, mean, np.nan), age


def _band(minute: int, outlook: Floats, trust: Trust) -> tuple[Floats, Floats]:
    """Return how far P10 and P90 lie from the middle: learnt, or grown from the present."""
    low, middle, high = outlook
    error = trust.error[:, cells(minute)]
    width = high - low
    grown = np.minimum(np.sqrt(ahead_min(minute) / WIDE_AFTER_MIN), 1.0)
    learnt = np.isfinite(error[..., 0])
    under = np.where(learnt, np.minimum(error[..., 0], 0.0) * width, grown * (low - middle))
    over = np.where(learnt, np.maximum(error[..., 1], 0.0) * width, grown * (high - middle))
    return under, over


def _dark(based: Based, at: int, anchor: Ints, last: Floats) -> Flags:
    """Return `(points, LEADS)` where it is night.

    That is where the outlook is zero; of an outlook that is zero already while the plant is lit
    (one that is back after days) only where the sun is down everywhere.
    """
    low, _, high = based.quantiles.transpose(1, 0, 2)
    zero: Flags = (low == 0.0) & (high == 0.0) & based.sun[:, None]
    size = np.maximum(np.abs(based.lowest), np.abs(based.highest))
    lit = np.abs(last) > np.where(np.isfinite(size), LIT_SHARE * size, 0.0)
    back = lit & np.take_along_axis(zero, anchor // QUARTER_MIN, axis=1)[:, 0]
    if back.any():
        zero[back] &= _night(based)
    dark: Flags = over_leads(held(zero.astype(np.float64)), at) == 1.0
    return dark


def _night(based: Based) -> Flags:
    """Return in which quarters of the outlooks the sun is down all over the time zone."""
    quarters = based.quantiles.shape[2]
    number = np.arange(based.first_quarter, based.first_quarter + quarters, dtype=np.int64)
    return night_by_clock(Days.of(QUARTER_MIN * number, based.zone, None), QUARTER_MIN)


def _physical(quantiles: Floats, dark: Flags, based: Based) -> Floats:
    """Return the quantiles in order, within bounds, and zero where it is dark."""
    bounded = np.clip(quantiles, based.lowest[:, None], based.highest[:, None])
    return np.sort(np.where(dark, 0.0, bounded), axis=0)
