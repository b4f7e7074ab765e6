"""Reading Kafka in bulk: offsets follow a database effect, or there is no group (rebuilding).

`consume_in_bulk` commits only after the handler has returned; `read_back` replays what a topic
already holds, for state that is rebuilt from the log at start.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import (
    CommitFailedError,
    IllegalGenerationError,
    IllegalStateError,
    RebalanceInProgressError,
)
from opentelemetry.context import Context

from services.runtime import metrics, spans
from services.runtime.backlog import Backlog, places_of
from services.runtime.patience import patiently, waits
from services.runtime.progress import Stage
from services.runtime.publishing import DeadLetterOffice
from services.runtime.reacting import BUGS_IN_A_ROW, TooManyBugs
from services.runtime.received import Received, Undecodable, context_of, decode
from services.runtime.telemetry import inside, log_for, record, span_apart
from services.runtime.topics import DEAD_LETTERS, Topic

FETCH_BYTES = 32 * 1024 * 1024
FETCH_WAIT_MS = 25
"""How long the broker may hold an empty fetch. aiokafka asks a broker one thing at a time: what
comes to one partition waits for the fetch of the others to return."""
log = log_for(__name__)

BatchHandler = Callable[[list[Received[Any]]], Awaitable[None]]


async def consume_in_bulk(
    topics: list[Topic],
    handler: BatchHandler,
    *,
    service: str,
    bootstrap: str,
    security: dict[str, object],
    dead_letters: DeadLetterOffice,
    stage: Stage,
    group: str = "",
    max_messages: int = 500,
    backlog: Backlog | None = None,
) -> None:
    """Feed `handler` batches of decoded messages for ever; commit each batch after it returned.

    `group` is `parkflow-<service>-bulk` unless it says otherwise. A crash between the effect and
    the commit repeats the batch: the handler must be idempotent. Waits in place while Kafka or
    whatever the handler needs is away. When the handler finds that a batch cannot be used as a
    whole it is fed message by message, and only the culprit is buried. TooManyBugs, and nothing of
    the batch is committed, when message after message cannot be used: then it is us. `backlog`
    knows before each batch whether the partitions hold more than it.
    """
    waits.set(stage.move)
    by_name = {topic.name: topic for topic in topics}
    consumer = AIOKafkaConsumer(
        *by_name,
        bootstrap_servers=bootstrap,
        group_id=group or f"parkflow-{service}-bulk",
        client_id=f"parkflow-{service}",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=FETCH_BYTES,
        fetch_max_bytes=FETCH_BYTES,
        session_timeout_ms=15_000,
        heartbeat_interval_ms=3_000,
        max_poll_interval_ms=3_600_000,
        **security,
    )
    await patiently(consumer.start, "kafka")
    feeding = Feeding(handler, dead_letters)
    try:
        while True:
            records = await consumer.getmany(timeout_ms=200, max_records=max_messages)
            stage.move()
            if backlog is not None:
                backlog.look(await places_of(consumer))
            messages = [m for partition in records.values() for m in partition]
            if not messages:
                continue
            await _handle(messages, by_name, feeding)
            await patiently(lambda: commit(consumer), "kafka")
            for topic in by_name:
                count = sum(1 for message in messages if message.topic == topic)
                if count:
                    record(metrics.MESSAGES_CONSUMED, count, topic=topic)
    finally:
        await consumer.stop()


async def commit(
    consumer: AIOKafkaConsumer, offsets: dict[TopicPartition, int] | None = None
) -> None:
    """Tell the group what is done: `offsets`, or all that was read; lost when it rebalances."""
    try:
        await consumer.commit(offsets)
    except (
        CommitFailedError,
        IllegalGenerationError,
        IllegalStateError,
        RebalanceInProgressError,
    ) as lost:
        log.warning("commit_lost_to_rebalance", error=str(lost))  # repeated; effects are idempotent


@dataclass
class Feeding:
    """Batches into a handler; what it cannot use is buried, one by one."""

    handler: BatchHandler
    dead_letters: DeadLetterOffice
    bugs_in_a_row: int = 0

    async def feed(self, decoded: list[tuple[Received[Any], bytes]]) -> None:
        """Return when each message is dealt with; raises TooManyBugs."""
        try:
            await patiently(lambda: self.handler([received for received, _ in decoded]), "database")
            self.bugs_in_a_row = 0
        except Exception as bug:
            log.error("batch_failed", messages=len(decoded), exc_info=bug)
            for received, payload in decoded:
                with inside(received.context):
                    await self._feed_one(received, payload)

    async def _feed_one(self, received: Received[Any], payload: bytes) -> None:
        try:
            await patiently(lambda: self.handler([received]), "database")
            self.bugs_in_a_row = 0
        except Exception as bug:
            self.bugs_in_a_row += 1
            await self._bury(received, payload, bug)
            if self.bugs_in_a_row >= BUGS_IN_A_ROW:
                raise TooManyBugs(f"{self.bugs_in_a_row} messages of {received.topic}") from bug

    async def _bury(self, received: Received[Any], payload: bytes, bug: Exception) -> None:
        if received.topic == DEAD_LETTERS.name:  # a letter about a letter would have no end
            log.error("dead_letter_unusable", position=received.position, exc_info=bug)
            return
        await self.dead_letters.bury(
            origin=f"kafka:{received.position}",
            reason="bug",
            detail=f"{type(bug).__name__}: {bug}",
            payload=payload,
            error=bug,
        )


async def _handle(messages: list[Any], by_name: dict[str, Topic], feeding: Feeding) -> None:
    with ExitStack() as open_spans:
        decoded: list[tuple[Received[Any], bytes]] = []
        for message in messages:
            topic = by_name[message.topic]
            position = f"{message.topic}/{message.partition}/{message.offset}"
            context = open_spans.enter_context(
                span_apart(
                    spans.CONSUME,
                    parent=context_of(message.headers),
                    topic=topic.name,
                    position=position,
                )
            )
            try:
                decoded.append((_decoded(message, topic, context), message.value))
            except Undecodable as mistake:
                with inside(context):
                    await feeding.dead_letters.bury(
                        origin=f"kafka:{position}",
                        reason="undecodable",
                        detail=str(mistake),
                        payload=message.value or b"",
                    )
        await feeding.feed(decoded)


def _decoded(message: Any, topic: Topic, context: Context) -> Received[Any]:
    return decode(
        topic,
        message.value,
        partition=message.partition,
        offset=message.offset,
        key=message.key,
        context=context,
    )


async def read_back(
    topic: Topic,
    *,
    bootstrap: str,
    security: dict[str, object],
    since: datetime | None = None,
) -> AsyncIterator[Received[Any]]:
    """Yield what `topic` holds now, oldest first per partition, and end there.

    `since` is wall time of publishing (Kafka's stamp). Undecodable messages are passed over:
    whoever consumes the topic for real buries them.
    """
    follower = Follower(topic, bootstrap=bootstrap, security=security)
    await follower.start(since)
    try:
        async for received in follower.recall():
            yield received
    finally:
        await follower.stop()


class Follower:
    """Reads a topic in no group: what it holds already, then what comes, without a gap between."""

    def __init__(self, topic: Topic, *, bootstrap: str, security: dict[str, object]) -> None:
        self._topic = topic
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap,
            enable_auto_commit=False,
            group_id=None,
            auto_offset_reset="earliest",  # "latest" would win against a seek right after assign
            fetch_max_wait_ms=FETCH_WAIT_MS,
            **security,
        )
        self._ends: dict[TopicPartition, int] = {}

    async def start(self, since: datetime | None = None) -> None:
        """Connect, waiting for the broker, and go to `since` (wall time; None: the beginning)."""
        await patiently(self._consumer.start, "kafka")
        numbers = await _partitions(self._consumer, self._topic)
        partitions = [TopicPartition(self._topic.name, number) for number in sorted(numbers)]
        self._consumer.assign(partitions)
        self._ends = await self._consumer.end_offsets(partitions)
        await _seek(self._consumer, partitions, since, self._ends)

    async def stop(self) -> None:
        """Disconnect."""
        await self._consumer.stop()

    async def recall(self) -> AsyncIterator[Received[Any]]:
        """Yield what the topic held at the start, oldest first per partition, and end."""
        left = await self._behind(self._ends)
        while left:
            for partition, messages in (
                await self._consumer.getmany(*left, timeout_ms=500)
            ).items():
                beyond = [m for m in messages if m.offset >= self._ends[partition]]
                for message in messages[: len(messages) - len(beyond)]:
                    if (received := self._decoded(message)) is not None:
                        yield received
                if beyond:
                    self._consumer.seek(partition, beyond[0].offset)
            left = await self._behind(left)

    async def come(self, stage: Stage) -> AsyncIterator[Received[Any]]:
        """Yield what comes, for ever."""
        while True:
            stage.move()
            for messages in (await self._consumer.getmany(timeout_ms=500)).values():
                for message in messages:
                    if (received := self._decoded(message)) is not None:
                        yield received

    async def _behind(self, partitions: Iterable[TopicPartition]) -> list[TopicPartition]:
        return [p for p in partitions if await self._consumer.position(p) < self._ends[p]]

    def _decoded(self, message: Any) -> Received[Any] | None:
        try:
            return _decoded(message, self._topic, context_of(message.headers))
        except Undecodable:
            return None


async def _partitions(consumer: AIOKafkaConsumer, topic: Topic) -> set[int]:
    await consumer._client.add_topic(topic.name)  # no public way to ask for one topic's metadata
    await consumer._client.force_metadata_update()
    return consumer.partitions_for_topic(topic.name) or set()


async def _seek(
    consumer: AIOKafkaConsumer,
    partitions: list[TopicPartition],
    since: datetime | None,
    ends: dict[TopicPartition, int],
) -> None:
    if since is None:
        return  # an assigned partition begins at its beginning
    stamps = dict.fromkeys(partitions, int(since.timestamp() * 1000))
    found = await consumer.offsets_for_times(stamps)
    for partition in partitions:
        place = found.get(partition)
        consumer.seek(partition, place.offset if place else ends[partition])
