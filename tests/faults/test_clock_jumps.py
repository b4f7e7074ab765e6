"""Clocks that step back and forth, of devices and of ingest: every reading is kept, none stops us.

What a clock says is believed where nothing contradicts it: an arrival before an earlier one of the
same key loses against it, a reading ahead of its arrival is rejected, one of the past is late.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from services.energy.readings import Doubt
from services.energy.time_grid import to_microseconds
from services.ingest.domain.batch import Batch
from services.runtime.raw_frames import raw_frame_from
from services.runtime.topics import RAW
from tests.support.field_day import DAY_BEGINS, FieldDay, a_field_day
from tests.support.gateway import Gateways
from tests.support.kept import UNTOLD
from tests.support.pipeline import NOW, Pipeline, Servers, a_pipeline, whole
from tests.support.raw_day import Entry, raw_entry, write_entries
from tests.support.raw_log import a_raw_frame

SEED = int(os.environ.get("PARKFLOW_FAULT_SEED", "4"))
MINUTES = 240
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STEPS = (timedelta(0), -HOUR, HOUR, -DAY, timedelta(0), DAY, -3 * DAY, 2 * HOUR)
"""How wrong the clock is in each eighth of the time."""
LATER = NOW + 5 * DAY
TOLD_TWICE = "charger_40.active_power_w"
Key = tuple[str, int]

KEYS = """
    SELECT p.name, (extract(epoch FROM r.event_time) * 1000000)::bigint, r.value, r.doubt
      FROM (SELECT * FROM history.reading UNION ALL SELECT * FROM history.misstamped) AS r
      JOIN history.point p USING (point_id) JOIN history.source s USING (source_id)
     WHERE p.park_id = %s AND s.name <> 'virtual'
"""


def wrong_by(number: int, count: int) -> timedelta:
    return STEPS[number * len(STEPS) // count]


def with_wrong_device_clocks(day: FieldDay) -> FieldDay:
    """Return the frames with the device's own stamps as wrong as its clock."""
    return FieldDay(
        {
            gateway: [
                _shifted(frame, wrong_by(number, len(frames)))
                for number, frame in enumerate(frames)
            ]
            for gateway, frames in day.frames.items()
        }
    )


def _shifted(frame: Batch, by: timedelta) -> Batch:
    return replace(frame, event_time_us=frame.event_time_us + by // timedelta(microseconds=1))


def entries_with_jumps(park_id: str, day: FieldDay) -> list[Entry]:
    """Return the frames as ingest would stamp them with a clock that jumps."""
    return [
        raw_entry(
            park_id,
            day,
            gateway,
            number,
            LATER + timedelta(seconds=number) + wrong_by(number, len(frames)),
        )
        for gateway, frames in day.frames.items()
        for number in range(len(frames))
    ]


def keys_of(frames: Iterable[Any]) -> set[Key]:
    return {
        (frame.point_ids[point], time_us)
        for frame in frames
        for point, time_us in zip(
            frame.point_index.tolist(), frame.event_time_us.tolist(), strict=True
        )
    }


def kept_rows(run: Pipeline) -> dict[Key, tuple[float, Doubt]]:
    with psycopg.connect(run.url) as connection:
        rows = connection.execute(KEYS, (run.park_id,)).fetchall()
    return {(name, time_us): (value, Doubt(doubt)) for name, time_us, value, doubt in rows}


def told_twice(park_id: str, arrival: datetime, value: float) -> Entry:
    """Return a second word on a reading, stamped with what the clock said then."""
    at = to_microseconds(DAY_BEGINS - 3 * HOUR)
    frame = a_raw_frame(park_id, "twice", f"twice-{value:g}", arrival, [(TOLD_TWICE, at, value)])
    return f"{park_id}/twice", frame


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_stamps_of_ingest_and_of_devices_that_jump_lose_no_reading_and_stop_nobody(
    servers: Servers, tmp_path: Path
) -> None:
    day = with_wrong_device_clocks(a_field_day(SEED, MINUTES))
    async with a_pipeline(servers, tmp_path, now=LATER) as run:
        whole(run, without="ingest")
        await run.start()
        entries = entries_with_jumps(run.park_id, day)
        entries += [
            told_twice(run.park_id, LATER, 1000.0),
            told_twice(run.park_id, LATER - HOUR, 2000.0),
        ]
        await write_entries(servers.kafka, entries)
        await run.settle()
        sent = keys_of(raw_frame_from(RAW.message.FromString(payload)) for _, payload in entries)
        rows, failures = kept_rows(run), run.failures()
        untold = run.kept(UNTOLD).lines["untold"]

    print(f"seed {SEED}: {len(sent)} keys, {len(rows)} rows")
    assert sent == set(rows)
    assert not failures
    assert not untold
    told_first_by_its_stamp = rows[TOLD_TWICE, to_microseconds(DAY_BEGINS - 3 * HOUR)]
    assert told_first_by_its_stamp == (1000.0, Doubt.CORRECTED)  # the later stamp stands


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_an_ingest_whose_clock_jumps_at_a_restart_keeps_every_reading(
    servers: Servers, tmp_path: Path
) -> None:
    day = a_field_day(SEED, MINUTES)
    async with a_pipeline(servers, tmp_path, now=LATER) as run:
        whole(run)
        ingest = run.workers["ingest"]
        await run.start()
        gateways = Gateways(ingest.address, run.park_id, day, pace_s=0.4)
        playing = asyncio.create_task(gateways.play())
        for number, step in enumerate((-HOUR, DAY, -3 * DAY), 1):
            await gateways.until(number / 4)
            await asyncio.to_thread(ingest.kill)
            ingest.origin = LATER + step
            await asyncio.to_thread(ingest.start)
        await playing
        await run.settle()
        rows, failures = kept_rows(run), run.failures()

    assert set(rows) == keys_of(frame for frames in day.frames.values() for frame in frames)
    assert not failures
