"""A peer that is broken or hostile costs its own connection and nothing else."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from services.ingest.adapters.adapter import NoAnswer, Refused
from services.ingest.adapters.mqtt import session
from services.ingest.adapters.mqtt.session import Broker, MqttSession
from tests.support.one_adapter import a_command, a_park_with, adapting
from tests.support.patience import PATIENCE_S

CONNACK = b"\x20\x02\x00\x00"
REFUSED = b"\x90\x03\x00\x01\x80"
TOO_SHORT_A_PUBLISH = b"\x30\x01\x00"
TOPIC_THAT_IS_NO_TEXT = b"\x30\x05\x00\x02\xff\xfe1"
STARTED = bytes.fromhex("68040b000000")  # STARTDT confirmed
OUT_OF_SEQUENCE = bytes.fromhex("6812 0e00 0000 0d01 0300 0100 0b0000 0000803f 00".replace(" ", ""))
Says = Callable[[bytes], bytes]


class BrokenPeer:
    """Answers whatever it is sent with what `says` makes of it."""

    def __init__(self, says: Says) -> None:
        self._says = says
        self.connections = 0
        self.port = 0

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(OSError):
            while heard := await reader.read(65536):
                writer.write(self._says(heard))
                await writer.drain()
        writer.close()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["BrokenPeer"]:
        server = await asyncio.start_server(self._meet, "127.0.0.1", 0)
        async with server:
            self.port = server.sockets[0].getsockname()[1]
            yield self

    async def until_met(self, times: int) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while self.connections < times:
            assert time.monotonic() < deadline, f"{self.connections} connections"
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("says", [TOO_SHORT_A_PUBLISH, TOPIC_THAT_IS_NO_TEXT])
async def test_bytes_that_are_no_mqtt_cost_the_connection_and_not_the_client(
    monkeypatch: pytest.MonkeyPatch, says: bytes
) -> None:
    monkeypatch.setattr(session, "LONGEST_WAIT_S", 1)
    async with BrokenPeer(lambda heard: CONNACK + says).serving() as broker:
        client = MqttSession(
            Broker(f"mqtt://127.0.0.1:{broker.port}"), "c", ["a"], lambda _: None, lambda _: None
        )
        client.start()
        await broker.until_met(3)
        await client.stop()


async def test_a_subscription_the_broker_refuses_is_no_connection() -> None:
    def says(heard: bytes) -> bytes:
        return CONNACK if heard[0] == 0x10 else REFUSED

    told: list[bool] = []
    async with BrokenPeer(says).serving() as broker:
        client = MqttSession(
            Broker(f"mqtt://127.0.0.1:{broker.port}"), "c", ["a"], lambda _: None, told.append
        )
        client.start()
        async with asyncio.timeout(PATIENCE_S):
            while not told:  # noqa: ASYNC110  a thread calls
                await asyncio.sleep(0.05)
        await client.stop()

    assert set(told) == {False}


def a_source(protocol: str, port: int) -> dict[str, Any]:
    point, limit = {"point": "pv.active_power_w"}, {"device": "pv"}
    limit |= {"quantity": "active_power_limit_w"}
    here: dict[str, Any] = {"id": "unit", "protocol": protocol}
    tcp = {"host": "127.0.0.1", "port": port}
    match protocol:
        case "modbus_registers":
            where = {"address": 1, "type": "int16"}
            return here | tcp | {"points": [point | where], "setpoints": [limit | where]}
        case "modbus_tcp":
            return here | tcp | {"unit": 1, "record": "grid_meter"}
        case "iec104":
            where = {"station": 1, "address": 11}
            return here | tcp | {"points": [point | where], "setpoints": [limit | where]}
        case "opc_ua":
            where = {"node": "ns=2;i=1"}
            endpoint = {"endpoint": f"opc.tcp://127.0.0.1:{port}", "security": "none"}
            return here | endpoint | {"points": [point | where], "setpoints": [limit | where]}
    return here | tcp


def noise(seed: int) -> Says:
    dice = random.Random(seed)
    return lambda heard: dice.randbytes(dice.randint(1, 200))


def echo(heard: bytes) -> bytes:
    return heard


def endless(heard: bytes) -> bytes:
    """A message that says it is four thousand million bytes long, and the beginning of it."""
    return heard[:4] + b"\xff\xff\xff\x7f" + bytes(1000)


@pytest.mark.parametrize(
    "protocol", ["modbus_registers", "modbus_tcp", "sunspec", "iec104", "opc_ua"]
)
@pytest.mark.parametrize("says", [noise(1), noise(2), echo, endless])
async def test_a_peer_that_talks_nonsense_is_away_and_asked_again(
    tmp_path: Path, protocol: str, says: Says
) -> None:
    async with BrokenPeer(says).serving() as peer:
        park = a_park_with(tmp_path, a_source(protocol, peer.port), {"pv": {}})
        async with adapting(park, "unit", slower=1) as (adapter, intake):
            await peer.until_met(2)
            answer = await adapter.hand_over(a_command("pv", 1_000.0))

    assert isinstance(answer, NoAnswer | Refused)
    assert [row for row in intake.rows if row[3] == 0] == []


async def test_a_station_that_loses_count_is_connected_to_again(tmp_path: Path) -> None:
    def says(heard: bytes) -> bytes:
        return STARTED if heard[2] == 0x07 else OUT_OF_SEQUENCE

    async with BrokenPeer(says).serving() as peer:
        park = a_park_with(tmp_path, a_source("iec104", peer.port), {"pv": {}})
        async with adapting(park, "unit"):
            await peer.until_met(3)
