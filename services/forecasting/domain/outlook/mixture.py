"""How much each model counts at each horizon, by what it said out of sample lately."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.forecasting.domain.blend import drawn_to, simplex
from services.forecasting.domain.outlook.blocks import Blocks
from services.forecasting.domain.outlook.foresight import BLIND
from services.forecasting.domain.outlook.ledger import Ledger
from services.forecasting.domain.outlook.median_lines import NAME as MEDIAN_LINE
from services.forecasting.domain.outlook.plain import NAIVE
from services.forecasting.domain.series import Floats, Ints

HALF_LIFE_DAYS = 21.0
Flags = NDArray[np.bool_]
FEWEST_CASES = 12
STEADY = frozenset({MEDIAN_LINE, *(model.name for model in NAIVE)})
"""Who needs no luck: the naive models, and lines of a few numbers."""
FULL_SHARE = 0.5  # of a block's cases a model must have spoken in to be weighed


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """Weights `(models, blocks)`; a model that is silent gives its weight to the others."""

    names: tuple[str, ...]
    blocks: Blocks
    weight: Floats

    def mixed(self, said: dict[str, Floats], horizons: Ints) -> Floats:
        """Return the weighted mean of what was said, `(origins, horizons)`."""
        weight = self.blocks.across(self.weight, horizons)[:, None, :]
        spoken = np.array([said[name] for name in self.names])
        known = np.isfinite(spoken)
        total = np.where(known, weight, 0.0).sum(axis=0)
        sums = np.where(known, spoken, 0.0)
        alike = sums.sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        mixed = (weight * sums).sum(axis=0) / np.maximum(total, 1e-12)
        alike = np.where(known.any(axis=0), alike, np.nan)
        return np.asarray(np.where(total > 1e-6, mixed, alike), np.float64)


def mixture_of(ledger: Ledger, truth: Floats, names: tuple[str, ...], blocks: Blocks) -> Mixture:
    """Return the weights with the least recent absolute error out of sample."""
    counts = recency(ledger.minute)
    block = blocks.of(ledger.horizons)
    columns = [np.equal(block, i) for i in range(len(blocks))]
    weight = np.array([_block_weights(ledger, truth, names, held, counts) for held in columns]).T
    return Mixture(names, blocks, weight)


def recency(minute: Ints) -> Floats:
    """Return how much each origin counts: half after every half-life."""
    if not len(minute):
        return np.empty(0)
    age_days = (minute[-1] - minute) / 1440
    counts: Floats = 0.5 ** (age_days / HALF_LIFE_DAYS)
    return counts


def _block_weights(
    ledger: Ledger, truth: Floats, names: tuple[str, ...], columns: Flags, counts: Floats
) -> Floats:
    """Return the weights of one block; alike for all where nothing can be told."""
    weight = np.zeros(len(names))
    true = truth[:, columns].ravel()
    said = np.array([ledger.said[name][:, columns].ravel() for name in names])
    known, true_known = np.isfinite(said), np.isfinite(true)
    spoken = known[:, true_known].mean(axis=1) if true_known.any() else np.zeros(len(names))
    weighed = np.flatnonzero(spoken >= FULL_SHARE)
    cases = np.flatnonzero(true_known & known[weighed].all(axis=0))
    if not len(weighed) or len(cases) < FEWEST_CASES:
        return np.full(len(names), 1.0 / len(names))
    errors, width = true[cases] - said[weighed][:, cases], int(columns.sum())
    counted, origin = np.repeat(counts, width)[cases], cases // width
    chosen = simplex(errors, counted)
    steady = np.flatnonzero([names[i].removesuffix(BLIND) in STEADY for i in weighed])
    weight[weighed] = _guarded(chosen, errors, steady, counted, origin)
    return weight


def _guarded(weight: Floats, errors: Floats, steady: Ints, counts: Floats, origin: Ints) -> Floats:
    """Return the weights drawn towards the best steady model, unless they clearly beat it."""
    if not len(steady):
        return weight
    size = np.abs(errors)
    best = int(steady[(size[steady] @ counts).argmin()])
    return drawn_to(best, weight, errors, counts, origin)
