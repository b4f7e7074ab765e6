"""A silent point is told by GetDataQuality, be its source silent alone, until it speaks again."""

from __future__ import annotations

import asyncio
import urllib.request
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import numpy as np
from prometheus_client.parser import text_string_to_metric_families

from parkflow.validation.v1 import validation_service_pb2 as wire
from parkflow.validation.v1.validation_service_pb2_grpc import ValidationServiceStub
from services.demo.stack import Kafka
from services.demo.stack.ports import LOOPBACK
from services.energy.time_grid import to_microseconds
from services.runtime import metrics
from services.runtime.database import Database, migrate
from services.validation.domain.batch import batch_of
from services.validation.domain.gaps import Heard
from services.validation.domain.partition import (
    ParkRules,
    PartitionState,
    beginning,
    take_frame,
    to_bytes,
)
from services.validation.domain.rules import rules_of
from services.validation.domain.silence import Silence, SilentPoint
from services.validation.partitions import Partitions
from services.validation.silences import Silences
from services.validation.store import Checkpoint, CheckpointStore
from tests.support.builders import a_park, after
from tests.support.ingest import ValidationProcess, running
from tests.support.patience import until
from tests.support.raw_log import a_raw_frame, publish_raw

METER, SOURCE = "steel.active_power_w", "mqtt-site"
MINUTE_US = 60_000_000
NOON = 1_559_599_200_000_000
SILENT = Silence(1, (SilentPoint(METER, NOON, 6e7),))
Asked = Callable[[], Awaitable[Silence]]


async def tell(kafka: Kafka, park_id: str, *moments: datetime) -> None:
    """Put a reading of the steel works' meter into the raw log at each moment."""
    frames = []
    for at in moments:
        at_us = to_microseconds(at)
        row = (METER, at_us, 200_000.0 + at_us // MINUTE_US % 7)
        frames.append(a_raw_frame(park_id, SOURCE, f"frame-{at_us}", at, [row]))
    await publish_raw(kafka, park_id, SOURCE, frames)


async def measured(worker: ValidationProcess, count: int) -> bool:
    """Tell whether the worker's metrics page counts so many silent points of the source."""
    url = f"http://{LOOPBACK}:{worker.metrics_port}/metrics"
    page = await asyncio.to_thread(lambda: urllib.request.urlopen(url, timeout=30).read().decode())
    return any(
        sample.labels.get("source") == SOURCE and sample.value == count
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name == metrics.SILENT_POINTS.prometheus_name
    )


async def test_a_source_that_falls_silent_alone_in_its_park_is_told_until_it_speaks_again(
    kafka_with_topics: Kafka, fresh_database: str, tmp_path: Path
) -> None:
    await migrate("validation", fresh_database)
    worker = ValidationProcess(tmp_path, kafka_with_topics.address, fresh_database)
    spoken = [after(minutes=minute - 60) for minute in range(20)]

    async def silent_since(*newest: datetime) -> Any:
        """Return the source whose silent points have told nothing since then, each."""
        request = wire.GetDataQualityRequest(park_id=worker.park_id)
        sources = (await desk.GetDataQuality(request, timeout=30)).sources
        return [source for source in sources if times_of(source) == list(newest)]

    def times_of(source: wire.SourceQuality) -> list[datetime]:
        assert source.silent_point_count == len(source.silent_points)
        return [point.newest_event_time.ToDatetime(UTC) for point in source.silent_points]

    with running(worker):
        async with grpc.aio.insecure_channel(worker.address) as channel:
            desk = ValidationServiceStub(channel)
            await tell(kafka_with_topics, worker.park_id, *spoken)
            (source,) = await until(lambda: silent_since(spoken[-1]), "the silence of the source")
            await until(lambda: measured(worker, 1), "the silence in the metrics")
            await tell(kafka_with_topics, worker.park_id, after())
            await until(silent_since, "the end of the silence")

    (point,) = source.silent_points
    assert (point.point_id, point.period_seconds) == (METER, 60.0)
    assert source.as_of.ToDatetime(UTC) - spoken[-1] < timedelta(minutes=1)  # the log stands still


async def test_each_of_two_workers_tells_the_silence_of_the_whole_park_and_the_one_left_its_end(
    kafka_with_topics: Kafka, fresh_database: str, tmp_path: Path
) -> None:
    await migrate("validation", fresh_database)
    first = ValidationProcess(tmp_path, kafka_with_topics.address, fresh_database)
    second = ValidationProcess(
        tmp_path,
        kafka_with_topics.address,
        fresh_database,
        park_id=first.park_id,
        began=first.began,
    )
    spoken = [after(minutes=minute - 60) for minute in range(20)]

    with running(first), running(second):
        await tell(kafka_with_topics, first.park_id, *spoken)
        for worker in (first, second):
            await until(lambda worker=worker: measured(worker, 1), "the silence in the metrics")
        await asyncio.to_thread(first.stop)
        await tell(kafka_with_topics, first.park_id, after())
        await until(lambda: measured(second, 0), "the end of the silence")


@asynccontextmanager
async def a_store(url: str) -> AsyncIterator[tuple[CheckpointStore, Asked]]:
    """The kept checkpoints of the demo park, and who is silent of its meters' source by them."""
    await migrate("validation", url)
    database, park = Database("validation", url), a_park()
    silences = Silences(database, park, rules_of(park))

    async def asked() -> Silence:
        return (await silences.by_source())[SOURCE]

    await database.start()
    try:
        yield CheckpointStore(database, park.id), asked
    finally:
        await database.stop()


def heard_until(minute: int) -> Heard:
    """Return what a partition knows that heard the meter at noon and listened on."""
    return Heard((METER,), np.array([NOON]), np.array([6e7]), NOON + minute * MINUTE_US)


async def test_silence_is_as_of_the_checkpoint_and_later_only_while_that_checkpoint_stands(
    fresh_database: str,
) -> None:
    async with a_store(fresh_database) as (store, asked):
        await store.keep(0, Checkpoint(10, b"", heard=heard_until(1)))
        assert await asked() == Silence()

        await store.still(0, 9, NOON + 10 * MINUTE_US)  # said of another checkpoint
        assert await asked() == Silence()

        await store.still(0, 10, NOON + 10 * MINUTE_US)
        assert await asked() == SILENT


async def test_a_silence_that_was_told_is_not_taken_back_by_a_checkpoint_of_an_earlier_arrival(
    fresh_database: str,
) -> None:
    async with a_store(fresh_database) as (store, asked):
        await store.keep(0, Checkpoint(10, b"", heard=heard_until(1)))
        await store.still(0, 10, NOON + 10 * MINUTE_US)

        await store.keep(0, Checkpoint(11, b"", heard=heard_until(2)))

        assert await asked() == SILENT


async def test_a_checkpoint_that_is_forgotten_takes_whom_it_heard_with_it(
    fresh_database: str,
) -> None:
    async with a_store(fresh_database) as (store, asked):
        await store.keep(0, Checkpoint(10, b"", heard=heard_until(10)))
        await store.forget_beyond(0, 10)
        assert await asked() == SILENT

        await store.forget_beyond(0, 9)
        assert await asked() == Silence()

        await store.keep(0, Checkpoint(3, b"", heard=heard_until(1)))  # the new log from its start
        assert await asked() == Silence()


async def test_a_partition_kept_by_code_that_noted_no_silence_is_told_though_nothing_comes(
    fresh_database: str,
) -> None:
    park = a_park()
    async with a_store(fresh_database) as (store, asked):
        state = to_bytes(after_minutes(20))
        await store.keep(0, Checkpoint(20, zlib.compress(state)))
        partitions = Partitions(store, park, ParkRules.of(park))
        await partitions.open(0, 20)

        await partitions.still(0, 19, NOON + 60 * MINUTE_US)  # said of another checkpoint
        assert await asked() == Silence()

        await partitions.still(0, 20, NOON + 60 * MINUTE_US)
        last_us = NOON + 19 * MINUTE_US
        assert await asked() == Silence(1, (SilentPoint(METER, last_us, 6e7),))


def after_minutes(count: int) -> PartitionState:
    """Return what is known when the meter has spoken every minute from noon on."""
    rules = ParkRules.of(a_park())
    state = beginning(rules)
    for minute in range(count):
        at_us = NOON + minute * MINUTE_US
        batch = batch_of([(METER, at_us, 200_000.0 + minute % 7)], arrival_us=at_us)
        state, _ = take_frame(state, batch, rules)
    return state
