"""Weights that minimise the mean absolute error of a mixture, from the members' own past errors.

On the simplex: no weight below zero, sum one. Few numbers, so they can be learnt from a few weeks;
the errors' correlation counts, so two alike members share one weight. What was chosen is trusted as
far as it clearly beats a plain member.
"""

import numpy as np

from services.forecasting.domain.series import Floats, Ints

REWEIGHTINGS = 8
SETTLED = 0.005
MOVES = 100
GOOD_ENOUGH = 0.01
TINY = 1e-12
CLEAR_GAIN = 3.0  # standard errors
# Pulls towards equal weights where the past cannot tell two members apart.
RIDGE = 0.01


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


def drawn_to(plain: int, weight: Floats, errors: Floats, counts: Floats, moment: Ints) -> Floats:
    """Return the weights drawn towards a plain model alone, unless they clearly beat it.

    Weights are chosen on the same errors `(models, cases)`, so a small gain may be luck: trust
    grows with the gain in standard errors of the mean over moments. `moment` numbers that of each
    case, `counts` says how much it counts.
    """
    gain = counts * (np.abs(errors[plain]) - np.abs(weight @ errors))
    per_moment = np.bincount(moment, gain)
    spread = float(np.sqrt((per_moment**2).sum())) + 1e-300
    trust = float(np.clip(per_moment.sum() / spread / CLEAR_GAIN, 0.0, 1.0))
    alone = np.zeros(len(weight))
    alone[plain] = 1.0
    drawn: Floats = trust * weight + (1.0 - trust) * alone
    return drawn


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
