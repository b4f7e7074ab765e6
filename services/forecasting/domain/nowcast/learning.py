"""How far each way on can be trusted at each lead, and how far off it was: from recent minutes.

One point at a time: the last two days are nowcast again at many moments, each from the issue that
was known then, and weights with the least absolute error are chosen per cell of leads. They are
drawn towards the last value or the outlook, whichever was better, unless they clearly beat it.
"""

from dataclasses import dataclass

import numpy as np

from services.forecasting.domain.blend import drawn_to, simplex
from services.forecasting.domain.nowcast.base import held, joined
from services.forecasting.domain.nowcast.leads import (
    CELLS,
    HEAD_QUARTERS,
    HOUR_MIN,
    QUARTER_MIN,
    ahead_min,
    cells,
    over_leads,
)
from services.forecasting.domain.nowcast.ways import (
    CALM_MIN,
    LAST,
    MOVED,
    NAMES,
    OUTLOOK,
    Present,
    ways_on,
)
from services.forecasting.domain.outlook.bands import weighted_quantiles
from services.forecasting.domain.series import Floats, Ints

ORIGIN_EVERY_MIN = 7  # wanders through the quarter
MOST_CASES = 400
FEWEST_CASES = 40
HALF_LIFE_MIN = 1440.0
FADING_MIN = 60.0  # of the present deviation, while nothing is known
BAND = (0.1, 0.9)


@dataclass(frozen=True, slots=True, eq=False)
class Trust:
    """Weights `(points, CELLS, ways)`, and quantiles of errors over the outlook's width `(points,
    CELLS, 2)`, NaN where not known yet.
    """

    weight: Floats
    error: Floats

    @classmethod
    def untaught(cls, points: int) -> "Trust":
        """Return what holds before anything was seen: the deviation of now fades in an hour."""
        weight = np.zeros((points, CELLS, len(NAMES)))
        weight[:, :, OUTLOOK] = _outlook_share()
        weight[:, :, MOVED] = 1.0 - _outlook_share()
        return cls(weight, np.full((points, CELLS, len(BAND)), np.nan))

    def with_point(self, number: int, renewed: "Trust") -> "Trust":
        """Return the trust with that of one point renewed."""
        weight, error = self.weight.copy(), self.error.copy()
        weight[number], error[number] = renewed.weight[0], renewed.error[0]
        return Trust(weight, error)


def _outlook_share() -> Floats:
    """Return how much of the present deviation is gone at each cell's leads, `(CELLS,)`."""
    every = range(HOUR_MIN)
    cell = np.concatenate([cells(minute) for minute in every])
    ahead = np.concatenate([ahead_min(minute) for minute in every])
    mean = np.bincount(cell, ahead, CELLS) / np.bincount(cell, minlength=CELLS)
    gone: Floats = 1.0 - np.exp(-mean / FADING_MIN)
    return gone


@dataclass(frozen=True, slots=True, eq=False)
class Cases:
    """Nowcasts made again: errors of each way `(ways, cases)`, the outlook's width then, the cell,
    the minute and how much each counts, `(cases,)`.
    """

    errors: Floats
    width: Floats
    cell: Ints
    minute: Ints
    counts: Floats

    def of(self, cell: int) -> "Cases":
        """Return the known cases of a cell, thinned out evenly."""
        known = np.isfinite(self.errors).all(axis=0) & (self.width > 0.0)
        rows = np.flatnonzero((self.cell == cell) & known)
        rows = rows[:: max(1, len(rows) // MOST_CASES)]
        return Cases(
            self.errors[:, rows],
            self.width[rows],
            self.cell[rows],
            self.minute[rows],
            self.counts[rows],
        )

    def __len__(self) -> int:
        return len(self.cell)


def taught(first_minute: int, minutes: Floats, heads: Floats) -> Trust:
    """Return one point's trust from its minutes since `first_minute` and what was said of them.

    `heads` are medians and widths from P10 to P90 `(issues, 2, HEAD_QUARTERS)`, issue i made where
    quarter i of the minutes begins; NaN where no reading was believed or no issue was made.
    """
    cases, untaught = replayed(first_minute, minutes, heads), Trust.untaught(1)
    weight, error = untaught.weight.copy(), untaught.error.copy()
    for cell in range(CELLS):
        of_cell = cases.of(cell)
        if len(of_cell) >= FEWEST_CASES:
            weight[0, cell] = _weights(of_cell)
            left = weight[0, cell] @ of_cell.errors / of_cell.width
            error[0, cell] = weighted_quantiles(left, of_cell.counts, BAND)
    return Trust(weight, error)


def replayed(first_minute: int, minutes: Floats, heads: Floats) -> Cases:
    """Return the nowcasts of many moments with what came, from the issues known then."""
    window_min = HEAD_QUARTERS * QUARTER_MIN
    padded = np.concatenate((minutes, np.full(window_min, np.nan)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, window_min)
    parts = [_replayed_at(at, first_minute, windows, heads) for at in range(1, QUARTER_MIN + 1)]
    columns = zip(*parts, strict=True)
    errors, width, cell, minute = (np.concatenate(column, axis=-1) for column in columns)
    counts = 0.5 ** ((len(minutes) - minute) / HALF_LIFE_MIN)
    return Cases(errors, width, cell, minute, counts)


def _replayed_at(
    at: int, first_minute: int, windows: Floats, heads: Floats
) -> tuple[Floats, Floats, Ints, Ints]:
    """Return errors, widths, cells and minutes of the nowcasts `at` minutes after an issue."""
    minute = np.arange(len(heads)) * QUARTER_MIN + at
    issues = np.flatnonzero(minute % ORIGIN_EVERY_MIN == 0)
    came, said = windows[issues * QUARTER_MIN], heads[issues]
    middle, width = said.transpose(1, 0, 2)
    steps, path = held(middle), joined(middle)
    before = came[:, max(0, at - CALM_MIN) : at]
    known = np.isfinite(before)
    mean = np.where(known, before, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    now = Present(came[:, at - 1], mean, steps[:, at - 1], path[:, at - 1])
    ways = ways_on(now, over_leads(steps, at), over_leads(path, at))
    errors = over_leads(came, at) - ways
    width = over_leads(held(width), at)
    return (
        errors.reshape(len(NAMES), -1),
        width.ravel(),
        np.array([cells(first_minute + m) for m in minute[issues].tolist()], np.int64).ravel(),
        np.repeat(minute[issues], errors.shape[-1]),
    )


def _weights(cases: Cases) -> Floats:
    """Return the weights with the least error, drawn towards the better of last and outlook."""
    chosen = simplex(cases.errors, cases.counts)
    size = np.abs(cases.errors)
    plain = min((LAST, OUTLOOK), key=lambda way: float(size[way] @ cases.counts))
    _, moment = np.unique(cases.minute, return_inverse=True)
    return drawn_to(plain, chosen, cases.errors, cases.counts, moment)
