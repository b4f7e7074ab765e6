"""Ridge regression per block of horizons on levels, profiles, covariates and the time of day."""

from dataclasses import dataclass

import numpy as np

from services.forecasting.domain.outlook.blocks import Blocks
from services.forecasting.domain.outlook.features import LEVELS, Cases, Features
from services.forecasting.domain.outlook.view import View
from services.forecasting.domain.series import Floats, Ints

FEWEST_CASES = 200
PENALTY = 3e-3  # per case, on standardised columns
HARMONICS = 3
_MINUTES_A_DAY = 1440


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One block's coefficients on standardised columns."""

    centre: Floats
    spread: Floats
    slope: Floats
    level: float

    def said(self, columns: Floats) -> Floats:
        """Return the line's value per row."""
        found: Floats = (columns - self.centre) / self.spread @ self.slope + self.level
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Ridge:
    """A line per block of horizons; None where there was too little to learn from."""

    blocks: Blocks
    lines: tuple[Line | None, ...]
    name: str = "ridge"

    def said(self, view: View, cases: Cases, features: Features) -> Floats:
        """Return the lines' values, NaN where there is no line or no weather forecast."""
        columns, block = columns_of(features), self.blocks.of(cases.horizon)
        found = np.full(len(cases), np.nan)
        for i, line in enumerate(self.lines):
            rows = block == i
            if line is not None and rows.any():
                found[rows] = line.said(columns[rows])
        return found


def fit_ridge(
    blocks: Blocks, cases: Cases, features: Features, truth: Floats, weight: Floats
) -> Ridge:
    """Return the lines fitted to cases with a truth."""
    columns, block = columns_of(features), blocks.of(cases.horizon)
    usable = np.isfinite(truth) & np.isfinite(columns).all(axis=1)
    return Ridge(
        blocks,
        tuple(
            _line(columns, truth, weight, np.flatnonzero(usable & (block == i)))
            for i in range(len(blocks))
        ),
    )


def columns_of(features: Features) -> Floats:
    """Return the linear columns with gaps filled by what is usual, and the time of day as waves."""
    usual = features.linear["usual"]
    level = np.where(np.isfinite(usual), usual, features.level)
    columns = [_filled(name, column, level) for name, column in features.linear.items()]
    turn = 2 * np.pi * features.other["minute"] / _MINUTES_A_DAY
    for wave in range(1, HARMONICS + 1):
        columns += [np.sin(wave * turn), np.cos(wave * turn)]
    free = features.other["free"]
    return np.column_stack([*columns, free, free * columns[0], free * level])


def _filled(name: str, column: Floats, level: Floats) -> Floats:
    instead = level if name in LEVELS else 0.0
    return np.where(np.isfinite(column), column, instead)


def _line(columns: Floats, truth: Floats, weight: Floats, rows: Ints) -> Line | None:
    if len(rows) < FEWEST_CASES:
        return None
    x, y, w = columns[rows], truth[rows], weight[rows] / weight[rows].sum()
    centre, level = w @ x, float(w @ y)
    spread = np.sqrt(w @ (x - centre) ** 2)
    spread = np.where(spread > 1e-9, spread, np.inf)
    standard = (x - centre) / spread
    gram = (standard * w[:, None]).T @ standard + PENALTY * np.eye(x.shape[1])
    slope = np.linalg.solve(gram, standard.T @ (w * (y - level)))
    return Line(centre, spread, slope, level)
