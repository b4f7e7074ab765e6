"""Judged frames as validation would publish them, and a park of their own."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from parkflow.telemetry.v1.frame_pb2 import ReadingFrame
from services.energy.readings import Doubt, Verdict
from services.energy.site import Park
from services.energy.time_grid import to_microseconds
from services.runtime.frames import Frame, message_from
from services.runtime.park_file import load_park
from tests.support.builders import DEMO_PARK_FILE


def a_park_named(park_id: str, folder: Path) -> tuple[Path, Park]:
    """The demo park under another id, so that tests share one Kafka without meeting."""
    text = DEMO_PARK_FILE.read_text(encoding="utf-8")
    file = folder / f"{park_id}.yaml"
    file.write_text(text.replace("id: demo-park", f"id: {park_id}", 1), encoding="utf-8")
    return file, load_park(file)


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
