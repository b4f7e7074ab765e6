"""Where the log ends now, asked again and again; and whether Kafka answers at all."""

import asyncio
import time
from collections.abc import Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition

from services.alerting.domain.completeness import Partition
from services.runtime.patience import is_away, patiently
from services.runtime.telemetry import log_for
from services.runtime.topics import Topic

ANSWER_S = 5.0
SILENT_AFTER_S = 10.0
log = log_for(__name__)
Ends = Mapping[Partition, int]


class Tail:
    """Asks Kafka for the ends of some topics; belongs to no consumer group."""

    def __init__(self, topics: list[Topic], bootstrap: str, security: dict[str, object]) -> None:
        self._partitions = [
            TopicPartition(topic.name, number)
            for topic in topics
            for number in range(topic.partitions)
        ]
        self._bootstrap = bootstrap
        self._security = security
        self._consumer: AIOKafkaConsumer | None = None
        self._answered_at = time.monotonic()

    async def start(self) -> None:
        """Connect, waiting for the broker."""
        await patiently(self._connect, "kafka")

    async def _connect(self) -> None:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            group_id=None,
            client_id="parkflow-alerting-tail",
            enable_auto_commit=False,
            **self._security,
        )
        try:
            await consumer.start()
        except BaseException:
            await consumer.stop()
            raise
        self._consumer = consumer

    async def stop(self) -> None:
        """Disconnect."""
        if self._consumer is not None:
            await self._consumer.stop()

    @property
    def is_answering(self) -> bool:
        """Whether Kafka has answered lately (wall time: a technical wait)."""
        return time.monotonic() - self._answered_at < SILENT_AFTER_S

    async def ends(self) -> Ends | None:
        """Return the next offset of every partition; None while Kafka does not answer."""
        if self._consumer is None:
            raise RuntimeError("the tail is not started")
        try:
            async with asyncio.timeout(ANSWER_S):
                found = await self._consumer.end_offsets(self._partitions)
        except Exception as error:
            if not is_away(error):
                raise
            log.warning("log_end_unknown", error=f"{type(error).__name__}: {error}")
            return None
        self._answered_at = time.monotonic()
        return {(partition.topic, partition.partition): end for partition, end in found.items()}
