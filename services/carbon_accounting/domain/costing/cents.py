"""Exact money as whole cents whose sum is the sum as whole cents: the largest remainder first.

Each amount is its exact one rounded down or up. Which are rounded up follows from the amounts and,
where remainders are equal, from the ids: not from the order in which they are given.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

NANOS_PER_CENT = 10**7
"""A cent is a hundredth of the currency, whatever coins there are."""
K = TypeVar("K", bound=Any)


def nearest_cents(nanos: int) -> int:
    """Return whole cents, half to even."""
    cents, rest = divmod(nanos, NANOS_PER_CENT)
    up = 2 * rest > NANOS_PER_CENT or (2 * rest == NANOS_PER_CENT and cents % 2 == 1)
    return cents + up


def apportioned(nanos: Mapping[K, int], cents: int) -> dict[K, int]:
    """Return cents by id, in the order of the ids, that sum to `cents`.

    `cents` is the sum rounded down or up; ValueError for another amount, which no rounding gives.
    """
    floors = {one: nanos[one] // NANOS_PER_CENT for one in sorted(nanos)}
    rest = {one: nanos[one] % NANOS_PER_CENT for one in floors if nanos[one] % NANOS_PER_CENT}
    left = cents - sum(floors.values())
    if not 0 <= left <= len(rest):
        raise ValueError(
            f"{cents} cents are not {sum(nanos.values())} nanos rounded; give the sum, rounded"
        )
    larger = sorted(rest, key=lambda one: -rest[one])[:left]  # stable: ids in order where equal
    up = frozenset(larger)
    return {one: floor + (one in up) for one, floor in floors.items()}
