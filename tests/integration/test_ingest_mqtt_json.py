"""Mapped JSON against real brokers: found by pointer, acknowledged when safe, set-points held."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiomqtt
import pytest

from services.demo.stack import Mqtt
from services.energy.readings import FieldQuality
from services.energy.site import Park
from services.ingest.adapters.adapter import Accepted, NoAnswer, Refused
from tests.support.brokers import any_broker, mosquitto
from tests.support.one_adapter import a_command, a_park_with, adapting
from tests.support.patience import PATIENCE_S
from tests.support.slow_devices import slower_devices

__all__ = ["any_broker", "mosquitto"]
AT = "2019-06-03T22:01:00+08:00"
AT_US = 1_559_570_460_000_000


def a_park(folder: Path, **more: Any) -> Park:
    prefix = f"p{uuid4().hex[:6]}"
    source = {
        "id": "meters",
        "protocol": "mqtt_json",
        "points": [
            {
                "point": "steel.active_power_w",
                "topic": f"{prefix}/steel",
                "value": "/power/kw",
                "time": "/at",
                "scale": 1000,
            },
            {
                "point": "pv.generation_energy_wh",
                "topic": f"{prefix}/pv",
                "each": "/samples",
                "value": "/wh",
                "time": "/ms",
                "time_format": "epoch_ms",
            },
        ],
        "setpoints": [
            {
                "device": "pv",
                "quantity": "active_power_limit_w",
                "topic": f"{prefix}/pv/set",
                "value": "/limit/kw",
                "held_topic": f"{prefix}/pv",
                "held_value": "/limit_kw",
                "scale": 1000,
            }
        ],
    } | more
    return a_park_with(folder, source, {"pv": {}, "steel": {}})


class Plant:
    """A controller that publishes its own JSON; `orders` is what it was told."""

    def __init__(self, client: aiomqtt.Client, prefix: str) -> None:
        self._client, self._prefix = client, prefix
        self.orders: list[Any] = []
        self.follows = True
        self.limit_kw = 3000.0

    async def raw(self, topic: str, payload: bytes | str, *, retain: bool = False) -> None:
        await self._client.publish(f"{self._prefix}/{topic}", payload, qos=1, retain=retain)

    async def steel(self, kw: Any, at: str = AT) -> None:
        await self.raw("steel", json.dumps({"power": {"kw": kw}, "at": at}))

    async def pv(self, **wh_by_ms: float) -> None:
        samples = [{"ms": int(ms[1:]), "wh": wh} for ms, wh in wh_by_ms.items()]
        await self.raw("pv", json.dumps({"samples": samples, "limit_kw": self.limit_kw}))

    async def subscribe(self) -> None:
        await self._client.subscribe(f"{self._prefix}/pv/set", qos=1)

    async def listen(self) -> None:
        async for message in self._client.messages:
            order = json.loads(bytes(message.payload or b""))  # type: ignore[arg-type]
            self.orders.append(order)
            if self.follows:
                self.limit_kw = order["limit"]["kw"]
            await self.pv()


@asynccontextmanager
async def a_plant(broker: Mqtt, park: Park) -> AsyncIterator[Plant]:
    settings: Any = park.source("meters").settings
    prefix = settings.points[0].topic.split("/")[0]
    name = f"plc-{prefix}"
    async with aiomqtt.Client(
        "127.0.0.1", broker.port, identifier=name, timeout=PATIENCE_S
    ) as client:
        plant = Plant(client, prefix)
        await plant.subscribe()
        listening = asyncio.create_task(plant.listen())
        try:
            yield plant
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


async def test_values_are_found_by_pointer_with_their_own_times(
    any_broker: Mqtt, tmp_path: Path
) -> None:
    park = a_park(tmp_path)
    async with (
        a_plant(any_broker, park) as plant,
        adapting(park, "meters", mqtt=any_broker.url) as (adapter, intake),
    ):
        await intake.until(lambda: adapter.connection.is_up)
        await plant.steel(1.25)
        await plant.pv(m1559570460000=7.0, m1559570520000=9.0)
        await intake.until(lambda: len(intake.rows) == 3)

    assert intake.rows == [
        ("steel.active_power_w", AT_US, 1250.0, FieldQuality.GOOD),
        ("pv.generation_energy_wh", AT_US, 7.0, FieldQuality.GOOD),
        ("pv.generation_energy_wh", AT_US + 60_000_000, 9.0, FieldQuality.GOOD),
    ]


async def test_what_cannot_be_read_is_told_and_harms_no_other(
    any_broker: Mqtt, tmp_path: Path
) -> None:
    park = a_park(tmp_path)
    async with (
        a_plant(any_broker, park) as plant,
        adapting(park, "meters", mqtt=any_broker.url) as (adapter, intake),
    ):
        await intake.until(lambda: adapter.connection.is_up)
        await plant.raw("steel", b"\xff{")
        await plant.steel(1.0, at="yesterday")
        await plant.raw("pv", '{"samples": [{"ms": 1559570460000, "wh": 4}, {"wh": 5}, 7]}')
        await plant.steel("many")
        await plant.steel(2.0)
        await intake.until(lambda: intake.shows(steel__active_power_w=2000.0))

    details = " | ".join(letter["detail"] for letter in intake.letters)
    assert "not JSON" in details
    assert "not an instant" in details
    assert "nothing at /ms" in details
    assert intake.values("pv.generation_energy_wh") == [4.0]
    assert intake.rows[-2][3] is FieldQuality.INVALID  # "many"


async def test_nothing_is_acknowledged_before_it_is_safe(any_broker: Mqtt, tmp_path: Path) -> None:
    park = a_park(tmp_path)
    async with a_plant(any_broker, park) as plant:
        async with adapting(park, "meters", mqtt=any_broker.url) as (adapter, first):
            await first.until(lambda: adapter.connection.is_up)
            first.here.clear()  # Kafka is away
            for number in range(30):
                await plant.steel(float(number))
            await first.until(lambda: first.waiting > 0)
        wanted = {n * 1000.0 for n in range(30)}
        async with adapting(park, "meters", mqtt=any_broker.url) as (_, second):
            await second.until(lambda: wanted <= set(second.values("steel.active_power_w")))

    assert first.rows == []
    assert set(second.values("steel.active_power_w")) == wanted


async def test_a_limit_is_sent_and_seen_to_be_held(any_broker: Mqtt, tmp_path: Path) -> None:
    park = a_park(tmp_path)
    async with (
        a_plant(any_broker, park) as plant,
        adapting(park, "meters", mqtt=any_broker.url) as (adapter, intake),
    ):
        await intake.until(lambda: adapter.connection.is_up)
        taken = await adapter.hand_over(a_command("pv", 900_000.0, seconds=8))
        plant.follows = False
        with slower_devices(3):
            ignored = await adapter.hand_over(a_command("pv", 800_000.0))
        plant.follows = True
        await intake.until(lambda: {"limit": {"kw": 1500.0}} in plant.orders)  # the lease is over

    assert plant.orders[0] == {"limit": {"kw": 900.0}}
    assert taken == Accepted(900_000.0)
    assert isinstance(ignored, Refused)
    assert ignored.read_back_w == 900_000.0


async def test_without_a_broker_there_is_no_answer(tmp_path: Path) -> None:
    async with adapting(a_park(tmp_path), "meters", mqtt="mqtt://127.0.0.1:9") as (adapter, _):
        answer = await adapter.hand_over(a_command("pv", 1.0))

    assert answer == NoAnswer("the MQTT broker is away")


@pytest.mark.parametrize("version", ["3.1.1", "5"])
async def test_a_session_outlives_ingest_in_both_versions_of_mqtt(
    mosquitto: Mqtt, tmp_path: Path, version: str
) -> None:
    park = a_park(tmp_path, version=version)
    async with a_plant(mosquitto, park) as plant:
        async with adapting(park, "meters", mqtt=mosquitto.url) as (adapter, first):
            await first.until(lambda: adapter.connection.is_up)
            await plant.steel(1.0)
            await first.until(lambda: bool(first.rows))
        await plant.steel(2.0)  # nobody is there
        async with adapting(park, "meters", mqtt=mosquitto.url) as (_, second):
            await second.until(lambda: bool(second.rows))

    assert second.values("steel.active_power_w") == [2000.0]


async def test_at_the_end_of_the_lease_the_fail_safe_is_written(
    any_broker: Mqtt, tmp_path: Path
) -> None:
    park = a_park(tmp_path)
    async with (
        adapting(park, "meters", speed=60.0, mqtt=any_broker.url) as (adapter, intake),
        a_plant(any_broker, park) as plant,
    ):
        await intake.until(lambda: adapter.connection.is_up)
        plant.follows = False  # it shows another limit: whether it holds ours nobody knows
        with slower_devices(2):
            answer = await adapter.hand_over(a_command("pv", 1_000_000.0, seconds=480))
        plant.follows = True
        await intake.until(lambda: plant.orders[-1] == {"limit": {"kw": 1500.0}})

    assert isinstance(answer, Refused)
    assert plant.orders[0] == {"limit": {"kw": 1000.0}}
