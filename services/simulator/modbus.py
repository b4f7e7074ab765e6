"""The grid meter and the charging cabinets as Modbus units: records out, port limits in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, cast

from services.energy.site import Park, Source
from services.simulator.domain.samples import Values
from services.simulator.domain.setpoints import ACTIVE_POWER_LIMIT, Accepted, Refused, SetPoint
from services.simulator.domain.state import ParkState
from services.simulator.domain.world import World
from services.simulator.modbus_records import (
    CABINET,
    GRID,
    GRID_METER,
    LIMIT,
    PORT,
    PortLimit,
    RecordRing,
    cabinet_record,
    grid_record,
    port_limit,
    write_limit,
)
from services.simulator.modbus_server import (
    DEVICE_FAILURE,
    ILLEGAL_VALUE,
    ModbusError,
    Unit,
)

PROTOCOL = "modbus_tcp"
RING_RECORDS = 256
Answer = Callable[[SetPoint], Accepted | Refused]
REGISTERS_A_PORT = LIMIT.size // 2


class _Settings(Protocol):
    """What a unit's peer declares of it in the park file."""

    @property
    def unit(self) -> int: ...
    @property
    def record(self) -> str: ...


@dataclass(frozen=True, slots=True)
class _Source:
    settings: _Settings
    devices: tuple[str, ...]
    ring: RecordRing


class ModbusDevices:
    """All Modbus units of the park; `units` is what the server serves."""

    def __init__(self, park: Park, answer: Answer, now_s: Callable[[], int]) -> None:
        self._answer, self._now_s = answer, now_s
        self._sources = [_source(park, s) for s in park.sources if s.protocol == PROTOCOL]
        self.units: dict[int, Unit] = {s.settings.unit: self._unit(s) for s in self._sources}
        self.device_ids = frozenset(name for s in self._sources for name in s.devices)

    def put(self, at_s: int, period_s: int, values: Mapping[str, Values]) -> None:
        """Show a sample: one record per unit, sequence number `at_s // period_s`."""
        for source in self._sources:
            if any(name not in values for name in source.devices):
                continue  # a meter in a gap writes no record; its sequence number stays free
            shown = [values[name] for name in source.devices]
            cabinet = source.settings.record == CABINET
            fields = cabinet_record(shown) if cabinet else grid_record(shown[0])
            source.ring.put(at_s // period_s, at_s, fields)

    @property
    def rings(self) -> dict[int, bytearray]:
        """The input registers of every unit; saved so that a restart keeps unread records."""
        return {number: unit.input for number, unit in self.units.items()}

    def recall(self, world: World, state: ParkState, rings: Mapping[int, bytes]) -> None:
        """Put a restarted park's records and leased limits back into the registers."""
        for number, image in rings.items():
            if number in self.units and len(self.units[number].input) == len(image):
                self.units[number].input[:] = image
        for source in self._sources:
            if source.settings.record != CABINET:
                continue
            holding = self.units[source.settings.unit].holding
            for port, name in enumerate(source.devices):
                index = world.ports.names.index(name)
                limit_w = int(state.chargers.limit_w[index])
                until_s = int(state.chargers.lease_until_s[index])
                write_limit(holding, port, PortLimit(limit_w, until_s, 0))

    def _unit(self, source: _Source) -> Unit:
        if source.settings.record == GRID_METER:
            return Unit(source.ring.image, bytearray())

        def written(first: int, count: int, image: bytearray) -> None:
            self._take_limits(source, range(first, first + count), image)

        return Unit(source.ring.image, bytearray(len(source.devices) * LIMIT.size), written)

    def _take_limits(self, source: _Source, registers: range, image: bytearray) -> None:
        """Hand the limits of all ports touched by a write on; ModbusError when one is refused."""
        touched = {register // REGISTERS_A_PORT for register in registers}
        for port in sorted(touched):
            limit = port_limit(image, port)
            verdict = self._answer(
                SetPoint(
                    setpoint_id=f"{limit.tag:08x}",
                    device_id=source.devices[port],
                    quantity=ACTIVE_POWER_LIMIT,
                    value_w=float(limit.limit_w),
                    expires_at_s=limit.expires_at_s,
                    at_s=self._now_s(),
                )
            )
            if isinstance(verdict, Refused):
                local = verdict.reason == "local mode"
                raise ModbusError(DEVICE_FAILURE if local else ILLEGAL_VALUE)


def _source(park: Park, source: Source) -> _Source:
    settings = cast(_Settings, source.settings)
    devices = tuple(device.id for device in park.devices_from(source.id))
    fields = {GRID_METER: GRID.size, CABINET: PORT.size * len(devices)}
    if settings.record not in fields or not devices:
        raise ValueError(
            f"source {source.id} has record {settings.record!r} and {len(devices)} devices: "
            f"the simulator plays {GRID_METER} and {CABINET}"
        )
    return _Source(settings, devices, RecordRing(fields[settings.record], RING_RECORDS))
