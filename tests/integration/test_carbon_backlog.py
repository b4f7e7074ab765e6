"""A backlog over all partitions of the words is read before it is booked: nothing is restated."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from parkflow.telemetry.v1.interval_frame_pb2 import IntervalFrame
from services.demo.stack import Kafka
from services.runtime.database import Database, migrate
from services.runtime.publishing import Publisher
from services.runtime.topics import INTERVALS
from tests.support.builders import after
from tests.support.carbon_frames import frames, quarters
from tests.support.carbon_process import CarbonProcess
from tests.support.park_process import ended
from tests.support.patience import until
from tests.support.reading_frames import a_park_named

QUARTERS = 3 * 96
"""Three days: far more than a quarter hour may be late, and several batches of each partition."""
COUNTS = """
SELECT (SELECT count(*) FROM quarter WHERE is_measured), (SELECT count(*) FROM quarter_waiting),
       (SELECT count(*) FROM outbox), (SELECT count(*) FROM posting WHERE number > 1)
"""


async def publish(kafka: Kafka, some: list[IntervalFrame]) -> None:
    """Put them into their partitions."""
    publisher = Publisher("validation", kafka.address, {})
    await publisher.start()
    await publisher.publish_all(INTERVALS, [(f"{f.park_id}/{f.source_id}", f) for f in some])
    await publisher.stop()


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = Database("carbon_accounting", url)
    await database.start()
    yield database
    await database.stop()


async def test_a_backlog_of_all_partitions_is_booked_once_though_the_service_is_killed_in_it(
    kafka_with_topics: Kafka, fresh_database: str, tmp_path: Path
) -> None:
    await migrate("carbon_accounting", fresh_database)
    process = CarbonProcess(
        tmp_path, kafka_with_topics.address, fresh_database, origin=after(hours=80)
    )
    park = a_park_named(process.park_id, tmp_path)[1]
    told = quarters(park, QUARTERS)
    await publish(kafka_with_topics, [f for start, wh in told for f in frames(park, start, wh)])

    with ended(process):
        process.spawn()
        async with opened(fresh_database) as database:

            async def some_wait() -> bool:
                return (await database.rows(COUNTS))[0][1] > 0

            await until(some_wait, "words are read that wait", 180)
            process.kill()
            process.spawn()

            async def all_booked() -> bool:
                return (await database.rows(COUNTS))[0][:3] == (QUARTERS, 0, 0)

            await until(all_booked, "three days booked and delivered", 180)
            ((*_, restated),) = await database.rows(COUNTS)
            assert restated == 0
            assert process.verify().returncode == 0
        assert process.stop() == 0
