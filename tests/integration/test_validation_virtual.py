"""Virtual points of a running validation: over several sources, after a crash, in any order."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import numpy as np

from services.demo.stack import Kafka
from services.energy.formula import VirtualPoint
from services.energy.readings import Doubt, Verdict
from services.energy.time_grid import to_microseconds
from services.history.domain.standing import standing
from services.history.messages import rows_of
from services.runtime.database import Database, migrate
from services.runtime.frames import frame_from
from services.runtime.topics import READINGS
from services.validation.domain.virtual.formulas import Formulas
from services.validation.domain.virtual.slots import needs_of
from services.validation.virtual_store import VirtualStore
from tests.support.builders import after
from tests.support.ingest import Log, ValidationProcess, running, the_log
from tests.support.raw_log import a_raw_frame, publish_raw

SITE, LOAD = "site.active_power_w", "load.active_power_w"
STEEL, GRID = "steel.active_power_w", "grid.active_power_w"
VIRTUAL_POINTS = f"""
virtual_points:
  - {{id: {SITE}, formula: {LOAD} - {GRID}, step: 1min}}
  - {{id: {LOAD}, formula: 2 * {STEEL}, step: 1min}}
"""
Row = tuple[float, Verdict, Doubt]


def at_us(minute: float) -> int:
    return to_microseconds(after(minutes=minute - 60))


async def tell(
    kafka: Kafka, park_id: str, source: str, point: str, minute: float, watts: float
) -> None:
    """Put one reading into the raw log."""
    arrival = after(minutes=minute - 59)
    frame_id = f"{point}-{minute}-{watts}"
    rows = [(point, at_us(minute), watts)]
    frame = a_raw_frame(park_id, source, frame_id, arrival, rows)
    await publish_raw(kafka, park_id, source, [frame])


def values(log: Log, point: str) -> dict[float, Row]:
    """Return the last word on each minute of a virtual point."""
    return {
        (time_us - at_us(0)) / 60e6: (value, Verdict(verdict), Doubt(doubt))
        for name, time_us, value, verdict, doubt in log.rows()
        if name == point
    }


async def test_a_virtual_point_has_its_inputs_from_several_sources_and_survives_a_crash(
    kafka_with_topics: Kafka, fresh_database: str, tmp_path: Path
) -> None:
    kafka = kafka_with_topics
    await migrate("validation", fresh_database)
    worker = ValidationProcess(
        tmp_path, kafka.address, fresh_database, more_of_the_park=VIRTUAL_POINTS
    )
    park = worker.park_id
    with running(worker):
        async with the_log(kafka, READINGS, park) as log:
            await tell(kafka, park, "mqtt-site", STEEL, 0.2, 400_000)
            await log.until(lambda: 0.0 in values(log, LOAD))
            await tell(kafka, park, "modbus-grid", GRID, 0.5, 300_000)
            await log.until(lambda: 0.0 in values(log, SITE))
            assert values(log, SITE) == {0.0: (500_000.0, Verdict.BELIEVED, Doubt.NONE)}

            worker.kill()
            await tell(kafka, park, "modbus-grid", GRID, 0.9, 100_000)  # the newest of the slot
            await tell(kafka, park, "mqtt-site", STEEL, 1.1, 9e12)  # no steel works draws that
            await tell(kafka, park, "modbus-grid", GRID, 1.2, 100_000)
            await asyncio.to_thread(worker.start)

            await log.until(lambda: values(log, SITE).get(0.0, [0])[0] == 700_000.0)
            await tell(kafka, park, "mqtt-site", STEEL, 1.6, 450_000)
            await log.until(lambda: values(log, SITE).get(1.0, [0])[0] == 800_000.0)

    assert values(log, SITE)[1.0] == (800_000.0, Verdict.BELIEVED, Doubt.NONE)
    assert set(values(log, SITE)) == set(values(log, LOAD)) == {0.0, 1.0}


async def test_history_ends_with_the_last_word_on_each_slot_whatever_arrived_when(
    kafka_with_topics: Kafka, fresh_database: str, tmp_path: Path
) -> None:
    kafka = kafka_with_topics
    await migrate("validation", fresh_database)
    worker = ValidationProcess(
        tmp_path, kafka.address, fresh_database, more_of_the_park=VIRTUAL_POINTS
    )
    park = worker.park_id
    with running(worker):
        async with the_log(kafka, READINGS, park) as log:
            await tell(kafka, park, "mqtt-site", STEEL, 0.2, 400_000)
            await tell(kafka, park, "modbus-grid", GRID, 0.9, 300_000)
            await log.until(lambda: 0.0 in values(log, SITE))
            await tell(kafka, park, "other", STEEL, 0.3, 450_000)  # in the log behind what is newer
            for minute, watts in ((10, 400_000), (11, 400_000), (12, 760_000)):
                await tell(kafka, park, "mqtt-site", STEEL, minute, watts)
            await log.until(lambda: values(log, LOAD).get(12.0, [0])[0] == 1_520_000.0)
            await tell(kafka, park, "mqtt-site", STEEL, 13, 400_000)  # a spike, as one sees now
            await log.until(lambda: 13.0 in values(log, LOAD))
            await log.until(lambda: values(log, LOAD)[12.0][1] is Verdict.REJECTED)
            await log.until(lambda: values(log, SITE).get(0.0, [0])[0] == 600_000.0)

    stands = standing_of(log)
    assert stands[SITE, 0.0] == (600_000.0, Verdict.BELIEVED)
    assert stands[LOAD, 12.0][1] == Verdict.REJECTED
    assert stands[LOAD, 13.0] == (800_000.0, Verdict.BELIEVED)


async def test_a_dead_clock_beside_live_readings_is_in_no_slot(
    kafka_with_topics: Kafka, fresh_database: str, tmp_path: Path
) -> None:
    kafka = kafka_with_topics
    await migrate("validation", fresh_database)
    worker = ValidationProcess(
        tmp_path, kafka.address, fresh_database, more_of_the_park=VIRTUAL_POINTS
    )
    park = worker.park_id
    dead_us, ahead_us = 30_000_000, at_us(50 * 1440)  # 1970, and in seven weeks
    with running(worker):
        async with the_log(kafka, READINGS, park) as log:
            for source, point, watts in (
                ("mqtt-site", STEEL, 400_000),
                ("modbus-grid", GRID, 300_000),
            ):
                rows = [(point, us, watts) for us in (dead_us, at_us(0.5), ahead_us)]
                frame = a_raw_frame(park, source, f"{source}-dead", after(minutes=-59), rows)
                await publish_raw(kafka, park, source, [frame])
            await log.until(lambda: 0.0 in values(log, SITE))
            await tell(kafka, park, "mqtt-site", STEEL, 1.5, 400_000)
            await log.until(lambda: 1.0 in values(log, LOAD))

    refused = {Doubt(doubt) for name, us, _, _, doubt in log.rows() if us in (dead_us, ahead_us)}
    assert refused == {Doubt.TOO_OLD, Doubt.IN_FUTURE}
    assert values(log, SITE) == {0.0: (500_000.0, Verdict.BELIEVED, Doubt.NONE)}
    assert set(values(log, LOAD)) == {0.0, 1.0}


async def test_what_is_read_is_what_the_slots_hold_however_far_apart_they_are(
    fresh_database: str,
) -> None:
    await migrate("validation", fresh_database)
    fill = """
        INSERT INTO virtual_reading (park_id, event_time_us, point_id, value, verdict, doubt, word)
        SELECT 'park', %s + 60000000::bigint * minute, point, 400000, 1, 0, 1
          FROM generate_series(0, 43199) AS minute, unnest(%s::text[]) AS point
    """
    month = 30 * 1440
    formulas = Formulas.of([VirtualPoint.of(SITE, f"{STEEL} - {GRID}", timedelta(minutes=1))])
    rows = formulas.rows_of([STEEL, GRID])
    needs = needs_of(formulas, rows, np.array([at_us(0), at_us(month - 1)]))
    database = Database("validation", fresh_database)
    await database.start()
    async with database.transaction() as connection:
        await connection.execute(fill, (at_us(0), [STEEL, GRID, "other.active_power_w"]))

        words = await VirtualStore("park").needed(connection, needs)
    await database.stop()

    keys = {(point, at_us(minute)) for point in (STEEL, GRID) for minute in (0, month - 1)}
    assert {word.key for word in words} == keys  # 4 of 129,600
    assert len(words) == len(keys)


def standing_of(log: Log) -> dict[tuple[str, float], tuple[float, Verdict]]:
    """Return what history lets stand of virtual points after everything in the log."""
    frames = [
        frame for message in log.messages if (frame := frame_from(message)).source_id == "virtual"
    ]
    numbers = [
        np.array([(SITE, LOAD).index(name) for name in frame.point_ids], np.int32)
        for frame in frames
    ]
    rows = rows_of(frames, numbers, [1] * len(frames))
    now = standing(rows)
    return {
        ((SITE, LOAD)[point], (time_us - at_us(0)) / 60e6): (value, Verdict(verdict))
        for point, time_us, value, verdict in zip(
            now.point_id.tolist(),
            now.event_time_us.tolist(),
            now.value.tolist(),
            now.verdict.tolist(),
            strict=True,
        )
    }
