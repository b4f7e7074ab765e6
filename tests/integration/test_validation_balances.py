"""The sub-meters of a running validation against the meter above them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import grpc
import pytest

from parkflow.validation.v1 import balance_pb2 as wire
from parkflow.validation.v1.validation_service_pb2_grpc import ValidationServiceStub
from services.demo.stack import Kafka
from services.energy.time_grid import to_microseconds
from services.runtime.database import migrate
from services.validation.domain.balance import Balanced
from tests.support.builders import after
from tests.support.ingest import ValidationProcess, running
from tests.support.patience import until
from tests.support.raw_log import a_raw_frame, publish_raw

TOPOLOGY = """
topology:
  - {id: park, meter: grid, children: [steel, pv], tolerance_kwh: 0.5}
"""
IMPORT, EXPORT = "grid.import_energy_wh", "grid.export_energy_wh"
STEEL, PV = "steel.consumption_energy_wh", "pv.generation_energy_wh"


def minute(number: int) -> datetime:
    return after(minutes=number - 120)


async def tell(kafka: Kafka, park_id: str, number: int, source: str, **wh: float) -> None:
    """Put register readings of a source into the raw log."""
    at_us = to_microseconds(minute(number))
    points = {"imported": IMPORT, "exported": EXPORT, "steel": STEEL, "pv": PV}
    rows = [(points[name], at_us, value) for name, value in wh.items()]
    frame = a_raw_frame(park_id, source, f"{source}-{number}", minute(number), rows)
    await publish_raw(kafka, park_id, source, [frame])


async def test_a_node_says_of_each_quarter_whether_it_adds_up_and_who_is_missing(
    kafka_with_topics: Kafka, fresh_database: str, tmp_path: Path
) -> None:
    kafka = kafka_with_topics
    await migrate("validation", fresh_database)
    worker = ValidationProcess(tmp_path, kafka.address, fresh_database, more_of_the_park=TOPOLOGY)
    park = worker.park_id
    with running(worker):
        async with grpc.aio.insecure_channel(worker.address) as channel:
            desk: Any = ValidationServiceStub(channel)
            request = wire.ListBalancesRequest(park_id=park)
            request.start.FromDatetime(minute(0))
            request.end.FromDatetime(minute(60))

            async def told(count: int, complete: int) -> list[Any]:
                balances = list((await desk.ListBalances(request)).balances)
                whole = sum(one.verdict != Balanced.INCOMPLETE for one in balances)
                return balances if (len(balances), whole) == (count, complete) else []

            for number, steel, pv in ((0, 0, 0), (15, 9_000, 2_000), (30, 18_000, 4_000)):
                await tell(kafka, park, number, "mqtt-site", steel=steel, pv=pv)
            first, _ = await until(lambda: told(2, 0), "two quarters without the grid")
            for number, imported in ((0, 100), (15, 7_100), (30, 15_100)):
                await tell(kafka, park, number, "modbus-grid", imported=imported, exported=5)
            balances = await until(lambda: told(2, 2), "two quarters in full")
            request.only_imbalances = True
            (off,) = (await desk.ListBalances(request)).balances
            request.node_id = "attic"
            with pytest.raises(grpc.aio.AioRpcError) as unknown:
                await desk.ListBalances(request)

    assert list(first.missing) == ["grid"]
    assert [(one.metered_wh, one.children_wh) for one in balances] == [
        (7_000, 7_000),
        (8_000, 7_000),
    ]
    assert [one.verdict for one in balances] == [Balanced.YES, Balanced.TOO_MUCH_ABOVE]
    assert off.start.ToMicroseconds() == to_microseconds(minute(15))
    assert unknown.value.code() is grpc.StatusCode.INVALID_ARGUMENT
