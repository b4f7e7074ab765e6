"""Energies of quarter hours in columns, which word on one stands, and their sums (conventions §5).

A word says what a register counted in a quarter hour, and as of when that was known. Of all words
on one (register, quarter hour) the one known last stands, of several of one instant the one that
follows from the later place of the raw log. That is a function of the set of words: neither their
order nor their repetition matters.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.history.domain.standing import last_of

WH = ("believed_wh", "estimated_wh", "suspense_wh", "written_off_wh")
SUMMED = (*WH, "believed_us", "known_us")
ORDER = ("known_at", "log_position", "frame_number", *SUMMED, "methods")
"""What decides between two words on one quarter hour; only repetitions are equal in all of it."""
_COLUMN_OF = {"known_at": "known_at_us"}


@dataclass(frozen=True, slots=True)
class Words:
    """Words in columns `(words,)`; `start_us` and `known_at_us` are µs since the epoch, UTC.

    Energies are whole Wh; `believed_us` and `known_us` (believed or estimated) say for how much of
    the quarter hour; `methods` is a set of bits of the wire's IntervalMethod.
    """

    point_id: NDArray[np.int32]
    start_us: NDArray[np.int64]
    believed_wh: NDArray[np.int64]
    estimated_wh: NDArray[np.int64]
    suspense_wh: NDArray[np.int64]
    written_off_wh: NDArray[np.int64]
    believed_us: NDArray[np.int64]
    known_us: NDArray[np.int64]
    methods: NDArray[np.int16]
    source_id: NDArray[np.int32]
    known_at_us: NDArray[np.int64]
    log_position: NDArray[np.int64]
    frame_number: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.point_id)

    def take(self, index: NDArray[np.intp] | NDArray[np.bool_]) -> "Words":
        """Return the words at `index` (places or a mask), in its order."""
        return Words(*(getattr(self, name)[index] for name in Words.__slots__))

    def columns(self) -> list[NDArray[Any]]:
        """Return the columns in the order of the relation."""
        return [getattr(self, name) for name in Words.__slots__]

    def keys_in_order(self) -> NDArray[np.intp]:
        """Return the places sorted by (point, start)."""
        return np.lexsort((self.start_us, self.point_id))


def joined(parts: list[Words]) -> Words:
    """Return all words of `parts` (at least one), in order."""
    return Words(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in Words.__slots__)
    )


@dataclass(frozen=True, slots=True)
class Settled:
    """What words come to beside those that stood: which stand now that did not, and which fall."""

    changed: Words
    fallen: Words


def settled(words: Words, before: Words) -> Settled:
    """Return what `words` change where `before` stood; both sorted by (point, start)."""
    every = joined([words, before])  # of equal words the one that was there is kept
    ordering = [getattr(every, _COLUMN_OF.get(name, name)) for name in ORDER]
    keys = [every.point_id, every.start_us, *ordering]
    order = np.lexsort(tuple(reversed(keys)))
    order = order[last_of([key[order] for key in keys])]
    stands = last_of([every.point_id[order], every.start_us[order]])
    fresh = order[stands] < len(words)
    return Settled(every.take(order[stands][fresh]), every.take(order[~stands]))


@dataclass(frozen=True, slots=True)
class Sums:
    """Energies of windows in columns, one row a (point, window); as `Words` without its origin."""

    point_id: NDArray[np.int32]
    start_us: NDArray[np.int64]
    believed_wh: NDArray[np.int64]
    estimated_wh: NDArray[np.int64]
    suspense_wh: NDArray[np.int64]
    written_off_wh: NDArray[np.int64]
    believed_us: NDArray[np.int64]
    known_us: NDArray[np.int64]
    methods: NDArray[np.int16]


def sums_of(words: Words) -> Sums:
    """Return words without where they come from."""
    return Sums(*(getattr(words, name) for name in Sums.__slots__))


class Grid:
    """Energies by point and slot `[border, next border)`: matrices `(points, slots)`, summed up.

    Methods are united. Where nothing is known everything is 0, `known_us` above all (§4).
    """

    def __init__(self, points: NDArray[np.int32], borders: NDArray[np.int64]) -> None:
        self.points, self.borders = points, borders
        shape = (len(points), len(borders) - 1)
        self.columns = {name: np.zeros(shape, dtype=np.int64) for name in (*SUMMED, "methods")}

    def add(self, sums: Sums) -> None:
        """Add windows; each lies in one slot."""
        row = np.searchsorted(self.points, sums.point_id)
        slot = np.searchsorted(self.borders, sums.start_us, side="right") - 1
        for name in SUMMED:
            np.add.at(self.columns[name], (row, slot), getattr(sums, name))
        methods = sums.methods.astype(np.int64)
        np.bitwise_or.at(self.columns["methods"], (row, slot), methods)
