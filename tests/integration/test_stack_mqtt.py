"""The broker of the demo keeps what it acknowledged: while a client is away, and over a kill -9.

Every rule is also tried on mosquitto where that is installed, except those on its own kill -9.
"""

from __future__ import annotations

import asyncio
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import aiomqtt
import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from services.demo.stack import Mqtt
from services.demo.stack.mqtt import SYSTEM_PROGRAMS
from services.demo.stack.ports import free_port
from tests.support.patience import PATIENCE_S
from tests.support.stack import a_state_folder, killed, started, stopped

TELEMETRY = "demo-park/+/telemetry"

has_mosquitto = shutil.which("mosquitto", path=SYSTEM_PROGRAMS) is not None


@pytest.fixture(params=["", "mosquitto"], ids=["ours", "mosquitto"])
def broker(request: pytest.FixtureRequest) -> Iterator[Mqtt]:
    if request.param and not has_mosquitto:
        pytest.skip("mosquitto is not installed")
    with a_state_folder() as folder:
        server = Mqtt(folder, port=free_port(), broker=request.param)
        with started(server):
            yield server


def a_client(server: Mqtt, name: str, *, clean: bool = False) -> aiomqtt.Client:
    return aiomqtt.Client(
        "127.0.0.1", server.port, identifier=name, clean_session=clean, timeout=PATIENCE_S
    )


async def publish(
    server: Mqtt, *values: int, device: str = "battery", retain: bool = False
) -> None:
    async with a_client(server, f"device-{device}", clean=True) as client:
        for value in values:
            await client.publish(f"demo-park/{device}/telemetry", str(value), qos=1, retain=retain)


async def subscribe(server: Mqtt, name: str = "ingest") -> None:
    async with a_client(server, name) as client:
        await client.subscribe(TELEMETRY, qos=1)


async def receive(server: Mqtt, count: int, name: str = "ingest") -> list[int]:
    values: list[int] = []
    async with asyncio.timeout(PATIENCE_S), a_client(server, name) as client:
        async for message in client.messages:
            values.append(int(bytes(message.payload)))
            if len(values) == count:
                break
    return values


class Listener:
    """A subscriber that acknowledges what it has written down, unlike aiomqtt, which is ahead."""

    def __init__(self, server: Mqtt, name: str) -> None:
        self.seen: list[int] = []
        self._news = threading.Condition()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, name, clean_session=False)
        self._client.on_message = self._note
        self._client.connect("127.0.0.1", server.port)
        self._client.loop_start()

    def wait_for(self, value: int) -> None:
        with self._news:
            assert self._news.wait_for(lambda: value in self.seen, PATIENCE_S)

    def vanish(self) -> None:
        """Break the connection without a DISCONNECT and stay away."""
        self._client._thread_terminate = True
        break_link(self._client)
        self._client.loop_stop()

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _note(self, _client: paho.Client, _kept: object, message: paho.MQTTMessage) -> None:
        with self._news:
            self.seen.append(int(message.payload))
            self._news.notify_all()


def break_link(client: paho.Client) -> None:
    link = client.socket()
    assert isinstance(link, socket.socket)
    link.shutdown(socket.SHUT_RDWR)


async def test_what_was_published_while_a_subscriber_was_away_comes_when_it_is_back(
    broker: Mqtt,
) -> None:
    await subscribe(broker)

    await publish(broker, *range(500))

    assert await receive(broker, 500) == list(range(500))


async def test_a_subscriber_that_vanishes_in_the_stream_misses_nothing(broker: Mqtt) -> None:
    await subscribe(broker)
    listener = Listener(broker, "ingest")

    stream = asyncio.create_task(publish(broker, *range(1500)))
    await asyncio.to_thread(listener.wait_for, 300)
    listener.vanish()
    await stream
    await publish(broker, 9999)
    with closing(Listener(broker, "ingest")) as returned:
        await asyncio.to_thread(returned.wait_for, 9999)

    assert {*listener.seen, *returned.seen} == {*range(1500), 9999}


async def test_a_clean_stop_of_the_broker_loses_neither_session_nor_messages(broker: Mqtt) -> None:
    await subscribe(broker)
    await publish(broker, 1, 2, 3)

    with stopped(broker):
        assert not broker.answers()
    await publish(broker, 4)

    assert await receive(broker, 4) == [1, 2, 3, 4]


async def test_a_kill_of_our_broker_loses_nothing_it_has_acknowledged(mqtt: Mqtt) -> None:
    await subscribe(mqtt, "killed")
    await publish(mqtt, *range(200))

    with killed(mqtt):
        assert not mqtt.answers()
    await publish(mqtt, 200)

    assert await receive(mqtt, 201, "killed") == list(range(201))


async def test_what_was_acknowledged_does_not_come_again(broker: Mqtt) -> None:
    await subscribe(broker)
    await publish(broker, 1, 2)
    assert await receive(broker, 2) == [1, 2]

    await publish(broker, 3)

    assert await receive(broker, 1) == [3]


async def test_two_subscribers_get_a_message_each(broker: Mqtt) -> None:
    await subscribe(broker, "ingest")
    await subscribe(broker, "watcher")

    await publish(broker, 7)

    assert await receive(broker, 1, "ingest") == [7]
    assert await receive(broker, 1, "watcher") == [7]


async def test_a_later_subscriber_gets_the_retained_message(broker: Mqtt) -> None:
    await publish(broker, 5, 6, retain=True)

    async with asyncio.timeout(PATIENCE_S), a_client(broker, "ingest") as client:
        await client.subscribe(TELEMETRY, qos=1)
        message = await anext(client.messages)

    assert (message.payload, message.retain) == (b"6", True)


async def test_a_client_that_breaks_off_leaves_its_will(broker: Mqtt) -> None:
    await subscribe(broker)
    will = aiomqtt.Will("demo-park/battery/telemetry", b"13", qos=1)
    client = aiomqtt.Client("127.0.0.1", broker.port, identifier="device", will=will)
    await client.__aenter__()

    break_link(client._client)

    assert await receive(broker, 1) == [13]


async def test_a_clean_session_is_forgotten(broker: Mqtt) -> None:
    async with a_client(broker, "passer-by", clean=True) as client:
        await client.subscribe(TELEMETRY, qos=1)
    await publish(broker, 1)

    async with a_client(broker, "passer-by") as client:
        await client.subscribe(TELEMETRY, qos=1)
        await publish(broker, 2)
        async for message in client.messages:
            assert message.payload == b"2"
            break


async def test_twenty_devices_with_a_hundred_messages_each_are_carried(broker: Mqtt) -> None:
    await subscribe(broker)

    await asyncio.gather(
        *[publish(broker, *range(100), device=f"meter-{number}") for number in range(20)]
    )

    assert sorted(await receive(broker, 2000)) == sorted(list(range(100)) * 20)
