"""The fleet's power as its vehicles' courses add up, and where enough of it was heard."""

import numpy as np
from numpy.typing import NDArray

from services.forecasting.domain.charging.stays import Stays, tells
from services.forecasting.domain.charging.words import QUARTER_MIN, Words
from services.forecasting.domain.series import QUARTERS_A_DAY, Floats

HEARD_SHARE = 0.9
"""Of the ports in service; with fewer a quarter hour of the fleet is unknown, not small (§4)."""
SILENT_MIN = 5.0
"""A port that is further behind the others keeps nobody waiting."""
RESOLUTION_DIGITS = 3


def power_w(stays: Stays, first_min: float, step_min: float, steps: int) -> Floats:
    """Return the mean power of consecutive steps from `first_min` on, to the milliwatt.

    So it does not depend on where the steps begin.
    """
    edge = step_min * np.arange(steps + 1, dtype=np.float64)
    begun = _ramps(stays.begin_min - first_min, stays.rating_w, edge)
    over = _ramps(stays.end_min - first_min, stays.rating_w, edge)
    mean: Floats = (np.diff(begun - over) / step_min).round(RESOLUTION_DIGITS) + 0.0
    return mean


def _ramps(at: Floats, slope: Floats, edge: Floats) -> Floats:
    """Return the sum of slope · (edge − at) over those that are not after an edge."""
    order = np.argsort(at, kind="stable")
    begun = np.searchsorted(at[order], edge, side="right")
    slopes = np.concatenate(([0.0], np.cumsum(slope[order])))
    moments = np.concatenate(([0.0], np.cumsum((slope * at)[order])))
    total: Floats = slopes[begun] * edge - moments[begun]
    return total


def heard_enough(words: Words, ports: int, first_quarter: int, quarters: int) -> NDArray[np.bool_]:
    """Return in which quarters from `first_quarter` on enough of the fleet was heard.

    A port is in service in the day after it was heard. Up to a tenth of them may be silent, or not
    say what their vehicles want: these go on by their courses, those that come there are missed.
    """
    begin = first_quarter - QUARTERS_A_DAY
    heard, telling = np.zeros((2, ports, quarters + QUARTERS_A_DAY), bool)
    place = words.quarter - begin
    inside = (place >= 0) & (place < heard.shape[1])
    heard[words.port[inside], place[inside]] = True
    telling[words.port[inside], place[inside]] = tells(words)[inside]
    total = np.cumsum(heard, axis=1)
    lately = total[:, QUARTERS_A_DAY:] - total[:, :-QUARTERS_A_DAY]
    in_service = (lately > 0).sum(axis=0)
    found: NDArray[np.bool_] = (in_service > 0) & (
        telling[:, QUARTERS_A_DAY:].sum(axis=0) >= HEARD_SHARE * in_service
    )
    return found


def front_min(words: Words) -> float:
    """Return the minute that all ports have reached that are not silent; NaN without any word."""
    if not len(words):
        return np.nan
    newest = np.full(int(words.port.max()) + 1, -np.inf)
    np.maximum.at(newest, words.port, words.heard_min)
    along = newest >= newest.max() - SILENT_MIN
    return float(newest[along].min() // 1.0)


def quarter_reached(words: Words, otherwise: int) -> int:
    """Return the quarter that all ports have reached that are not silent."""
    front = front_min(words)
    return otherwise if np.isnan(front) else int(front) // QUARTER_MIN


def quarter_min(quarter: int) -> float:
    """Return the minute in which a quarter begins."""
    return float(quarter * QUARTER_MIN)
