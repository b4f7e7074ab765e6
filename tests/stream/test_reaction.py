"""An agent never raises: each message ends handled, buried or waited for."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from parkflow.dispatch.v1.plan_pb2 import Plan
from services.runtime import patience
from services.runtime.progress import Stage
from services.runtime.reacting import BUGS_IN_A_ROW, Reaction, TooManyBugs
from services.runtime.received import Received
from services.runtime.topics import PLANS


class Cemetery:
    """Stands in for the dead-letter topic."""

    def __init__(self) -> None:
        self.buried: list[dict[str, Any]] = []

    async def bury(self, **letter: Any) -> None:
        self.buried.append(letter)


class Given:
    """One reaction with what happened to it."""

    def __init__(self, handler: Any) -> None:
        self.cemetery = Cemetery()
        self.fatal: list[BaseException] = []
        self.reaction = Reaction(
            PLANS,
            handler,
            self.cemetery,
            Stage("s"),
            self.fatal.append,  # type: ignore[arg-type]
        )

    async def takes(self, payload: bytes | None, offset: int = 0) -> None:
        await self.reaction.take(payload, partition=0, offset=offset, key=b"demo-park")


PAYLOAD = Plan(plan_id="p1", park_id="demo-park").SerializeToString()


async def test_a_decoded_message_reaches_the_handler_with_its_position() -> None:
    seen: list[Received[Plan]] = []

    async def handler(received: Received[Plan]) -> None:
        seen.append(received)

    await Given(handler).takes(PAYLOAD, offset=7)

    assert seen[0].message.plan_id == "p1"
    assert seen[0].position == "dispatch.plans.v1/0/7"


async def test_bytes_that_are_not_the_message_are_buried_with_their_position() -> None:
    given = Given(_never)

    await given.takes(b"\xff\xff\xff", offset=3)

    assert given.cemetery.buried[0]["reason"] == "undecodable"
    assert given.cemetery.buried[0]["origin"] == "kafka:dispatch.plans.v1/0/3"
    assert given.cemetery.buried[0]["payload"] == b"\xff\xff\xff"


async def test_a_bug_buries_its_message_and_the_next_one_is_handled() -> None:
    handled: list[int] = []

    async def handler(received: Received[Plan]) -> None:
        if received.offset == 0:
            raise ZeroDivisionError("ours")
        handled.append(received.offset)

    given = Given(handler)
    await given.takes(PAYLOAD, offset=0)
    await given.takes(PAYLOAD, offset=1)

    assert given.cemetery.buried[0]["reason"] == "bug"
    assert handled == [1]
    assert not given.fatal


async def test_too_many_bugs_in_a_row_end_the_process() -> None:
    async def handler(received: Received[Plan]) -> None:
        raise ZeroDivisionError

    given = Given(handler)
    for offset in range(BUGS_IN_A_ROW):
        await given.takes(PAYLOAD, offset=offset)

    assert isinstance(given.fatal[0], TooManyBugs)


async def test_a_database_that_is_away_is_waited_for_in_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(patience, "FIRST_WAIT_S", 0.0)
    tries: list[int] = []

    async def handler(received: Received[Plan]) -> None:
        tries.append(1)
        if len(tries) < 4:
            raise psycopg.OperationalError("the server closed the connection")

    given = Given(handler)
    await given.takes(PAYLOAD)

    assert len(tries) == 4
    assert given.cemetery.buried == []


async def _never(received: Received[Plan]) -> None:
    raise AssertionError("the handler must not see it")
