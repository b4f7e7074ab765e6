"""Store and forward over a Kafka client and a disk that do as they are told."""

import asyncio
import queue
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from parkflow.telemetry.v1.raw_frame_pb2 import RawFrame
from services.ingest.spool.forward import StoreAndForward, Straight
from services.ingest.spool.log import SpoolLog
from services.ingest.spool.rules import Policy, Rules
from services.ingest.spool.shelf import Shelf
from services.runtime.clock import ParkClock
from services.runtime.topics import RAW
from tests.support.builders import MORNING
from tests.support.kafka_client import Client, a_publisher
from tests.support.patience import PATIENCE_S

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
    patience_s: float = 0.5,
) -> AsyncIterator[Ingest]:
    client = client or Client()
    rules = Rules(policy, longest_age, patience_s)
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
    async with asyncio.timeout(PATIENCE_S):
        while not so():  # noqa: ASYNC110  looks on from outside
            await asyncio.sleep(0.001)


async def until_empty(ingest: Ingest) -> None:
    await until(lambda: not ingest.shelf.frames)


class SlowDisk:
    """The kernel's answer to `fdatasync`, given when told."""

    def __init__(self) -> None:
        self.asked, self._answers = 0, queue.SimpleQueue[OSError | None]()

    def answer(self, _: int) -> None:
        self.asked += 1
        if (said := self._answers.get(timeout=PATIENCE_S)) is not None:
            raise said

    def succeeds(self) -> None:
        for _ in range(100):
            self._answers.put(None)

    def fails(self) -> None:
        self._answers.put(OSError(5, "Input/output error"))


def no_space(_: int) -> None:
    raise OSError(28, "No space left on device")
