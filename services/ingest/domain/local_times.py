"""Local clock readings into UTC, many at once, without guessing.

A clock that is put back shows an hour twice, one that is put forward skips an hour: such readings
are marked, not moved.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

MINUTE_US = 60 * 1_000_000  # clocks change on whole minutes (St. John's did at 00:01)
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  a wall clock's

Times = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


class RepeatedHour(StrEnum):
    """Which of the two hours a clock reading means that the zone shows twice."""

    MISTAKE = "mistake"
    EARLIER = "earlier"
    LATER = "later"


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """UTC microseconds; meaningless where `twice` (ambiguous) or `never` (skipped) is set."""

    utc_us: Times
    twice: Mask
    never: Mask


def placed(local_us: Times, zone: ZoneInfo, repeated: RepeatedHour) -> Placed:
    """Return the instants of wall clock readings (microseconds since 1970 on that clock)."""
    minutes, of_row = np.unique(local_us // MINUTE_US, return_inverse=True)
    first, second = _offsets_us(minutes, zone, 0)[of_row], _offsets_us(minutes, zone, 1)[of_row]
    offset_us = second if repeated is RepeatedHour.LATER else first
    twice = (first > second) & (repeated is RepeatedHour.MISTAKE)
    return Placed(local_us - offset_us, twice, first < second)


def _offsets_us(minutes: Times, zone: ZoneInfo, fold: int) -> Times:
    """Return the zone's offset at each minute of its wall clock."""
    microsecond = timedelta(microseconds=1)
    offsets = [_moment(m, zone, fold).utcoffset() or timedelta(0) for m in minutes.tolist()]
    return np.array([offset // microsecond for offset in offsets], np.int64)


def _moment(minute: int, zone: ZoneInfo, fold: int) -> datetime:
    try:
        wall = EPOCH + timedelta(microseconds=minute * MINUTE_US)
    except OverflowError:
        wall = EPOCH
    return wall.replace(tzinfo=zone, fold=fold)
