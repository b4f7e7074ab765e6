"""The meters of a live park file that declares none for its inventory: its devices' registers.

Each register of the park is a meter by the name of its point, in Wh, and counts intervals unless
`accounting.counts: register` says that readings are the registers themselves.
"""

from collections.abc import Iterator
from decimal import Decimal

from services.carbon_accounting.domain.inventory.site import (
    PARK,
    Activity,
    Counts,
    Meter,
    Owner,
    Role,
    Store,
    Stream,
)
from services.energy.quantities import Quantity
from services.energy.site import Carrier, Device, DeviceKind, Park

WH = "Wh"
GAS = "natural-gas"
MAKES = {DeviceKind.PV: "pv", DeviceKind.WIND: "wind"}


def meters_of(park: Park, counts: Counts) -> Iterator[Meter]:
    """Yield the electricity meters: the connection's, plants', batteries', loads', chargers'."""
    grid = park.device(park.connection.meter_id)
    yield Meter(grid.point_id(Quantity.IMPORT_ENERGY), Role.GRID_IMPORT, WH, counts)
    yield Meter(grid.point_id(Quantity.EXPORT_ENERGY), Role.EXPORT, WH, counts)
    for device in park.devices:
        yield from _of_device(device, counts)


def _of_device(device: Device, counts: Counts) -> Iterator[Meter]:
    if device.kind in MAKES:
        point, kind = device.point_id(Quantity.GENERATION_ENERGY), MAKES[device.kind]
        yield Meter(point, Role.GENERATION, WH, counts, kind=kind)
    if device.kind is DeviceKind.BATTERY:
        for quantity, role in (
            (Quantity.CHARGE_ENERGY, Role.CHARGE),
            (Quantity.DISCHARGE_ENERGY, Role.DISCHARGE),
        ):
            yield Meter(device.point_id(quantity), role, WH, counts, store=device.id)
    uses = device.kind in (DeviceKind.LOAD, DeviceKind.CHARGER)
    if uses and device.carrier is Carrier.ELECTRICITY:
        point = device.point_id(Quantity.CONSUMPTION_ENERGY)
        yield Meter(point, Role.CONSUMPTION, WH, counts, owner=_owner(device))


def stores_of(park: Park) -> Iterator[Store]:
    """Yield the batteries; what comes back is what both of their ways let through."""
    for device in park.devices_of(DeviceKind.BATTERY):
        if device.battery is not None:
            ratings = device.battery
            back = Decimal(str(ratings.charge_efficiency)) * Decimal(
                str(ratings.discharge_efficiency)
            )
            capacity_kwh = Decimal(str(ratings.capacity_wh)) / 1000
            yield Store(device.id, back, capacity_kwh=capacity_kwh)


def streams_of(park: Park, counts: Counts) -> Iterator[Stream]:
    """Yield the gas meters, which count heat."""
    for device in park.devices_of(DeviceKind.LOAD):
        if device.carrier is Carrier.NATURAL_GAS:
            point = device.point_id(Quantity.CONSUMPTION_ENERGY)
            owner = _owner(device)
            yield Stream(point, Activity.COMBUSTION, GAS, WH, counts, owner=owner)


def _owner(device: Device) -> Owner:
    return Owner(device.tenant_id or PARK)
