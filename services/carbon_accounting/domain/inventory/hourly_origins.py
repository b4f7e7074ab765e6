"""Electricity consumed by origin, enterprise and hour of the local day, month by month."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import numpy as np

from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.inventory.electricity import Use
from services.energy.time_grid import from_microseconds

HOURS = 24


@dataclass
class HourlyOrigins:
    """Wh, shape (24,), by (month, enterprise, kind of origin); an interval is of its start's hour.

    What is not traced is in no hour; exports are no consumption.
    """

    wh: dict[tuple[str, str, str], Whole] = field(default_factory=dict)

    def add(self, month: str, uses: Iterable[Use], starts_us: Whole, zone: ZoneInfo) -> None:
        """Add the uses of a month, whose intervals start at `starts_us`."""
        sums: dict[tuple[str, str], Whole] = {}
        for use in uses:
            key = (use.enterprise, use.origin.kind)
            sums[key] = sums[key] + use.wh if key in sums else use.wh
        hours = _hours(starts_us, zone)
        for (enterprise, kind), wh in sums.items():
            by_hour = self.wh.setdefault((month, enterprise, kind), np.zeros(HOURS, np.int64))
            np.add.at(by_hour, hours, wh)


def _hours(starts_us: Whole, zone: ZoneInfo) -> Whole:
    local = (from_microseconds(int(at)).astimezone(zone).hour for at in starts_us)
    return np.fromiter(local, np.int64, len(starts_us))
