"""Writing to Kafka: acknowledged by all in-sync replicas, traced, patient."""

import asyncio
import hashlib
import traceback
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

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
LARGEST_VALUE_BYTES = MAX_MESSAGE_BYTES - 64 * 1024  # key, headers and the batch take some
LARGEST_LETTER_BYTES = 4 * 1024 * 1024
LONGEST_TEXT = 64 * 1024
BATCH_BYTES = 512 * 1024
"""What waits for a partition goes in one request, below any broker's limit. aiokafka's 16 KiB hold
less than one frame of 1,000 readings, and it sends a partition one batch after the other."""
log = log_for(__name__)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message on its way, in the trace it belongs to."""

    key: str
    message: Message
    context: Context


@dataclass(frozen=True, slots=True)
class Sealed:
    """A message as it goes to Kafka."""

    topic: str
    key: str
    value: bytes
    headers: list[tuple[str, bytes]]


class Publishes(Protocol):
    """Whatever takes a message for good: Kafka, or something durable in front of it."""

    async def publish(self, topic: Topic, key: str, message: Message) -> None:
        """Return once the message cannot be lost any more."""


class Publisher:
    """Publishes messages of the topic map. A returned `publish` means Kafka has it."""

    def __init__(self, service: str, bootstrap: str, security: dict[str, object]) -> None:
        self._service = service
        self._bootstrap = bootstrap
        self._security = security
        self._connecting: asyncio.Future[AIOKafkaProducer] | None = None

    async def start(self, patience_s: float | None = None) -> None:
        """Connect, waiting for the broker; beyond `patience_s` it goes on connecting alone.

        `publish` waits until then.
        """
        self._connecting = asyncio.ensure_future(patiently(self._connect, "kafka"))
        try:
            async with asyncio.timeout(patience_s):
                await asyncio.shield(self._connecting)
        except TimeoutError:
            log.warning("kafka_away_at_start", patience_s=patience_s)
        except asyncio.CancelledError:
            self._connecting.cancel()
            raise

    @property
    def is_connected(self) -> bool:
        """Whether Kafka has been met since the start."""
        return self._connecting is not None and self._connecting.done()

    async def connected(self) -> AIOKafkaProducer:
        """Return the client once Kafka has been met."""
        if self._connecting is None:
            raise RuntimeError("the publisher is not started")
        return await asyncio.shield(self._connecting)

    async def _connect(self) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            client_id=f"parkflow-{self._service}",
            acks="all",
            enable_idempotence=True,
            compression_type="zstd",
            linger_ms=2,
            max_batch_size=BATCH_BYTES,
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
        return producer

    async def stop(self) -> None:
        """Flush and disconnect."""
        if self._connecting is None or self._connecting.cancel():
            return
        if not self._connecting.cancelled() and self._connecting.exception() is None:
            await self._connecting.result().stop()

    async def publish(self, topic: Topic, key: str, message: Message) -> None:
        """Write one message and wait until Kafka has it; waits out a broker that is away."""
        await self.publish_all(topic, [(key, message)])

    async def publish_all(self, topic: Topic, messages: Iterable[tuple[str, Message]]) -> None:
        """Write many messages in order per key and wait until Kafka has them all."""
        await self.publish_sealed([self.seal(topic, key, m) for key, m in messages])

    async def publish_each(self, topic: Topic, messages: Iterable[Outgoing]) -> None:
        """The same for messages that go on in different traces."""
        sealed = []
        for outgoing in messages:
            with inside(outgoing.context):
                sealed.append(self.seal(topic, outgoing.key, outgoing.message))
        if sealed:
            await self.publish_sealed(sealed)

    def seal(self, topic: Topic, key: str, message: Message) -> Sealed:
        """Return a message as it goes to Kafka, in the trace it is made in."""
        if self._service not in topic.writers:
            raise ValueError(f"{self._service} is not a writer of {topic.name} in the topic map")
        headers = [(name, value.encode()) for name, value in carrier_of_current().items()]
        return Sealed(topic.name, key, _checked(topic, message), headers)

    async def publish_sealed(self, messages: Sequence[Sealed]) -> None:
        """Write messages in order per key and wait until Kafka has them all."""
        await patiently(lambda: self._send(messages), "kafka")
        for name, count in Counter(message.topic for message in messages).items():
            record(metrics.MESSAGES_PUBLISHED, count, topic=name)

    async def _send(self, messages: Sequence[Sealed]) -> None:
        producer = await self.connected()
        waiting = [
            await producer.send(m.topic, m.value, key=m.key.encode(), headers=m.headers)
            for m in messages
        ]
        await asyncio.gather(*waiting)


def _checked(topic: Topic, message: Message) -> bytes:
    if not isinstance(message, topic.message):
        raise TypeError(
            f"{topic.name} takes {topic.message.__name__}, got {type(message).__name__}"
        )
    value = message.SerializeToString()
    if len(value) > LARGEST_VALUE_BYTES:
        raise ValueError(f"{topic.name} takes {LARGEST_VALUE_BYTES} bytes, got {len(value)}")
    return value


class DeadLetterOffice:
    """Keeps what could not be used with the reason: whole, unless it is beyond all measure.

    Whatever a peer sent can be buried: a letter that does not fit would come again for ever.
    """

    def __init__(self, service: str, publisher: Publishes, clock: ParkClock) -> None:
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
        digest = hashlib.sha256(
            f"{self._service}|{_writable(origin)}|".encode() + payload
        ).hexdigest()[:32]
        letter = DeadLetter(
            dead_letter_id=digest,
            writer=self._service,
            origin=_writable(origin),
            reason=reason,
            detail=_writable(detail + _about_cut(payload)),
            payload=payload[:LARGEST_LETTER_BYTES],
        )
        if error is not None:
            letter.stack = _writable("".join(traceback.format_exception(error)))
        letter.arrival_time.FromDatetime(self._clock.now())
        await self._publisher.publish(DEAD_LETTERS, f"{self._service}/{letter.origin}", letter)
        record(metrics.DEAD_LETTERS, reason=reason)
        log.warning("dead_letter", origin=letter.origin, reason=reason, detail=letter.detail)


def _about_cut(payload: bytes) -> str:
    """Return what a letter says of a payload it cannot hold; nothing when it can."""
    if len(payload) <= LARGEST_LETTER_BYTES:
        return ""
    return f" (of its {len(payload)} bytes the first {LARGEST_LETTER_BYTES} are kept)"


def _writable(text: str) -> str:
    """Return a text as UTF-8 can hold it, lone surrogates escaped, and not beyond all measure."""
    return text[:LONGEST_TEXT].encode("utf-8", "backslashreplace").decode()
