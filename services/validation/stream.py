"""Raw frames in; judged frames, changed quarter hours and applied edits out."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from opentelemetry.context import Context

from parkflow.telemetry.v1.edit_pb2 import AppliedEdit
from services.energy.readings import VERDICT_OF, Doubt
from services.energy.site import Park
from services.energy.time_grid import to_microseconds
from services.runtime import metrics
from services.runtime.clock import ParkClock
from services.runtime.frames import Frame, message_from
from services.runtime.interval_frames import IntervalFrame, message_from_intervals
from services.runtime.publishing import DeadLetterOffice, Outgoing, Publisher
from services.runtime.raw_frames import RawFrame, raw_frame_from
from services.runtime.received import Received
from services.runtime.telemetry import inside, log_for, record
from services.runtime.topics import EDITS, INTERVALS, READINGS
from services.validation.domain.batch import Judged
from services.validation.domain.energy.stepping import Advanced
from services.validation.domain.partition import ParkRules, edited, take_frame
from services.validation.edit_messages import applied_message, edit_from
from services.validation.interval_messages import interval_frame
from services.validation.messages import batch_from, judged_frames, told_frame
from services.validation.partitions import Partition, Partitions

BUGS_IN_A_ROW = 20
log = log_for(__name__)


class TooManyBugs(Exception):
    """Frame after frame failed in our own code."""


@dataclass(slots=True)
class Findings:
    """What frames came to, on its way to Kafka."""

    readings: list[tuple[Frame, Context]] = field(default_factory=list)
    intervals: list[tuple[IntervalFrame, Context]] = field(default_factory=list)
    edits: list[tuple[AppliedEdit, Context]] = field(default_factory=list)


class Validator:
    """Folds the raw log of one park, partition by partition."""

    def __init__(
        self,
        park: Park,
        clock: ParkClock,
        publisher: Publisher,
        dead_letters: DeadLetterOffice,
        partitions: Partitions,
        rules: ParkRules,
    ) -> None:
        self._park_id, self._clock = park.id, clock
        self._publisher, self._dead_letters = publisher, dead_letters
        self._partitions, self._rules = partitions, rules
        self._bugs_in_a_row = 0

    async def open(self, partition: int, end: int) -> int:
        """Take the newest state in and return its offset; the log ends at `end` now."""
        return await self._partitions.open(partition, end)

    def state_of(self, partition: int) -> bytes:
        """Return the state of a partition as it is now."""
        return self._partitions.state_of(partition)

    async def keep(self, partition: int, next_offset: int, state: bytes) -> None:
        """Keep a state, which holds everything before `next_offset`."""
        await self._partitions.keep(partition, next_offset, state)

    async def take(self, received: list[Received[Any]]) -> None:
        """Judge frames of one partition; returns once Kafka has what they came to."""
        findings = Findings()
        for one in received:
            partition = self._partitions[one.partition]
            if one.message.park_id == self._park_id:
                await self._take(one, partition, findings)
            partition.next_offset = one.offset + 1
        await self._publish(findings)
        self._measure(frame.arrival_time for frame, _ in findings.readings)

    async def _take(self, one: Received[Any], partition: Partition, findings: Findings) -> None:
        """Fold one frame in; one that cannot be used is buried."""
        try:
            raw = raw_frame_from(one.message)
            edit = edit_from(one.message.edit, self._rules) if _is_edit(one.message) else None
        except ValueError as mistake:
            await self._bury(one, "undecodable", str(mistake))
            return
        try:
            if edit is None:
                self._judge(raw, partition, findings, one.context)
            else:
                self._edit(raw, edit, one, partition, findings)
            self._bugs_in_a_row = 0
        except Exception as bug:
            log.error("bug", position=one.position, exc_info=bug)
            await self._bury(one, "bug", f"{type(bug).__name__}: {bug}", bug)
            self._bugs_in_a_row += 1
            if self._bugs_in_a_row >= BUGS_IN_A_ROW:
                raise TooManyBugs(f"{BUGS_IN_A_ROW} raw frames") from bug

    def _judge(
        self, raw: RawFrame, partition: Partition, findings: Findings, context: Context
    ) -> None:
        partition.state, came = take_frame(partition.state, batch_from(raw), self._rules)
        findings.readings += [(frame, context) for frame in judged_frames(raw, came.judged)]
        self._note_energy(raw, came.energy, to_microseconds(raw.arrival_time), findings, context)
        _count(came.judged)

    def _edit(
        self,
        raw: RawFrame,
        edit: Any,
        one: Received[Any],
        partition: Partition,
        findings: Findings,
    ) -> None:
        partition.state, came = edited(partition.state, edit, self._rules)
        if came is None:
            return
        message, context = one.message.edit, one.context
        if came.told:
            frame = told_frame(raw, message.point_id, came.told, edit.at_us)
            findings.readings.append((frame, context))
        self._note_energy(raw, came.energy, edit.at_us, findings, context)
        applied = applied_message(raw.park_id, raw.source_id, message, came)
        findings.edits.append((applied, context))

    def _note_energy(
        self,
        raw: RawFrame,
        energy: Advanced,
        known_us: int,
        findings: Findings,
        context: Context,
    ) -> None:
        frame = interval_frame(
            energy,
            self._rules.registers.ids,
            park_id=raw.park_id,
            source_id=raw.source_id,
            frame_id=raw.frame_id,
            known_us=known_us,
        )
        if frame is not None:
            findings.intervals.append((frame, context))
        if len(energy.beyond):
            record(metrics.READINGS_BEYOND, len(energy.beyond))

    async def _publish(self, findings: Findings) -> None:
        await asyncio.gather(
            self._publisher.publish_each(
                READINGS, [_sent(f, message_from(f), context) for f, context in findings.readings]
            ),
            self._publisher.publish_each(
                INTERVALS,
                [_sent(f, message_from_intervals(f), context) for f, context in findings.intervals],
            ),
            self._publisher.publish_each(
                EDITS, [_sent(edit, edit, context) for edit, context in findings.edits]
            ),
        )

    async def _bury(
        self, one: Received[Any], reason: str, detail: str, bug: Exception | None = None
    ) -> None:
        with inside(one.context):
            await self._dead_letters.bury(
                origin=f"kafka:{one.position}",
                reason=reason,
                detail=detail,
                payload=one.message.SerializeToString(),
                error=bug,
            )

    def _measure(self, arrivals: Iterable[datetime]) -> None:
        """Observe the wall time from arrival at ingest to the judged frame in Kafka."""
        now = self._clock.at_wall(time.time())
        for arrival in arrivals:
            wall_s = self._clock.wall_seconds(now - arrival)
            record(metrics.STAGE_LATENCY, max(0.0, wall_s), stage="judged")


def _is_edit(message: Any) -> bool:
    return bool(message.HasField("edit"))


def _sent(of: Any, message: Any, context: Context) -> Outgoing:
    return Outgoing(f"{of.park_id}/{of.source_id}", message, context)


def _count(judged: Judged) -> None:
    """Count every reading of a frame once, by verdict and doubt; restated ones apart."""
    own = judged.doubt[~judged.restated]
    counts = Counter({Doubt(d): int(np.count_nonzero(own == d)) for d in np.unique(own)})
    for doubt, count in (counts + Counter(judged.dropped)).items():
        verdict = VERDICT_OF[doubt].name.lower()
        record(metrics.READINGS, count, verdict=verdict, doubt=doubt.name.lower())
    if restated := int(np.count_nonzero(judged.restated)):
        record(metrics.READINGS_RESTATED, restated)
