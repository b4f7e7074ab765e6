"""Frames of a whole park's registers, as ingest would publish them, and the park they belong to."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from parkflow.telemetry.v1.frame_pb2 import ReadingFrame
from services.carbon_accounting.domain.meters import Meters, meters_of
from services.energy.readings import Doubt, Verdict
from services.energy.site import Park
from services.energy.time_grid import to_microseconds
from services.runtime.frames import Frame, message_from
from services.runtime.park_file import load_park
from tests.support.builders import DEMO_PARK_FILE, MORNING

MINUTE = timedelta(minutes=1)
Sample = dict[str, int]


def a_park_named(park_id: str, folder: Path) -> tuple[Path, Park]:
    """The demo park under another id, so that tests share one Kafka without meeting."""
    text = DEMO_PARK_FILE.read_text(encoding="utf-8")
    file = folder / f"{park_id}.yaml"
    file.write_text(text.replace("id: demo-park", f"id: {park_id}", 1), encoding="utf-8")
    return file, load_park(file)


def samples(park: Park, minutes: int, seed: int = 1) -> Iterator[tuple[datetime, Sample]]:
    """A park whose meters close exactly, minute by minute from the demo's start."""
    meters, chance = meters_of(park), random.Random(seed)
    registers = dict.fromkeys(meters.all, 0)
    for minute in range(minutes + 1):
        yield MORNING + minute * MINUTE, dict(registers)
        _advance(registers, meters, chance)


def _advance(registers: Sample, meters: Meters, chance: random.Random) -> None:
    used = 0
    for point in (*meters.loads, *meters.chargers):
        wh = chance.randrange(2000)
        registers[point] += wh
        used += wh
    made = [chance.randrange(20_000) for _ in (*meters.pv, *meters.wind)]
    for point, wh in zip((*meters.pv, *meters.wind), made, strict=True):
        registers[point] += wh
    for point in meters.gas:
        registers[point] += chance.randrange(3000)
    net = used - sum(made)
    registers[meters.grid_import[0]] += max(0, net)
    registers[meters.grid_export[0]] += max(0, -net)


def frames(
    park: Park, at: datetime, sample: Sample, *, arrived: datetime | None = None
) -> list[ReadingFrame]:
    """One frame per source for one sample; every reading is believed."""
    sources = {device.id: device.source_id for device in park.devices}
    by_source: dict[str, list[tuple[str, int]]] = {}
    for point, wh in sample.items():
        by_source.setdefault(sources[point.split(".")[0]], []).append((point, wh))
    return [
        a_frame(park.id, source, at, rows, arrived=arrived or at)
        for source, rows in sorted(by_source.items())
    ]


def a_frame(
    park_id: str,
    source: str,
    at: datetime,
    rows: list[tuple[str, int]],
    *,
    arrived: datetime,
    verdict: Verdict = Verdict.BELIEVED,
) -> ReadingFrame:
    """A frame of readings with one event time."""
    size = len(rows)
    return message_from(
        Frame(
            park_id=park_id,
            source_id=source,
            frame_id=f"{source}-{at:%d%H%M%S}-{arrived.astimezone(UTC):%d%H%M%S}",
            arrival_time=arrived,
            point_ids=tuple(point for point, _ in rows),
            point_index=np.arange(size, dtype=np.uint32),
            event_time_us=np.full(size, to_microseconds(at), dtype=np.int64),
            value=np.array([float(wh) for _, wh in rows]),
            verdict=np.full(size, verdict, dtype=np.uint8),
            doubt=np.full(size, Doubt.NONE, dtype=np.uint8),
        )
    )
