"""What the meters of a boundary counted: whole Wh by meter and interval, with what is unknown."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Wh = NDArray[np.int64]
Mask = NDArray[np.bool_]
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Amounts:
    """Energies of intervals, in Wh, never negative.

    `wh` and `unknown` have the shape (meters, intervals), `starts_us` (intervals,): the starts in
    UTC, microseconds since the epoch, increasing. What is unknown has no amount: whatever stands
    in `wh` there is not looked at.
    """

    meter_ids: tuple[str, ...]
    starts_us: Wh
    wh: Wh
    unknown: Mask

    def __post_init__(self) -> None:
        if mistakes := [*self._misshapen()] or [*self._wrong()]:
            raise ValueError("the amounts cannot be traced: " + "; ".join(mistakes))

    def between(self, first: int, last: int) -> "Amounts":
        """Return the intervals first … last - 1, without copying."""
        at = slice(first, last)
        return Amounts(self.meter_ids, self.starts_us[at], self.wh[:, at], self.unknown[:, at])

    def in_order_of(self, meter_ids: tuple[str, ...]) -> "Amounts":
        """Return the same with the rows of exactly these meters; ValueError names the others."""
        lacking, foreign = set(meter_ids) - set(self.meter_ids), set(self.meter_ids) - {*meter_ids}
        if lacking or foreign:
            raise ValueError(
                f"amounts lack the meters {sorted(lacking)} of the boundary and have "
                f"{sorted(foreign)}, which are not in it; a meter without values is all unknown"
            )
        if self.meter_ids == meter_ids:
            return self
        row = {meter_id: number for number, meter_id in enumerate(self.meter_ids)}
        rows = [row[meter_id] for meter_id in meter_ids]
        return Amounts(meter_ids, self.starts_us, self.wh[rows], self.unknown[rows])

    def _misshapen(self) -> Iterable[str]:
        shape = (len(self.meter_ids), len(self.starts_us))
        for name in ("wh", "unknown"):
            if (found := getattr(self, name).shape) != shape:
                yield f"{name} has shape {found}, meters and intervals are {shape}"
        for name, kind in (("starts_us", np.int64), ("wh", np.int64), ("unknown", np.bool_)):
            if (dtype := getattr(self, name).dtype) != kind:
                yield f"{name} holds {dtype}, not {np.dtype(kind)}"

    def _wrong(self) -> Iterable[str]:
        if len(set(self.meter_ids)) < len(self.meter_ids):
            twice = sorted(m for m, count in Counter(self.meter_ids).items() if count > 1)
            yield f"meters {twice} stand twice"
        if (np.diff(self.starts_us) <= 0).any():
            yield "starts_us does not increase"
        negative = np.argwhere((self.wh < 0) & ~self.unknown)
        for row, at in negative[:SHOWN]:
            start = instant(int(self.starts_us[at])).isoformat()
            yield f"{self.meter_ids[row]} has {self.wh[row, at]} Wh at {start}, never below 0"
        if len(negative) > SHOWN:
            yield f"and {len(negative) - SHOWN} more below 0"


def instant(start_us: int) -> datetime:
    """Return the instant of a column of microseconds, in UTC."""
    return datetime.fromtimestamp(start_us // 1_000_000, UTC)


def vintages(starts_us: Wh, zone: ZoneInfo) -> Wh:
    """Return the local calendar year of each interval, shape (intervals,)."""
    if not len(starts_us):
        return np.zeros(0, np.int64)
    first, last = (instant(int(starts_us[at])).astimezone(zone).year for at in (0, -1))
    new_years = [datetime(year, 1, 1, tzinfo=zone) for year in range(first + 1, last + 1)]
    borders = [int(new_year.timestamp()) * 1_000_000 for new_year in new_years]
    return first + np.searchsorted(np.array(borders, np.int64), starts_us, side="right")
