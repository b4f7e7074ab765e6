"""Folding partitions: a state per partition that follows from its log and from nothing else.

What a message leads to is in Kafka before its offset counts as done. The state is kept now and
then, with the offset it belongs to; whoever gets a partition takes the newest kept state, goes to
its offset and folds on. What is published again on the way is what was published before, so it
does not matter who keeps which state when: every kept state is a true one.
"""

import asyncio
import time
from collections.abc import Iterable
from functools import partial
from typing import Any, Protocol

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import IllegalStateError

from services.runtime import metrics, spans
from services.runtime.consuming import FETCH_WAIT_MS, commit
from services.runtime.patience import is_away, patiently, waits
from services.runtime.progress import Stage
from services.runtime.publishing import DeadLetterOffice
from services.runtime.received import Received, Undecodable, context_of, decode
from services.runtime.telemetry import inside, log_for, record, span_apart
from services.runtime.topics import Topic

FETCH_BYTES = 8 * 1024 * 1024
MOST_MESSAGES = 200
COMMIT_EVERY_S = 1.0
HAND_OVER_S = 5.0
KEEPING_SHARE = 0.1
"""Keeping states takes no more of the time than this: large ones are kept less often, and after a
crash more of the log is folded again."""
ASKED_LATELY_S = 5.0
log = log_for(__name__)


class Fold(Protocol):
    """The states of the partitions this process has, and what a message does to them."""

    async def open(self, partition: int, end: int) -> int:
        """Take the newest state in and return its offset; the log ends at `end` now."""

    async def take(self, received: list[Received[Any]]) -> None:
        """Fold messages of one partition in; returns once what follows from them is in Kafka."""

    def snapshot(self, partition: int) -> Any:
        """Return the state of a partition as it is now, to be kept while folding goes on."""

    async def keep(self, partition: int, next_offset: int, snapshot: Any) -> None:
        """Keep a snapshot, which holds everything before `next_offset`."""

    async def still(self, partition: int, next_offset: int) -> None:
        """Note that nothing has come after the state that was kept: the log ends at `next_offset`.

        Said about as often as a state is kept.
        """


class Folding:
    """Feeds a fold the partitions that the group gives this process."""

    def __init__(
        self,
        topic: Topic,
        fold: Fold,
        *,
        group: str,
        bootstrap: str,
        security: dict[str, object],
        dead_letters: DeadLetterOffice,
        stage: Stage,
        keep_every_s: float,
    ) -> None:
        self._topic, self._fold, self._group = topic, fold, group
        self._dead_letters, self._stage = dead_letters, stage
        self._keep_every_s = keep_every_s
        self._next: dict[int, int] = {}  # partitions that are open and whole, and where they stand
        self._kept: dict[int, int] = {}
        self._generation = 0
        self._turn = asyncio.Lock()
        self._keeping: asyncio.Task[None] | None = None
        self._committed_at = self._kept_at = time.monotonic()
        self._kept_in_round: dict[int, float] = {}
        self._keeping_took_s = 0.0
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap,
            group_id=group,
            client_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=FETCH_BYTES,
            fetch_max_wait_ms=FETCH_WAIT_MS,
            session_timeout_ms=15_000,
            heartbeat_interval_ms=3_000,
            max_poll_interval_ms=3_600_000,
            **security,
        )

    async def run(self) -> None:
        """Fold for ever; keeps the states when it ends."""
        waits.set(self._stage.move)
        self._consumer.subscribe([self._topic.name], listener=_HandOver(self))
        await patiently(self._consumer.start, "kafka")
        try:
            while True:
                await self._open_new()
                records = await self._consumer.getmany(timeout_ms=200, max_records=MOST_MESSAGES)
                self._stage.move()
                async with self._turn:
                    for partition, messages in records.items():
                        await self._take(partition.partition, messages)
                await self._commit_now_and_then()
                self._keep_now_and_then()
        finally:
            await self._keep_before_leaving(list(self._next))
            await self._consumer.stop()

    async def hand_over(self, partitions: Iterable[int]) -> None:
        """Keep the states of partitions that may go to another process, if that goes quickly."""
        leaving = list(partitions)
        try:
            async with asyncio.timeout(HAND_OVER_S):
                await self._turn.acquire()
        except TimeoutError:
            log.warning("handed_over_unkept", partitions=leaving)
        else:  # what was being folded is in Kafka now
            try:
                await self._keep_before_leaving(leaving)
            finally:
                self._turn.release()
        self._generation += 1
        for partition in leaving:
            self._next.pop(partition, None)

    async def _open_new(self) -> None:
        """Go to where the newest state of each newly assigned partition belongs."""
        async with self._turn:
            for place in self._consumer.assignment():
                if place.partition in self._next:
                    continue
                ends = await patiently(partial(self._consumer.end_offsets, [place]), "kafka")
                offset = await self._fold.open(place.partition, ends[place])
                try:
                    self._consumer.seek(place, offset)
                except IllegalStateError:
                    continue  # it has gone again meanwhile
                self._next[place.partition] = self._kept[place.partition] = offset
                self._kept_in_round[place.partition] = time.monotonic()
                log.info(
                    "partition_opened", partition=place.partition, offset=offset, end=ends[place]
                )

    async def _take(self, partition: int, messages: list[Any]) -> None:
        """Fold what is new; what came of a partition before it was opened comes again."""
        if partition not in self._next:
            return
        new = [m for m in messages if m.offset >= self._next[partition]]
        if not new:
            return
        received = [r for m in new if (r := await self._decoded(m)) is not None]
        generation = self._generation
        del self._next[partition]  # while it is between two states
        await self._fold.take(received)
        if generation == self._generation:
            self._next[partition] = new[-1].offset + 1
        record(metrics.MESSAGES_CONSUMED, len(new), topic=self._topic.name)

    async def _decoded(self, message: Any) -> Received[Any] | None:
        position = f"{message.topic}/{message.partition}/{message.offset}"
        with span_apart(
            spans.CONSUME,
            parent=context_of(message.headers),
            topic=self._topic.name,
            position=position,
        ) as context:
            try:
                return decode(
                    self._topic,
                    message.value,
                    partition=message.partition,
                    offset=message.offset,
                    key=message.key,
                    context=context,
                )
            except Undecodable as mistake:
                with inside(context):
                    await self._dead_letters.bury(
                        origin=f"kafka:{position}",
                        reason="undecodable",
                        detail=str(mistake),
                        payload=message.value or b"",
                    )
                return None

    async def _commit_now_and_then(self) -> None:
        """Tell the group how far this process is; where it goes on says the kept state."""
        if time.monotonic() - self._committed_at < COMMIT_EVERY_S:
            return
        self._committed_at = time.monotonic()
        done = {
            place: self._next[place.partition]
            for place in self._consumer.assignment()
            if place.partition in self._next
        }
        if done:
            await patiently(lambda: commit(self._consumer, done), "kafka")

    def _keep_now_and_then(self) -> None:
        """Keep one state beside the folding: a database that is away holds nothing up.

        Of one that is kept and at the end of its log it is said that it still is.
        """
        if self._keeping is not None:
            if not self._keeping.done():
                return
            self._keeping.result()
            self._keeping = None
        changed = [p for p, offset in self._next.items() if offset != self._kept.get(p)]
        pause_s = self._keep_every_s / max(len(self._next), 1)
        pause_s = max(pause_s, self._keeping_took_s / KEEPING_SHARE)
        if changed and time.monotonic() - self._kept_at >= pause_s:
            self._kept_at = time.monotonic()
            turn = self._next_turn(changed)
            keeping = self._keep(turn, self._next[turn], self._fold.snapshot(turn))
            self._keeping = asyncio.create_task(keeping)
        elif still := [p for p in self._next if p not in changed and self._is_long_still(p)]:
            turn = self._next_turn(still)
            self._keeping = asyncio.create_task(self._say_still(turn, self._next[turn]))

    def _next_turn(self, partitions: list[int]) -> int:
        """Return the partition whose turn was longest ago; it has it now."""
        turn = min(partitions, key=lambda p: self._kept_in_round.get(p, 0.0))
        self._kept_in_round[turn] = time.monotonic()
        return turn

    def _is_long_still(self, partition: int) -> bool:
        had_turn = self._kept_in_round.get(partition, 0.0)
        return time.monotonic() - had_turn >= self._keep_every_s and self._is_at_end(partition)

    def _is_at_end(self, partition: int) -> bool:
        """Return whether everything is folded in that the broker has, as it said lately."""
        place = TopicPartition(self._topic.name, partition)
        if place not in self._consumer.assignment():
            return False
        end, asked_ms = self._consumer.highwater(place), self._consumer.last_poll_timestamp(place)
        if end is None or asked_ms is None or time.time() - asked_ms / 1e3 > ASKED_LATELY_S:
            return False  # Kafka may be away
        return bool(self._next[partition] >= end)

    async def _say_still(self, partition: int, offset: int) -> None:
        try:
            await self._fold.still(partition, offset)
        except Exception as error:
            if not is_away(error):
                raise
            log.warning("stillness_not_kept", partition=partition, error=str(error)[:300])

    async def _keep(self, partition: int, offset: int, snapshot: Any) -> None:
        try:
            began = time.monotonic()
            await self._fold.keep(partition, offset, snapshot)
            self._keeping_took_s = time.monotonic() - began
        except Exception as error:
            if not is_away(error):
                raise
            log.warning("state_not_kept", partition=partition, error=str(error)[:300])
            return
        self._kept[partition] = offset
        record(metrics.CHECKPOINTS)

    async def _keep_before_leaving(self, partitions: Iterable[int]) -> None:
        try:
            async with asyncio.timeout(HAND_OVER_S):
                for partition in partitions:
                    offset = self._next.get(partition)
                    if offset is not None and offset != self._kept.get(partition):
                        await self._keep(partition, offset, self._fold.snapshot(partition))
        except TimeoutError:
            log.warning("state_not_kept", error=f"the database took over {HAND_OVER_S:g} s")


class _HandOver(ConsumerRebalanceListener):  # type: ignore[misc]
    """Lets a rebalance wait until the states of the partitions are kept."""

    def __init__(self, folding: Folding) -> None:
        self._folding = folding

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Keep what may go to another process."""
        await self._folding.hand_over([place.partition for place in revoked])

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Nothing: the next round opens what is new."""
