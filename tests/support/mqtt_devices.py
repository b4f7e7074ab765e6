"""The devices of a test's park on MQTT."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import aiomqtt

from services.demo.stack import Mqtt
from services.energy.time_grid import to_microseconds
from tests.support.builders import MORNING
from tests.support.ingest import IngestProcess
from tests.support.patience import PATIENCE_S

MQTT_SOURCE = "mqtt-site"
Sent = set[tuple[str, int, float]]


class Devices:
    """Publishes like the devices of a park; `sent` is what a broker has acknowledged."""

    def __init__(self, client: aiomqtt.Client, prefix: str) -> None:
        self._client, self._prefix = client, prefix
        self.sent: Sent = set()

    async def raw(self, device: str, payload: bytes | str) -> None:
        await self._client.publish(f"{self._prefix}/{device}/telemetry", payload, qos=1)

    async def tell(self, device: str, second: int, **values: float) -> None:
        moment = MORNING - timedelta(hours=1) + timedelta(seconds=second)
        stamp = moment.isoformat().replace("+00:00", "Z")
        await self.raw(device, json.dumps({"ts": stamp, "values": values}))
        at = to_microseconds(moment)
        self.sent |= {(f"{device}.{name}", at, value) for name, value in values.items()}

    async def work(self, seconds: float, *, rate: int = 40, first: int = 0) -> int:
        """Publish `rate` readings a second, registers rising; return the next sample's number."""
        count = int(seconds * rate)
        for number in range(first, first + count):
            power = 100_000.0 + number
            await self.tell(
                "steel", number, active_power_w=power, consumption_energy_wh=float(number)
            )
            await asyncio.sleep(1 / rate)
        return first + count


@asynccontextmanager
async def devices_of(ingest: IngestProcess, broker: Mqtt) -> AsyncIterator[Devices]:
    """Devices that speak once ingest has a session at the broker: from then on nothing is lost."""
    name = f"devices-{ingest.park_id}"
    await ingest.until_connected(MQTT_SOURCE)
    async with aiomqtt.Client(
        "127.0.0.1", broker.port, identifier=name, timeout=PATIENCE_S
    ) as client:
        yield Devices(client, ingest.park_id)
