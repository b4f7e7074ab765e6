"""A simulator process for tests: started, killed, asked over MQTT and Modbus like a real park."""

import asyncio
import json
import os
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import aiomqtt
from pymodbus.client import AsyncModbusTcpClient

from services.demo.stack.ports import free_port
from tests.support.patience import PATIENCE_S

ROOT = Path(__file__).parents[3]
SPEED = 300
START = "2019-06-03T22:00:00Z"


@dataclass
class Simulator:
    """One simulator with its state folder; `start` again after `kill` resumes the story."""

    folder: Path
    mqtt_url: str
    extra: dict[str, str] = field(default_factory=dict)
    clock: str = field(default_factory=lambda: f"{START}@{time.time()}x{SPEED}")
    modbus_port: int = field(default_factory=free_port)
    metrics_port: int = field(default_factory=free_port)
    _process: asyncio.subprocess.Process | None = None

    @property
    def journal(self) -> Path:
        return self.folder / "journal.csv"

    async def start(self) -> None:
        environment = os.environ | {
            "PARKFLOW_PARK": str(ROOT / "parks" / "demo.yaml"),
            "PARKFLOW_STATE": str(self.folder),
            "PARKFLOW_JOURNAL": str(self.journal),
            "PARKFLOW_CLOCK": self.clock,
            "PARKFLOW_MQTT": self.mqtt_url,
            "PARKFLOW_MODBUS_PORT": str(self.modbus_port),
            "PARKFLOW_METRICS_PORT": str(self.metrics_port),
            "PARKFLOW_SAMPLE_PERIOD": "60",
            "PARKFLOW_BACKFILL_DAYS": "0",
            "PARKFLOW_MARKET": "off",
            **self.extra,
        }
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.simulator", env=environment, cwd=ROOT
        )

    async def kill(self) -> None:
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        return await self._end(signal.SIGTERM)

    async def _end(self, how: signal.Signals) -> int:
        if self._process is None or self._process.returncode is not None:
            return -1
        self._process.send_signal(how)
        return await self._process.wait()

    async def until_told(self, moment: datetime) -> None:
        """Wait until the park has told something of this moment or later."""
        async with asyncio.timeout(2 * PATIENCE_S):
            while not (lines := self._lines()) or _moment_of(lines[-1]) < moment:  # noqa: ASYNC110
                await asyncio.sleep(0.2)

    def journalled(self) -> dict[tuple[str, str, str], str]:
        """The published readings by (device, quantity, time); a repeat must say the same."""
        readings: dict[tuple[str, str, str], str] = {}
        for line in self._lines():
            device, quantity, at, value = line.split(",")
            assert readings.setdefault((device, quantity, at), value) == value, line
        return readings

    def _lines(self) -> list[str]:
        """Return the lines of the journal; the last may be half written and is left out then."""
        written = self.journal.read_text() if self.journal.exists() else ""
        return written[: written.rfind("\n") + 1].splitlines()


def _moment_of(line: str) -> datetime:
    return datetime.fromisoformat(line.split(",")[2])


class Listener:
    """A persistent MQTT session that remembers every telemetry and result message."""

    def __init__(self, url: str, prefix: str = "demo-park") -> None:
        self._port = int(url.rsplit(":", 1)[1])
        self._prefix = prefix
        self._session = f"listener-{uuid4().hex}"
        self.telemetry: list[tuple[str, str, dict[str, float]]] = []
        self.results: list[dict[str, object]] = []
        self.undecodable = 0
        self.listens = asyncio.Event()

    def client(self, identifier: str, *, keeping: bool) -> aiomqtt.Client:
        return aiomqtt.Client(
            "127.0.0.1",
            self._port,
            identifier=identifier,
            clean_session=not keeping,
            timeout=PATIENCE_S,
        )

    async def listen(self) -> None:
        async with self.client(self._session, keeping=True) as client:
            await client.subscribe(f"{self._prefix}/+/telemetry", 1)
            await client.subscribe(f"{self._prefix}/+/result", 1)
            self.listens.set()
            async for message in client.messages:
                self._take(str(message.topic).split("/"), bytes(message.payload or b""))

    def _take(self, topic: list[str], payload: bytes) -> None:
        try:
            content = json.loads(payload)
        except ValueError:
            self.undecodable += 1
            return
        if topic[2] == "result":
            self.results.append(content)
        else:
            self.telemetry.append((topic[1], content["ts"], content["values"]))

    def readings(self) -> dict[tuple[str, str, str], str]:
        """The readings heard by (device, quantity, time); a repeat must say the same."""
        heard: dict[tuple[str, str, str], str] = {}
        for device, at, values in self.telemetry:
            for quantity, value in values.items():
                assert heard.setdefault((device, quantity, at), repr(value)) == repr(value)
        return heard

    async def command(self, device: str, **command: object) -> dict[str, object]:
        """Return a device's result, told again until there is one: it may not listen yet."""
        topic, told = f"{self._prefix}/{device}/command", json.dumps(command)

        def result() -> dict[str, object]:
            wanted = command["setpoint_id"]
            return next((one for one in self.results if one["setpoint_id"] == wanted), {})

        async with self.client("commander", keeping=False) as client, asyncio.timeout(PATIENCE_S):
            while not result():
                await client.publish(topic, told, 1)
                with suppress(AssertionError):
                    await eventually(result, within_s=1.0)
        return result()


async def modbus_client(port: int) -> AsyncModbusTcpClient:
    client = AsyncModbusTcpClient("127.0.0.1", port=port, timeout=PATIENCE_S)
    await eventually(client.connect)
    return client


async def eventually(condition: object, within_s: float = PATIENCE_S) -> None:
    """Wait until `condition()` (plain or awaitable) is true; fail when it stays false."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        met = condition()  # type: ignore[operator]
        if asyncio.iscoroutine(met):
            met = await met
        if met:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"did not happen within {within_s} s")
