"""Minutes without a broker, minutes without a database, while the field goes on: nothing is lost.

Devices speak MQTT to an ingest with a disk buffer. PARKFLOW_FAULT_OUTAGE_S says how long something
is away: 300 in `make test-faults`. `make test` has a minute of each with the whole demo park
(tests/story/test_outages.py) and leaves these out.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiomqtt
import numpy as np
import pytest

from services.demo.stack import Mqtt
from services.energy.time_grid import from_microseconds
from services.runtime.raw_frames import raw_frame_from
from services.runtime.topics import RAW
from tests.integration.test_ingest_spool import spool_of, until_drained
from tests.support.field_day import a_field_day
from tests.support.ingest import IngestProcess, ValidationProcess, the_log
from tests.support.kept import CONTENT, UNTOLD, Kept
from tests.support.pipeline import HistoryProcess, Pipeline, Servers, a_pipeline

SEED = int(os.environ.get("PARKFLOW_FAULT_SEED", "4"))
OUTAGE_S = float(os.environ.get("PARKFLOW_FAULT_OUTAGE_S", "0"))
CALM_S = 10.0
A_SECOND = 20.0
"""Messages; each is what a device shows of one minute."""
Row = tuple[str, int, float]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(240 + 2 * OUTAGE_S),
    pytest.mark.skipif(OUTAGE_S == 0, reason="minutes long: make test-faults"),
]


@dataclass
class Field:
    """All devices on MQTT; `sent` is what the MQTT broker has acknowledged, in order."""

    prefix: str
    port: int
    sent: list[Row] = field(default_factory=list)

    async def play(self, count: int, a_second: float) -> None:
        """Publish the first `count` messages of the day, so many a second."""
        began = time.monotonic()
        name = f"field-{self.prefix}"
        async with aiomqtt.Client("127.0.0.1", self.port, identifier=name) as client:
            for number, (device, rows) in zip(range(count), messages(), strict=False):
                await asyncio.sleep(max(0.0, began + number / a_second - time.monotonic()))
                topic = f"{self.prefix}/{device}/telemetry"
                await client.publish(topic, payload_of(rows), qos=1)
                self.sent += rows


def messages() -> Iterator[tuple[str, list[Row]]]:
    """Yield what the MQTT devices say of each minute, in the order of their frames."""
    day = a_field_day(SEED)
    gateways = [frames for name, frames in day.frames.items() if "cars" not in name]
    for turn in zip(*gateways, strict=False):
        for batch in turn:
            said: dict[tuple[str, int], list[Row]] = {}
            columns = (batch.point_index, batch.event_time_us, batch.value)
            for point, time_us, value in zip(*(c.tolist() for c in columns), strict=True):
                device = batch.point_ids[point].partition(".")[0]
                if np.isfinite(value) and device not in ("nobody", "grid"):
                    row = (batch.point_ids[point], time_us, value)
                    said.setdefault((device, time_us), []).append(row)
            for (device, _), rows in said.items():
                yield device, rows


def payload_of(rows: list[Row]) -> str:
    stamp = from_microseconds(rows[0][1]).isoformat().replace("+00:00", "Z")
    return json.dumps({"ts": stamp, "values": {row[0].partition(".")[2]: row[2] for row in rows}})


def with_field(run: Pipeline, mqtt: Mqtt) -> Field:
    """Add the workers and return the field of the park."""
    run.add("ingest", IngestProcess, mqtt_url=mqtt.url, spool=True)
    run.add("validation", ValidationProcess)
    run.add("history", HistoryProcess)
    return Field(run.park_id, mqtt.port)


@pytest.fixture(scope="module")
def count() -> int:
    return int((OUTAGE_S + 3 * CALM_S) * A_SECOND)


@pytest.fixture(scope="module")
def expected(
    servers: Servers, mqtt: Mqtt, count: int, tmp_path_factory: pytest.TempPathFactory
) -> Kept:
    """Return what the messages come to when nothing is away."""

    async def undisturbed() -> Kept:
        async with a_pipeline(servers, tmp_path_factory.mktemp("undisturbed")) as run:
            devices = with_field(run, mqtt)
            await run.start()
            await devices.play(count, 500.0)
            await until_told(run, devices)
            await run.settle()
            return run.kept(CONTENT)

    return asyncio.run(undisturbed())


async def until_told(run: Pipeline, devices: Field) -> list[Row]:
    """Wait until the raw topic holds everything; return it, each reading where it came first."""
    async with the_log(run.servers.kafka, RAW, run.park_id) as log:
        await log.until(lambda: set(devices.sent) <= log.told(), 120)
        frames = list(map(raw_frame_from, log.messages))
    return list(
        dict.fromkeys(
            (frame.point_ids[point], time_us, value)
            for frame in frames
            for point, time_us, value in zip(
                frame.point_index.tolist(),
                frame.event_time_us.tolist(),
                frame.value.tolist(),
                strict=True,
            )
        )
    )


@pytest.mark.parametrize("away", ["broker", "database"])
async def test_minutes_without_it_cost_nothing_no_order_and_no_row(
    servers: Servers, mqtt: Mqtt, expected: Kept, count: int, away: str, tmp_path: Path
) -> None:
    async with a_pipeline(servers, tmp_path) as run:
        devices = with_field(run, mqtt)
        ingest: Any = run.workers["ingest"]
        await run.start()
        playing = asyncio.create_task(devices.play(count, A_SECOND))
        await asyncio.sleep(CALM_S)
        await asyncio.to_thread(run.victims[away].kill)
        await asyncio.sleep(OUTAGE_S)
        spool = await spool_of(ingest)
        began = time.monotonic()
        await asyncio.to_thread(run.victims[away].start)
        await playing
        await until_drained(ingest)
        told = await until_told(run, devices)
        await run.settle()
        settled_s = time.monotonic() - began
        found, untold = run.kept(CONTENT), run.kept(UNTOLD).lines["untold"]
        after = await spool_of(ingest)

    print(
        f"seed {SEED}, {away} away {OUTAGE_S:.0f} s, {count} messages, {len(told)} readings, "
        f"spool {spool.frame_count} frames {spool.stored_bytes} bytes, all in rows "
        f"{settled_s:.0f} s after it was back, digest {found.digest}, lines {found.sizes}"
    )
    assert (spool.frame_count > OUTAGE_S) == (away == "broker")
    assert (after.frame_count, after.dropped_frame_count) == (0, 0)
    assert told == list(dict.fromkeys(devices.sent))
    assert not expected.differences(found)
    assert not untold
