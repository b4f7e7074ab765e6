"""Whole numbers shared in proportion, so that every sum closes: cumulative floors.

The first of some sharers gets the floor of its exact share, the first two together the floor of
theirs, and so on: nobody's share is negative and all together have everything. `divided` gives one
origin after the other over what the demands still lack, so both margins close; a share is off
from the exact one by less than 1 Wh for each origin handed out so far. `taken` and `divided` work
on ints (a single interval) as on arrays (many), with the same result.
"""

from collections.abc import Sequence
from itertools import accumulate, pairwise
from math import isqrt
from typing import TypeVar

import numpy as np

from services.carbon_accounting.domain.tracing.amounts import Wh

N = TypeVar("N", int, Wh)

SAFE_TOTAL = isqrt(2**63 - 1)
"""Up to this total (3 GWh in an interval) a product of two amounts fits into int64."""


def shared(amount: int, weights: Sequence[int]) -> list[int]:
    """Return whole shares of `amount` (Wh, cents; may be negative) that sum to it.

    Raises ValueError where a weight is negative or there is none above 0.
    """
    if min(weights, default=0) < 0 or sum(weights) <= 0:
        raise ValueError(f"weights {list(weights)} must be at least 0 and one of them above 0")
    whole, sign = sum(weights), -1 if amount < 0 else 1
    upto = [abs(amount) * weight // whole for weight in accumulate(weights, initial=0)]
    return [sign * (after - before) for before, after in pairwise(upto)]


def taken(supply: Sequence[N], amount: N) -> list[N]:
    """Return what `amount` Wh of a mix are by origin; at most the mix itself."""
    return divided(supply, [amount])[0]


def divided(supply: Sequence[N], demands: Sequence[N]) -> list[list[N]]:
    """Return each demand by origin, and last what no demand took.

    The demands together are no more than the supply.
    """
    upto, left = list(accumulate(demands)), sum(supply[1:], supply[0])
    parts: list[list[N]] = [[] for _ in range(len(demands) + 1)]
    for wh in supply:
        whole = left + (left == 0)  # nothing is left only where nothing more is handed out
        handed_out = wh - wh
        for index, lacking in enumerate(upto):
            floor = lacking * wh // whole
            parts[index].append(floor - handed_out)
            upto[index], handed_out = lacking - floor, floor
        parts[-1].append(wh - handed_out)
        left = left - wh
    return parts


def spread(supply: Wh, demands: Wh) -> Wh:
    """Return (origins, lines, intervals) of a supply (origins, intervals) that the lines take up.

    `demands` has the shape (lines, intervals) and in every interval the sum of the supply.
    """
    found = np.zeros((len(supply), *demands.shape), np.int64)
    lacking, left = np.cumsum(demands, axis=0), supply.sum(axis=0)
    if left.size and left.max() > SAFE_TOTAL:
        lacking, left, supply = (a.astype(object) for a in (lacking, left, supply))
    for shares, wh in zip(found, supply, strict=True):
        if wh.any():
            floors = lacking * wh // (left + (left == 0))
            shares[0], shares[1:] = floors[0], np.diff(floors, axis=0)
            lacking -= floors
            left = left - wh
    return found
