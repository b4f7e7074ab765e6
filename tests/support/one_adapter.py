"""One adapter alone, against a real peer: its park, and an intake that keeps what it is given."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from ruamel.yaml import YAML

from services.energy.readings import FieldQuality
from services.energy.site import Park
from services.ingest.adapters.adapter import Adapter, Command, Tools, open_adapters
from services.ingest.domain.batch import Batch
from services.ingest.settings import Settings
from services.runtime.clock import ParkClock
from services.runtime.park_file import load_park
from services.runtime.publishing import DeadLetterOffice
from tests.support.builders import DEMO_PARK_FILE, MORNING
from tests.support.patience import PATIENCE_S
from tests.support.slow_devices import TIMES, slower_devices

Row = tuple[str, int, float, FieldQuality]  # point, microseconds, value, quality


def a_park_with(
    folder: Path,
    source: Mapping[str, Any],
    devices: Mapping[str, Mapping[str, Any]],
    **sections: Mapping[str, Any],
) -> Park:
    """Return the demo park where `devices` are on `source`, changed as they and `sections` say."""
    yaml = YAML()
    park = yaml.load(DEMO_PARK_FILE.read_text(encoding="utf-8"))
    park["sources"].append(dict(source))
    for device in park["devices"]:
        if device["id"] in devices:
            device.update({"source": source["id"], **devices[device["id"]]})
    for name, changes in sections.items():
        park[name].update(changes)
    file = folder / "park.yaml"
    with file.open("w", encoding="utf-8") as stream:
        yaml.dump(park, stream)
    return load_park(file)


@dataclass
class Intake:
    """Takes batches and dead letters as Kafka would; while it is not `here`, batches wait."""

    rows: list[Row] = field(default_factory=list)
    letters: list[dict[str, Any]] = field(default_factory=list)
    here: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: int = 0

    def __post_init__(self) -> None:
        self.here.set()

    async def take(self, batch: Batch) -> list[Any]:
        """Keep a batch."""
        self.waiting += 1
        try:
            await self.here.wait()
        finally:
            self.waiting -= 1
        for i in range(len(batch)):
            row = (
                batch.point_ids[batch.point_index[i]],
                int(batch.event_time_us[i]),
                float(batch.value[i]),
                FieldQuality(int(batch.quality[i])),
            )
            self.rows.append(row)
        return []

    async def bury(self, **letter: Any) -> None:
        """Keep a dead letter."""
        self.letters.append(letter)

    def values(self, point_id: str) -> list[float]:
        """Return every value of a point as it came."""
        return [row[2] for row in self.rows if row[0] == point_id]

    def last(self, point_id: str) -> Row | None:
        """Return the newest arrival of a point."""
        return next((row for row in reversed(self.rows) if row[0] == point_id), None)

    def shows(self, **wanted: float) -> bool:
        """Whether the newest value of each point (dots as `__`) is the wanted one; NaN is NaN."""
        return all(_is(self.last(n.replace("__", ".")), value) for n, value in wanted.items())

    async def until(self, enough: Callable[[], bool]) -> None:
        """Wait until `enough`; fails when it takes too long."""
        deadline = time.monotonic() + PATIENCE_S
        while not enough():
            assert time.monotonic() < deadline, f"not enough: {self.rows[-8:]} {self.letters[-3:]}"
            await asyncio.sleep(0.02)


def _is(row: Row | None, value: float) -> bool:
    return row is not None and (math.isnan(row[2]) if math.isnan(value) else row[2] == value)


@asynccontextmanager
async def adapting(
    park: Park, source_id: str, *, speed: float = 1.0, slower: float = TIMES, **settings: Any
) -> AsyncIterator[tuple[Adapter, Intake]]:
    """Run the adapter of one source; park time begins at MORNING.

    It waits for its devices so many times longer than in the field (`slower_devices`).
    """
    intake, clock = Intake(), ParkClock(MORNING, time.time(), speed)
    only = replace(park, sources=(park.source(source_id),))
    tools = Tools(
        only,
        Settings(park=Path(), **settings),
        clock,
        intake.take,
        cast(DeadLetterOffice, intake),
    )
    [adapter] = open_adapters(tools)
    with slower_devices(slower):
        running = asyncio.create_task(adapter.run())
        try:
            yield adapter, intake
            assert not running.done(), running.exception()
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


def a_command(
    device: str, value_w: float, *, quantity: str = "active_power_limit_w", seconds: float = 600
) -> Command:
    """Return a set-point that ends so many seconds of park time after MORNING."""
    ends = MORNING + timedelta(seconds=seconds)
    return Command(f"{device}-{value_w:g}", device, quantity, value_w, ends)
