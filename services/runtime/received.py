"""A message as it came from Kafka: decoded, with its position and trace context."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from google.protobuf.message import DecodeError, Message
from opentelemetry.context import Context

from services.runtime.telemetry import context_from
from services.runtime.topics import Topic

M = TypeVar("M", bound=Message)


class Undecodable(Exception):
    """The bytes are not the topic's message; the text says why."""


@dataclass(frozen=True, slots=True)
class Received(Generic[M]):
    """One message with where it stood. `position` is `<topic>/<partition>/<offset>`.

    `context` is the trace it belongs to: of whoever wrote it, or of the span that takes it.
    """

    message: M
    topic: str
    partition: int
    offset: int
    key: str
    context: Context = field(default_factory=Context)

    @property
    def position(self) -> str:
        """Return where this message stands in the log."""
        return f"{self.topic}/{self.partition}/{self.offset}"


def decode(
    topic: Topic,
    payload: bytes | None,
    *,
    partition: int,
    offset: int,
    key: bytes | None,
    context: Context,
) -> Received[Message]:
    """Return the decoded message; raises Undecodable with the reason."""
    message = topic.message()
    try:
        if payload is None:
            raise Undecodable(f"{topic.name} carries no tombstones, got an empty value")
        message.ParseFromString(payload)
    except DecodeError as mistake:
        name = topic.message.DESCRIPTOR.full_name
        raise Undecodable(f"not a {name} ({mistake}); the writer must send one") from None
    text_key = (key or b"").decode("utf-8", "replace")
    return Received(message, topic.name, partition, offset, text_key, context)


def context_of(headers: Iterable[tuple[str, bytes]]) -> Context:
    """Return the trace context that the headers of a message carry."""
    return context_from({name: value.decode("ascii", "replace") for name, value in headers})
