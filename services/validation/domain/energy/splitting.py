"""Whole Wh shared out over time so that the parts always add up (docs/energy-accounting.md 2).

A running total is rounded down at each border and a part is the difference of two totals. So no
part is negative, their sum is the whole, and a border between two parts is one number for both.
"""

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

Int64s = npt.NDArray[np.int64]
Weight = Callable[[int, int], int]
"""How much of a thing lies in [start_us, end_us): not negative, additive over adjoining spans."""

QUARTER_US = 900_000_000
HOUR_US = 4 * QUARTER_US
LONGEST_EXACT_US = 3_000_000_000  # its square still fits an int64


def quarter_of(time_us: int) -> int:
    """Return the start of the quarter hour that holds an instant."""
    return time_us - time_us % QUARTER_US


def evenly(start_us: int, end_us: int) -> int:
    """Return the weight of a span when every microsecond weighs the same."""
    return end_us - start_us


def shares(
    energy_wh: int, start_us: int, end_us: int, weight: Weight = evenly
) -> Iterator[tuple[int, int, int]]:
    """Yield (quarter start, microseconds, Wh) of each quarter that (start, end] touches.

    A step without duration, or without any weight, gives all of it to the quarter it starts in
    or is shared evenly. `energy_wh` must not be negative.
    """
    if end_us <= start_us:
        yield quarter_of(start_us), 0, energy_wh
        return
    whole = weight(start_us, end_us)
    if whole <= 0:
        weight, whole = evenly, end_us - start_us
    weighed, given_wh, at = 0, 0, start_us
    while at < end_us:
        until = min(quarter_of(at) + QUARTER_US, end_us)
        weighed += weight(at, until)
        total_wh = energy_wh * weighed // whole
        yield quarter_of(at), until - at, total_wh - given_wh
        given_wh, at = total_wh, until


def first_parts(energy_wh: Int64s, part_us: Int64s, whole_us: Int64s) -> Int64s:
    """Return floor(energy × part / whole), exact, for spans up to `LONGEST_EXACT_US`.

    Where `whole_us` is zero the part is zero.
    """
    whole = np.maximum(whole_us, 1)
    each, rest = np.divmod(energy_wh, whole)
    result: Int64s = each * part_us + rest * part_us // whole
    return result
