"""A push is stored once a key, and what is remembered of pushes stays within memory."""

from typing import Any

import pytest

from services.ingest import rpc
from services.ingest.domain.batch import Batch, batch_of
from services.ingest.intake import Intake
from services.ingest.pacing import Pace
from services.ingest.rpc import PushDesk
from services.runtime.clock import ParkClock
from services.runtime.topics import Topic
from tests.support.builders import a_park

CLOCK = ParkClock.wall()


class Log:
    """Counts what is published."""

    def __init__(self) -> None:
        self.frames: list[Any] = []

    async def publish(self, topic: Topic, key: str, message: Any) -> None:
        self.frames.append(message)


def of_nobodys_points(count: int) -> Batch:
    now_us = int(CLOCK.now().timestamp() * 1e6)
    return batch_of("gateway", [(f"nobody.p{n}", now_us, 1.0) for n in range(count)])


def a_desk(log: Log) -> PushDesk:
    return PushDesk(Intake(a_park(), CLOCK, log), Pace(CLOCK))


async def test_a_key_that_comes_again_is_answered_alike_and_stored_once() -> None:
    log = Log()
    desk, batch = a_desk(log), of_nobodys_points(2)

    first, again = await desk.store(batch, "a", ""), await desk.store(batch, "a", "")

    assert (first[1], again[1], len(log.frames)) == (False, True, 1)
    assert first[0] is again[0]


@pytest.mark.parametrize("limit", ["KEYS_REMEMBERED", "DOUBTED_REMEMBERED"])
async def test_a_sender_that_is_wrong_in_every_reading_does_not_fill_the_memory(
    monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(rpc, limit, 3)
    log = Log()
    desk, batch = a_desk(log), of_nobodys_points(1)
    for key in "abcd":
        await desk.store(batch, key, "")

    _, oldest_is_known = await desk.store(batch, "a", "")
    _, newest_is_known = await desk.store(batch, "d", "")

    assert (oldest_is_known, newest_is_known) == (False, True)
