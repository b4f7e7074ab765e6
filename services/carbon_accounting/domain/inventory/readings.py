"""Activity data: what each meter and stream counted, interval by interval, in whole base units."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from services.carbon_accounting.domain.inventory.amounts import Amounts
from services.energy.time_grid import from_microseconds

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class ActivityData:
    """Amounts of shape (meters, intervals) in base units, meters in the order of their ids.

    `starts_us`: starts of the intervals, microseconds since 1970, one step apart. `known` says
    where there is an amount; elsewhere it is 0 and means nothing. `measured` says where nothing of
    it was estimated.
    """

    starts_us: Amounts
    step: timedelta
    meters: tuple[str, ...]
    amounts: Amounts
    known: Mask
    measured: Mask

    def __post_init__(self) -> None:
        shape = (len(self.meters), len(self.starts_us))
        shapes = {name: getattr(self, name).shape for name in ("amounts", "known", "measured")}
        if wrong := {name: have for name, have in shapes.items() if have != shape}:
            raise ValueError(f"activity data of {shape[0]} meters × {shape[1]}: {wrong}")
        if list(self.meters) != sorted(set(self.meters)):
            raise ValueError("meters stand in the order of their ids, each once")

    def __len__(self) -> int:
        """How many intervals."""
        return len(self.starts_us)

    @property
    def begins(self) -> datetime:
        """Start of the first interval."""
        return from_microseconds(int(self.starts_us[0]))

    @property
    def ends(self) -> datetime:
        """End of the last interval."""
        return from_microseconds(int(self.starts_us[-1])) + self.step

    @property
    def rows(self) -> Mapping[str, int]:
        """Row by meter."""
        return {meter: row for row, meter in enumerate(self.meters)}

    def of(self, meters: Sequence[str]) -> "ActivityData":
        """Return the rows of these meters; one that was never read is unknown throughout."""
        names = tuple(sorted(meters))
        rows = self.rows
        at = np.array([rows.get(name, -1) for name in names], np.int64)
        there = (at >= 0)[:, None]
        return ActivityData(
            self.starts_us,
            self.step,
            names,
            np.where(there, self.amounts[at], 0),
            self.known[at] & there,
            self.measured[at] & there,
        )
