"""What can be measured (conventions §3.2) and typed energy and power (§2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

SECONDS_PER_HOUR = 3600.0


class Quantity(StrEnum):
    """A measured quantity; the name ends in its unit."""

    ACTIVE_POWER = "active_power_w"
    AVAILABLE_POWER = "available_power_w"
    THERMAL_POWER = "thermal_power_w"
    IMPORT_ENERGY = "import_energy_wh"
    EXPORT_ENERGY = "export_energy_wh"
    CONSUMPTION_ENERGY = "consumption_energy_wh"
    GENERATION_ENERGY = "generation_energy_wh"
    CHARGE_ENERGY = "charge_energy_wh"
    DISCHARGE_ENERGY = "discharge_energy_wh"
    THERMAL_ENERGY = "thermal_energy_wh"
    VOLUME = "volume_dm3"
    MASS = "mass_g"
    STATE_OF_CHARGE = "state_of_charge_pct"
    IRRADIANCE = "irradiance_w_m2"
    TEMPERATURE = "temperature_c"
    CONNECTED = "connected"
    REQUESTED_ENERGY = "requested_energy_wh"
    DEPARTURE = "departure_epoch_s"

    @property
    def is_register(self) -> bool:
        """Whether it is a cumulative counter (§2.3)."""
        return self in REGISTERS


REGISTERS = frozenset(
    {
        Quantity.IMPORT_ENERGY,
        Quantity.EXPORT_ENERGY,
        Quantity.CONSUMPTION_ENERGY,
        Quantity.GENERATION_ENERGY,
        Quantity.CHARGE_ENERGY,
        Quantity.DISCHARGE_ENERGY,
        Quantity.THERMAL_ENERGY,
        Quantity.VOLUME,
        Quantity.MASS,
    }
)

ENERGY_UNIT = "Wh"
UNITS: Mapping[str, str] = {Quantity.VOLUME: "dm3", Quantity.MASS: "g"}
"""What registers count whole numbers of that count no energy: litres and grams."""


def register_unit(point_id: str) -> str:
    """Return what a register counts whole numbers of, by the quantity that ends its point's id."""
    return UNITS.get(point_id.rpartition(".")[2], ENERGY_UNIT)


FLOWS_IN: Mapping[Quantity, int] = {
    Quantity.IMPORT_ENERGY: 1,
    Quantity.EXPORT_ENERGY: -1,
    Quantity.CONSUMPTION_ENERGY: 1,
    Quantity.GENERATION_ENERGY: -1,
    Quantity.CHARGE_ENERGY: 1,
    Quantity.DISCHARGE_ENERGY: -1,
}
"""The sign with which a register counts electricity or gas that flows into its device (§2.2)."""


@dataclass(frozen=True, slots=True, order=True)
class Energy:
    """An amount of energy."""

    watt_hours: float

    def __add__(self, other: "Energy") -> "Energy":
        return Energy(self.watt_hours + other.watt_hours)

    def __sub__(self, other: "Energy") -> "Energy":
        return Energy(self.watt_hours - other.watt_hours)

    def mean_over(self, duration: timedelta) -> "Power":
        """Return the constant power that moves this energy in `duration`."""
        return Power(self.watt_hours * SECONDS_PER_HOUR / duration.total_seconds())


@dataclass(frozen=True, slots=True, order=True)
class Power:
    """A rate of energy flow, positive into its component (§2.2)."""

    watts: float

    def __add__(self, other: "Power") -> "Power":
        return Power(self.watts + other.watts)

    def __neg__(self) -> "Power":
        return Power(-self.watts)

    def over(self, duration: timedelta) -> Energy:
        """Return the energy moved when this power is held for `duration`."""
        return Energy(self.watts * duration.total_seconds() / SECONDS_PER_HOUR)
