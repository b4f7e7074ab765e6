"""Gaps of a series that no register bounds (power, temperature): like-day shape or a straight line.

Nothing is estimated before the first or after the last known value: that would be a forecast (§4).
An estimate is a function of the values on both sides and the shape, so the real value, when it
comes, takes its place and changes the estimates beside it and no others.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
UInt8s = npt.NDArray[np.uint8]


class Source(IntEnum):
    """Where the value of a slot comes from."""

    MEASURED = 0
    LINEAR = 1
    LIKE_DAY = 2
    ABSENT = 3


@dataclass(frozen=True, slots=True)
class GapRules:
    """Gaps up to `linear_slots` are a straight line, up to `longest_slots` follow a like day."""

    linear_slots: int
    longest_slots: int

    def __post_init__(self) -> None:
        if not 0 <= self.linear_slots <= self.longest_slots:
            raise ValueError(
                f"linear_slots {self.linear_slots} is not within 0..{self.longest_slots}"
            )


@dataclass(frozen=True, slots=True, eq=False)
class Filled:
    """A series (slots,) with its gaps estimated; `source` holds a `Source` for each slot."""

    value: Floats
    source: UInt8s


def filled(value: Floats, like_day: Floats | None, rules: GapRules) -> Filled:
    """Return the series with estimates in its gaps; NaN is a gap.

    `like_day` (slots,) is what the same slots of like days showed, NaN where there are none. An
    estimate is the like day shifted so that it meets the known values on both sides.
    """
    known = np.flatnonzero(np.isfinite(value))
    result = np.where(np.isfinite(value), value, np.nan)
    source = np.where(np.isfinite(value), Source.MEASURED, Source.ABSENT).astype(np.uint8)
    for before, after in zip(known[:-1].tolist(), known[1:].tolist(), strict=True):
        missing = after - before - 1
        if not 0 < missing <= rules.longest_slots:
            continue
        gap = slice(before + 1, after)
        shape = None if like_day is None else like_day[before : after + 1]
        if missing <= rules.linear_slots:
            result[gap], source[gap] = _line(value[before], value[after], missing), Source.LINEAR
        elif shape is not None and np.isfinite(shape).all():
            off = _line(value[before] - shape[0], value[after] - shape[-1], missing)
            result[gap], source[gap] = shape[1:-1] + off, Source.LIKE_DAY
        else:
            result[gap], source[gap] = _line(value[before], value[after], missing), Source.LINEAR
    return Filled(result, source)


def like_day_of(past: Floats, kinds: npt.NDArray[np.int64], kind: int) -> Floats:
    """Return the mean of the past days of a kind, (slots,), NaN in slots that none of them has.

    `past` is (days, slots), `kinds` (days,) names each day's kind.
    """
    same = past[kinds == kind]
    seen = np.isfinite(same)
    count = seen.sum(axis=0)
    total = np.where(seen, same, 0.0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _line(first: float, last: float, between: int) -> Floats:
    return np.linspace(first, last, between + 2)[1:-1]
