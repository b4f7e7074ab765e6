"""Points of a register map: few requests, scales, and no value where there is none."""

import math

from hypothesis import given
from hypothesis import strategies as st

from services.energy.readings import FieldQuality
from services.ingest.adapters.mapping import Scale
from services.ingest.adapters.modbus_registers.register_map import (
    MOST_REGISTERS,
    Block,
    Image,
    RegisterPoint,
    Table,
    blocks_of,
    samples_of,
    split,
    value_of,
)
from services.ingest.adapters.modbus_registers.values import Encoding, NumberType

HOLDING, INPUT = Table.HOLDING, Table.INPUT


def a_point(address: int, kind: str = "uint16", **more: object) -> RegisterPoint:
    table = more.pop("table", HOLDING)
    encoding = Encoding(NumberType(kind))
    return RegisterPoint(f"m.p{address}", table, address, encoding, **more)  # type: ignore[arg-type]


def an_image(registers: dict[int, int], table: Table = HOLDING, at_us: int = 7) -> Image:
    image = Image()
    for address, register in registers.items():
        image.put(Block(table, address, 1), [register], at_us)
    return image


def test_neighbours_share_a_request_and_far_ones_do_not() -> None:
    points = [a_point(100, "int32"), a_point(104), a_point(300), a_point(101, table=INPUT)]

    assert blocks_of(points) == [
        Block(HOLDING, 100, 5),
        Block(HOLDING, 300, 1),
        Block(INPUT, 101, 1),
    ]


def test_no_request_is_longer_than_modbus_allows_and_none_splits_a_number() -> None:
    points = [a_point(address, "uint64") for address in range(0, 400, 4)]

    blocks = blocks_of(points)

    assert [block.count for block in blocks] == [124, 124, 124, 28]
    assert all(block.address % 4 == 0 for block in blocks)


@given(st.sets(st.integers(0, 2000), min_size=1, max_size=60))
def test_every_register_of_every_point_is_asked_for(addresses: set[int]) -> None:
    points = [a_point(address, "int32") for address in addresses]

    blocks = blocks_of(points)

    asked = {b.address + n for b in blocks for n in range(b.count)}
    assert {a for address in addresses for a in (address, address + 1)} <= asked
    assert all(block.count <= MOST_REGISTERS for block in blocks)


def test_a_refused_block_is_asked_again_number_by_number() -> None:
    points = [a_point(100, "int32"), a_point(104), a_point(104, table=INPUT)]

    assert split(Block(HOLDING, 100, 5), points) == [Block(HOLDING, 100, 2), Block(HOLDING, 104, 1)]


def test_a_value_is_scaled_and_moved_into_the_unit_of_its_quantity() -> None:
    image = an_image({10: 0xFF38})  # -200

    assert value_of(a_point(10, "int16", scale=Scale(0.1, 5.0)), image) == -15.0


def test_a_scale_register_is_a_power_of_ten() -> None:
    image = an_image({10: 12345, 11: 0xFFFE})  # x 10^-2

    assert value_of(a_point(10, scale_address=11), image) == 123.45
    assert value_of(a_point(10, scale_address=11, scale=Scale(-1.0)), image) == -123.45


def test_an_unused_scale_register_leaves_no_value() -> None:
    image = an_image({10: 12345, 11: 0x8000})

    assert math.isnan(value_of(a_point(10, scale_address=11), image))


def test_a_sentinel_a_nan_and_a_refusal_are_invalid_and_never_zero() -> None:
    image = an_image({10: 0xFFFF, 20: 0x7FC0, 21: 0})
    image.put(Block(HOLDING, 30, 1), None, 8)
    points = [a_point(10, invalid=frozenset({0xFFFF})), a_point(20, "float32"), a_point(30)]

    samples = samples_of(points, image)

    assert [s.quality for s in samples] == [FieldQuality.INVALID] * 3
    assert all(math.isnan(s.value) for s in samples)


def test_each_point_is_stamped_with_the_answer_it_came_in() -> None:
    image = an_image({10: 1}, at_us=100)
    image.put(Block(HOLDING, 50, 1), [2], 200)

    samples = samples_of([a_point(10), a_point(50), a_point(90)], image)

    assert [(s.point_id, s.event_time_us, s.value) for s in samples] == [
        ("m.p10", 100, 1.0),
        ("m.p50", 200, 2.0),
    ]
