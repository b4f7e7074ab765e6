"""What the planner must respect, one class a kind. Energies kWh, powers kW, carbon kg."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.energy.time_grid import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageTarget:
    """`store` holds at least so much at `at`: `least_kwh`, or `least_share` of what it can hold."""

    wish_id: str
    store: str
    at: datetime
    least_kwh: float | None = None
    least_share: float = 0.0

    def __str__(self) -> str:
        return f"target of {self.store}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CarbonLimit:
    """At most `limit_kg` of what is bought within `window`."""

    wish_id: str
    window: Interval
    limit_kg: float

    def __str__(self) -> str:
        return "carbon cap"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportLimit:
    """At most `limit_kw` of import within `window`, through the park's only connection."""

    wish_id: str
    window: Interval
    limit_kw: float

    def __str__(self) -> str:
        return "import limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessRun:
    """A batch that runs once between `earliest` and `latest_end`, or since `started`.

    `profile_kw` are equal parts of `duration`; positive takes from `node`.
    """

    wish_id: str
    process: str
    profile_kw: tuple[float, ...]
    duration: timedelta
    earliest: datetime
    latest_end: datetime
    node: str = "electricity"
    started: datetime | None = None

    def __str__(self) -> str:
        return f"run of {self.process}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingNeeds:
    """The vehicle at `port` leaves at `departs` and wants `wanted_kwh` until then.

    `power_kw` is what the port can where a vehicle is there, None where nobody knows of one.
    """

    wish_id: str
    port: str
    departs: datetime
    wanted_kwh: float
    power_kw: float | None = None

    def __str__(self) -> str:
        return f"charging needs at {self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unavailability:
    """`device` can do at most `available_kw` within `window`, either way."""

    wish_id: str
    device: str
    window: Interval
    available_kw: float = 0.0

    def __str__(self) -> str:
        return f"unavailability of {self.device}"


Wish = StorageTarget | CarbonLimit | ImportLimit | ProcessRun | ChargingNeeds | Unavailability
