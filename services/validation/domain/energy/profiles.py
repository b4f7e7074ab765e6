"""How a register's energy usually lies over a like day: the weights that shape a gap."""

from dataclasses import dataclass
from typing import Protocol
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from services.energy.like_days import SLOTS, LikeDay, slot_of, summed_by_slot
from services.validation.domain.energy.splitting import QUARTER_US, Weight, quarter_of

Floats = npt.NDArray[np.float64]
Int64s = npt.NDArray[np.int64]


class Shapes(Protocol):
    """Knows how the energy of a gap lies over its time."""

    def of_gap(self, start_us: int) -> Weight | None:
        """Return the weights of a gap that begins then; None when nothing is known."""


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """Mean Wh of each local quarter hour of each kind of day; `weights_wh[kind, slot]`."""

    zone: ZoneInfo
    weights_wh: npt.NDArray[np.uint32]

    def __post_init__(self) -> None:
        if self.weights_wh.shape != (len(LikeDay), SLOTS):
            raise ValueError(
                f"a profile has {len(LikeDay)} days of {SLOTS} slots, not {self.weights_wh.shape}"
            )

    def of_gap(self, start_us: int) -> Weight:
        """Return these weights, whatever the gap."""
        return self.weight

    def weight(self, start_us: int, end_us: int) -> int:
        """Return the weight of [start, end), which must lie in one quarter hour or be a sum."""
        total, at = 0, start_us
        while at < end_us:
            until = min(quarter_of(at) + QUARTER_US, end_us)
            total += int(self.weights_wh[slot_of(quarter_of(at), self.zone)]) * (until - at)
            at = until
        return total


def profile_of(slots: Int64s, wh: Int64s, zone: ZoneInfo) -> Profile | None:
    """Return the profile of quarter hours that are believed in full; None without any.

    A kind of day that was never seen takes the mean of the others; a slot that was never seen
    takes the mean of its day.
    """
    if not len(slots):
        return None
    total, count = summed_by_slot(slots, wh.astype(np.float64))
    anyday = _mean(total.sum(axis=0), count.sum(axis=0), float(total.sum() / count.sum()))
    days = [
        _mean(day, seen, float(day.sum() / seen.sum())) if seen.any() else anyday
        for day, seen in zip(total, count, strict=True)
    ]
    return Profile(zone, np.rint(np.array(days)).astype(np.uint32))


def _mean(total: Floats, count: Int64s, absent: float) -> Floats:
    return np.where(count > 0, total / np.maximum(count, 1), absent)
