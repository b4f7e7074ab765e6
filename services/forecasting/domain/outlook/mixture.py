"""How much each model counts at each horizon, by what it said out of sample lately."""

from dataclasses import dataclass

import numpy as np

from services.forecasting.domain.blend import simplex
from services.forecasting.domain.outlook.blocks import Blocks
from services.forecasting.domain.outlook.ledger import Ledger
from services.forecasting.domain.series import Floats, Ints

HALF_LIFE_DAYS = 21.0
FEWEST_CASES = 12
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
    weight = np.array(
        [_block_weights(ledger, truth, names, block == i, counts) for i in range(len(blocks))]
    ).T
    return Mixture(names, blocks, weight)


def recency(minute: Ints) -> Floats:
    """Return how much each origin counts: half after every half-life."""
    if not len(minute):
        return np.empty(0)
    age_days = (minute[-1] - minute) / 1440
    counts: Floats = 0.5 ** (age_days / HALF_LIFE_DAYS)
    return counts


def _block_weights(
    ledger: Ledger, truth: Floats, names: tuple[str, ...], columns: Floats, counts: Floats
) -> Floats:
    """Return the weights of one block; alike for all where nothing can be told."""
    weight = np.zeros(len(names))
    true = truth[:, columns].ravel()
    said = np.array([ledger.said[name][:, columns].ravel() for name in names])
    known = np.isfinite(said)
    usual = known[:, np.isfinite(true)].mean(axis=1) if np.isfinite(true).any() else 0.0
    weighed = np.flatnonzero(usual >= FULL_SHARE)
    cases = np.isfinite(true) & known[weighed].all(axis=0)
    if not len(weighed) or cases.sum() < FEWEST_CASES:
        return np.full(len(names), 1.0 / len(names))
    errors = true[cases] - said[weighed][:, cases]
    weight[weighed] = simplex(errors, np.repeat(counts, int(columns.sum()))[cases])
    return weight
