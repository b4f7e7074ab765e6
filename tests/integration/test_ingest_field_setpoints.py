"""Set-points from Kafka to an OPC UA server and an IEC 104 station, and their deliveries back."""

import asyncio
import sys
from pathlib import Path

import pytest

from parkflow.telemetry.v1.delivery_pb2 import DeliveryResult
from services.demo.stack import Kafka
from services.demo.stack.ports import free_port
from services.runtime.topics import DELIVERIES
from tests.integration.test_ingest_iec104 import a_source as an_iec104_source
from tests.integration.test_ingest_iec104 import a_station
from tests.integration.test_ingest_opc_ua import a_source as an_opc_ua_source
from tests.support.field import park_text, until
from tests.support.ingest import IngestProcess, ended, the_log
from tests.support.opc_ua import a_plant
from tests.support.setpoints import Desk, a_setpoint

ACCEPTED = DeliveryResult.DELIVERY_RESULT_ACCEPTED


async def delivered(
    kafka: Kafka, ingest: IngestProcess, source: str, monkeypatch: pytest.MonkeyPatch
) -> tuple[int, float]:
    """Return result and read-back of a set-point of 250 kW for the battery on `source`."""
    park = ingest.folder / "with-source.yaml"
    park.write_text(park_text(source), encoding="utf-8")
    for kind in type(ingest).__mro__:
        if hasattr(sys.modules[kind.__module__], "DEMO_PARK_FILE"):
            monkeypatch.setattr(sys.modules[kind.__module__], "DEMO_PARK_FILE", park)
    with ended(ingest):
        await asyncio.to_thread(ingest.start)
        await until(lambda: ingest.events("source_connected"))
        async with the_log(kafka, DELIVERIES, ingest.park_id) as log:
            desk = Desk(kafka, ingest, log)
            delivery = await desk.answered(a_setpoint(ingest, "one", "battery", 250_000.0))
    return delivery.result, delivery.read_back_w


async def test_a_set_point_reaches_an_opc_ua_server(
    kafka_with_topics: Kafka, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest, port = IngestProcess(tmp_path, kafka_with_topics.address), free_port()
    async with a_plant(port) as plant:
        await plant.show("held", 250.0, 1)
        found = await delivered(kafka_with_topics, ingest, an_opc_ua_source(port), monkeypatch)

    assert found == (ACCEPTED, 250_000.0)


async def test_a_set_point_reaches_an_iec_104_station(
    kafka_with_topics: Kafka, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest, port = IngestProcess(tmp_path, kafka_with_topics.address), free_port()
    async with a_station(port) as station:
        found = await delivered(kafka_with_topics, ingest, an_iec104_source(port), monkeypatch)
        await station.tell("show 11 1")

    assert found == (ACCEPTED, 250_000.0)
    assert "took 102 250" in station.said
