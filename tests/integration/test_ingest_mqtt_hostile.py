"""A broker that is broken or hostile costs its own connection and nothing else."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services.ingest.adapters.mqtt import session
from services.ingest.adapters.mqtt.session import Broker, MqttSession

CONNACK = b"\x20\x02\x00\x00"
SUBACK = b"\x90\x03\x00\x01\x01"
TOO_SHORT_A_PUBLISH = b"\x30\x01\x00"
TOPIC_THAT_IS_NO_TEXT = b"\x30\x05\x00\x02\xff\xfe1"


class BrokenBroker:
    """Says yes to whoever connects, and then something that is no MQTT."""

    def __init__(self, says: bytes) -> None:
        self._says = says
        self.connections = 0

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        await reader.read(1000)
        writer.write(CONNACK + self._says)
        await reader.read(1000)
        writer.close()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[int]:
        server = await asyncio.start_server(self._meet, "127.0.0.1", 0)
        async with server:
            yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize("says", [TOO_SHORT_A_PUBLISH, TOPIC_THAT_IS_NO_TEXT])
async def test_bytes_that_are_no_mqtt_cost_the_connection_and_not_the_client(
    monkeypatch: pytest.MonkeyPatch, says: bytes
) -> None:
    monkeypatch.setattr(session, "LONGEST_WAIT_S", 1)
    broker = BrokenBroker(says)
    async with broker.serving() as port:
        client = MqttSession(
            Broker(f"mqtt://127.0.0.1:{port}"), "c", ["a"], lambda _: None, lambda _: None
        )
        client.start()
        deadline = time.monotonic() + 15
        while broker.connections < 3:
            assert time.monotonic() < deadline, f"{broker.connections} connections"
            await asyncio.sleep(0.05)
        await client.stop()
