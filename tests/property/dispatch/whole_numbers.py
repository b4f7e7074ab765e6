"""Whole numbers for tiny parks, and what they cost. Steps are of 1 h."""

import itertools
from collections.abc import Sequence

import numpy as np

from services.dispatch.domain.park.network import Grid
from services.dispatch.domain.park.problem import ParkProblem

Rng = np.random.Generator
Enumerated = tuple[ParkProblem, float]
Pattern = tuple[int, ...]


def whole(rng: Rng, low: int, high: int, count: int) -> list[int]:
    return [int(value) for value in rng.integers(low, high + 1, count)]


def cents(rng: Rng, low: int, high: int, count: int) -> list[float]:
    return [value / 100 for value in whole(rng, low, high, count)]


def floats(values: Sequence[float]) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


def imported(kw: int, price: float, limit_kw: int) -> float:
    """What an hour's import costs; beyond the limit 1000 a kWh more."""
    return kw * price + 1000.0 * max(0, kw - limit_kw)


def a_grid(prices: Sequence[float], limit_kw: int, **more: object) -> Grid:
    return Grid(
        id="grid",
        import_price=floats(prices),
        import_limit_kw=float(limit_kw),
        **more,  # type: ignore[arg-type]
    )


def lengths(on: Pattern) -> list[int]:
    """Return how long each run of ones is."""
    return [len(list(group)) for value, group in itertools.groupby(on) if value]
