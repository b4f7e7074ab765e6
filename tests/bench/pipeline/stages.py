"""What each stage costs a reading by itself, in microseconds of processor time, one process.

What ingest, validation and history do with pushed frames of one size between the wire and Kafka or
the database: without gRPC, the broker and the server. The difference to the table of
`pipeline.throughput` is what carrying takes.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cramjam
import numpy as np

from parkflow.telemetry.v1.frame_pb2 import ReadingFrame
from parkflow.telemetry.v1.raw_frame_pb2 import RawFrame as RawFrameMessage
from parkflow.telemetry.v1.telemetry_service_pb2 import PushRequest
from services.energy.site import Park
from services.energy.time_grid import to_microseconds
from services.history.domain.layout import READING
from services.history.messages import rows_of
from services.ingest.domain.first_look import Border
from services.ingest.intake import content_of, raw_frame_of
from services.ingest.pushed import batch_from
from services.runtime.frames import frame_from, message_from
from services.runtime.park_file import load_park
from services.runtime.raw_frames import raw_message_from
from services.validation.domain.partition import ParkRules, beginning
from services.validation.folding import Findings, entry_from, fold
from tests.bench.measure import Result
from tests.bench.pipeline.park_file import write_park
from tests.bench.pipeline.pushing import Plan, Source

POINTS, ROUNDS = 50_000, 6
SIZES = (200, 1_000, 5_000)
"""Readings a frame."""
ALLOWED_US = 20.0
"""Of two cores, at 100,000 readings a second, for everything."""
LAG_S = 0.02


@dataclass
class Clocked:
    """What was taken by stage, in CPU seconds; `readings` of each."""

    readings: int
    took_s: dict[str, float]

    def each(self, stage: str, work: Callable[[Any], Any], over: Iterable[Any]) -> list[Any]:
        """Return what `work` makes of each; its time is booked on the stage."""
        began = time.process_time()
        made = [work(one) for one in over]
        self.took_s[stage] = self.took_s.get(stage, 0.0) + time.process_time() - began
        return made

    def us(self, stage: str) -> float:
        """Return microseconds a reading."""
        return 1e6 * self.took_s[stage] / self.readings


def run() -> tuple[list[Result], str]:
    """Return all stages together against what there is, and each, by size of frames."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "park.yaml"
        write_park(file, POINTS)
        park = load_park(file)
    runs = {size: through_all(park, size) for size in SIZES}
    return [_together(size, clocked) for size, clocked in runs.items()], _table(runs)


def _together(size: int, clocked: Clocked) -> Result:
    what = f"all stages, frames of {size:,} readings"
    together = sum(map(clocked.us, clocked.took_s))
    return Result(what, together, ALLOWED_US, "µs", "two cores at 100,000 readings a second")


def _table(runs: dict[int, Clocked]) -> str:
    """Return CPU µs a reading by stage and size of frames."""
    lines = [f"| stage | {' | '.join(f'{size:,} a frame' for size in runs)} |"]
    lines.append("|---" + "|--:" * len(runs) + "|")
    for stage in next(iter(runs.values())).took_s:
        each = " | ".join(f"{clocked.us(stage):.3f}" for clocked in runs.values())
        lines.append(f"| {stage} | {each} |")
    return "\n".join(lines)


def through_all(park: Park, size: int) -> Clocked:
    """Take rounds of pushes through the stages; the first round, which learns names, not counted.

    A round goes through all stages before the next one, as it does in the processes.
    """
    rules, border = ParkRules.of(park), Border.of(park.points, park.telemetry)
    plan = Plan(POINTS, POINTS // size, float(ROUNDS))
    sources = [Source(plan, number, None) for number in range(plan.sources)]
    stages = _Stages(park, rules, border)
    began = time.time()
    for number in range(ROUNDS + 1):
        pushes = [s.filled(str(number), [began + number]).SerializeToString() for s in sources]
        stages.clocked = stages.clocked if number > 1 else Clocked(POINTS * ROUNDS, {})
        stages.take(pushes, began + number + LAG_S)
    return stages.clocked


class _Stages:
    """The processes' work, one after the other."""

    def __init__(self, park: Park, rules: ParkRules, border: Border) -> None:
        self._park, self._rules, self._border = park, rules, border
        self._state = beginning(rules)
        self.clocked = Clocked(1, {})

    def take(self, pushes: list[bytes], at: float) -> None:
        """Take one round through everything."""
        clocked = self.clocked
        raw = self._ingest(pushes, datetime.fromtimestamp(at, UTC))
        packed = clocked.each("ingest: zstd", _packed, raw)
        received = clocked.each("validation: read", self._read, map(_unpacked, packed))
        found = clocked.each("validation: fold", self._fold, received)
        judged = clocked.each("validation: write", _written, found)
        packed = clocked.each("validation: zstd", _packed, judged)
        frames = clocked.each("history: read", _frame, map(_unpacked, packed))
        self._history(frames)

    def _ingest(self, pushes: list[bytes], arrival: datetime) -> list[bytes]:
        clocked, now_us = self.clocked, to_microseconds(arrival)
        batches = clocked.each("ingest: read", self._batch, pushes)
        clocked.each("ingest: look", lambda b: self._border.look(b, now_us=now_us), batches)
        clocked.each("ingest: digest", content_of, batches)
        frames = clocked.each(
            "ingest: write", lambda b: raw_frame_of(self._park.id, b, b.source_id, arrival), batches
        )
        return clocked.each(
            "ingest: write", lambda f: raw_message_from(f).SerializeToString(), frames
        )

    def _batch(self, push: bytes) -> Any:
        return batch_from(PushRequest.FromString(push), self._park.id, "request")

    def _read(self, raw: bytes) -> Any:
        return entry_from(RawFrameMessage.FromString(raw), self._rules, 0)

    def _fold(self, entry: Any) -> Findings:
        self._state, findings = fold(self._state, entry, self._rules)
        return findings

    def _history(self, frames: list[Any]) -> None:
        numbers = [np.arange(len(frame.point_ids), dtype=np.int32) for frame in frames]
        sources = list(range(len(frames)))
        rows = self.clocked.each(
            "history: rows", lambda those: rows_of(those, numbers, sources), [frames]
        )
        self.clocked.each("history: columns to COPY", lambda r: READING.copied(r.columns()), rows)


def _packed(content: bytes) -> bytes:
    return bytes(cramjam.zstd.compress(content, level=3))


def _unpacked(content: bytes) -> bytes:
    return bytes(cramjam.zstd.decompress(content))


def _written(findings: Findings) -> bytes:
    (frame,) = findings.readings
    return message_from(frame).SerializeToString()


def _frame(content: bytes) -> Any:
    return frame_from(ReadingFrame.FromString(content))
