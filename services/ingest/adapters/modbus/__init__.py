"""Modbus TCP: units with a ring of records, and port limits (docs/names-and-ports.md).

{id: grid-meter, protocol: modbus_tcp, host: 10.0.0.7, port: 502, unit: 1, record: grid_meter}
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from services.energy.site import Source
from services.ingest.adapters.modbus.records import LAYOUTS
from services.ingest.adapters.security import check_open
from services.runtime.field_protocols import Claim, Expected, FieldProtocol
from services.runtime.park_file_sections import Section
from services.runtime.park_file_values import between, one_of, plain_text, whole

if TYPE_CHECKING:
    from services.ingest.adapters.adapter import Adapter, Tools


@dataclass(frozen=True, slots=True)
class ModbusSettings:
    """One unit at `host:port`; `record` names the layout of its records."""

    host: str
    port: int
    unit: int
    record: str


def _read(at: Section, _: Expected) -> ModbusSettings:
    host = at.need("host", plain_text)
    check_open(at, host)
    return at.build_open(
        ModbusSettings,
        host=host,
        port=at.need("port", between(1, 65535, whole)),
        unit=at.need("unit", between(1, 247, whole)),
        record=at.need("record", one_of(*LAYOUTS)),
    )


def _open(source: Source, tools: "Tools") -> "Adapter":
    from services.ingest.adapters.modbus.adapter import ModbusAdapter

    return ModbusAdapter(source.id, cast(ModbusSettings, source.settings), tools)


def _claim(settings: ModbusSettings) -> Claim:
    return Claim(
        "unit",
        f"{settings.unit} at {settings.host}:{settings.port}",
        "one source a unit",
        (settings.host, settings.port, settings.unit),
    )


PROTOCOL = FieldProtocol("modbus_tcp", _read, _open, _claim)
