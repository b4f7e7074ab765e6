"""Which quarter windows a write touches, and the spans to read for them.

A reading counts in its own window. The time since the usable reading before it, and until the one
after it, changes too, as far back and ahead as values hold (`BRIDGE_US`).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.history.domain.rollup import BRIDGE_US
from services.history.domain.windows import QUARTER_US

_SHIFT = np.int64(32)
_ZERO = np.int64(1 << 31)
_MASK = np.int64((1 << 32) - 1)


@dataclass(frozen=True, slots=True)
class Windows:
    """Distinct windows, sorted by (point, start); every start lies on a quarter hour.

    A key is the point's number and the quarter's, so that a set of windows is a set of integers.
    """

    keys: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def point_id(self) -> NDArray[np.int32]:
        """Return the point of each window."""
        return (self.keys >> _SHIFT).astype(np.int32)

    @property
    def start_us(self) -> NDArray[np.int64]:
        """Return the start of each window in µs since the epoch."""
        return ((self.keys & _MASK) - _ZERO) * QUARTER_US

    def take(self, mask: NDArray[np.bool_]) -> "Windows":
        """Return the windows of a mask."""
        return Windows(self.keys[mask])

    def packed(self) -> bytes:
        """Return them as the bytes that `touched.windows` holds."""
        return self.keys.astype(">i8").tobytes()

    def without(self, others: "Windows") -> "Windows":
        """Return the windows that are not among the others."""
        return Windows(np.setdiff1d(self.keys, others.keys, assume_unique=True))


def windows_at(point_id: NDArray[np.int32], start_us: NDArray[np.int64]) -> Windows:
    """Return the windows at these starts, each once."""
    return Windows(np.unique(_keys(point_id, start_us // QUARTER_US)))


def all_of(parts: list[Windows]) -> Windows:
    """Return the windows of all parts (at least one), each once."""
    return Windows(np.unique(np.concatenate([part.keys for part in parts])))


def unpacked(parts: list[bytes]) -> Windows:
    """Return the windows of several packed parts, each once."""
    return Windows(np.unique(np.frombuffer(b"".join(parts), dtype=">i8").astype(np.int64)))


def touched_by_news(
    point_id: NDArray[np.int32], event_time_us: NDArray[np.int64], before_us: NDArray[np.int64]
) -> Windows:
    """Return what readings touch that have none after them but each other.

    `before_us` is when the last usable reading before each one was, or earlier.
    """
    begin = np.maximum(before_us, event_time_us - BRIDGE_US)
    return _windows_between(point_id, begin, event_time_us)


def touched_by_late(point_id: NDArray[np.int32], event_time_us: NDArray[np.int64]) -> Windows:
    """Return what readings may touch that have others before and after them."""
    return _windows_between(point_id, event_time_us - BRIDGE_US, event_time_us + BRIDGE_US)


def spans(
    windows: Windows, end_us: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
    """Return (point, first, end) of the runs of windows that follow each other without a gap."""
    point, start = windows.point_id, windows.start_us
    begins = np.ones(len(windows), dtype=bool)
    begins[1:] = (point[1:] != point[:-1]) | (start[1:] != end_us[:-1])
    ends = np.append(begins[1:], True)[: len(windows)]
    return point[begins], start[begins], end_us[ends]


def among(
    windows: Windows, point_id: NDArray[np.int32], start_us: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return which of the pairs (point, start) are windows."""
    mask: NDArray[np.bool_] = np.isin(_keys(point_id, start_us // QUARTER_US), windows.keys)
    return mask


def _windows_between(
    point_id: NDArray[np.int32], first_us: NDArray[np.int64], last_us: NDArray[np.int64]
) -> Windows:
    first, last = first_us // QUARTER_US, last_us // QUARTER_US
    keys = [_keys(point_id, last)]
    while (open_ := first < last).any():
        point_id, first, last = point_id[open_], first[open_], last[open_]
        keys.append(_keys(point_id, first))
        first = first + 1
    return Windows(np.unique(np.concatenate([_without_runs(part) for part in keys])))


def _keys(point_id: NDArray[np.int32], quarter: NDArray[np.int64]) -> NDArray[np.int64]:
    keys: NDArray[np.int64] = (point_id.astype(np.int64) << _SHIFT) | (quarter + _ZERO)
    return keys


def _without_runs(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the keys without immediate repetitions: rows in order repeat a window many times."""
    changed = np.ones(len(keys), dtype=bool)
    changed[1:] = keys[1:] != keys[:-1]
    return np.asarray(keys[changed])
