"""Reacting to topics with Faust agents that never raise.

An exception that leaves a Faust agent loses its message for good, so an agent here ends every
message in one of three ways: handled; buried as a dead letter; or waited for in place while the
world is away. Too many bugs in a row end the process: then it is us, not the messages.
"""

import os
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import faust
from opentelemetry.context import get_current

from services.runtime import metrics, spans
from services.runtime.patience import patiently, waits
from services.runtime.progress import Stage
from services.runtime.publishing import DeadLetterOffice
from services.runtime.received import Received, Undecodable, context_of, decode
from services.runtime.telemetry import log_for, record, span
from services.runtime.topics import Topic

BUGS_IN_A_ROW = 20
LARGE_FETCH_BYTES = 32 * 1024 * 1024
log = log_for(__name__)

Handler = Callable[[Received[Any]], Awaitable[None]]


class TooManyBugs(Exception):
    """Message after message failed in our own code."""


@dataclass
class Reaction:
    """What one agent does with each message. Used by the agent and, without a broker, by tests."""

    topic: Topic
    handler: Handler
    dead_letters: DeadLetterOffice
    stage: Stage
    on_fatal: Callable[[BaseException], None]
    bugs_in_a_row: int = 0
    handled: dict[int, int] = field(default_factory=dict)
    """The newest offset dealt with, by partition."""

    def is_behind(self, consumer: Any) -> bool:
        """Whether the broker is known to hold messages that were not dealt with."""
        return any(
            (end := consumer.highwater(partition)) is not None
            and end > self.handled[partition.partition] + 1
            for partition in consumer.assignment()
            if partition.topic == self.topic.name and partition.partition in self.handled
        )

    async def take(
        self,
        payload: bytes | None,
        *,
        partition: int,
        offset: int,
        key: bytes | None = None,
        headers: Any = (),
    ) -> None:
        """Handle one raw message; returns when it is dealt with, never raises."""
        waits.set(self.stage.move)
        position = f"{self.topic.name}/{partition}/{offset}"
        with span(
            spans.CONSUME,
            parent=context_of(headers),
            topic=self.topic.name,
            position=position,
        ):
            try:
                received = decode(
                    self.topic,
                    payload,
                    partition=partition,
                    offset=offset,
                    key=key,
                    context=get_current(),
                )
                await self._handle(received, payload)
            except Undecodable as mistake:
                await self._bury(payload, position, "undecodable", str(mistake))
            finally:
                self.handled[partition] = offset
                self.stage.move()
                record(metrics.MESSAGES_CONSUMED, topic=self.topic.name)

    async def _handle(self, received: Received[Any], payload: bytes | None) -> None:
        try:
            await patiently(lambda: self.handler(received), f"handler of {self.topic.name}")
            self.bugs_in_a_row = 0
        except Exception as bug:
            self.bugs_in_a_row += 1
            log.error("bug", topic=self.topic.name, offset=received.offset, exc_info=bug)
            detail = f"{type(bug).__name__}: {bug}"
            await self._bury(payload, received.position, "bug", detail, bug)
            if self.bugs_in_a_row >= BUGS_IN_A_ROW:
                self.on_fatal(TooManyBugs(f"{self.bugs_in_a_row} messages of {self.topic.name}"))

    async def _bury(
        self,
        payload: bytes | None,
        position: str,
        reason: str,
        detail: str,
        bug: Exception | None = None,
    ) -> None:
        await self.dead_letters.bury(
            origin=f"kafka:{position}",
            reason=reason,
            detail=detail,
            payload=payload or b"",
            error=bug,
        )


def make_app(service: str, bootstrap: str, security: dict[str, object]) -> faust.App:
    """Return the Faust application of a service: no web server, no tables, no topics of its own."""
    return faust.App(
        f"parkflow-{service}",
        broker=[f"kafka://{server}" for server in bootstrap.split(",")],
        broker_credentials=_credentials(security),
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=LARGE_FETCH_BYTES,
        broker_commit_interval=1.0,
        broker_session_timeout=15.0,
        broker_heartbeat_interval=3.0,
        broker_max_poll_interval=3600.0,
        stream_wait_empty=False,
        stream_buffer_maxsize=256,
        datadir=str(Path(tempfile.gettempdir()) / f"parkflow-{service}-{os.getpid()}"),
        loghandlers=[],
    )


def _credentials(security: dict[str, object]) -> Any:
    if not security:
        return None
    return faust.SASLCredentials(
        username=security["sasl_plain_username"],
        password=security["sasl_plain_password"],
        ssl_context=security["ssl_context"],
        mechanism=security["sasl_mechanism"],
    )


def add_agent(app: faust.App, reaction: Reaction) -> None:
    """Let an agent of `app` take every message of the reaction's topic, in order per partition."""
    source = app.topic(
        reaction.topic.name,
        key_type=bytes,
        value_type=bytes,
        key_serializer="raw",
        value_serializer="raw",
    )

    @app.agent(source, name=reaction.topic.name)  # type: ignore[untyped-decorator,unused-ignore]
    async def agent(stream: Any) -> None:
        async for event in stream.events():
            message = event.message
            await reaction.take(
                message.value,
                partition=message.partition,
                offset=message.offset,
                key=message.key,
                headers=_header_items(message.headers),
            )


def _header_items(headers: Any) -> list[tuple[str, bytes]]:
    if not headers:
        return []
    items = headers.items() if isinstance(headers, dict) else headers
    return [(str(name), bytes(value)) for name, value in items]
