"""Writing to Kafka: acknowledged by all in-sync replicas, traced, patient."""

import asyncio
import hashlib
import traceback
from collections.abc import Iterable
from dataclasses import dataclass

from aiokafka import AIOKafkaProducer
from google.protobuf.message import Message
from opentelemetry.context import Context

from parkflow.telemetry.v1.dead_letter_pb2 import DeadLetter
from services.runtime import metrics
from services.runtime.clock import ParkClock
from services.runtime.patience import patiently
from services.runtime.telemetry import carrier_of_current, inside, log_for, record
from services.runtime.topics import DEAD_LETTERS, Topic

MAX_MESSAGE_BYTES = 8 * 1024 * 1024
Encoded = tuple[bytes, bytes, list[tuple[str, bytes]]]
log = log_for(__name__)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message on its way, in the trace it belongs to."""

    key: str
    message: Message
    context: Context


class Publisher:
    """Publishes messages of the topic map. A returned `publish` means Kafka has it."""

    def __init__(self, service: str, bootstrap: str, security: dict[str, object]) -> None:
        self._service = service
        self._bootstrap = bootstrap
        self._security = security
        self._producer: AIOKafkaProducer | None = None

    async def start(self) -> None:
        """Connect, waiting for the broker."""
        await patiently(self._connect, "kafka")

    async def _connect(self) -> None:
        producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            client_id=f"parkflow-{self._service}",
            acks="all",
            enable_idempotence=True,
            compression_type="lz4",
            linger_ms=2,
            max_request_size=MAX_MESSAGE_BYTES,
            request_timeout_ms=20_000,
            metadata_max_age_ms=30_000,
            **self._security,
        )
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        self._producer = producer

    async def stop(self) -> None:
        """Flush and disconnect."""
        if self._producer is not None:
            await self._producer.stop()

    async def publish(self, topic: Topic, key: str, message: Message) -> None:
        """Write one message and wait until Kafka has it; waits out a broker that is away."""
        await self.publish_all(topic, [(key, message)])

    async def publish_all(self, topic: Topic, messages: Iterable[tuple[str, Message]]) -> None:
        """Write many messages in order per key and wait until Kafka has them all."""
        headers = _headers()
        await self._publish(topic, [(k.encode(), _checked(topic, m), headers) for k, m in messages])

    async def publish_each(self, topic: Topic, messages: Iterable[Outgoing]) -> None:
        """The same for messages that go on in different traces."""
        encoded = []
        for outgoing in messages:
            with inside(outgoing.context):
                headers = _headers()
            encoded.append((outgoing.key.encode(), _checked(topic, outgoing.message), headers))
        if encoded:
            await self._publish(topic, encoded)

    async def _publish(self, topic: Topic, encoded: list[Encoded]) -> None:
        if self._service not in topic.writers:
            raise ValueError(f"{self._service} is not a writer of {topic.name} in the topic map")
        await patiently(lambda: self._send(topic, encoded), "kafka")
        record(metrics.MESSAGES_PUBLISHED, len(encoded), topic=topic.name)

    async def _send(self, topic: Topic, encoded: list[Encoded]) -> None:
        if self._producer is None:
            raise RuntimeError("the publisher is not started")
        waiting = [
            await self._producer.send(topic.name, value, key=key, headers=headers)
            for key, value, headers in encoded
        ]
        await asyncio.gather(*waiting)


def _headers() -> list[tuple[str, bytes]]:
    return [(name, value.encode()) for name, value in carrier_of_current().items()]


def _checked(topic: Topic, message: Message) -> bytes:
    if not isinstance(message, topic.message):
        raise TypeError(
            f"{topic.name} takes {topic.message.__name__}, got {type(message).__name__}"
        )
    return message.SerializeToString()


class DeadLetterOffice:
    """Keeps what could not be used, whole and with the reason."""

    def __init__(self, service: str, publisher: Publisher, clock: ParkClock) -> None:
        self._service = service
        self._publisher = publisher
        self._clock = clock

    async def bury(
        self,
        *,
        origin: str,
        reason: str,
        detail: str,
        payload: bytes,
        error: BaseException | None = None,
    ) -> None:
        """Publish a dead letter; the same bytes of the same origin get the same id."""
        digest = hashlib.sha256(f"{self._service}|{origin}|".encode() + payload).hexdigest()[:32]
        letter = DeadLetter(
            dead_letter_id=digest,
            writer=self._service,
            origin=origin,
            reason=reason,
            detail=detail,
            payload=payload,
        )
        if error is not None:
            letter.stack = "".join(traceback.format_exception(error))
        letter.arrival_time.FromDatetime(self._clock.now())
        await self._publisher.publish(DEAD_LETTERS, f"{self._service}/{origin}", letter)
        record(metrics.DEAD_LETTERS, reason=reason)
        log.warning("dead_letter", origin=origin, reason=reason, detail=detail)
