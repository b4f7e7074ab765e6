"""Where records stand in a ring, and what they say."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.adapters.modbus.records import (
    LAYOUTS,
    MOST_REGISTERS,
    RING_START,
    Garbled,
    Head,
    PortLimit,
    Ring,
    tag_of,
)

METER, CABINET = LAYOUTS["grid_meter"], LAYOUTS["charging_cabinet"]
AT_S = 1_559_599_260


def registers(content: bytes) -> list[int]:
    return list(struct.unpack(f">{len(content) // 2}H", content))


def test_record_lengths_are_those_of_the_layout() -> None:
    assert METER.registers(1) == 14
    assert CABINET.registers(13) == 121


def test_a_meter_record_reads_as_three_readings() -> None:
    content = struct.pack(">IIiQQ", 7, AT_S, -5, 2**40, 3)

    assert METER.readings(["grid"], registers(content)) == [
        ("grid.active_power_w", AT_S * 1_000_000, -5.0),
        ("grid.import_energy_wh", AT_S * 1_000_000, float(2**40)),
        ("grid.export_energy_wh", AT_S * 1_000_000, 3.0),
    ]
    assert Head.of(registers(content)) == Head(7, AT_S)


def test_a_clock_that_was_never_set_is_garbled() -> None:
    with pytest.raises(Garbled, match="clock not set"):
        METER.readings(["grid"], registers(struct.pack(">IIiQQ", 7, 12, -5, 1, 3)))


@pytest.mark.parametrize(("size", "length"), [(0, 14), (256, 0), (256, 4), (256, 126), (60000, 14)])
def test_a_header_that_cannot_be_one_is_garbled(size: int, length: int) -> None:
    with pytest.raises(Garbled, match="a ring has"):
        Ring.of(registers(struct.pack(">IHH", 1, size, length)))


@given(
    st.integers(1, 2**31), st.integers(0, 300), st.integers(1, 300), st.sampled_from([5, 14, 121])
)
def test_runs_cover_every_record_once_within_one_read_each(
    first: int, more: int, size: int, length: int
) -> None:
    ring = Ring(first + more, size, length)

    runs = ring.runs(first, first + more)

    assert [s for start, count in runs for s in range(start, start + count)] == list(
        range(first, first + more + 1)
    )
    for start, count in runs:
        assert 1 <= count * length <= MOST_REGISTERS
        last = ring.address(start + count - 1)
        assert last - ring.address(start) == (count - 1) * length
        assert last + length <= RING_START + size * length


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.text())
def test_a_limit_reads_back_as_it_was_written(limit_w: int, expiry_s: int, name: str) -> None:
    limit = PortLimit(limit_w, expiry_s, tag_of(name))

    assert len(limit.registers()) == 6
    assert PortLimit.of([*limit.registers(), 0, 0]) == limit
