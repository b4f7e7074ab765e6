"""From raw registers to the energies of history, over Kafka: a simulated day, to 1 Wh."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc

from parkflow.history.v1 import history_service_pb2 as wire
from parkflow.history.v1.history_service_pb2_grpc import HistoryServiceStub
from services.demo.stack import Kafka
from services.energy.time_grid import QUARTER, to_microseconds
from services.runtime.database import migrate
from tests.support.builders import after
from tests.support.history_process import HistoryProcess
from tests.support.history_service import interval
from tests.support.ingest import ValidationProcess
from tests.support.park_process import ended, running
from tests.support.patience import CALL_S
from tests.support.raw_log import a_raw_frame, publish_raw

SOURCE = "mqtt-site"
STEEL, OFFICES = "steel.consumption_energy_wh", "offices.consumption_energy_wh"
MINUTES = 24 * 60
GAP = range(300, 345)
LONG_GAP = range(700, 960)
SWAP = 1_100
"""From here on the steel works' meter is another one, which shows 5,000 kWh."""
BEGAN = after(hours=-26)
PARTS = ("believed_wh", "estimated_wh", "suspense_wh", "written_off_wh")


def register_wh(point: str, minute: int) -> int:
    """Return what a meter shows: some 300 and 80 kW, a little different every minute."""
    if point == OFFICES:
        return 9_000_000 + 1_333 * minute + minute % 7
    counted = 5_000 * minute + 13 * (minute % 60)
    return counted + 700_000 if minute < SWAP else counted - 5_000 * SWAP + 5_000_000


def is_told(point: str, minute: int) -> bool:
    if point == OFFICES:
        return minute not in LONG_GAP
    return minute not in GAP


def raw_frames(park_id: str) -> list[bytes]:
    """Return a day of a frame a minute; one in nine late by up to 40 minutes, one in six twice."""
    chance = random.Random(7)
    arrivals = []
    for minute in range(MINUTES + 1):
        late = chance.randrange(1, 40) if minute % 9 == 4 and minute < MINUTES - 60 else 0
        arrivals += [(minute + late, minute)] * (2 if minute % 6 == 0 else 1)
    return [
        a_raw_frame(
            park_id,
            SOURCE,
            f"minute-{minute}",
            BEGAN + timedelta(minutes=arrival, seconds=number / 1_000),
            [
                (
                    point,
                    to_microseconds(BEGAN + timedelta(minutes=minute)),
                    register_wh(point, minute),
                )
                for point in (STEEL, OFFICES)
                if is_told(point, minute)
            ],
        )
        for number, (arrival, minute) in enumerate(sorted(arrivals))
        if any(is_told(point, minute) for point in (STEEL, OFFICES))
    ]


@asynccontextmanager
async def a_history(kafka: Kafka, url: str, folder: Path, park_id: str) -> AsyncIterator[Any]:
    await migrate("history", url)
    with running(HistoryProcess(folder, kafka.address, url, park_id=park_id)) as history:
        async with grpc.aio.insecure_channel(history.address) as channel:
            yield HistoryServiceStub(channel)


async def energies(stub: Any, park_id: str, step: timedelta = QUARTER) -> list[wire.EnergySeries]:
    request = wire.GetEnergyRequest(
        park_id=park_id,
        point_ids=[STEEL, OFFICES],
        interval=interval(BEGAN, BEGAN + timedelta(days=1)),
        step=step,
    )
    return list((await stub.GetEnergy(request, timeout=CALL_S)).series)


async def complete(stub: Any, park_id: str) -> list[wire.EnergySeries]:
    """Return the energies once the last quarter of both registers has come."""
    async with asyncio.timeout(120):
        while True:
            try:
                series = await energies(stub, park_id)
                if all(one.known_s[-1] == 900.0 for one in series):
                    return series
            except grpc.aio.AioRpcError as not_yet:
                if not_yet.code() is not grpc.StatusCode.NOT_FOUND:
                    raise
            await asyncio.sleep(0.5)


def total_wh(series: wire.EnergySeries, first: int, end: int) -> int:
    """Return all four energies of the quarters [first, end)."""
    return sum(sum(getattr(series, name)[first:end]) for name in PARTS)


async def test_energies_of_a_day_with_gaps_and_a_meter_swap_are_what_the_registers_counted(
    kafka_with_topics: Kafka, fresh_database: str, tmp_path: Path
) -> None:
    kafka, url = kafka_with_topics, fresh_database
    await migrate("validation", url)
    with ended(ValidationProcess(tmp_path, kafka.address, url)) as validation:
        park = validation.park_id
        await publish_raw(kafka, park, SOURCE, raw_frames(park))
        await asyncio.to_thread(validation.start)
        async with a_history(kafka, url, tmp_path, park) as stub:
            steel, offices = await complete(stub, park)
            by_hour = await energies(stub, park, 4 * QUARTER)

    counted = register_wh(OFFICES, MINUTES) - register_wh(OFFICES, 0)
    assert total_wh(offices, 0, 96) == counted
    assert sum(offices.estimated_wh) > 0  # the long gap: its sum is known, its shape is not
    assert list(offices.suspense_wh) == [0] * 96
    swap = SWAP // 15
    before = register_wh(STEEL, 15 * swap) - register_wh(STEEL, 0)
    behind = register_wh(STEEL, MINUTES) - register_wh(STEEL, 15 * (swap + 1))
    assert total_wh(steel, 0, swap) == before
    assert total_wh(steel, swap + 1, 96) == behind
    own = sum(getattr(steel, name)[swap] for name in PARTS)
    shown = register_wh(STEEL, SWAP - 1) - register_wh(STEEL, 15 * swap)
    shown += register_wh(STEEL, 15 * (swap + 1)) - register_wh(STEEL, SWAP)
    assert own == shown  # what neither meter showed while it was exchanged is unknown, not zero
    assert steel.known_s[swap] == 900.0 - 60.0
    for quarters, hours in zip((steel, offices), by_hour, strict=True):
        for name in PARTS:
            fours = getattr(quarters, name)
            assert list(getattr(hours, name)) == [sum(fours[k : k + 4]) for k in range(0, 96, 4)]
