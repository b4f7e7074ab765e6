"""Equally likely paths of several series: right at each step, along each path and across series.

A path's scores at the horizons of the ledger are one random mixture of past origins' scores, the
same for all series, so their correlations are those of the past. Between these horizons a path
wanders as fast as errors are forgotten (a bridge of an Ornstein–Uhlenbeck process), again with the
same mixture of past origins for all series. Scores become powers through each step's own
distribution; among the paths of a step every level occurs once, so its quantiles are kept.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from services.forecasting.domain.joint.normal import scores_by_rank
from services.forecasting.domain.joint.past_errors import PastErrors
from services.forecasting.domain.joint.spread import Spread
from services.forecasting.domain.series import Floats, Ints

WANDERING_ORIGINS = 24
TINY = 1e-12


def paths(
    spreads: Mapping[str, Spread], errors: Mapping[str, PastErrors], count: int, seed: int
) -> Iterator[tuple[str, Floats]]:
    """Yield each series' name and paths `(count, steps)`; equal arguments give equal paths."""
    rng = np.random.default_rng(seed)
    minutes = np.unique(np.concatenate([errors[name].minute for name in spreads]))
    steps = max(spread.quantiles.shape[1] for spread in spreads.values())
    mixing = rng.standard_normal((count, len(minutes)))
    wandering = rng.standard_normal((count, steps, min(WANDERING_ORIGINS, len(minutes))))
    for place, (name, spread) in enumerate(sorted(spreads.items())):
        if len(errors[name].minute):
            score = _score_paths(errors[name], minutes, mixing, wandering)
        else:
            own = np.random.default_rng((seed, place)).standard_normal((count, steps))
            score = _wandered(own, errors[name].memory)
        yield name, spread.at(_evened(score[:, : spread.quantiles.shape[1]]))


def _score_paths(errors: PastErrors, minutes: Ints, mixing: Floats, wandering: Floats) -> Floats:
    """Return one series' paths of scores, `(count, steps)`."""
    place = np.searchsorted(minutes, errors.minute)
    at_horizons = _unit(mixing[:, place] @ errors.score)
    newest = len(minutes) - wandering.shape[2]
    recent = np.zeros(wandering.shape[2])
    inside = place >= newest
    recent[place[inside] - newest] = errors.score[inside, len(errors.horizons) // 2]
    noise = wandering @ (recent / max(float(np.sqrt((recent**2).sum())), TINY))
    return _bridged(_wandered(noise, errors.memory), at_horizons, errors)


def _unit(score: Floats) -> Floats:
    """Return scores with a mean square of one at each horizon."""
    size = np.sqrt((score**2).mean(axis=0))
    return score / np.where(size > 0.0, size, 1.0)


def _wandered(noise: Floats, memory: float) -> Floats:
    """Return paths that forget in `memory` steps, of variance one, from independent noise."""
    kept = float(np.exp(-1.0 / memory))
    path = np.ascontiguousarray(noise.T)
    path[1:] *= np.sqrt(1.0 - kept**2)
    for step in range(1, len(path)):
        path[step] += kept * path[step - 1]
    return path.T


def _bridged(free: Floats, anchors: Floats, errors: PastErrors) -> Floats:
    """Return the paths moved so that they go through the anchors at the ledger's horizons."""
    at = errors.horizons - 1
    step = np.arange(free.shape[1])
    after = np.clip(np.searchsorted(at, step), 0, len(at) - 1)
    before = np.clip(after - 1, 0, len(at) - 1)
    left, right = _pulls((step - at[before]), (at[after] - step), errors.memory)
    off = anchors - free[:, at]
    path: Floats = free + left * off[:, before] + right * off[:, after]
    return path


def _pulls(since: Ints, until: Ints, memory: float) -> tuple[Floats, Floats]:
    """Return how strongly the anchor before and the one after pull a step between them."""
    both = np.sinh((since + until) / memory)
    between = (since + until > 0) & (until >= 0)
    safe = np.where(between, both, 1.0)
    left = np.where(between, np.sinh(np.maximum(until, 0) / memory) / safe, 0.0)
    right = np.where(between, np.sinh(np.maximum(since, 0) / memory) / safe, 0.0)
    beyond = until < 0
    alone = (since == 0) & (until == 0)
    right = np.where(beyond, np.exp(-np.abs(until) / memory), np.where(alone, 1.0, right))
    return np.where(beyond, 0.0, left), right


def _evened(score: Floats) -> Floats:
    """Return scores by rank among the paths, so that at each step every level occurs once."""
    by_step = np.ascontiguousarray(score.T)
    order = by_step.argsort(axis=1, kind="stable")
    by_step[np.arange(len(order))[:, None], order] = scores_by_rank(len(score))
    return by_step.T
