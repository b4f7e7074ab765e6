"""How much each model counts at each horizon, from its own past errors.

Per block of horizons the weights minimise the absolute error over past origins, on the simplex
(no weight below zero, sum one); between blocks they change linearly. Few numbers, so they can be
learnt from a few weeks; the errors' correlation counts, so two alike models share one weight.
"""

from itertools import pairwise

import numpy as np

from services.forecasting.domain.series import HORIZON, Floats

# Borders of the horizon blocks in quarters: fine where errors grow fast, coarse later.
BLOCKS = (0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 80, HORIZON)
CENTRES = np.array([(a + b - 1) / 2 for a, b in pairwise(BLOCKS)])
REWEIGHTINGS = 8
SETTLED = 0.005
MOVES = 100
GOOD_ENOUGH = 0.01
TINY = 1e-12
# Pulls towards equal weights where the past cannot tell two models apart.
RIDGE = 0.01


def weights(errors_w: Floats) -> Floats:
    """Return `(models, HORIZON)` from past errors `(models, origins, HORIZON)`, NaN unknown.

    Equal weights where nothing is known.
    """
    per_block = [simplex(_flat(errors_w, block)) for block in range(len(CENTRES))]
    return across_horizons(np.array(per_block).T)


def across_horizons(per_block: Floats) -> Floats:
    """Return rows of block values `(rows, blocks)` as values per step `(rows, HORIZON)`."""
    at = np.arange(HORIZON)
    return np.array([np.interp(at, CENTRES, row) for row in per_block])


def block_slice(block: int) -> slice:
    """Return the steps of a block."""
    return slice(BLOCKS[block], BLOCKS[block + 1])


def _flat(errors_w: Floats, block: int) -> Floats:
    """Return the known errors of a block, `(models, cases)`."""
    cases = errors_w[:, :, block_slice(block)].reshape(len(errors_w), -1)
    return cases[:, np.isfinite(cases).all(axis=0)]


def simplex(cases_w: Floats, counts: Floats | None = None) -> Floats:
    """Return weights that minimise the mean absolute weighted error (reweighted squares).

    `cases_w` are errors `(models, cases)`; `counts` says how much each case counts, alike if None.
    """
    models, count = cases_w.shape
    chosen = np.full(models, 1.0 / models)
    size = float(np.abs(cases_w).mean()) if count else 0.0
    if size == 0.0:
        return chosen
    relative = cases_w / size
    share = np.full(count, 1.0 / count) if counts is None else counts / counts.sum()
    for _ in range(REWEIGHTINGS):
        blended = chosen @ relative
        gram = (relative * (share / np.maximum(np.abs(blended), 0.05))) @ relative.T
        before, chosen = chosen, _least(gram + RIDGE * np.diag(gram).min() * np.eye(models), chosen)
        if np.abs(chosen - before).max() < SETTLED:
            break
    return chosen


def _least(gram: Floats, start: Floats) -> Floats:
    """Return the minimum of w'Gw on the simplex: move weight from the worst to the best model."""
    chosen = start.copy()
    for _ in range(MOVES):
        slope = gram @ chosen
        best = slope.argmin()
        worst = np.where(chosen > 0, slope, -np.inf).argmax()
        gain = slope[worst] - slope[best]
        if gain <= GOOD_ENOUGH * (chosen @ slope):
            break
        bend = gram[best, best] + gram[worst, worst] - 2 * gram[best, worst]
        moved = min(chosen[worst], gain / max(bend, TINY))
        chosen[best] += moved
        chosen[worst] -= moved
    return chosen
