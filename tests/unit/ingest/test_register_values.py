"""Numbers in registers: every type, every order, and back."""

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.adapters.modbus_registers.values import Encoding, First, NumberType

BIG, LITTLE = First.BIG, First.LITTLE


@pytest.mark.parametrize(
    ("encoding", "registers", "number"),
    [
        (Encoding(NumberType.UINT16), [0xFFFE], 65534),
        (Encoding(NumberType.INT16), [0xFFFE], -2),
        (Encoding(NumberType.UINT16, BIG, LITTLE), [0x0102], 0x0201),
        (Encoding(NumberType.UINT32), [0x0001, 0x0002], 65538),
        (Encoding(NumberType.UINT32, LITTLE), [0x0002, 0x0001], 65538),
        (Encoding(NumberType.INT32), [0xFFFF, 0xFFFF], -1),
        (Encoding(NumberType.FLOAT32), [0x42F6, 0xE979], pytest.approx(123.456, abs=1e-5)),
        (Encoding(NumberType.FLOAT32, LITTLE), [0xE979, 0x42F6], pytest.approx(123.456, abs=1e-5)),
        (Encoding(NumberType.FLOAT32, BIG, LITTLE), [0xF642, 0x79E9], pytest.approx(123.456)),
        (Encoding(NumberType.UINT64, LITTLE), [4, 3, 2, 1], 0x0001_0002_0003_0004),
        (Encoding(NumberType.INT64), [0xFFFF, 0xFFFF, 0xFFFF, 0xFFFB], -5),
        (Encoding(NumberType.FLOAT64), [0x4059, 0, 0, 0], 100.0),
    ],
)
def test_a_number_is_read_as_its_type_and_orders_say(
    encoding: Encoding, registers: list[int], number: float
) -> None:
    assert encoding.decode(registers) == number


def test_the_four_orders_of_a_32_bit_number_are_those_people_call_abcd_cdab_badc_dcba() -> None:
    abcd = [0xAABB, 0xCCDD]
    seen = {
        (words, content): struct.pack(
            ">I", int(Encoding(NumberType.UINT32, words, content).decode(abcd))
        ).hex()
        for words in First
        for content in First
    }

    assert seen == {
        (BIG, BIG): "aabbccdd",
        (LITTLE, BIG): "ccddaabb",
        (BIG, LITTLE): "bbaaddcc",
        (LITTLE, LITTLE): "ddccbbaa",
    }


def test_too_few_registers_are_no_number() -> None:
    with pytest.raises(ValueError, match="int32 takes 2 registers, not 1"):
        Encoding(NumberType.INT32).decode([1])


@pytest.mark.parametrize("number", [65536, -1, math.nan, math.inf])
def test_what_does_not_fit_is_not_written(number: float) -> None:
    with pytest.raises(ValueError, match=r"does not fit uint16|cannot be written"):
        Encoding(NumberType.UINT16).encode(number)


@given(st.sampled_from(NumberType), st.sampled_from(First), st.sampled_from(First), st.data())
def test_what_is_written_reads_back_the_same(
    kind: NumberType, words: First, content: First, data: st.DataObject
) -> None:
    encoding = Encoding(kind, words, content)
    registers = data.draw(
        st.lists(st.integers(0, 0xFFFF), min_size=kind.registers, max_size=kind.registers)
    )
    number = encoding.decode(registers)

    if math.isfinite(number) and abs(number) < 2**53:
        assert encoding.decode(encoding.encode(number)) == number
