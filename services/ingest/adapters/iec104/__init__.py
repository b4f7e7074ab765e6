"""IEC 60870-5-104: measured points in, set-point commands out (docs/protocols.md).

id: feeder, protocol: iec104, host: 10.0.0.9, allow_insecure: true
points: [{point: pv.active_power_w, station: 1, address: 4001, scale: -1000}]
setpoints: [{device: pv, quantity: active_power_limit_w, station: 1, address: 6001, select: true}]
"""

import importlib.util
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

from services.energy.site import Source
from services.ingest.adapters.mapping import Order, Scale, read_all, read_order, read_scale
from services.ingest.adapters.security import check_open
from services.runtime.field_protocols import Claim, Expected, FieldProtocol
from services.runtime.park_file_sections import WRONG, Section
from services.runtime.park_file_values import (
    between,
    one_of,
    plain_text,
    time_zone,
    whole,
    yes_or_no,
)

if TYPE_CHECKING:
    from services.ingest.adapters.adapter import Adapter, Tools

UTC_ZONE = ZoneInfo("UTC")
LARGEST_ADDRESS = 2**24 - 1


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """An information object: the station's common address and the object's own."""

    station: int
    object: int


@dataclass(frozen=True, slots=True)
class MeasuredPoint:
    """A point and the information object that shows it."""

    point_id: str
    address: Address
    scale: Scale


@dataclass(frozen=True, slots=True)
class Setting:
    """A set-point's command object; `read_back` shows what the station holds."""

    order: Order
    address: Address
    select: bool
    read_back: Address | None


@dataclass(frozen=True, slots=True)
class Iec104Settings:
    """One link. `clock` is the zone the station's time tags are in."""

    host: str
    port: int
    clock: ZoneInfo
    trust_untagged: bool
    points: tuple[MeasuredPoint, ...]
    settings: tuple[Setting, ...]

    @property
    def stations(self) -> tuple[int, ...]:
        """The common addresses that occur."""
        measured = {point.address.station for point in self.points}
        return tuple(sorted(measured | {setting.address.station for setting in self.settings}))


def _read(at: Section, expected: Expected) -> Iec104Settings:
    host = at.need("host", plain_text)
    check_open(at, host)
    return at.build_open(
        Iec104Settings,
        host=host,
        port=at.may("port", between(1, 65535, whole), 2404),
        clock=at.may("clock", time_zone, UTC_ZONE),
        trust_untagged=at.may("untagged", one_of("questionable", "good"), "questionable") == "good",
        points=read_all(
            at.sections("points"),
            lambda entry: entry.build(
                MeasuredPoint,
                point_id=entry.need("point", expected.point),
                address=_read_address(entry),
                scale=read_scale(entry),
            ),
            ("point", lambda point: point.point_id),
        ),
        settings=read_all(
            at.may_sections("setpoints"),
            lambda entry: _read_setting(entry, expected),
            ("device", lambda setting: (setting.order.device_id, setting.order.quantity)),
            ("address", lambda setting: setting.address),
        ),
    )


def _read_address(at: Section) -> Address:
    return at.build_open(
        Address,
        station=at.need("station", between(1, 65534, whole)),
        object=at.need("address", between(1, LARGEST_ADDRESS, whole)),
    )


def _read_setting(at: Section, expected: Expected) -> Setting:
    address = _read_address(at)
    shown = at.may("read_back", between(1, LARGEST_ADDRESS, whole), None)
    held = WRONG if WRONG in (address, shown) else shown and Address(address.station, shown)
    return at.build(
        Setting,
        order=read_order(at, expected),
        address=address,
        select=at.may("select", yes_or_no, False),
        read_back=held,
    )


def _claim(settings: Iec104Settings) -> Claim:
    where = f"{settings.host}:{settings.port}"
    return Claim("host", where, "one source a link", where)


def _open(source: Source, tools: "Tools") -> "Adapter":
    if importlib.util.find_spec("c104") is None:  # found, not loaded: only `c104_process` does
        raise ValueError(
            f"source {source.id} speaks iec104, whose library is not installed; "
            "pip install 'parkflow[iec104]' (GPL-3.0)"
        )
    from services.ingest.adapters.iec104.adapter import Iec104Adapter

    return Iec104Adapter(source.id, cast(Iec104Settings, source.settings), tools)


PROTOCOL = FieldProtocol("iec104", _read, _open, _claim)
