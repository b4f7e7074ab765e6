"""SunSpec units on a pymodbus server: found by themselves, read by name, limited in percent."""

import asyncio
import math
import time
from pathlib import Path
from typing import Any

import pytest

from services.demo.stack.ports import free_port
from services.energy.site import Park
from services.ingest.adapters.adapter import Accepted, NoAnswer, Refused
from tests.support.one_adapter import a_command, a_park_with, adapting
from tests.support.patience import PATIENCE_S
from tests.support.registers import SunspecUnit, serving_registers

COMMON, INVERTER, NAMEPLATE, SETTINGS, CONTROLS, TRACKERS = (
    (1, 66),
    (103, 50),
    (120, 26),
    (121, 30),
    (123, 24),
    (160, 48),
)
NO_FAIL_SAFE: dict[str, Any] = {"fail_safe": {}}


def a_park(folder: Path, port: int, device: str = "pv", **more: Any) -> Park:
    source = {
        "id": "unit",
        "protocol": "sunspec",
        "host": "127.0.0.1",
        "port": port,
        "poll": "1s",
    } | more.pop("source", {})
    return a_park_with(folder, source, {device: more})


def an_inverter(**more: Any) -> SunspecUnit:
    unit = SunspecUnit(COMMON, INVERTER, NAMEPLATE, SETTINGS, CONTROLS, TRACKERS, **more)
    unit.show(103, {"W": 1_250, "W_SF": 3, "WH": 77, "WH_SF": 3})
    unit.show(121, {"WMax": 3_000, "WMax_SF": 3})
    unit.show(123, {"WMaxLimPct": 100, "WMaxLimPct_SF": 0})
    unit.show(160, {"N": 2, "DCW_SF": 2, "module[2].DCW": 55})
    return unit


@pytest.mark.parametrize("base", [40_000, 0, 50_000])
async def test_an_inverter_is_found_wherever_its_models_begin(tmp_path: Path, base: int) -> None:
    unit, port = an_inverter(base=base), free_port()
    async with (
        serving_registers(port, unit),
        adapting(a_park(tmp_path, port), "unit") as (_, intake),
    ):
        await intake.until(
            lambda: intake.shows(pv__active_power_w=-1_250_000.0, pv__generation_energy_wh=77_000.0)
        )


async def test_a_number_stands_where_the_park_file_says(tmp_path: Path) -> None:
    unit, port = an_inverter(), free_port()
    declared = {"point": "pv.active_power_w", "model": 160, "name": "module[2].DCW", "scale": -1}
    park = a_park(tmp_path, port, source={"points": [declared]})
    async with serving_registers(port, unit), adapting(park, "unit") as (_, intake):
        await intake.until(lambda: intake.shows(pv__active_power_w=-5_500.0))


async def test_what_a_unit_does_not_implement_is_invalid_and_not_zero(tmp_path: Path) -> None:
    unit, port = an_inverter(), free_port()
    unit.show(103, {"W": -32_768, "WH": 0})
    async with (
        serving_registers(port, unit),
        adapting(a_park(tmp_path, port), "unit") as (_, intake),
    ):
        await intake.until(
            lambda: intake.shows(pv__active_power_w=math.nan, pv__generation_energy_wh=math.nan)
        )


async def test_meters_batteries_and_weather_stations_show_their_own(tmp_path: Path) -> None:
    unit, port = SunspecUnit(COMMON, (203, 105), (802, 62), (308, 4), (307, 11)), free_port()
    unit.show(203, {"W": -400, "W_SF": 1, "TotWhImp": 5, "TotWhExp": 6, "TotWh_SF": 3})
    unit.show(802, {"SoC": 555, "SoC_SF": -1})
    unit.show(308, {"GHI": 812, "TmpAmb": 0x8000 - 2**16})
    unit.show(307, {"TmpAmb": 215})
    source = {"id": "unit", "protocol": "sunspec", "host": "127.0.0.1", "port": port, "poll": "1s"}
    park = a_park_with(tmp_path, source, {"grid": {}, "battery": {}, "weather": {}})
    async with serving_registers(port, unit), adapting(park, "unit") as (_, intake):
        await intake.until(
            lambda: intake.shows(
                grid__active_power_w=-4_000.0,
                grid__import_energy_wh=5_000.0,
                grid__export_energy_wh=6_000.0,
                battery__state_of_charge_pct=55.5,
                weather__irradiance_w_m2=812.0,
                weather__temperature_c=21.5,
            )
        )


async def test_a_limit_is_a_percentage_and_falls_back_when_nothing_more_comes(
    tmp_path: Path,
) -> None:
    unit, port, began = an_inverter(), free_port(), time.monotonic()
    park = a_park(tmp_path, port, **NO_FAIL_SAFE)
    async with serving_registers(port, unit), adapting(park, "unit") as (adapter, intake):
        await intake.until(lambda: bool(intake.rows))
        answer = await adapter.hand_over(a_command("pv", 1_480_000.0))
        at_least = 599 - math.ceil(time.monotonic() - began)

    assert answer == Accepted(1_470_000.0)  # 49 of 3000 kW: whole percent, rounded down
    assert unit.says(123, "WMaxLimPct") == 49
    assert unit.says(123, "WMaxLim_Ena") == 1
    assert at_least <= unit.says(123, "WMaxLimPct_RvrtTms") <= 600
    first, *_, last = [address for address, _ in unit.written]
    controls = next(m for m in unit.models if m.id == 123)
    assert (first - controls.address, last - controls.address) == (5, 9)  # switched on last


async def test_a_unit_that_would_go_back_to_no_limit_is_led_back_by_us(tmp_path: Path) -> None:
    unit, port = an_inverter(), free_port()
    async with (
        serving_registers(port, unit),
        adapting(a_park(tmp_path, port), "unit") as (adapter, intake),
    ):
        await intake.until(lambda: bool(intake.rows))
        assert isinstance(await adapter.hand_over(a_command("pv", 300_000.0, seconds=2)), Accepted)
        assert unit.says(123, "WMaxLimPct") == 10
        assert unit.says(123, "WMaxLimPct_RvrtTms") == 0

        await intake.until(lambda: unit.says(123, "WMaxLimPct") == 50)  # 1500 of 3000 kW


async def test_a_newer_unit_is_told_what_to_go_back_to(tmp_path: Path) -> None:
    unit, port = SunspecUnit(COMMON, (701, 153), (702, 50), (704, 65)), free_port()
    began = time.monotonic()
    unit.show(701, {"W": 100, "W_SF": 3, "TotWhInj": 9, "TotWh_SF": 3})
    unit.show(702, {"WMax": 3_000, "W_SF": 3})
    unit.show(704, {"WMaxLimPct_SF": -1})
    async with (
        serving_registers(port, unit),
        adapting(a_park(tmp_path, port), "unit") as (adapter, intake),
    ):
        await intake.until(lambda: intake.shows(pv__active_power_w=-100_000.0))
        answer = await adapter.hand_over(a_command("pv", 1_000_000.0))
        at_least = 599 - math.ceil(time.monotonic() - began)

    assert isinstance(answer, Accepted)
    assert answer.read_back_w == pytest.approx(999_000.0)  # 33.3 %
    assert unit.says(704, "WMaxLimPctRvrt") == 500  # 1500 of 3000 kW
    assert unit.says(704, "WMaxLimPctEnaRvrt") == 1
    assert at_least <= unit.says(704, "WMaxLimPctRvrtTms") <= 600


async def test_a_unit_that_does_not_take_the_limit_says_so(tmp_path: Path) -> None:
    unit, port = an_inverter(), free_port()
    unit.deaf = True
    unit.show(123, {"WMaxLim_Ena": 1})
    async with (
        serving_registers(port, unit),
        adapting(a_park(tmp_path, port), "unit") as (adapter, intake),
    ):
        await intake.until(lambda: bool(intake.rows))
        answer = await adapter.hand_over(a_command("pv", 1_500_000.0))

    assert isinstance(answer, Refused)
    assert answer.read_back_w == 3_000_000.0


async def test_a_meter_has_no_limit(tmp_path: Path) -> None:
    unit, port = SunspecUnit(COMMON, (203, 105)), free_port()
    async with (
        serving_registers(port, unit),
        adapting(a_park(tmp_path, port, "grid"), "unit") as (adapter, intake),
    ):
        await intake.until(lambda: bool(intake.rows))
        answer = await adapter.hand_over(a_command("grid", 1.0))

    assert isinstance(answer, Refused)


async def test_a_unit_whose_models_never_end_is_away_and_ingest_lives_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unit, port = an_inverter(), free_port()
    unit.holding[40_003] = 0xFFFF  # the length of its first model
    async with (
        serving_registers(port, unit),
        adapting(a_park(tmp_path, port), "unit") as (adapter, _),
    ):
        answer = await adapter.hand_over(a_command("pv", 1_000_000.0))
        async with asyncio.timeout(PATIENCE_S):
            while "ends beyond the last register" not in capsys.readouterr().out:  # noqa: ASYNC110
                await asyncio.sleep(0.1)

    assert isinstance(answer, NoAnswer)
