"""Set-points from Kafka to devices and back as deliveries, over real MQTT and Modbus."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiomqtt
from pymodbus.constants import ExcCodes

from parkflow.telemetry.v1.delivery_pb2 import DeliveryResult
from services.demo.stack import Kafka, Mqtt
from services.demo.stack.ports import free_port
from services.ingest.adapters.modbus.records import PortLimit, tag_of
from services.runtime.topics import DELIVERIES, SETPOINTS
from tests.support.builders import after
from tests.support.ingest import IngestProcess, ended, running, the_log, write
from tests.support.modbus import a_cabinet, serving
from tests.support.patience import PATIENCE_S
from tests.support.setpoints import LIMIT, POWER, Desk, a_setpoint, results

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


class Battery:
    """Answers commands like a battery would; `orders` is what it was told."""

    def __init__(self, client: aiomqtt.Client, prefix: str) -> None:
        self._client, self._prefix = client, prefix
        self.orders: list[dict[str, Any]] = []
        self.answers = True
        self.delay_s = 0.0

    async def subscribe(self) -> None:
        await self._client.subscribe(f"{self._prefix}/+/command", qos=1)

    async def listen(self) -> None:
        async for message in self._client.messages:
            order = json.loads(bytes(message.payload or b""))
            self.orders.append(order)
            if not self.answers:
                continue
            await asyncio.sleep(self.delay_s)
            device = str(message.topic).split("/")[1]
            refused = order["value_w"] > 1_500_000
            answer = {
                "setpoint_id": order["setpoint_id"],
                "result": "rejected" if refused else "accepted",
                "reason": "beyond the rating" if refused else "",
                "read_back_w": None if refused else order["value_w"],
            }
            await self._client.publish(f"{self._prefix}/{device}/result", json.dumps(answer), qos=1)


@asynccontextmanager
async def a_battery(ingest: IngestProcess, mqtt: Mqtt) -> AsyncIterator[Battery]:
    name = f"battery-{ingest.park_id}"
    await ingest.until_connected("mqtt-site")
    async with aiomqtt.Client(
        "127.0.0.1", mqtt.port, identifier=name, timeout=PATIENCE_S
    ) as client:
        battery = Battery(client, ingest.park_id)
        await battery.subscribe()
        listening = asyncio.create_task(battery.listen())
        try:
            yield battery
        finally:
            listening.cancel()


async def test_set_points_reach_mqtt_devices_and_their_answers_come_back(
    kafka_with_topics: Kafka, mqtt: Mqtt, tmp_path: Path
) -> None:
    with running(IngestProcess(tmp_path, kafka_with_topics.address, mqtt.url)) as ingest:
        async with (
            a_battery(ingest, mqtt) as battery,
            the_log(kafka_with_topics, DELIVERIES, ingest.park_id) as log,
        ):
            desk = Desk(kafka_with_topics, ingest, log, TRACEPARENT)
            good = await desk.answered(a_setpoint(ingest, "good", "battery", 250_000.0))
            too_much = await desk.answered(
                a_setpoint(ingest, "too much", "battery", 9e6, issued=after(1))
            )
            nobody = await desk.answered(a_setpoint(ingest, "nobody", "nobody", 1.0))
            over = await desk.answered(
                a_setpoint(
                    ingest, "over", "battery", 1.0, issued=after(2), lease=timedelta(seconds=-60)
                )
            )
            battery.answers = False
            await desk.send(a_setpoint(ingest, "unheard", "battery", 2.0, issued=after(3)))
            unheard = desk.delivery_of("unheard")

    said = [DeliveryResult.Name(one.result) for one in (good, too_much, nobody, over, unheard)]
    assert [name.removeprefix("DELIVERY_RESULT_") for name in said] == [
        "ACCEPTED",
        "REJECTED",
        "REJECTED",
        "EXPIRED",
        "TIMEOUT",
    ]
    assert good.read_back_w == 250_000.0
    assert too_much.reason == "beyond the rating"
    assert not too_much.HasField("read_back_w")
    assert "no device 'nobody'" in nobody.reason
    assert "within 2 s" in unheard.reason
    names = [order["setpoint_id"].split("/")[0] for order in battery.orders]
    assert list(dict.fromkeys(names)) == ["good", "too much", "unheard"]
    assert battery.orders[0] == {
        "setpoint_id": "good",
        "quantity": "active_power_w",
        "value_w": 250_000.0,
        "expires_at": "2019-06-03T23:00:00.000Z",
    }
    assert {h["traceparent"].decode().split("-")[1] for h in log.headers} == {TRACE}


async def test_only_the_newest_waits_and_an_older_one_never_follows(
    kafka_with_topics: Kafka, mqtt: Mqtt, tmp_path: Path
) -> None:
    with running(IngestProcess(tmp_path, kafka_with_topics.address, mqtt.url)) as ingest:
        async with (
            a_battery(ingest, mqtt) as battery,
            the_log(kafka_with_topics, DELIVERIES, ingest.park_id) as log,
        ):
            battery.delay_s = 1.0
            key = f"{ingest.park_id}/battery"
            many = [
                a_setpoint(ingest, f"n{i}", "battery", float(i), issued=after(i)) for i in range(9)
            ]
            await write(kafka_with_topics, SETPOINTS, key, *many, many[3])
            await log.until(lambda: "n8" in results(log))
            await write(kafka_with_topics, SETPOINTS, key, many[2])
            last = a_setpoint(ingest, "last", "battery", 1.0, issued=after(20))
            await write(kafka_with_topics, SETPOINTS, key, last)
            await log.until(lambda: "last" in results(log))

    orders = [order["setpoint_id"] for order in battery.orders]
    assert orders[-2:] == ["n8", "last"]
    assert len(orders) <= 4
    assert orders == sorted(orders, key=lambda name: 99 if name == "last" else int(name[1:]))


async def test_limits_reach_charging_ports_and_are_read_back(
    kafka_with_topics: Kafka, tmp_path: Path
) -> None:
    cabinet, deaf, refusing, port = a_cabinet(1), a_cabinet(2), a_cabinet(3), free_port()
    deaf.deaf, refusing.refuses = True, ExcCodes.ILLEGAL_VALUE
    ingest = IngestProcess(tmp_path, kafka_with_topics.address, modbus_port=port)
    async with serving(port, cabinet, deaf, refusing):
        with ended(ingest):
            await asyncio.to_thread(ingest.start)
            async with the_log(kafka_with_topics, DELIVERIES, ingest.park_id) as log:
                desk = Desk(kafka_with_topics, ingest, log)
                found = {}
                for device, quantity in (
                    ("charger_02", LIMIT),
                    ("charger_14", LIMIT),
                    ("charger_27", LIMIT),
                    ("charger_01", POWER),
                    ("grid", LIMIT),
                ):
                    setpoint = a_setpoint(ingest, device, device, 3_500.0, quantity=quantity)
                    found[device] = await desk.answered(setpoint)
                nowhere = a_setpoint(ingest, "charger_40", "charger_40", 3_500.0, quantity=LIMIT)
                await desk.send(nowhere)
                found["charger_40"] = desk.delivery_of("charger_40")

    expiry = int(after(hours=1).timestamp())
    tag = tag_of(found["charger_02"].setpoint_id)
    assert PortLimit.of(cabinet.holding[8:16]) == PortLimit(3_500, expiry, tag)
    assert cabinet.holding[:8] == [0] * 8
    said = {device: DeliveryResult.Name(one.result) for device, one in found.items()}
    assert {device: name.removeprefix("DELIVERY_RESULT_") for device, name in said.items()} == {
        "charger_02": "ACCEPTED",
        "charger_14": "REJECTED",  # wrote, but it holds something else
        "charger_27": "REJECTED",  # exception code
        "charger_40": "TIMEOUT",  # no such unit answers
        "charger_01": "REJECTED",  # a port takes limits only
        "grid": "REJECTED",  # a meter
    }
    assert found["charger_02"].read_back_w == 3_500.0
    assert "reads back" in found["charger_14"].reason
