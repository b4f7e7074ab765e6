"""Records and limits lie where docs/names-and-ports.md says, high word first."""

import struct

import pytest

from services.simulator.modbus_records import (
    PortLimit,
    RecordRing,
    cabinet_record,
    grid_record,
    port_limit,
    write_limit,
)
from services.simulator.modbus_server import ModbusError, Unit, answered

VEHICLE = {
    "active_power_w": 6999.6,
    "consumption_energy_wh": 123_456,
    "connected": 1,
    "requested_energy_wh": 7_000,
    "departure_epoch_s": 1_559_606_400,
}


def registers(answer: bytes) -> tuple[int, ...]:
    return struct.unpack(f">{answer[1] // 2}H", answer[2:])


def test_a_grid_record_has_fourteen_registers() -> None:
    ring = RecordRing(20, 256)
    ring.put(
        7, 420, grid_record({"active_power_w": -2.0, "import_energy_wh": 3, "export_energy_wh": 4})
    )

    unit = Unit(ring.image, bytearray())
    assert registers(answered(unit, b"\x04" + struct.pack(">HH", 0, 4))) == (0, 7, 256, 14)
    record = registers(answered(unit, b"\x04" + struct.pack(">HH", 100 + 7 * 14, 14)))
    assert record == (0, 7, 0, 420, 0xFFFF, 0xFFFE, 0, 0, 0, 3, 0, 0, 0, 4)


def test_a_cabinet_record_has_121_registers_and_comes_in_one_read() -> None:
    ring = RecordRing(13 * 18, 256)
    ring.put(256, 15_360, cabinet_record([VEHICLE] * 13))

    answer = answered(Unit(ring.image, bytearray()), b"\x04" + struct.pack(">HH", 100, 121))
    record = registers(answer)
    assert len(record) == 121
    assert record[4:13] == (0, 7000, 1, 57_920, 1, 0, 7000, 0x5CF5, 0xB480)


def test_a_limit_is_read_back_as_written() -> None:
    holding = bytearray(13 * 16)
    write_limit(holding, 12, PortLimit(3_500, 1_559_606_400, 0xCAFE))

    assert port_limit(holding, 12) == PortLimit(3_500, 1_559_606_400, 0xCAFE)


@pytest.mark.parametrize(
    ("request_bytes", "code"),
    [
        (b"\x05\x00\x00\xff\x00", 1),
        (b"\x04" + struct.pack(">HH", 4000, 1), 2),
        (b"\x04" + struct.pack(">HH", 0, 126), 3),
        (b"\x04\x00", 3),
        (b"\x10" + struct.pack(">HHB", 0, 2, 4) + b"\x00\x00", 3),
        (b"\x10" + struct.pack(">HHB", 4, 1, 2) + b"\x00\x00", 2),
    ],
)
def test_a_wrong_request_gets_its_exception_code(request_bytes: bytes, code: int) -> None:
    unit = Unit(bytearray(200), bytearray(8), lambda *_: None)

    assert answered(unit, request_bytes) == bytes((request_bytes[0] | 0x80, code))


def test_an_unknown_unit_is_said_to_be_unknown() -> None:
    assert answered(None, b"\x04\x00\x00\x00\x01") == b"\x84\x0b"


def test_a_refused_write_changes_nothing() -> None:
    def refuse(first: int, count: int, image: bytearray) -> None:
        raise ModbusError(3)

    unit = Unit(bytearray(8), bytearray(8), refuse)

    assert answered(unit, b"\x06\x00\x00\x00\x09") == b"\x86\x03"
    assert unit.holding == bytearray(8)
