"""What an adapter of a field protocol gets in tests: a park on its source, an intake in memory."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from services.energy.site import Park
from services.ingest.adapters.adapter import Adapter, Command, Tools, open_adapters
from services.ingest.domain.batch import Batch
from services.ingest.intake import Taken
from services.runtime.clock import ParkClock
from services.runtime.park_file import load_park
from tests.support.builders import DEMO_PARK_FILE
from tests.support.patience import PATIENCE_S
from tests.support.slow_devices import slower_devices

MQTT_SOURCE = "  - {id: mqtt-site, protocol: mqtt, topic_prefix: demo-park}\n"


def park_text(source: str) -> str:
    """Return the demo's park file with `source` (a YAML entry of `sources`) for its MQTT source."""
    text = DEMO_PARK_FILE.read_text(encoding="utf-8")
    assert MQTT_SOURCE in text
    return text.replace(MQTT_SOURCE, source)


def park_on(source: str, folder: Path) -> Park:
    """Return the demo park whose site reports by `source` and which has no other source."""
    file = folder / "park.yaml"
    file.write_text(park_text(source), encoding="utf-8")
    return load_park(file)


@dataclass
class Intake:
    """Takes batches as ingest's intake would, and lets tests hold it up."""

    batches: list[Batch] = field(default_factory=list)
    letters: list[dict[str, Any]] = field(default_factory=list)
    open: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.open.set()

    async def take(self, batch: Batch) -> list[Taken]:
        await self.open.wait()
        self.batches.append(batch)
        return []

    async def bury(self, **letter: Any) -> None:
        self.letters.append(letter)

    def rows(self, point_id: str = "") -> list[tuple[str, int, float, int]]:
        """Return `(point, microseconds, value, quality)` of everything taken, in order."""
        return [
            (batch.point_ids[index], int(at), float(value), int(quality))
            for batch in self.batches
            for index, at, value, quality in zip(
                batch.point_index, batch.event_time_us, batch.value, batch.quality, strict=True
            )
            if not point_id or batch.point_ids[index] == point_id
        ]

    def values(self, point_id: str) -> list[float]:
        """Return the values taken of a point, in order."""
        return [row[2] for row in self.rows(point_id)]


def adapter_on(park: Park, source_id: str, intake: Intake) -> Adapter:
    """Return the adapter of a source as ingest opens it."""
    settings = SimpleNamespace(mqtt="mqtt://127.0.0.1:9", mqtt_password_file=None, mqtt_user=None)
    settings.mqtt_cert = settings.mqtt_key = settings.mqtt_ca = settings.modbus_host = (
        settings.modbus_port
    ) = None
    tools = Tools(park, cast(Any, settings), ParkClock.wall(), intake.take, cast(Any, intake))
    return next(adapter for adapter in open_adapters(tools) if adapter.source_id == source_id)


@asynccontextmanager
async def talking(adapter: Adapter) -> AsyncIterator[Adapter]:
    """An adapter that runs until the block ends; a defect in it fails the test."""
    with slower_devices():
        running = asyncio.create_task(adapter.run())
        try:
            yield adapter
        finally:
            failed = running.done()
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
            assert not failed


async def until(true: Callable[[], object], patience_s: float = PATIENCE_S) -> None:
    """Wait until something is so; fails when it takes too long."""
    deadline = time.monotonic() + patience_s
    while not true():
        assert time.monotonic() < deadline, "it never came to that"
        await asyncio.sleep(0.02)


def a_command(
    device_id: str, value_w: float, quantity: str = "active_power_w", *, seconds: float = 600
) -> Command:
    """Return a set-point that is valid so long."""
    ends = datetime.now(UTC) + timedelta(seconds=seconds)
    return Command(f"set-{value_w:g}", device_id, quantity, value_w, ends)
