"""The park as its park file describes it: devices, ratings, limits, tenants. Powers in W here.

The file (kW, kWh) is read by `services.runtime.park_file`; this module only holds the result.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from services.energy.formula import VirtualPoint
from services.energy.quantities import Quantity


class DeviceKind(StrEnum):
    """What a device is; decides its points and how it may be steered."""

    GRID_METER = "grid_meter"
    LOAD = "load"
    PV = "pv"
    WIND = "wind"
    WEATHER = "weather"
    BATTERY = "battery"
    CHARGER = "charger"
    METER = "meter"


class Carrier(StrEnum):
    """What flows through a device."""

    ELECTRICITY = "electricity"
    NATURAL_GAS = "natural_gas"


@dataclass(frozen=True, slots=True)
class Text:
    """A name in both languages of the console."""

    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Battery:
    """Ratings of a battery. Efficiencies are one-way, 0..1."""

    power_w: float
    capacity_wh: float
    charge_efficiency: float
    discharge_efficiency: float
    state_of_charge_min_pct: float
    state_of_charge_max_pct: float
    wear_cost_micros_per_kwh: int
    ramp_w_per_s: float


@dataclass(frozen=True, slots=True)
class Turbine:
    """How a wind turbine makes power of wind: of a known `type`, or by its own power curve.

    The curve is in air of usual density (1.225 kg/m3) at the hub; `wind_height_m` is the height
    over ground that forecasts of the wind speed are for.
    """

    hub_height_m: float
    wind_height_m: float = 10.0
    type: str | None = None
    speed_m_s: tuple[float, ...] = ()
    power_w: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if (self.type is None) == (not self.speed_m_s):
            raise ValueError("a turbine has a type or a power curve; give one of the two")
        if len(self.speed_m_s) != len(self.power_w):
            counts = f"{len(self.speed_m_s)} speeds and {len(self.power_w)} powers"
            raise ValueError(f"a power curve has {counts}; give a power for each speed")


@dataclass(frozen=True, slots=True)
class FailSafe:
    """What a device does when its lease has run out: exactly one of the two, or neither."""

    active_power_w: float | None = None
    active_power_limit_w: float | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """One measured quantity of one device, with the range a reading must lie in."""

    id: str
    device_id: str
    quantity: Quantity
    minimum: float
    maximum: float


@dataclass(frozen=True, slots=True)
class Device:
    """One device. `rating_w` is its peak, rated or port power (a magnitude)."""

    id: str
    kind: DeviceKind
    name: Text
    source_id: str
    ttl: timedelta
    carrier: Carrier = Carrier.ELECTRICITY
    rating_w: float | None = None
    tenant_id: str | None = None
    curtailable: bool = False
    battery: Battery | None = None
    fail_safe: FailSafe = field(default_factory=FailSafe)
    turbine: Turbine | None = None
    port: int | None = None  # chargers: which port of its cabinet (its source), from 0
    counts: Quantity | None = None  # meters of heat, water, waste: the register there is
    peak_per_h: int | None = None  # and the most it counts in an hour, in its unit

    def point_id(self, quantity: Quantity) -> str:
        """Return the id of this device's point for `quantity`."""
        return f"{self.id}.{quantity}"


@dataclass(frozen=True, slots=True)
class SupplyMode:
    """The rule the park's green supply is under (rules B.2). Shares are 0..1 over the year."""

    kind: str
    max_feed_in_share: float
    min_self_use_share: float
    min_load_share: float


@dataclass(frozen=True, slots=True)
class Connection:
    """The grid connection; limits are magnitudes."""

    meter_id: str
    import_limit_w: float
    export_limit_w: float
    feed_in_price_micros_per_kwh: int
    supply_mode: SupplyMode


@dataclass(frozen=True, slots=True)
class Source:
    """A connection that devices report by.

    `protocol` is its word in the park file, `settings` what the protocol's own module made of the
    rest: who speaks the protocol knows its type.
    """

    id: str
    protocol: str
    settings: object


@dataclass(frozen=True, slots=True)
class TelemetryRules:
    """How far a stamp may be from park time."""

    future_tolerance: timedelta
    oldest: timedelta


@dataclass(frozen=True, slots=True)
class ValidationRules:
    """What the park file changes of validation's defaults: point id -> name of a rule -> number.

    `readings` are thresholds of readings (values in the quantity's unit, seconds), `registers`
    what holds for a register's account (W, Wh, microseconds).
    """

    readings: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    registers: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DispatchRules:
    """How the park is planned and controlled.

    `import_risk_micros_per_kwh` is what a kWh counts that would have to be taken above the import
    limit: a fine, or what is lost where something must be shut off for it. 0: nobody says.
    """

    horizon: timedelta
    plan_every: timedelta
    plan_valid: timedelta
    setpoint_lease: timedelta
    carbon_price_micros_per_t: int
    limit_margin_w: float
    import_risk_micros_per_kwh: int = 0


@dataclass(frozen=True, slots=True)
class CarbonRules:
    """Choices of the ledgers. A quarter that waits for longer than `late_after` is an open item."""

    factor_year: int
    factor_year_note: str
    grid_region: str
    annual_energy_tce: float | None
    late_after: timedelta


@dataclass(frozen=True, slots=True)
class Tenant:
    """An enterprise in the park."""

    id: str
    name: Text


@dataclass(frozen=True, slots=True)
class Node:
    """A place where `meter_id` (a device) measures what its children take, losses included.

    Losses may be up to `loss_share` (0..1) of the throughput and `standing_loss_w` all the time;
    meters may be off by `tolerance_share` of the throughput or `tolerance_wh` a quarter hour.
    """

    id: str
    meter_id: str
    children: tuple[str, ...]
    loss_share: float = 0.0
    standing_loss_w: float = 0.0
    tolerance_share: float = 0.02
    tolerance_wh: int = 500


@dataclass(frozen=True, slots=True)
class Park:
    """Everything the park file says, validated."""

    id: str
    name: Text
    time_zone: ZoneInfo
    currency: str
    ledger_from: datetime
    connection: Connection
    devices: tuple[Device, ...]
    sources: tuple[Source, ...]
    telemetry: TelemetryRules
    dispatch: DispatchRules
    carbon: CarbonRules
    tenants: tuple[Tenant, ...]
    points: tuple[Point, ...]
    valid_from: datetime | None = None
    recording_zone: ZoneInfo | None = None  # the local clock of the recorded data, if any
    topology: tuple[Node, ...] = ()
    virtual_points: tuple[VirtualPoint, ...] = ()
    validation: ValidationRules = field(default_factory=ValidationRules)
    holidays: str | None = None  # whose public holidays people there keep: CN, GB-ENG

    def device(self, device_id: str) -> Device:
        """Return the device; KeyError names it when the park has none."""
        for device in self.devices:
            if device.id == device_id:
                return device
        raise KeyError(f"park {self.id} has no device {device_id!r}")

    def devices_of(self, *kinds: DeviceKind) -> tuple[Device, ...]:
        """Return the devices of these kinds in file order."""
        return tuple(device for device in self.devices if device.kind in kinds)

    def devices_from(self, source_id: str) -> tuple[Device, ...]:
        """Return the devices that a source reports, in file order."""
        return tuple(device for device in self.devices if device.source_id == source_id)

    def source(self, source_id: str) -> Source:
        """Return the source; KeyError names it when the park has none."""
        for source in self.sources:
            if source.id == source_id:
                return source
        raise KeyError(f"park {self.id} has no source {source_id!r}")

    def point(self, point_id: str) -> Point | None:
        """Return the point, or None when the park file does not know it."""
        return next((point for point in self.points if point.id == point_id), None)

    @property
    def readable_ids(self) -> frozenset[str]:
        """The ids of all points that have readings: measured and virtual ones."""
        measured = frozenset(point.id for point in self.points)
        return measured | frozenset(point.id for point in self.virtual_points)
