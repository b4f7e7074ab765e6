"""The simulated devices over real MQTT and Modbus: what is told arrives, what is asked happens."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path

from services.demo.stack import Mqtt
from tests.integration.simulator.running import (
    START,
    Listener,
    Simulator,
    eventually,
    modbus_client,
)

DEVICES_ON_MQTT = {"steel", "offices", "h3_gas", "pv", "wind", "weather", "battery"}
FOREVER = "2019-12-01T00:00:00Z"
STOCK_UNTIL_S = 1_575_158_400


@asynccontextmanager
async def playing(
    folder: Path, url: str, **extra: str
) -> AsyncIterator[tuple[Simulator, Listener]]:
    """A running simulator and someone who listens."""
    simulator, listener = Simulator(folder, url, extra), Listener(url)
    listening = asyncio.create_task(listener.listen())
    try:
        await eventually(listener.listens.is_set)
        await simulator.start()
        yield simulator, listener
    finally:
        await simulator.kill()
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening


async def test_a_killed_simulator_tells_everything_once_more_and_nothing_else(
    mqtt: Mqtt, tmp_path: Path
) -> None:
    async with playing(tmp_path, mqtt.url, PARKFLOW_DEVICES="local") as (simulator, listener):
        await eventually(lambda: len(listener.telemetry) > 60)
        await simulator.kill()
        heard = len(listener.telemetry)
        await simulator.start()
        await eventually(lambda: len(listener.telemetry) > heard + 200)
        await simulator.stop()
        told = simulator.journalled()
        on_mqtt = {key: value for key, value in told.items() if key[0] in DEVICES_ON_MQTT}
        # nothing the simulator counts was lost
        await eventually(lambda: on_mqtt.items() <= listener.readings().items())
        heard_readings = listener.readings()

    times = sorted({at for device, _, at in heard_readings if device == "steel"})
    assert times[0] == START
    assert len(times) == _minutes_between(times[0], times[-1]) + 1  # not one sample missing


async def test_two_parks_with_local_devices_tell_the_same(mqtt: Mqtt, tmp_path: Path) -> None:
    told = []
    for run in ("undisturbed", "killed"):
        local = {"PARKFLOW_DEVICES": "local"}
        async with playing(tmp_path / run, mqtt.url, **local) as (simulator, listener):
            if run == "killed":
                await eventually(lambda heard=listener.telemetry: len(heard) > 100)
                await simulator.kill()
                await simulator.start()
            await eventually(lambda heard=listener.telemetry: len(heard) > 500)
            told.append(simulator.journalled())

    both = told[0].keys() & told[1].keys()
    assert len(both) > 1_000
    assert {key: told[0][key] for key in both} == {key: told[1][key] for key in both}


async def test_an_outage_of_the_broker_loses_no_sample(mqtt: Mqtt, tmp_path: Path) -> None:
    async with playing(tmp_path, mqtt.url) as (simulator, listener):
        await eventually(lambda: len(listener.telemetry) > 30)
        mqtt.freeze()
        await asyncio.sleep(3)
        mqtt.thaw()
        heard = len(listener.telemetry)
        await eventually(lambda: len(listener.telemetry) > heard + 200)
        await simulator.stop()

    times = sorted({at for device, at, _ in listener.telemetry if device == "battery"})
    assert len(times) == _minutes_between(times[0], times[-1]) + 1


async def test_a_command_is_answered_and_followed(mqtt: Mqtt, tmp_path: Path) -> None:
    async with playing(tmp_path, mqtt.url) as (_, listener):
        accepted = await listener.command(
            "battery",
            setpoint_id="sp-1",
            quantity="active_power_w",
            value_w=123000.0,
            expires_at=FOREVER,
        )
        rejected = await listener.command("battery", setpoint_id="sp-2", quantity="colour")

        assert (accepted["result"], rejected["result"]) == ("accepted", "rejected")
        assert accepted["read_back_w"] == 123000.0
        await eventually(
            lambda: any(
                device == "battery" and values["active_power_w"] == 123000.0
                for device, _, values in listener.telemetry
            )
        )


async def test_a_port_limit_is_read_back_and_followed(mqtt: Mqtt, tmp_path: Path) -> None:
    async with playing(tmp_path, mqtt.url) as (simulator, _):
        client = await modbus_client(simulator.modbus_port)
        words = struct.unpack(">8H", struct.pack(">III4x", 3_000, STOCK_UNTIL_S, 77))
        written = await client.write_registers(0, list(words), device_id=11)
        too_much = struct.unpack(">8H", struct.pack(">III4x", 8_000, STOCK_UNTIL_S, 78))
        refused = await client.write_registers(8, list(too_much), device_id=11)
        held = await client.read_holding_registers(0, count=16, device_id=11)
        client.close()

    assert not written.isError()
    assert refused.exception_code == 3
    assert tuple(held.registers) == words + (0,) * 8


async def test_the_ring_keeps_its_records_over_a_kill(mqtt: Mqtt, tmp_path: Path) -> None:
    async with playing(tmp_path, mqtt.url) as (simulator, listener):
        client = await modbus_client(simulator.modbus_port)
        await eventually(lambda: len(listener.telemetry) > 100)
        newest = await _newest(client)
        before = [await _grid_record(client, newest - back) for back in range(5)]
        client.close()
        await simulator.kill()
        await simulator.start()
        client = await modbus_client(simulator.modbus_port)
        after = [await _grid_record(client, newest - back) for back in range(5)]
        client.close()

    assert after == before
    assert [record[:2] for record in before] == [(newest - n, (newest - n) * 60) for n in range(5)]


async def test_local_devices_refuse_and_garbage_is_garbage(mqtt: Mqtt, tmp_path: Path) -> None:
    faults = "garbage:wind@2019-06-03T22:00Z/6000min"
    extra = {"PARKFLOW_DEVICES": "local", "PARKFLOW_FAULTS": faults}
    async with playing(tmp_path, mqtt.url, **extra) as (_, listener):
        await eventually(lambda: listener.undecodable > 3)
        result = await listener.command(
            "pv",
            setpoint_id="sp-3",
            quantity="active_power_limit_w",
            value_w=0.0,
            expires_at=FOREVER,
        )

    assert result["reason"] == "local mode"
    assert not [at for device, at, _ in listener.telemetry if device == "wind"]


async def _newest(client: object) -> int:
    answer = await client.read_input_registers(0, count=4, device_id=1)  # type: ignore[attr-defined]
    high, low, size, length = answer.registers
    assert (size, length) == (256, 14)
    return int(high << 16 | low)


async def _grid_record(client: object, sequence: int) -> tuple[int, ...]:
    answer = await client.read_input_registers(  # type: ignore[attr-defined]
        100 + sequence % 256 * 14, count=14, device_id=1
    )
    return struct.unpack(">IIiQQ", struct.pack(">14H", *answer.registers))


def _minutes_between(first: str, last: str) -> int:
    seconds = (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds()
    return round(seconds / 60)
