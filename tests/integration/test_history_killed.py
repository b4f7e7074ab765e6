"""A history that is killed again and again, and a client that watches it all the while."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import grpc
from aiokafka import AIOKafkaProducer

from parkflow.history.v1 import history_service_pb2 as wire
from parkflow.history.v1.history_service_pb2_grpc import HistoryServiceStub
from services.demo.stack import Kafka
from services.runtime.database import migrate
from services.runtime.frames import message_from
from services.runtime.topics import READINGS
from tests.support.history import Reading, a_frame, minutes
from tests.support.history_process import HistoryProcess
from tests.support.park_process import ended

FRAMES, POINTS = 400, 25
KILLED_AFTER = (1_500, 3_000)
GONE = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED, grpc.StatusCode.UNKNOWN}
PATIENCE_S = 200.0


def payloads(park_id: str) -> Iterator[bytes]:
    """Yield a frame a minute; reading k of frame n has the value n * POINTS + k."""
    for number in range(FRAMES):
        readings = [Reading(k, minutes(number), float(number * POINTS + k)) for k in range(POINTS)]
        frame = replace(a_frame(readings, number=number), park_id=park_id)
        yield message_from(frame).SerializeToString()


async def publish_slowly(kafka: Kafka, park_id: str) -> None:
    """Publish the frames over the time the kills take, every tenth twice."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka.address)
    await producer.start()
    for number, payload in enumerate(payloads(park_id)):
        for _ in range(2 if number % 10 == 0 else 1):
            await producer.send(READINGS.name, payload, key=f"{park_id}/mqtt-site".encode())
        await asyncio.sleep(0.05)
    await producer.stop()


class Watcher:
    """A client that goes on with its token, whatever happens to the server."""

    def __init__(self, history: HistoryProcess) -> None:
        self._history = history
        self.token = ""
        self.values: list[float] = []
        self.breaks = 0
        self.begun = asyncio.Event()
        self.seen = {count: asyncio.Event() for count in KILLED_AFTER}

    async def watch_until(self, count: int) -> None:
        """Watch until so many readings have come."""
        while len(self.values) < count:
            try:
                await self._watch(count)
            except grpc.aio.AioRpcError as broken:
                if broken.code() not in GONE:
                    raise
                self.breaks += 1
                await asyncio.sleep(0.2)

    async def _watch(self, count: int) -> None:
        request = wire.WatchRequest(park_id=self._history.park_id, resume_token=self.token)
        async with grpc.aio.insecure_channel(self._history.address) as channel:
            async for response in HistoryServiceStub(channel).Watch(request):
                self.values += [reading.value for reading in response.readings]
                self.token = response.resume_token
                self._tell()
                if len(self.values) >= count:
                    return

    def _tell(self) -> None:
        self.begun.set()
        for count, reached in self.seen.items():
            if len(self.values) >= count:
                reached.set()


async def kill_in_the_middle(history: HistoryProcess, watcher: Watcher) -> None:
    for reached in watcher.seen.values():
        await reached.wait()
        history.kill()
        await asyncio.to_thread(history.start)


async def test_a_watch_goes_on_with_its_token_behind_a_killed_history_without_gap_or_repetition(
    kafka_with_topics: Kafka, fresh_database: str, tmp_path: Path
) -> None:
    await migrate("history", fresh_database)
    with ended(HistoryProcess(tmp_path, kafka_with_topics.address, fresh_database)) as history:
        await asyncio.to_thread(history.start)
        watcher = Watcher(history)
        async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as group:
            group.create_task(watcher.watch_until(FRAMES * POINTS))
            await watcher.begun.wait()
            group.create_task(publish_slowly(kafka_with_topics, history.park_id))
            group.create_task(kill_in_the_middle(history, watcher))

    assert watcher.breaks >= len(KILLED_AFTER)
    assert sorted(watcher.values) == [float(number) for number in range(FRAMES * POINTS)]
    for point in range(POINTS):
        own = [value for value in watcher.values if value % POINTS == point]
        assert own == sorted(own)
