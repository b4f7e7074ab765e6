"""Set-points from Kafka to their devices, each device at its own pace; judged readings to watchers.

A set-point is a lease: of several waiting for one device only the newest is handed over, an older
one that comes again never follows a newer, and one that could not be handed over is reported, not
kept: dispatch issues the next.
"""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from opentelemetry.context import Context

from parkflow.dispatch.v1.setpoint_pb2 import Setpoint
from parkflow.telemetry.v1.delivery_pb2 import DeliveryResult
from services.ingest.adapters.adapter import Adapter, Answer, Command, Refused, answer_from
from services.ingest.live import Live
from services.ingest.messages import command_from, delivery_message
from services.runtime import metrics, spans
from services.runtime.clock import ParkClock
from services.runtime.consuming import Follower
from services.runtime.frames import Frame, frame_from
from services.runtime.progress import Stage
from services.runtime.publishing import Publisher
from services.runtime.received import Received
from services.runtime.telemetry import log_for, record, span
from services.runtime.topics import DELIVERIES, READINGS

log = log_for(__name__)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A command on its way with the trace it belongs to."""

    command: Command
    context: Context


@dataclass(slots=True)
class Mailbox:
    """The one set-point waiting for a device, the newest seen, and who works on it."""

    waiting: Waiting | None = None
    newest: tuple[datetime, str] | None = None
    worker: "asyncio.Task[None] | None" = None


class JudgedReadings:
    """Shows what validation publishes, own park only; what it cannot read others bury."""

    def __init__(self, park_id: str, follower: Follower, live: Live, stage: Stage) -> None:
        self._park_id, self._follower = park_id, follower
        self._live, self._stage = live, stage

    async def recall(self, span: timedelta) -> None:
        """Take in what the log got within the last `span` of wall time (Kafka's own stamps)."""
        await self._follower.start(datetime.now(UTC) - span)
        count = 0
        async for received in self._follower.recall():
            if (frame := self._own(received)) is not None:
                self._live.recall(frame)
                count += 1
        log.info("recalled", topic=READINGS.name, messages=count)

    async def watch(self) -> None:
        """Show what comes, for ever."""
        async for received in self._follower.come(self._stage):
            if (frame := self._own(received)) is not None:
                self._live.show(frame)

    def _own(self, received: Received[Any]) -> Frame | None:
        if received.message.park_id != self._park_id:
            return None
        try:
            return frame_from(received.message)
        except ValueError as mistake:
            log.warning("not_shown", position=received.position, error=str(mistake))
            return None


class SetpointDesk:
    """Takes set-points and reports how each hand-over ended."""

    def __init__(
        self,
        park_id: str,
        clock: ParkClock,
        publisher: Publisher,
        adapters: list[Adapter],
        on_bug: Callable[[BaseException], None],
    ) -> None:
        self._park_id, self._clock = park_id, clock
        self._publisher, self._on_bug = publisher, on_bug
        self._adapter_of = {d: adapter for adapter in adapters for d in adapter.device_ids}
        self._mailboxes: dict[str, Mailbox] = {}

    async def take(self, received: Received[Setpoint]) -> None:
        """Put a set-point into its device's mailbox; returns at once."""
        setpoint = received.message
        if setpoint.park_id != self._park_id:
            return
        command = command_from(setpoint)
        if command.device_id not in self._adapter_of:
            await self._report(command, Refused(f"the park has no device {command.device_id!r}"))
            return
        issued_at = setpoint.issued_at.ToDatetime(tzinfo=UTC)
        mailbox = self._mailboxes.setdefault(command.device_id, Mailbox())
        if mailbox.newest is not None and (issued_at, command.setpoint_id) < mailbox.newest:
            _note_superseded(command)
            return
        if mailbox.waiting is not None:
            _note_superseded(mailbox.waiting.command)
        mailbox.newest = (issued_at, command.setpoint_id)
        mailbox.waiting = Waiting(command, received.context)
        if mailbox.worker is None or mailbox.worker.done():
            mailbox.worker = asyncio.create_task(self._guarded(self._empty(mailbox)))

    async def stop(self) -> None:
        """Let go of what is being handed over."""
        workers = [m.worker for m in self._mailboxes.values() if m.worker is not None]
        for worker in workers:
            worker.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*workers, return_exceptions=True)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as bug:
            self._on_bug(bug)

    async def _empty(self, mailbox: Mailbox) -> None:
        while (waiting := mailbox.waiting) is not None:
            mailbox.waiting = None
            with span(
                spans.DELIVER,
                parent=waiting.context,
                device=waiting.command.device_id,
                setpoint=waiting.command.setpoint_id,
            ):
                await self._report(waiting.command, await self._hand_over(waiting.command))

    async def _hand_over(self, command: Command) -> Answer | None:
        """Return the device's answer; None when the lease is over: the device is left alone."""
        if command.expires_at <= self._clock.now():
            return None
        return await answer_from(self._adapter_of[command.device_id].hand_over, command)

    async def _report(self, command: Command, answer: Answer | None) -> None:
        message = delivery_message(self._park_id, command, answer, self._clock.now())
        key = f"{self._park_id}/{command.device_id}"
        await self._publisher.publish(DELIVERIES, key, message)
        result = DeliveryResult.Name(message.result).removeprefix("DELIVERY_RESULT_").lower()
        record(metrics.DELIVERIES, result=result)
        if result != "accepted":
            log.warning(
                "setpoint_not_taken",
                device=command.device_id,
                setpoint=command.setpoint_id,
                result=result,
                reason=message.reason,
            )


def _note_superseded(command: Command) -> None:
    record(metrics.DELIVERIES, result="superseded")
    log.info("setpoint_superseded", device=command.device_id, setpoint=command.setpoint_id)
