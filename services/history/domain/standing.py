"""Rows in columns, and which of several rows of one key stands (conventions §3.3).

Validation has seen every value of a key, so its last word stands, believed or rejected: the row
known last. A refusal of a stamp says nothing of the instant it names: it stands only where nothing
else does. That is a function of the set of rows: their order and repetition do not matter.
What was known earlier can be asked for, so nothing is thrown away (`reading` keeps what stands,
`reading_version` the others).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.energy.time_grid import from_microseconds

REJECTED = 3
IN_FUTURE, TOO_OLD = 2, 3
"""Doubts of `telemetry.v1.Doubt` that are about the stamp."""
EARLIEST_US, LATEST_US = 0, 7_258_118_400_000_000
"""The years 1970 to 2199: beyond them no window and no partition is made."""
NOT_A_NUMBER_BITS = np.int64(np.array([np.nan]).view(np.int64)[0])


@dataclass(frozen=True, slots=True)
class Rows:
    """Readings in columns of equal length `(rows,)`; times in µs since the epoch, UTC."""

    point_id: NDArray[np.int32]
    event_time_us: NDArray[np.int64]
    value: NDArray[np.float64]
    verdict: NDArray[np.int16]
    doubt: NDArray[np.int16]
    source_id: NDArray[np.int32]
    arrival_time_us: NDArray[np.int64]
    frame_number: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.point_id)

    def take(self, index: NDArray[np.intp] | NDArray[np.bool_]) -> "Rows":
        """Return the rows at `index` (places or a mask), in its order."""
        return Rows(*(getattr(self, name)[index] for name in Rows.__slots__))

    def columns(self) -> list[NDArray[Any]]:
        """Return the columns in the order of the relation."""
        return [getattr(self, name) for name in Rows.__slots__]

    def by_key(self) -> "Rows":
        """Return the rows sorted by (point, event time)."""
        point, time_us = self.point_id, self.event_time_us
        follows = (point[1:] > point[:-1]) | (
            (point[1:] == point[:-1]) & (time_us[1:] >= time_us[:-1])
        )
        return self if follows.all() else self.take(np.lexsort((time_us, point)))


def concatenate(parts: list[Rows]) -> Rows:
    """Return all rows of `parts` (at least one), in order."""
    return Rows(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in Rows.__slots__)
    )


def standing(rows: Rows) -> Rows:
    """Return one row per (point, event time), sorted by that key: the one that stands."""
    return stand_and_fall(rows)[0]


def stand_and_fall(rows: Rows) -> tuple[Rows, Rows]:
    """Return the rows that stand, sorted by key, and all other distinct ones."""
    if _is_one_each(rows):
        return rows, rows.take(np.zeros(len(rows), dtype=bool))
    rows = _distinct(rows)
    word = (_bits(rows.value), rows.doubt, rows.verdict, rows.frame_number, rows.arrival_time_us)
    order = np.lexsort((*word, ~misstamped(rows), rows.event_time_us, rows.point_id))
    last = last_of([rows.point_id[order], rows.event_time_us[order]])
    return rows.take(order[last]), rows.take(order[~last])


def differing(rows: Rows, known: Rows) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which of `rows` have a key that is not `known`, and which are another row there.

    `known` holds each key once. What is neither is known, column by column.
    """
    own, theirs = _key_numbers(rows, known)
    order = np.argsort(theirs)
    place = np.minimum(np.searchsorted(theirs[order], own), max(len(known) - 1, 0))
    if not len(known):
        return np.ones(len(rows), dtype=bool), np.zeros(len(rows), dtype=bool)
    match = order[place]
    absent = theirs[match] != own
    same = np.all(
        [a == b[match] for a, b in zip(_identity(rows), _identity(known), strict=True)], axis=0
    )
    return absent, ~absent & ~same


def with_keys_of(rows: Rows, keys: Rows) -> NDArray[np.bool_]:
    """Return which of `rows` have a key that occurs in `keys`."""
    own, theirs = _key_numbers(rows, keys)
    mask: NDArray[np.bool_] = np.isin(own, theirs)
    return mask


def usable(verdict: NDArray[np.int16], value: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which readings may be used in a sum or a decision."""
    mask: NDArray[np.bool_] = (verdict != REJECTED) & ~np.isnan(value)
    return mask


def misstamped(rows: Rows) -> NDArray[np.bool_]:
    """Return which rows were refused for their stamp: their event time places them nowhere.

    Nor do times at the ends of the calendar, whatever was said of them: windows and partitions
    around them cannot be named.
    """
    about_stamp = (rows.doubt == IN_FUTURE) | (rows.doubt == TOO_OLD)
    beyond = (rows.event_time_us < EARLIEST_US) | (rows.event_time_us >= LATEST_US)
    mask: NDArray[np.bool_] = ((rows.verdict == REJECTED) & about_stamp) | beyond
    return mask


def as_tuples(rows: Rows) -> Iterator[tuple[int, datetime, float, int, int, int, datetime, int]]:
    """Return rows one by one, instants as UTC; for the few that are not written in bulk."""
    for place in range(len(rows)):
        yield (
            int(rows.point_id[place]),
            from_microseconds(int(rows.event_time_us[place])),
            float(rows.value[place]),
            int(rows.verdict[place]),
            int(rows.doubt[place]),
            int(rows.source_id[place]),
            from_microseconds(int(rows.arrival_time_us[place])),
            int(rows.frame_number[place]),
        )


def _is_one_each(rows: Rows) -> bool:
    """Whether rows are sorted by key already, each key once: then all of them stand."""
    point, time = rows.point_id, rows.event_time_us
    rising = (point[1:] > point[:-1]) | ((point[1:] == point[:-1]) & (time[1:] > time[:-1]))
    return bool(rising.all())


def _distinct(rows: Rows) -> Rows:
    """Return each distinct row once, judgements of one value of one key next to each other."""
    keys: list[NDArray[Any]] = [rows.point_id, rows.event_time_us, *_identity(rows)]
    order = np.lexsort(tuple(reversed(keys)))
    return rows.take(order[last_of([key[order] for key in keys])])


def _identity(rows: Rows) -> list[NDArray[Any]]:
    """Return what distinguishes rows of one key."""
    return [_bits(rows.value), rows.arrival_time_us, rows.frame_number, rows.verdict, rows.doubt]


def _key_numbers(one: Rows, other: Rows) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return a number for each row, the same for the same (point, event time)."""
    times, place = np.unique(
        np.concatenate([one.event_time_us, other.event_time_us]), return_inverse=True
    )
    points = np.concatenate([one.point_id, other.point_id]).astype(np.int64)
    numbers = points * max(len(times), 1) + place
    return numbers[: len(one)], numbers[len(one) :]


def _bits(value: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return numbers that are equal where the values are: one zero, one NaN."""
    bits = (value + 0.0).view(np.int64)
    return np.where(np.isnan(value), NOT_A_NUMBER_BITS, bits)


def last_of(keys: list[NDArray[Any]]) -> NDArray[np.bool_]:
    """Return which rows are the last of their key; equal keys lie next to each other."""
    last = np.ones(len(keys[0]), dtype=bool)
    last[:-1] = np.any([key[1:] != key[:-1] for key in keys], axis=0)
    return last
