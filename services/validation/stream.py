"""Raw frames in; judged frames, changed quarter hours and applied edits out."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import numpy as np
from opentelemetry.context import Context

from services.energy.readings import VERDICT_OF, Doubt
from services.energy.site import Park
from services.energy.time_grid import to_microseconds
from services.runtime import metrics
from services.runtime.clock import ParkClock
from services.runtime.frames import message_from
from services.runtime.interval_frames import QUARTER_US, IntervalFrame, message_from_intervals
from services.runtime.publishing import DeadLetterOffice, Outgoing, Publisher
from services.runtime.reacting import BUGS_IN_A_ROW, TooManyBugs
from services.runtime.received import Received
from services.runtime.telemetry import inside, log_for, record
from services.runtime.topics import EDITS, INTERVALS, READINGS
from services.validation.domain.energy.suspense import Movement, Reason
from services.validation.domain.partition import ParkRules
from services.validation.folding import Findings, entry_from
from services.validation.partitions import Partition, Partitions, Snapshot

log = log_for(__name__)


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

    def snapshot(self, partition: int) -> Snapshot:
        """Return the state of a partition as it is now."""
        return self._partitions.snapshot(partition)

    async def keep(self, partition: int, next_offset: int, snapshot: Snapshot) -> None:
        """Keep a snapshot, which holds everything before `next_offset`."""
        await self._partitions.keep(partition, next_offset, snapshot)

    async def still(self, partition: int, next_offset: int) -> None:
        """Note that nothing more has come by now: what is silent there is so up to now."""
        now_us = to_microseconds(self._clock.now())
        await self._partitions.still(partition, next_offset, now_us)

    async def take(self, received: list[Received[Any]]) -> None:
        """Judge frames of one partition; returns once Kafka has what they came to."""
        found: list[tuple[Findings, Context]] = []
        for one in received:
            partition = self._partitions[one.partition]
            if one.message.park_id in (self._park_id, ""):  # nobody's is told of, not passed over
                found += [(findings, one.context) for findings in await self._fold(one, partition)]
            partition.next_offset = one.offset + 1
        await self._publish(found)
        self._measure(frame.arrival_time for findings, _ in found for frame in findings.readings)

    async def _fold(self, one: Received[Any], partition: Partition) -> list[Findings]:
        """Fold one entry in; one that cannot be used is buried."""
        try:
            entry = entry_from(one.message, self._rules, one.offset)
        except ValueError as mistake:
            await self._bury(one, "undecodable", str(mistake))
            return []
        try:
            findings = partition.fold(entry, self._rules)
        except Exception as bug:
            log.error("bug", position=one.position, exc_info=bug)
            await self._bury(one, "bug", f"{type(bug).__name__}: {bug}", bug)
            self._bugs_in_a_row += 1
            if self._bugs_in_a_row >= BUGS_IN_A_ROW:
                raise TooManyBugs(f"{BUGS_IN_A_ROW} raw frames") from bug
            return []
        self._bugs_in_a_row = 0
        _count(findings)
        for frame in findings.intervals:
            _count_energy(frame)
        return [findings]

    async def _publish(self, found: list[tuple[Findings, Context]]) -> None:
        await asyncio.gather(
            self._publisher.publish_each(
                READINGS, [_sent(f, message_from(f), c) for one, c in found for f in one.readings]
            ),
            self._publisher.publish_each(
                INTERVALS,
                [_sent(f, message_from_intervals(f), c) for one, c in found for f in one.intervals],
            ),
            self._publisher.publish_each(
                EDITS, [_sent(edit, edit, c) for one, c in found for edit in one.edits]
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


def _sent(of: Any, message: Any, context: Context) -> Outgoing:
    return Outgoing(f"{of.park_id}/{of.source_id}", message, context)


def _count(findings: Findings) -> None:
    """Count every reading of a frame once, by verdict and doubt; restated ones apart."""
    if (judged := findings.judged) is None:
        return
    own = judged.doubt[~judged.restated]
    counts = Counter({Doubt(d): int(np.count_nonzero(own == d)) for d in np.unique(own)})
    for doubt, count in (counts + Counter(judged.dropped)).items():
        verdict = VERDICT_OF[doubt].name.lower()
        record(metrics.READINGS, count, verdict=verdict, doubt=doubt.name.lower())
    if restated := int(np.count_nonzero(judged.restated)):
        record(metrics.READINGS_RESTATED, restated)
    if len(findings.beyond):
        record(metrics.READINGS_BEYOND, len(findings.beyond))


def _count_energy(frame: IntervalFrame) -> None:
    """Count changed quarter hours by their quality, and postings by their reason."""
    believed = int(np.count_nonzero(frame.believed_us == QUARTER_US))
    known = int(np.count_nonzero(frame.known_us == QUARTER_US))
    counts = {"believed": believed, "estimated": known - believed, "open": len(frame) - known}
    for quality, count in counts.items():
        if count:
            record(metrics.QUARTER_HOURS, count, quality=quality)
    for posting in frame.postings:
        reason, movement = Reason(posting.reason).name, Movement(posting.movement).name
        record(metrics.SUSPENSE_POSTINGS, 1, reason=reason.lower(), movement=movement.lower())
