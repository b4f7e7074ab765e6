"""Set-points from Kafka to devices and back as deliveries, over real MQTT and Modbus."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiomqtt
from pymodbus.constants import ExcCodes

from parkflow.dispatch.v1.setpoint_pb2 import Setpoint, SetpointQuantity
from parkflow.telemetry.v1.delivery_pb2 import DeliveryResult
from services.demo.stack import Kafka, Mqtt
from services.demo.stack.ports import free_port
from services.ingest.adapters.modbus.records import PortLimit, tag_of
from services.runtime.topics import DELIVERIES, SETPOINTS
from tests.support.builders import MORNING, after
from tests.support.ingest import IngestProcess, Log, ended, running, the_log, write
from tests.support.modbus import a_cabinet, serving

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
LIMIT = SetpointQuantity.SETPOINT_QUANTITY_ACTIVE_POWER_LIMIT_W
POWER = SetpointQuantity.SETPOINT_QUANTITY_ACTIVE_POWER_W


def a_setpoint(
    ingest: IngestProcess,
    name: str,
    device: str,
    value_w: float,
    *,
    quantity: Any = POWER,
    issued: datetime = MORNING,
    lease: timedelta = timedelta(hours=1),
) -> Setpoint:
    message = Setpoint(
        setpoint_id=name,
        park_id=ingest.park_id,
        device_id=device,
        quantity=quantity,
        value_w=value_w,
    )
    message.issued_at.FromDatetime(issued)
    message.expires_at.FromDatetime(issued + lease)
    return message


class Battery:
    """Answers commands like a battery would; `orders` is what it was told."""

    def __init__(self, client: aiomqtt.Client, prefix: str) -> None:
        self._client, self._prefix = client, prefix
        self.orders: list[dict[str, Any]] = []
        self.answers = True
        self.delay_s = 0.0

    async def listen(self) -> None:
        await self._client.subscribe(f"{self._prefix}/+/command", qos=1)
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
    async with aiomqtt.Client("127.0.0.1", mqtt.port, identifier=name) as client:
        battery = Battery(client, ingest.park_id)
        listening = asyncio.create_task(battery.listen())
        await asyncio.sleep(0.3)
        try:
            yield battery
        finally:
            listening.cancel()


def results(log: Log) -> dict[str, str]:
    return {
        m.setpoint_id: DeliveryResult.Name(m.result).removeprefix("DELIVERY_RESULT_")
        for m in log.messages
    }


async def test_set_points_reach_mqtt_devices_and_their_answers_come_back(
    kafka_with_topics: Kafka, mqtt: Mqtt, tmp_path: Path
) -> None:
    with running(IngestProcess(tmp_path, kafka_with_topics.address, mqtt.url)) as ingest:
        async with (
            a_battery(ingest, mqtt) as battery,
            the_log(kafka_with_topics, DELIVERIES, ingest.park_id) as log,
        ):

            async def send(*setpoints: Setpoint) -> None:
                key = f"{ingest.park_id}/battery"
                await write(kafka_with_topics, SETPOINTS, key, *setpoints, traceparent=TRACEPARENT)
                wanted = {s.setpoint_id for s in setpoints}
                await log.until(lambda: wanted <= results(log).keys())

            await send(a_setpoint(ingest, "good", "battery", 250_000.0))
            await send(
                a_setpoint(ingest, "too much", "battery", 9e6, issued=after(1)),
                a_setpoint(ingest, "nobody", "nobody", 1.0),
            )
            await send(
                a_setpoint(
                    ingest, "over", "battery", 1.0, issued=after(2), lease=timedelta(seconds=-60)
                )
            )
            battery.answers = False
            await send(a_setpoint(ingest, "unheard", "battery", 2.0, issued=after(3)))

    assert results(log) == {
        "good": "ACCEPTED",
        "too much": "REJECTED",
        "nobody": "REJECTED",
        "over": "EXPIRED",
        "unheard": "TIMEOUT",
    }
    by_name = {m.setpoint_id: m for m in log.messages}
    assert by_name["good"].read_back_w == 250_000.0
    assert by_name["too much"].reason == "beyond the rating"
    assert not by_name["too much"].HasField("read_back_w")
    assert "no device 'nobody'" in by_name["nobody"].reason
    assert "within 2 s" in by_name["unheard"].reason
    assert [order["setpoint_id"] for order in battery.orders] == ["good", "too much", "unheard"]
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
                for device, quantity in (
                    ("charger_02", LIMIT),
                    ("charger_14", LIMIT),
                    ("charger_27", LIMIT),
                    ("charger_40", LIMIT),
                    ("charger_01", POWER),
                    ("grid", LIMIT),
                ):
                    setpoint = a_setpoint(ingest, device, device, 3_500.0, quantity=quantity)
                    await write(
                        kafka_with_topics, SETPOINTS, f"{ingest.park_id}/{device}", setpoint
                    )
                await log.until(lambda: len(results(log)) == 6)

    expiry = int(after(hours=1).timestamp())
    assert PortLimit.of(cabinet.holding[8:16]) == PortLimit(3_500, expiry, tag_of("charger_02"))
    assert cabinet.holding[:8] == [0] * 8
    assert results(log) == {
        "charger_02": "ACCEPTED",
        "charger_14": "REJECTED",  # wrote, but it holds something else
        "charger_27": "REJECTED",  # exception code
        "charger_40": "TIMEOUT",  # no such unit answers
        "charger_01": "REJECTED",  # a port takes limits only
        "grid": "REJECTED",  # a meter
    }
    by_name = {m.setpoint_id: m for m in log.messages}
    assert by_name["charger_02"].read_back_w == 3_500.0
    assert "reads back" in by_name["charger_14"].reason
