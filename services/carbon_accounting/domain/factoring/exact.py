"""Whole numbers out of exact fractions: rounded once, half to even; never beyond 64 bits."""

from fractions import Fraction

import numpy as np
import numpy.typing as npt

Whole = npt.NDArray[np.int64]
Amounts = int | Whole
"""One whole amount, or one for each interval, shape (intervals,); a masked one is not known."""

INT64_MAX = int(np.iinfo(np.int64).max)


class BeyondInt64(ValueError):
    """A product that 64 bits cannot hold; the message names the meter and the cure."""


def product(amounts: Amounts, factor: Amounts, subject: str) -> Amounts:
    """Return amounts × factor exactly; what is masked in either stays masked.

    A single amount is a Python int without bound. BeyondInt64 names `subject` otherwise.
    """
    if isinstance(amounts, int) and isinstance(factor, int):
        return amounts * factor
    largest = max(magnitude(amounts), 1) * max(magnitude(factor), 1)
    if largest > INT64_MAX:
        raise BeyondInt64(
            f"{subject}: {magnitude(amounts)} x {magnitude(factor)} exceeds 64 bits; split the "
            "meter or shorten the interval"
        )
    return amounts * factor


def magnitude(amounts: Amounts) -> int:
    """Return the largest absolute value of what is known; 0 when nothing is."""
    if isinstance(amounts, int):
        return abs(amounts)
    known = what_is_known(amounts)
    return max(int(known.max()), -int(known.min())) if known.size else 0


def what_is_known(amounts: Whole) -> Whole:
    """Return the amounts that are not masked."""
    if not np.ma.isMaskedArray(amounts):
        return amounts
    known: Whole = np.ma.compressed(amounts)
    return known


def scaled(amounts: Amounts, by: Fraction, subject: str) -> Amounts:
    """Return amounts × by, each rounded once, half to even; what is masked stays masked.

    BeyondInt64 names `subject` when a result does not fit.
    """
    if isinstance(amounts, int):
        return round(amounts * by)
    if magnitude(amounts) * by.numerator > INT64_MAX or by.denominator > INT64_MAX // 4:
        return _one_by_one(amounts, by, subject)
    above, below = amounts * by.numerator, by.denominator
    whole, rest = above // below, above % below
    up = (2 * rest > below) | ((2 * rest == below) & (whole % 2 == 1))
    nearest: Whole = whole + up
    return nearest


def _one_by_one(amounts: Whole, by: Fraction, subject: str) -> Whole:
    """Return `scaled` where amount × numerator is beyond 64 bits on the way, in Python's ints."""
    mask = np.ma.getmaskarray(amounts)
    exact = [0 if hidden else round(int(a) * by) for a, hidden in zip(amounts, mask, strict=True)]
    if max(map(abs, exact), default=0) > INT64_MAX:
        raise BeyondInt64(f"{subject}: {magnitude(amounts)} x {float(by):g} exceeds 64 bits")
    found: Whole = np.array(exact, dtype=np.int64)
    return np.ma.array(found, mask=mask) if np.ma.isMaskedArray(amounts) else found


def exact_sum(amounts: Amounts) -> int:
    """Return the exact sum of what is known, however large: halves of 32 bits are added apart."""
    if isinstance(amounts, int):
        return amounts
    known = what_is_known(amounts)
    return (int((known >> 32).sum()) << 32) + int((known & 0xFFFFFFFF).sum())
