"""What the demo park's meters, prices and charging ports recorded, on the quarter grid."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import numpy as np

from services.energy.site import Carrier, DeviceKind
from services.forecasting.domain.series import Floats
from services.forecasting.domain.targets import Target
from services.simulator.domain.sessions import Sessions
from services.simulator.recordings import load_sessions, numbers, table
from tests.support.builders import REPOSITORY, a_park
from tests.support.recorded import recorded, recorded_targets

DATA = REPOSITORY / "parks" / "demo-data"
QUARTER_H, QUARTER_S, DAY = 0.25, 900, 96


@dataclass(frozen=True, slots=True)
class Span:
    """Quarters `[first, end)`, counted from 1970 in UTC."""

    first: int
    end: int

    def __len__(self) -> int:
        return self.end - self.first


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """The year's quarter means from `first` on, kW, all positive; `price` per kWh of import."""

    first: int
    load_kw: Floats
    wind_kw: Floats
    pv_kw: Floats
    price: Floats
    sessions: Sessions

    @property
    def base_kw(self) -> Floats:
        """What the park takes without steering anything: loads less wind."""
        return self.load_kw - self.wind_kw

    def rows(self, span: Span) -> slice:
        """Return the rows of a span."""
        return slice(span.first - self.first, span.end - self.first)


def span_of(year: int, month: int, days: int | None = None) -> Span:
    """Return the quarters of a month, or its first days, on the park's clock."""
    zone = a_park().time_zone
    begin, end = date(year, month, 1), date(year + month // 12, month % 12 + 1, 1)
    if days is not None:
        end = min(end, begin + timedelta(days=days))
    first, last = (
        int(datetime(d.year, d.month, d.day, tzinfo=zone).astimezone(UTC).timestamp()) // QUARTER_S
        for d in (begin, end)
    )
    return Span(first, last)


def metered() -> tuple[tuple[Target, ...], tuple[Target, ...], tuple[Target, ...]]:
    """Return the targets of electric loads, wind turbines and PV plants."""
    park = a_park()
    kinds: dict[DeviceKind, list[Target]] = {
        kind: [] for kind in (DeviceKind.LOAD, DeviceKind.WIND, DeviceKind.PV)
    }
    for target in recorded_targets():
        device = park.device(target.point_id.split(".")[0])
        if device.carrier in (Carrier.ELECTRICITY, None) or device.kind is not DeviceKind.LOAD:
            kinds[device.kind].append(target)
    loads, wind, pv = (tuple(found) for found in kinds.values())
    return loads, wind, pv


@lru_cache(maxsize=1)
def truth() -> Truth:
    """Return what was recorded."""
    first, powers = recorded()
    loads, wind, pv = metered()
    hourly = numbers(table(DATA, "market_hourly")["price_gbp_per_kwh"])
    load_kw, wind_kw, pv_kw = (
        np.abs(np.sum([powers[one] for one in some], axis=0)) / 1e3 for some in (loads, wind, pv)
    )
    return Truth(first, load_kw, wind_kw, pv_kw, np.repeat(hourly, 4), load_sessions(DATA))
