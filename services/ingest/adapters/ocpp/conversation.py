"""One connection to a charge point, whichever version it speaks.

Its calls are answered in their order, each when what it carries is safe. Its answers to ours are
taken at once: a set-point does not wait behind a reading that waits for Kafka.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import uuid4

from ocpp.charge_point import ChargePoint
from ocpp.exceptions import NotImplementedError as NotHandled
from ocpp.exceptions import NotSupportedError, OCPPError
from ocpp.messages import Call, MessageType, unpack
from websockets.exceptions import ConnectionClosed

from services.runtime.telemetry import log_for

MOST_WAITING = 20  # a charge point that keeps to the protocol has one


log = log_for(__name__)


class Desk(Protocol):
    """Where what charge points say is handed in; each call returns once it is safe."""

    heartbeat: timedelta

    def now(self) -> datetime:
        """Return park time."""

    def evse_of(self, who: "Conversation", transaction: Any, evse: Any) -> Any:
        """Return the EVSE of a transaction, whose first event names it."""

    async def measured(self, who: "Conversation", connector: Any, values: Any) -> None:
        """Take meter values of a connector."""

    async def counted(self, who: "Conversation", connector: Any, stamp: Any, wh: Any) -> None:
        """Take the imported energy register of a connector."""

    async def plugged(self, who: "Conversation", connector: Any, stamp: Any, state: Any) -> None:
        """Take the state of a connector."""

    async def needed(self, who: "Conversation", connector: Any, wh: Any, departure: Any) -> None:
        """Take what the vehicle at a connector wants, as far as it says so (None: it does not)."""

    async def unusable(self, who: "Conversation", reason: str, detail: str) -> None:
        """Take note that the message at hand cannot be used."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A call that waits for its answer, or why it is none; what came, and when (park time)."""

    call: Call | str
    content: bytes
    arrived: datetime


@dataclass(frozen=True, slots=True)
class Reply:
    """What a charge point says to a set-point."""

    accepted: bool
    reason: str = ""


class Complaints:
    """What the library logs: every message (not wanted here), and what a handler raised (kept)."""

    def __init__(self) -> None:
        self._raised: BaseException | None = None

    def info(self, *_: object) -> None:
        """Let it pass."""

    warning = error = info

    def exception(self, *_: object) -> None:
        """Keep what is being handled."""
        self._raised = sys.exception()

    def taken(self) -> BaseException | None:
        """Return what was raised since the last time."""
        raised, self._raised = self._raised, None
        return raised


class Conversation(ChargePoint):  # type: ignore[misc]
    """What both versions share; a version adds its handlers and how a limit is set and asked."""

    def __init__(self, identity: str, connection: Any, desk: Desk) -> None:
        self._complaints = Complaints()
        super().__init__(identity, connection, logger=self._complaints)
        self.identity, self.desk = identity, desk
        self.at_hand = b""  # the message being answered
        self.arrived = desk.now()  # and when it came, in park time
        self._calls: asyncio.Queue[Waiting] = asyncio.Queue(MOST_WAITING)
        self._asked: set[str] = set()  # calls of ours that wait for their answer
        self._on_life: Callable[[], None] = lambda: None

    async def set_limit(self, connector: int, profile: dict[str, Any]) -> Reply:
        """Give the charge point a charging profile."""
        raise NotImplementedError

    async def schedule(self, connector: int, seconds: int, unit: str) -> Any:
        """Return what the charge point will allow from now on; None when it does not say."""
        raise NotImplementedError

    async def talk(self, on_life: Callable[[], None]) -> None:
        """Take what comes until the connection ends; `on_life` is called after each call."""
        self._on_life = on_life
        answering = asyncio.create_task(self._answer())
        try:
            while not answering.done():
                await self._sort(await self._connection.recv())
        except ConnectionClosed:
            pass
        finally:
            answering.cancel()
            [ended] = await asyncio.gather(answering, return_exceptions=True)
            if isinstance(ended, Exception):
                log.error("conversation_defect", charge_point=self.identity, exc_info=ended)

    async def _sort(self, raw: str | bytes) -> None:
        content, now = raw.encode() if isinstance(raw, str) else raw, self.desk.now()
        try:
            message = unpack(content)
        except (OCPPError, TypeError, ValueError, RecursionError, KeyError) as mistake:
            await self._calls.put(Waiting(f"not an OCPP message ({_text(mistake)})", content, now))
            return
        if message.message_type_id == MessageType.Call:
            await self._calls.put(Waiting(message, content, now))
        elif isinstance(message.unique_id, str) and message.unique_id in self._asked:
            self._asked.discard(message.unique_id)
            self._response_queue.put_nowait(message)

    async def _answer(self) -> None:
        while True:
            waiting = await self._calls.get()
            call, self.at_hand, self.arrived = waiting.call, waiting.content, waiting.arrived
            if isinstance(call, str):
                await self.desk.unusable(self, "unreadable", call)
                continue
            try:
                await self._answer_one(call)
            except ConnectionClosed:
                return
            self._on_life()

    async def _answer_one(self, call: Call) -> None:
        """Answer a call; one that cannot be used gets its error, and a dead letter keeps it."""
        if not isinstance(call.action, str) or not isinstance(call.payload, dict):
            await self.desk.unusable(self, "unreadable", "its action or payload is of a wrong type")
            return
        try:
            await self._handle_call(call)
            if (bug := self._complaints.taken()) is not None:
                await self.desk.unusable(self, "defect", f"{call.action}: {bug!r}"[:300])
        except (NotHandled, NotSupportedError) as unknown:
            await self._send(call.create_call_error(unknown).to_json())
        except OCPPError as mistake:
            await self.desk.unusable(self, "unreadable", f"{call.action}: {_text(mistake)}")
            await self._send(call.create_call_error(mistake).to_json())
        except ConnectionClosed:
            raise
        except Exception as defect:  # of ours or the library's: it would be sent again for ever
            await self.desk.unusable(self, "defect", f"{call.action}: {defect!r}"[:300])
            await self._send(call.create_call_error(defect).to_json())

    async def ask(self, request: Any) -> Any:
        """Return the answer to a call of ours; OCPPError when it is an error, ConnectionError."""
        unique_id = str(uuid4())
        self._asked.add(unique_id)
        try:
            return await self.call(request, suppress=False, unique_id=unique_id)
        except ConnectionClosed as gone:
            raise ConnectionError(f"{self.identity} is gone: {gone}") from None
        finally:
            self._asked.discard(unique_id)


async def reply_of(asked: Awaitable[Any]) -> Reply:
    """Return what an answer with a status says; an error of the charge point is a refusal."""
    try:
        answer = await asked
    except OCPPError as error:
        return Reply(False, f"the charge point answers {_text(error)}")
    status = str(getattr(answer.status, "value", answer.status))
    details = getattr(answer, "status_info", None)
    more = f": {json.dumps(details, default=str)}" if details else ""
    return Reply(status == "Accepted", f"the charge point answers {status}{more}")


def _text(error: BaseException) -> str:
    cause = getattr(error, "details", None) or {}
    said = cause.get("cause") if isinstance(cause, dict) else None
    name = getattr(error, "code", "") or type(error).__name__
    return f"{name}: {said or getattr(error, 'description', '') or error}"[:300]
