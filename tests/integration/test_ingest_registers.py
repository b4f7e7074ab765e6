"""Register maps over Modbus TCP, against a pymodbus server: what is declared is what is read."""

import asyncio
import math
from pathlib import Path
from typing import Any

from pymodbus.constants import ExcCodes

from services.demo.stack.ports import free_port
from services.energy.readings import FieldQuality
from services.energy.site import Park
from services.energy.time_grid import to_microseconds
from services.ingest.adapters.adapter import Accepted, NoAnswer, Refused
from tests.support.builders import MORNING
from tests.support.one_adapter import a_command, a_park_with, adapting
from tests.support.registers import READ_HOLDING, RegisterUnit, serving_registers

LIMIT_AT = 300


def a_park(folder: Path, port: int, **more: Any) -> Park:
    """A PV inverter and a meter behind one unit."""
    source = {
        "id": "inverter",
        "protocol": "modbus_registers",
        "host": "127.0.0.1",
        "port": port,
        "unit": 1,
        "poll": "1s",
        "points": [
            {"point": "pv.active_power_w", "address": 100, "type": "int32", "scale": -10},
            {
                "point": "pv.available_power_w",
                "address": 102,
                "type": "uint16",
                "scale_address": 103,
                "invalid": "0xFFFF",
            },
            {
                "point": "pv.generation_energy_wh",
                "table": "input",
                "address": 7,
                "type": "uint64",
                "word_order": "little",
                "scale": 1000,
            },
            {"point": "steel.active_power_w", "address": 110, "type": "float32"},
        ],
        "setpoints": [
            {
                "device": "pv",
                "quantity": "active_power_limit_w",
                "address": LIMIT_AT,
                "type": "uint16",
                "scale": 100,
            }
        ],
    } | more
    return a_park_with(folder, source, {"pv": {}, "steel": {}})


def a_unit() -> RegisterUnit:
    unit = RegisterUnit()
    unit.put(100, 12_345, "int32")
    unit.put(102, 1500)
    unit.put(103, 2, "int16")  # x 100
    unit.put(110, 4_321.5, "float32")
    unit.holding |= dict.fromkeys(range(104, 110), 0)
    unit.input = {7: 0x0004, 8: 0x0003, 9: 0, 10: 0}  # low word first
    unit.put(LIMIT_AT, 30_000)
    return unit


async def test_each_point_is_read_as_declared_in_two_requests_a_round(tmp_path: Path) -> None:
    unit, port = a_unit(), free_port()
    before_us = to_microseconds(MORNING)
    async with (
        serving_registers(port, unit),
        adapting(a_park(tmp_path, port), "inverter") as (_, intake),
    ):
        await intake.until(lambda: len(intake.rows) >= 8)

    assert intake.values("pv.active_power_w")[0] == -123_450.0
    assert intake.values("pv.available_power_w")[0] == 150_000.0
    assert intake.values("pv.generation_energy_wh")[0] == (3 * 65_536 + 4) * 1000.0
    assert intake.values("steel.active_power_w")[0] == 4_321.5
    assert unit.requests[:2] == [(3, 100, 12), (4, 7, 4)]
    stamps = [row[1] for row in intake.rows if row[0] == "pv.active_power_w"]
    assert before_us < stamps[0] < stamps[1]


async def test_what_a_unit_marks_or_declines_is_invalid_and_the_rest_is_kept(
    tmp_path: Path,
) -> None:
    unit, port = a_unit(), free_port()
    unit.put(102, 0xFFFF)
    del unit.holding[110]
    async with (
        serving_registers(port, unit),
        adapting(a_park(tmp_path, port), "inverter") as (_, intake),
    ):
        await intake.until(lambda: intake.last("steel.active_power_w") is not None)
        asked = len(unit.requests)
        await intake.until(lambda: len(intake.values("steel.active_power_w")) >= 2)

    assert intake.shows(pv__active_power_w=-123_450.0, pv__available_power_w=math.nan)
    assert intake.last("steel.active_power_w")[3] is FieldQuality.INVALID  # type: ignore[index]
    assert (READ_HOLDING, 100, 12) not in unit.requests[asked:]  # the gap is known by now


async def test_a_unit_that_went_away_gives_no_readings_until_it_is_back(tmp_path: Path) -> None:
    unit, port = a_unit(), free_port()
    async with adapting(a_park(tmp_path, port), "inverter") as (adapter, intake):
        async with serving_registers(port, unit):
            await intake.until(lambda: intake.shows(pv__active_power_w=-123_450.0))
            await intake.until(lambda: adapter.connection.is_up)
        await intake.until(lambda: not adapter.connection.is_up)
        seen = len(intake.rows)
        await asyncio.sleep(1.5)
        assert len(intake.rows) == seen
        unit.put(100, 1, "int32")
        async with serving_registers(port, unit):
            await intake.until(lambda: intake.shows(pv__active_power_w=-10.0))


async def test_a_limit_is_written_rounded_down_and_read_back(tmp_path: Path) -> None:
    unit, port = a_unit(), free_port()
    async with (
        serving_registers(port, unit),
        adapting(a_park(tmp_path, port), "inverter") as (adapter, intake),
    ):
        await intake.until(lambda: bool(intake.rows))
        taken = await adapter.hand_over(a_command("pv", 123_456.0))
        unit.deaf = True
        ignored = await adapter.hand_over(a_command("pv", 1_000.0))
        unit.refuses = ExcCodes.ILLEGAL_VALUE
        declined = await adapter.hand_over(a_command("pv", 2_000.0))
        wrong = await adapter.hand_over(a_command("pv", 1.0, quantity="active_power_w"))
        large = await adapter.hand_over(a_command("pv", 1e9))

    assert taken == Accepted(123_400.0)
    assert isinstance(ignored, Refused)
    assert ignored.read_back_w == 123_400.0
    assert isinstance(declined, Refused)
    assert "exception code 3" in declined.reason
    assert isinstance(wrong, Refused)
    assert "takes no active_power_w" in wrong.reason
    assert isinstance(large, Refused)
    assert "does not fit uint16" in large.reason


async def test_a_unit_that_is_away_does_not_answer(tmp_path: Path) -> None:
    async with adapting(a_park(tmp_path, free_port()), "inverter") as (adapter, _):
        answer = await adapter.hand_over(a_command("pv", 1_000.0))

    assert isinstance(answer, NoAnswer)


async def test_a_unit_that_was_away_is_told_its_limit_again(tmp_path: Path) -> None:
    unit, port = a_unit(), free_port()
    async with adapting(a_park(tmp_path, port), "inverter") as (adapter, intake):
        async with serving_registers(port, unit):
            await intake.until(lambda: bool(intake.rows))
            assert isinstance(await adapter.hand_over(a_command("pv", 50_000.0)), Accepted)
        unit.put(LIMIT_AT, 30_000)  # it forgot
        async with serving_registers(port, unit):
            await intake.until(lambda: unit.holding[LIMIT_AT] == 500)


async def test_a_lease_ends_also_while_readings_wait_for_kafka(tmp_path: Path) -> None:
    unit, port = a_unit(), free_port()
    async with (
        serving_registers(port, unit),
        adapting(a_park(tmp_path, port), "inverter") as (adapter, intake),
    ):
        await intake.until(lambda: bool(intake.rows))
        intake.here.clear()
        answer = await adapter.hand_over(a_command("pv", 50_000.0, seconds=2))
        assert isinstance(answer, Accepted)

        await intake.until(lambda: unit.holding[LIMIT_AT] == 15_000)


async def test_at_the_end_of_the_lease_the_unit_gets_the_fail_safe(tmp_path: Path) -> None:
    unit, port = a_unit(), free_port()
    async with (
        serving_registers(port, unit),
        adapting(a_park(tmp_path, port, poll="1s"), "inverter") as (adapter, intake),
    ):
        await intake.until(lambda: bool(intake.rows))
        answer = await adapter.hand_over(a_command("pv", 50_000.0, seconds=2))
        assert isinstance(answer, Accepted)

        await intake.until(lambda: unit.holding[LIMIT_AT] == 15_000)  # 1500 kW in the park file
