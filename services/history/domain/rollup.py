"""What is kept of the readings of a window: counts by quality, sum, min, max, last, integral.

The integral is value × hours (W → Wh) over the time between usable readings: a value holds until
the next one of its point, if that comes within `BRIDGE`. What lies behind the newest reading, or
in a longer gap, is not covered and not guessed (conventions §4); `covered_us` says how much is.
Everything is a pure function of the readings of a window, the last usable one before it and the
first one after it.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.history.domain.columns import Rollups, Samples
from services.history.domain.layout import NEVER_US
from services.history.domain.standing import usable

BRIDGE_US = 20 * 60 * 1_000_000
"""Quarter-hour readings may be 5 min late; a missing one is not bridged."""
US_PER_HOUR = 3_600_000_000
BELIEVED, SUSPECT, ESTIMATED = 1, 2, 4
"""Verdicts; the wire has none for estimated readings yet, and the number next free is theirs."""


def rolled_up(samples: Samples, borders: NDArray[np.int64]) -> Rollups:
    """Return the windows `[borders[k], borders[k+1])` that hold a reading or covered time.

    Samples outside the borders only lend their value to the time between.
    """
    count = len(borders) - 1
    fine = usable(samples.verdict, samples.value)
    slot = np.searchsorted(borders, samples.event_time_us, side="right") - 1
    inside = (slot >= 0) & (slot < count)
    points, rank = np.unique(samples.point_id, return_inverse=True)
    piece_key, piece_us, piece_value = _pieces(samples.take(fine), rank[fine], borders)
    keys = (rank * count + slot)[inside]
    windows, place = np.unique(np.concatenate([keys, piece_key]), return_inverse=True)
    own, pieces = place[: len(keys)], place[len(keys) :]
    good = fine[inside]
    return Rollups(
        point_id=points[windows // count].astype(np.int32),
        start_us=borders[windows % count],
        **_quality(samples.verdict[inside], good, own, len(windows)),
        **_values(samples.take(inside).take(good), own[good], len(windows)),
        integral=_summed(pieces, piece_value * piece_us / US_PER_HOUR, len(windows)),
        covered_us=_summed(pieces, piece_us, len(windows)).astype(np.int64),
    )


def combined(parts: Rollups, borders: NDArray[np.int64]) -> Rollups:
    """Return the windows `[borders[k], borders[k+1])` made of finer ones that lie in them."""
    count = len(borders) - 1
    slot = np.searchsorted(borders, parts.start_us, side="right") - 1
    inside = (slot >= 0) & (slot < count)
    parts, slot = parts.take(inside), slot[inside]
    points, rank = np.unique(parts.point_id, return_inverse=True)
    windows, place = np.unique(rank * count + slot, return_inverse=True)
    counts = {
        name: _summed(place, getattr(parts, name), len(windows)).astype(np.int64)
        for name in ("believed", "suspect", "estimated", "rejected", "covered_us")
    }
    filled = parts.last_time_us != NEVER_US
    latest = _latest(parts.last_time_us[filled], place[filled], len(windows))
    return Rollups(
        point_id=points[windows // count].astype(np.int32),
        start_us=borders[windows % count],
        total=_summed(place, parts.total, len(windows)),
        least=_extreme(np.fmin, parts.least, place, len(windows)),
        greatest=_extreme(np.fmax, parts.greatest, place, len(windows)),
        last_time_us=_picked(parts.last_time_us[filled], latest, NEVER_US),
        last=_picked(parts.last[filled], latest, np.nan),
        integral=_summed(place, parts.integral, len(windows)),
        **counts,
    )


def _pieces(
    fine: Samples, rank: NDArray[np.intp], borders: NDArray[np.int64]
) -> tuple[NDArray[np.intp], NDArray[np.int64], NDArray[np.float64]]:
    """Return the time between neighbouring usable readings, cut at the borders.

    Each piece is (window key, length in µs, value that holds in it).
    """
    begin, end = fine.event_time_us[:-1], fine.event_time_us[1:]
    close = (rank[1:] == rank[:-1]) & (end - begin <= BRIDGE_US)
    begin, end = np.maximum(begin, borders[0]), np.minimum(end, borders[-1])
    close &= begin < end
    begin, end, rank, value = begin[close], end[close], rank[:-1][close], fine.value[:-1][close]
    first = np.searchsorted(borders, begin, side="right") - 1
    last = np.searchsorted(borders, end, side="left") - 1
    times = last - first + 1
    slot = np.repeat(first, times) + _counted(times)
    begin = np.maximum(np.repeat(begin, times), borders[slot])
    end = np.minimum(np.repeat(end, times), borders[slot + 1])
    return np.repeat(rank, times) * (len(borders) - 1) + slot, end - begin, np.repeat(value, times)


def _counted(times: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return 0, 1, … `times[i]` - 1 for each i, one after another."""
    before = np.cumsum(times) - times
    return np.arange(int(times.sum())) - np.repeat(before, times)


def _quality(
    verdict: NDArray[np.int16], good: NDArray[np.bool_], place: NDArray[np.intp], windows: int
) -> dict[str, NDArray[Any]]:
    classes = {
        "believed": good & (verdict == BELIEVED),
        "suspect": good & (verdict == SUSPECT),
        "estimated": good & (verdict == ESTIMATED),
        "rejected": ~good,
    }
    return {
        name: np.bincount(place[mask], minlength=windows).astype(np.int64)
        for name, mask in classes.items()
    }


def _values(samples: Samples, place: NDArray[np.intp], windows: int) -> dict[str, NDArray[Any]]:
    latest = _latest(samples.event_time_us, place, windows)
    return {
        "total": _summed(place, samples.value, windows),
        "least": _extreme(np.fmin, samples.value, place, windows),
        "greatest": _extreme(np.fmax, samples.value, place, windows),
        "last_time_us": _picked(samples.event_time_us, latest, NEVER_US),
        "last": _picked(samples.value, latest, np.nan),
    }


def _summed(place: NDArray[np.intp], values: NDArray[Any], windows: int) -> NDArray[np.float64]:
    return np.bincount(place, weights=values, minlength=windows).astype(np.float64)


def _extreme(
    pick: np.ufunc, values: NDArray[np.float64], place: NDArray[np.intp], windows: int
) -> NDArray[np.float64]:
    found = np.full(windows, np.nan)
    pick.at(found, place, values)
    return found


def _latest(time_us: NDArray[np.int64], place: NDArray[np.intp], windows: int) -> NDArray[np.intp]:
    """Return where the newest of each window stands, -1 where there is none."""
    latest = np.full(windows, -1, dtype=np.intp)
    order = np.argsort(time_us, kind="stable")
    latest[place[order]] = order  # of several, the last assignment stays
    return latest


def _picked(values: NDArray[Any], index: NDArray[np.intp], otherwise: float) -> NDArray[Any]:
    picked = np.full(len(index), otherwise, dtype=values.dtype)
    there = index >= 0
    picked[there] = values[index[there]]
    return picked
