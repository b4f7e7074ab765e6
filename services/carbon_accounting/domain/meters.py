"""The register points a park's ledgers need, by the role they play."""

from dataclasses import dataclass

from services.energy.quantities import Quantity
from services.energy.site import Carrier, Device, DeviceKind, Park


@dataclass(frozen=True, slots=True)
class Meters:
    """Point ids of registers by role. Each counts one direction (conventions §2.3)."""

    grid_import: tuple[str, ...]
    grid_export: tuple[str, ...]
    pv: tuple[str, ...]
    wind: tuple[str, ...]
    charge: tuple[str, ...]
    discharge: tuple[str, ...]
    loads: tuple[str, ...]
    chargers: tuple[str, ...]
    gas: tuple[str, ...]

    @property
    def electricity(self) -> tuple[str, ...]:
        """Every electricity register, in a fixed order."""
        return (
            *self.grid_import,
            *self.grid_export,
            *self.pv,
            *self.wind,
            *self.charge,
            *self.discharge,
            *self.loads,
            *self.chargers,
        )

    @property
    def all(self) -> tuple[str, ...]:
        """Every register that must be known at both borders before a quarter is booked."""
        return (*self.electricity, *self.gas)


def meters_of(park: Park) -> Meters:
    """Return the registers of the park file's devices."""

    def points(devices: tuple[Device, ...], quantity: Quantity) -> tuple[str, ...]:
        return tuple(device.point_id(quantity) for device in devices)

    grid = (park.device(park.connection.meter_id),)
    batteries = park.devices_of(DeviceKind.BATTERY)
    loads = park.devices_of(DeviceKind.LOAD)
    electric = tuple(load for load in loads if load.carrier is Carrier.ELECTRICITY)
    gas = tuple(load for load in loads if load.carrier is Carrier.NATURAL_GAS)
    return Meters(
        grid_import=points(grid, Quantity.IMPORT_ENERGY),
        grid_export=points(grid, Quantity.EXPORT_ENERGY),
        pv=points(park.devices_of(DeviceKind.PV), Quantity.GENERATION_ENERGY),
        wind=points(park.devices_of(DeviceKind.WIND), Quantity.GENERATION_ENERGY),
        charge=points(batteries, Quantity.CHARGE_ENERGY),
        discharge=points(batteries, Quantity.DISCHARGE_ENERGY),
        loads=points(electric, Quantity.CONSUMPTION_ENERGY),
        chargers=points(park.devices_of(DeviceKind.CHARGER), Quantity.CONSUMPTION_ENERGY),
        gas=points(gas, Quantity.CONSUMPTION_ENERGY),
    )
