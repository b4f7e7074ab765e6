"""What comes from the field is acknowledged once Kafka or the disk has it, and keeps its order."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from parkflow.telemetry.v1.raw_frame_pb2 import RawFrame
from services.ingest.spool.forward import StoreAndForward, Straight
from services.ingest.spool.log import SpoolLog
from services.ingest.spool.rules import Policy, Rules
from services.ingest.spool.shelf import Shelf
from services.runtime.clock import ParkClock
from services.runtime.topics import RAW
from tests.support.builders import MORNING
from tests.support.kafka_client import Client, a_publisher

LARGE = 40_000
DAY = timedelta(days=1)


def a_frame(number: int, size: int = 10) -> RawFrame:
    return RawFrame(park_id="park", source_id="s", frame_id=f"{number:06d}", value=b"." * size)


def numbers(values: list[bytes]) -> list[int]:
    return [int(RawFrame.FromString(value).frame_id) for value in values]


@dataclass
class Ingest:
    """Store and forward over a client that can be told to go away."""

    client: Client
    shelf: Shelf
    forward: StoreAndForward
    straight: Straight

    async def publish(self, number: int, key: str = "park/a", size: int = 10) -> None:
        await self.forward.publish(RAW, key, a_frame(number, size))

    def arrived(self, key: str = "park/a") -> list[int]:
        return numbers(self.client.values_of(key))

    def once_each(self, key: str = "park/a") -> list[int]:
        """What arrived, each frame where it came first."""
        return list(dict.fromkeys(self.arrived(key)))


@asynccontextmanager
async def an_ingest(
    folder: Path,
    client: Client | None = None,
    *,
    policy: Policy = Policy.REFUSE_NEWEST,
    limit_bytes: int = 10 * 1024 * 1024,
    longest_age: timedelta = DAY,
    speed: float = 1.0,
) -> AsyncIterator[Ingest]:
    client = client or Client()
    rules = Rules(policy, longest_age, patience_s=0.02)
    shelf = Shelf(SpoolLog(folder, limit_bytes), rules, ParkClock(MORNING, time.time(), speed))
    publisher = a_publisher(client)
    forward = StoreAndForward(publisher, shelf)
    tasks = [asyncio.create_task(work()) for work in (shelf.write, shelf.watch, forward.drain)]
    try:
        yield Ingest(client, shelf, forward, Straight(publisher, shelf))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await shelf.stop()


async def until(so: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not so():  # noqa: ASYNC110  looks on from outside
            await asyncio.sleep(0.001)


async def until_empty(ingest: Ingest) -> None:
    await until(lambda: not ingest.shelf.frames)


async def test_while_kafka_answers_nothing_touches_the_disk(tmp_path: Path) -> None:
    async with an_ingest(tmp_path) as ingest:
        for number in range(5):
            await ingest.publish(number)

        assert ingest.arrived() == [0, 1, 2, 3, 4]
        assert ingest.shelf.size_bytes == 0


async def test_what_kafka_does_not_take_in_time_is_acknowledged_from_disk(tmp_path: Path) -> None:
    async with an_ingest(tmp_path) as ingest:
        ingest.client.goes_away()

        await ingest.publish(1)

        assert ingest.shelf.frames == 1
        assert ingest.arrived() == []


async def test_order_of_a_key_holds_over_an_outage_and_after_it(tmp_path: Path) -> None:
    async with an_ingest(tmp_path) as ingest:
        await ingest.publish(0)
        ingest.client.goes_away()
        for number in range(1, 20):
            await ingest.publish(number)
        ingest.client.comes_back()
        for number in range(20, 600):
            await ingest.publish(number)
        await until_empty(ingest)

        assert ingest.once_each() == list(range(600))
        assert len(ingest.arrived()) == 601  # the first of the outage came late, and from disk


async def test_a_kill_while_kafka_is_away_loses_nothing(tmp_path: Path) -> None:
    async with an_ingest(tmp_path) as ingest:
        ingest.client.goes_away()
        for number in range(10):
            await ingest.publish(number)

    async with an_ingest(tmp_path) as again:
        await until_empty(again)

        assert again.arrived() == list(range(10))


async def test_keys_with_nothing_on_disk_go_straight_beside_the_drain(tmp_path: Path) -> None:
    async with an_ingest(tmp_path) as ingest:
        ingest.client.goes_away()
        for number in range(300):
            await ingest.publish(number, "park/a")
        ingest.client.comes_back()
        await until(lambda: ingest.shelf.frames < 300)
        ingest.client.held_key = "park/a"  # its partition is slow now

        await ingest.publish(7, "park/b")

        assert ingest.arrived("park/b") == [7]
        assert ingest.shelf.is_behind((RAW.name, "park/a"))


async def test_a_full_spool_that_refuses_lets_the_field_wait_until_kafka_is_back(
    tmp_path: Path,
) -> None:
    async with an_ingest(tmp_path, limit_bytes=4 * LARGE) as ingest:
        ingest.client.goes_away()
        for number in range(3):
            await ingest.publish(number, size=LARGE)
        refused = asyncio.create_task(ingest.publish(3, size=LARGE))
        await asyncio.sleep(0.1)
        assert not refused.done()

        ingest.client.comes_back()
        await refused
        await until_empty(ingest)

        assert ingest.once_each() == [0, 1, 2, 3]
        assert ingest.shelf.dropped_frames == 0


async def test_a_full_spool_that_drops_keeps_the_newest_and_counts_the_rest(
    tmp_path: Path,
) -> None:
    async with an_ingest(tmp_path, policy=Policy.DROP_OLDEST, limit_bytes=6 * LARGE) as ingest:
        ingest.client.goes_away()
        for number in range(20):
            await ingest.publish(number, size=LARGE)
        kept, dropped = ingest.shelf.frames, ingest.shelf.dropped_frames
        ingest.client.comes_back()
        await until_empty(ingest)

        assert kept + dropped == 20
        assert dropped > 0
        assert ingest.arrived()[-kept:] == list(range(20 - kept, 20))
        assert ingest.shelf.size_bytes == 0


async def test_a_frame_that_is_too_old_fills_a_refusing_spool(tmp_path: Path) -> None:
    async with an_ingest(tmp_path, longest_age=timedelta(seconds=30), speed=3600) as ingest:
        ingest.client.goes_away()
        await ingest.publish(0)
        await asyncio.sleep(0.05)  # three minutes of park time

        refused = asyncio.create_task(ingest.publish(1))
        await asyncio.sleep(0.1)

        assert not refused.done()
        refused.cancel()


async def test_a_frame_that_is_too_old_leaves_a_dropping_spool(tmp_path: Path) -> None:
    async with an_ingest(
        tmp_path, policy=Policy.DROP_OLDEST, longest_age=timedelta(seconds=30), speed=3600
    ) as ingest:
        ingest.client.goes_away()
        await ingest.publish(0)

        await until_empty(ingest)

        assert ingest.shelf.dropped_frames == 1
        assert not ingest.shelf.is_behind((RAW.name, "park/a"))


async def test_a_push_waits_until_kafka_has_what_was_stored_before_it(tmp_path: Path) -> None:
    async with an_ingest(tmp_path) as ingest:
        ingest.client.goes_away()
        await ingest.publish(0)
        push = asyncio.create_task(ingest.straight.publish(RAW, "park/a", a_frame(1)))
        await asyncio.sleep(0.05)
        assert not push.done()
        assert ingest.shelf.frames == 1

        ingest.client.comes_back()
        await push

        assert ingest.once_each() == [0, 1]


async def test_a_frame_that_kafka_would_never_take_is_refused_at_once(tmp_path: Path) -> None:
    async with an_ingest(tmp_path) as ingest:
        ingest.client.goes_away()

        with pytest.raises(ValueError, match=r"telemetry\.raw\.v1 takes"):
            await ingest.publish(0, size=9 * 1024 * 1024)

        assert ingest.shelf.frames == 0


async def test_a_broken_disk_does_not_keep_frames_from_a_kafka_that_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with an_ingest(tmp_path) as ingest:
        monkeypatch.setattr(os, "fdatasync", no_space)  # the kernel's answer
        ingest.client.goes_away()
        waiting = asyncio.create_task(ingest.publish(0))
        await asyncio.sleep(0.1)
        assert not waiting.done()

        ingest.client.comes_back()
        await waiting
        await ingest.publish(1)

        assert ingest.once_each() == [0, 1]
        assert not ingest.shelf.is_behind((RAW.name, "park/a"))


async def test_a_disk_that_works_again_takes_what_waited_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with an_ingest(tmp_path) as ingest:
        with monkeypatch.context() as broken:
            broken.setattr(os, "fdatasync", no_space)
            ingest.client.goes_away()
            waiting = asyncio.create_task(ingest.publish(0))
            await asyncio.sleep(0.1)
        await waiting

        assert ingest.shelf.frames == 1
        ingest.client.comes_back()
        await until_empty(ingest)
        assert ingest.once_each() == [0]


def no_space(_: int) -> None:
    raise OSError(28, "No space left on device")
