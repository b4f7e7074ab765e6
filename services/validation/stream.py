"""Raw frames in, judged frames out: the holder of the partitions' states."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from opentelemetry.context import Context

from services.energy.readings import VERDICT_OF, Doubt
from services.energy.site import Park
from services.runtime import metrics
from services.runtime.clock import ParkClock
from services.runtime.frames import Frame, message_from
from services.runtime.patience import is_away, patiently
from services.runtime.publishing import DeadLetterOffice, Outgoing, Publisher
from services.runtime.raw_frames import raw_frame_from
from services.runtime.received import Received
from services.runtime.telemetry import inside, log_for, record
from services.runtime.topics import READINGS
from services.validation.domain.advancing import advance
from services.validation.domain.batch import Judged
from services.validation.domain.rules import rules_of
from services.validation.domain.state import State, new_state, state_from_bytes, state_to_bytes
from services.validation.messages import batch_from, judged_frames
from services.validation.store import Checkpoint, CheckpointStore

BUGS_IN_A_ROW = 20
ONE_TRY_S = 2.0
log = log_for(__name__)


class TooManyBugs(Exception):
    """Frame after frame failed in our own code."""


@dataclass(slots=True)
class Partition:
    """What a partition came to, up to an offset."""

    next_offset: int
    state: State


class Validator:
    """Folds the raw log of one park, partition by partition."""

    def __init__(
        self,
        park: Park,
        clock: ParkClock,
        publisher: Publisher,
        dead_letters: DeadLetterOffice,
        store: CheckpointStore,
    ) -> None:
        self._park_id, self._clock = park.id, clock
        self._publisher, self._dead_letters = publisher, dead_letters
        self._store = store
        self._rules = rules_of(park)
        self._partitions: dict[int, Partition] = {}
        self._bugs_in_a_row = 0

    async def open(self, partition: int, end: int) -> int:
        """Return where to go on: behind the newest of the kept state and the one held here."""
        held = self._partitions.get(partition)
        if held is not None and held.next_offset > end:
            held = None
        kept = await self._kept(partition, end, patient=held is None)
        if kept is not None and (held is None or kept.next_offset > held.next_offset):
            held = self._restored(kept)
        self._partitions[partition] = held or Partition(0, new_state(self._rules))
        return self._partitions[partition].next_offset

    def _restored(self, kept: Checkpoint) -> Partition | None:
        """Return the partition of a checkpoint; None when it is of another park file."""
        try:
            return Partition(kept.next_offset, state_from_bytes(kept.state, self._rules))
        except ValueError as mistake:
            log.warning("checkpoint_not_usable", reason=str(mistake))
            return None

    async def _kept(self, partition: int, end: int, *, patient: bool) -> Checkpoint | None:
        """Return the newest checkpoint; without patience None when the database is away."""
        try:
            if patient:
                kept = await patiently(lambda: self._store.newest(partition), "database")
            else:
                async with asyncio.timeout(ONE_TRY_S):
                    kept = await self._store.newest(partition)
        except Exception as error:
            if not is_away(error):
                raise
            return None
        if kept is None or kept.next_offset <= end:
            return kept
        log.warning("checkpoint_of_another_log", partition=partition, end=end)
        await patiently(lambda: self._store.forget_beyond(partition, end), "database")
        return None

    def state_of(self, partition: int) -> bytes:
        """Return the state of a partition as bytes."""
        return state_to_bytes(self._partitions[partition].state)

    async def keep(self, partition: int, next_offset: int, state: bytes) -> None:
        """Keep a state in the database."""
        await self._store.keep(partition, Checkpoint(next_offset, state))

    async def take(self, received: list[Received[Any]]) -> None:
        """Judge frames of one partition; returns once Kafka has what they came to."""
        judged: list[tuple[Frame, Context]] = []
        for one in received:
            partition = self._partitions[one.partition]
            if one.message.park_id == self._park_id:
                judged += [(frame, one.context) for frame in await self._judged(one, partition)]
            partition.next_offset = one.offset + 1
        await self._publisher.publish_each(
            READINGS,
            (
                Outgoing(f"{frame.park_id}/{frame.source_id}", message_from(frame), context)
                for frame, context in judged
            ),
        )
        self._measure(frame.arrival_time for frame, _ in judged)

    async def _judged(self, one: Received[Any], partition: Partition) -> list[Frame]:
        """Fold one frame in; one that cannot be used is buried."""
        try:
            raw = raw_frame_from(one.message)
        except ValueError as mistake:
            await self._bury(one, "undecodable", str(mistake))
            return []
        try:
            partition.state, judged = advance(partition.state, batch_from(raw), self._rules)
            frames = list(judged_frames(raw, judged))
        except Exception as bug:
            log.error("bug", position=one.position, exc_info=bug)
            await self._bury(one, "bug", f"{type(bug).__name__}: {bug}", bug)
            self._bugs_in_a_row += 1
            if self._bugs_in_a_row >= BUGS_IN_A_ROW:
                raise TooManyBugs(f"{BUGS_IN_A_ROW} raw frames") from bug
            return []
        self._bugs_in_a_row = 0
        _count(judged)
        return frames

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


def _count(judged: Judged) -> None:
    """Count every reading of a frame once, by verdict and doubt; restated ones apart."""
    own = judged.doubt[~judged.restated]
    counts = Counter({Doubt(d): int(np.count_nonzero(own == d)) for d in np.unique(own)})
    for doubt, count in (counts + Counter(judged.dropped)).items():
        verdict = VERDICT_OF[doubt].name.lower()
        record(metrics.READINGS, count, verdict=verdict, doubt=doubt.name.lower())
    if restated := int(np.count_nonzero(judged.restated)):
        record(metrics.READINGS_RESTATED, restated)
