"""The devices on MQTT: telemetry in order until the broker has it, commands answered at once."""

import asyncio
import ssl
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, cast
from urllib.parse import SplitResult, urlsplit

import aiomqtt

from services.energy.site import Source
from services.runtime.telemetry import log_for
from services.simulator.domain.samples import Values

PROTOCOL = "mqtt"
QOS = 1
FIRST_WAIT_S = 0.2
LONGEST_WAIT_S = 5.0
ACKNOWLEDGE_WITHIN_S = 20.0
MOST_PENDING = 200  # a sample of all devices at once is no reason to warn
log = log_for(__name__)

Command = Callable[[str, bytes], bytes]
"""Takes device id and command, returns the result message."""


class _Settings(Protocol):
    """What the devices' peer declares of them in the park file."""

    @property
    def topic_prefix(self) -> str: ...


def topic_prefix_of(source: Source) -> str:
    """Return the prefix below which the devices of an MQTT source publish."""
    return cast(_Settings, source.settings).topic_prefix


@dataclass(frozen=True, slots=True)
class Frames:
    """All devices' telemetry of one sample: (device id, payload), and the readings in it."""

    at_s: int
    messages: Sequence[tuple[str, bytes]]
    readings: Mapping[str, Values]


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is and who the devices are to it; `ca_file` for a private authority."""

    url: str
    user: str | None = None
    password: str | None = None
    ca_file: str | None = None

    def __post_init__(self) -> None:
        if self.address.scheme not in ("mqtt", "mqtts") or not self.address.hostname:
            raise ValueError(f"PARKFLOW_MQTT {self.url!r} is not like mqtt://127.0.0.1:11883")

    @property
    def address(self) -> SplitResult:
        """The parts of the URL."""
        return urlsplit(self.url)

    @property
    def secure(self) -> bool:
        """Whether it speaks TLS."""
        return self.address.scheme == "mqtts"

    @property
    def port(self) -> int:
        """The port of the URL, else the usual one."""
        return self.address.port or (8883 if self.secure else 1883)


class MqttDevices:
    """Publishes frames one after the other; `delivered` is told when the broker has one."""

    def __init__(
        self,
        broker: Broker,
        prefix: str,
        command: Command,
        delivered: Callable[[Frames], None],
    ) -> None:
        self._broker = broker
        self._prefix, self._command, self._delivered = prefix, command, delivered
        self._outbox: deque[Frames] = deque()
        self._more = asyncio.Event()

    @property
    def waiting(self) -> int:
        """How many samples the broker has not acknowledged."""
        return len(self._outbox)

    def put(self, frames: Frames) -> None:
        """Send `frames` after everything put before."""
        self._outbox.append(frames)
        self._more.set()

    async def run(self) -> None:
        """Stay connected for ever; what was not acknowledged is sent again after a reconnect."""
        wait_s = FIRST_WAIT_S
        while True:
            try:
                async with self._client() as client:
                    log.info("mqtt_connected", broker=self._broker.url, waiting=self.waiting)
                    wait_s = FIRST_WAIT_S
                    await _first_of(self._publish(client), self._listen(client))
            except (aiomqtt.MqttError, OSError, TimeoutError) as error:
                log.warning("mqtt_away", error=str(error), waiting=self.waiting, next_try_s=wait_s)
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)

    def _client(self) -> aiomqtt.Client:
        broker = self._broker
        tls = ssl.create_default_context(cafile=broker.ca_file) if broker.secure else None
        client = aiomqtt.Client(
            broker.address.hostname or "",
            broker.port,
            username=broker.user,
            password=broker.password,
            tls_context=tls,
            identifier=f"{self._prefix}-devices",
            clean_session=True,  # a command from before an outage has been superseded
            keepalive=20,
            max_queued_outgoing_messages=0,
        )
        client.pending_calls_threshold = MOST_PENDING
        return client

    async def _publish(self, client: aiomqtt.Client) -> None:
        while True:
            while self._outbox:
                frames = self._outbox[0]
                async with asyncio.TaskGroup() as group:
                    for device_id, payload in frames.messages:
                        topic = f"{self._prefix}/{device_id}/telemetry"
                        group.create_task(
                            client.publish(topic, payload, QOS, timeout=ACKNOWLEDGE_WITHIN_S)
                        )
                self._outbox.popleft()
                self._delivered(frames)
            self._more.clear()
            await self._more.wait()

    async def _listen(self, client: aiomqtt.Client) -> None:
        await client.subscribe(f"{self._prefix}/+/command", QOS)
        async for message in client.messages:
            device_id = str(message.topic).removeprefix(f"{self._prefix}/").removesuffix("/command")
            answer = self._command(device_id, bytes(message.payload or b""))
            await client.publish(f"{self._prefix}/{device_id}/result", answer, QOS)


async def _first_of(*works: Awaitable[None]) -> None:
    """Return or raise as the first of `works` does, the others cancelled."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            try:
                task.result()
            except BaseExceptionGroup as group:
                raise group.exceptions[0] from None
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
