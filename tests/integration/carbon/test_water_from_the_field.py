"""Meters of water, slag and waste heat from the raw log to GetResources, by real services."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import pytest

from parkflow.carbon.v1 import resource_pb2 as wire
from parkflow.carbon.v1.carbon_service_pb2_grpc import CarbonServiceStub
from services.demo.stack import Kafka
from services.energy.time_grid import to_microseconds
from services.runtime.database import migrate
from tests.support.builders import a_park, after
from tests.support.carbon_frames import registers
from tests.support.carbon_process import CarbonProcess
from tests.support.ingest import ValidationProcess, running
from tests.support.park_client import comes_to
from tests.support.raw_log import a_raw_frame, publish_raw
from tests.support.wet_park import DRAIN, FLUE, IN_DEVICES, SLAG, STREAMS, TAP

SOURCE = "mqtt-site"
AN_HOUR = {TAP: 4_000.0, DRAIN: 3_000.0, SLAG: 200_000.0, FLUE: 100_000.0}
"""What each register rises by in an hour: dm3, dm3, g, Wh."""


@dataclass
class Park:
    """A park with such meters, and its ledger's calls."""

    kafka: Kafka
    park_id: str
    carbon: Any

    async def read(self, quarters: Iterable[int], *, but: str = "") -> None:
        """Read all registers at the end of these quarters; the electric ones stand still."""
        frames = []
        for number in quarters:
            at = after(minutes=15 * number)
            electric = {p: 0.0 for points in registers(a_park()).values() for p in points}
            wet = {point: rise * number / 4 for point, rise in AN_HOUR.items() if point != but}
            rows = [(p, to_microseconds(at), shown) for p, shown in (electric | wet).items()]
            frames.append(a_raw_frame(self.park_id, SOURCE, uuid4().hex, at, rows))
        await publish_raw(self.kafka, self.park_id, SOURCE, frames)

    async def resources(self) -> wire.GetResourcesResponse:
        days = {"first_day": "2019-06-01", "last_day": "2019-06-30"}
        request = wire.GetResourcesRequest(park_id=self.park_id, **days)
        return await self.carbon.GetResources(request, timeout=30)

    async def amounts(self) -> dict[str, tuple[int, str, bool]]:
        """What is known of each meter, its unit, and whether that is all of it."""
        found = (await self.resources()).amounts
        return {one.meter: (one.amount, one.unit, one.is_whole) for one in found}


@pytest.fixture
async def park(
    kafka_with_topics: Kafka, fresh_database: str, tmp_path: Path
) -> AsyncIterator[Park]:
    for service in ("validation", "carbon_accounting"):
        await migrate(service, fresh_database)
    place = tmp_path, kafka_with_topics.address, fresh_database
    wet: dict[str, Any] = {"replaced_in_the_park": IN_DEVICES, "more_of_the_park": STREAMS}
    validation = ValidationProcess(*place, origin=after(hours=3), **wet)
    process = CarbonProcess(*place, origin=after(hours=3), park_id=validation.park_id, **wet)
    with running(validation), running(process):
        async with grpc.aio.insecure_channel(process.address) as channel:
            yield Park(kafka_with_topics, validation.park_id, CarbonServiceStub(channel))
        assert process.verify().returncode == 0
        process.stop()


async def test_an_hour_of_water_slag_and_heat_comes_to_the_books(park: Park) -> None:
    await park.read(range(5))

    await comes_to(
        park.amounts,
        {
            TAP: (4_000, "dm3", True),
            DRAIN: (3_000, "dm3", True),
            SLAG: (200_000, "g", True),
            FLUE: (100_000, "Wh", True),
        },
    )
    water = next(b for b in (await park.resources()).balances if b.node == "main (water)")
    assert (water.came_in, water.went_out, water.gap) == (4_000, 3_000, 1_000)


async def test_what_was_not_known_of_a_tap_is_told_when_it_is_read_again(park: Park) -> None:
    await park.read([0])
    await park.read(range(1, 5), but=TAP)

    async def tap() -> tuple[int, str, bool]:
        return (await park.amounts()).get(TAP, (-1, "", False))

    await comes_to(tap, (0, "dm3", False))
    await park.read([5])

    await comes_to(tap, (5_000, "dm3", True))
