"""Finding out what a SunSpec unit has, and polling it."""

from collections.abc import Iterator

from services.energy.site import Device
from services.ingest.adapters.adapter import Tools
from services.ingest.adapters.modbus_registers.adapter import unit_at
from services.ingest.adapters.modbus_registers.polling import Plan, PollingAdapter
from services.ingest.adapters.modbus_registers.register_map import Block, RegisterPoint, Table
from services.ingest.adapters.modbus_registers.unit import Declined, ModbusUnit, Silent
from services.ingest.adapters.sunspec import SunspecSettings
from services.ingest.adapters.sunspec.limits import limit_of
from services.ingest.adapters.sunspec.models import (
    BASES,
    HEADER_REGISTERS,
    MARKER,
    Model,
    headers,
)
from services.ingest.adapters.sunspec.points import Unit, usual_points
from services.runtime.telemetry import log_for

MOST_MODELS = 100
LAST_REGISTER = 0xFFFF
LIMIT = "active_power_limit_w"
log = log_for(__name__)


def open_sunspec(source_id: str, settings: SunspecSettings, tools: Tools) -> PollingAdapter:
    """Return the adapter of a SunSpec source."""
    devices = tools.park.devices_from(source_id)

    async def discover(unit: ModbusUnit) -> Plan:
        found = Unit(await models_of(unit))
        plan = plan_of(found, devices, settings)
        log.info(
            "sunspec_discovered",
            source=source_id,
            models=str(found),
            points=[point.point_id for point in plan.points],
            missing=sorted(set(settings.points) - {point.point_id for point in plan.points}),
        )
        return plan

    place = settings.place
    return PollingAdapter(source_id, unit_at(place, tools), place.poll, discover, tools)


async def models_of(unit: ModbusUnit) -> list[Model]:
    """Return the models of a unit in their order; Silent when it is not a SunSpec unit."""
    address = await _base_of(unit) + len(MARKER)
    models: list[Model] = []
    while len(models) < MOST_MODELS:
        block = Block(Table.HOLDING, address, HEADER_REGISTERS)
        if (model := headers(await unit.read(block), address)) is None:
            return models
        models.append(model)
        address += HEADER_REGISTERS + model.length
        if address > LAST_REGISTER:
            raise Silent(f"{unit} shows a model {model.id} that ends beyond the last register")
    raise Silent(f"{unit} has no end after {MOST_MODELS} models")


async def _base_of(unit: ModbusUnit) -> int:
    for address in BASES:
        try:
            if await unit.read(Block(Table.HOLDING, address, len(MARKER))) == MARKER:
                return address
        except Declined:
            continue
    raise Silent(f"{unit} shows no SunS at {', '.join(map(str, BASES))}: not a SunSpec unit")


def plan_of(unit: Unit, devices: tuple[Device, ...], settings: SunspecSettings) -> Plan:
    """Return which registers are which points, and which devices take a limit."""
    limit = limit_of(unit)
    return Plan(
        tuple(_points(unit, devices, settings)),
        {}
        if limit is None
        else {(d.id, LIMIT): limit.with_fail_safe(d.fail_safe) for d in devices},
    )


def _points(
    unit: Unit, devices: tuple[Device, ...], settings: SunspecSettings
) -> Iterator[RegisterPoint]:
    for point_id, wanted in settings.points.items():
        if (point := unit.register_point(point_id, wanted)) is not None:
            yield point
    for device in devices:
        yield from usual_points(unit, device.id, device.kind, settings.points)
