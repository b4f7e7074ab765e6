"""A Sparkplug B edge node with one device, as a device maker would write it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiomqtt

from services.ingest.adapters.sparkplug.payload import DOUBLE, message_of
from services.ingest.adapters.sparkplug.wire import Payload
from tests.support.builders import MORNING
from tests.support.patience import PATIENCE_S

AT_MS = int(MORNING.timestamp() * 1000)
POWER, LIMIT = 7, 8  # aliases


class EdgeNode:
    """`births` counts its births; `commands` is what it was told; `follows`: it does it."""

    def __init__(self, client: aiomqtt.Client, group: str) -> None:
        self._client, self._group = client, group
        self._seq = 0
        self.births = 0
        self.born_at: list[float] = []  # seconds of the event loop's clock
        self.commands: list[tuple[str, float]] = []
        self.follows = True

    async def born(self) -> None:
        self._seq = 0
        self.births += 1
        self.born_at.append(asyncio.get_running_loop().time())
        await self.send("NBIRTH", {"name": "bdSeq", "datatype": 8, "long_value": 1})
        await self.send(
            "DBIRTH",
            {"name": "Power", "alias": POWER, "datatype": DOUBLE, "double_value": 1.0},
            {"name": "Limit", "alias": LIMIT, "datatype": DOUBLE, "double_value": 100.0},
        )

    async def data(self, value: float, *, at_ms: int = AT_MS, **more: Any) -> None:
        await self.send(
            "DDATA", {"alias": POWER, "timestamp": at_ms, "double_value": value, **more}
        )

    async def died(self, bd_seq: int = 1) -> None:
        await self.send("NDEATH", {"name": "bdSeq", "long_value": bd_seq}, numbered=False)

    async def send(self, kind: str, *metrics: dict[str, Any], numbered: bool = True) -> None:
        payload = Payload(timestamp=AT_MS)
        for metric in metrics:
            payload.metrics.add(**metric)
        if numbered:
            payload.seq = self._seq % 256
            self._seq += 1
        await self.raw(kind, payload.SerializeToString())

    async def raw(self, kind: str, content: bytes) -> None:
        device = "/rack" if kind.startswith("D") else ""
        topic = f"spBv1.0/{self._group}/{kind}/edge{device}"
        await self._client.publish(topic, content, qos=1)

    def skip(self) -> None:
        """Lose a message on the way."""
        self._seq += 1

    async def subscribe(self) -> None:
        for kind in ("NCMD/edge", "DCMD/edge/rack"):
            await self._client.subscribe(f"spBv1.0/{self._group}/{kind}", qos=1)

    async def listen(self) -> None:
        async for message in self._client.messages:
            for metric in message_of(bytes(message.payload or b"")).metrics:  # type: ignore[arg-type]
                self.commands.append((metric.name or "", metric.value))
                if metric.name == "Node Control/Rebirth":
                    await self.born()
                elif metric.name == "Limit" and self.follows:
                    await self.send("DDATA", {"alias": LIMIT, "double_value": metric.value})


@asynccontextmanager
async def an_edge_node(port: int, group: str) -> AsyncIterator[EdgeNode]:
    name = f"edge-{group}"
    async with aiomqtt.Client("127.0.0.1", port, identifier=name, timeout=PATIENCE_S) as client:
        node = EdgeNode(client, group)
        await node.subscribe()
        listening = asyncio.create_task(node.listen())
        try:
            yield node
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
