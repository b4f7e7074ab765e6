"""From chargers and registers to Kafka and back: one ingest process, real peers, the log."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from parkflow.telemetry.v1.delivery_pb2 import DeliveryResult
from services.demo.stack import Kafka
from services.demo.stack.ports import free_port
from services.ingest.adapters.ocpp.profiles import LEASE_LEVEL
from services.runtime.spans import INGEST_FIELD
from services.runtime.topics import DEAD_LETTERS, DELIVERIES, RAW
from tests.support.builders import DEMO_PARK_FILE, MORNING
from tests.support.charge_points import a_call, a_charger
from tests.support.collector import a_collector
from tests.support.ingest import IngestProcess, ended, the_log
from tests.support.registers import RegisterUnit, serving_registers
from tests.support.setpoints import LIMIT, Desk, a_setpoint

AT = "2019-06-03T22:00:00Z"
AT_US = int(MORNING.timestamp()) * 1_000_000
POWER = {"value": "3500", "measurand": "Power.Active.Import", "unit": "W"}


def a_park_file(folder: Path, ocpp_port: int, modbus_port: int) -> Path:
    """The demo park with its chargers on OCPP and its offices on a register map."""
    yaml = YAML()
    park: Any = yaml.load(DEMO_PARK_FILE.read_text(encoding="utf-8"))
    connectors = [
        {"charge_point": "CP1", "connector": n, "device": f"charger_0{n}"} for n in (1, 2)
    ]
    registers = [{"point": "offices.active_power_w", "address": 10, "type": "int32"}]
    park["sources"] += [
        {"id": "ocpp-1", "protocol": "ocpp", "port": ocpp_port, "connectors": connectors},
        {
            "id": "offices-meter",
            "protocol": "modbus_registers",
            "host": "127.0.0.1",
            "port": modbus_port,
            "poll": "1s",
            "points": registers,
        },
    ]
    for device in park["devices"]:
        if device["id"] == "charger":
            device.update({"source": "ocpp", "count": 2, "cabinets": 1})
        if device["id"] == "offices":
            device["source"] = "offices-meter"
    with (folder / "field.yaml").open("w", encoding="utf-8") as stream:
        yaml.dump(park, stream)
    return folder / "field.yaml"


async def test_chargers_and_registers_reach_the_log_and_set_points_reach_the_charger(
    kafka_with_topics: Kafka, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ocpp_port, modbus_port, meter = free_port(), free_port(), RegisterUnit()
    meter.put(10, 123_456, "int32")
    park = a_park_file(tmp_path, ocpp_port, modbus_port)
    monkeypatch.setattr("tests.support.park_process.DEMO_PARK_FILE", park)
    ingest = IngestProcess(tmp_path, kafka_with_topics.address, modbus_port=modbus_port)
    async with serving_registers(modbus_port, meter):
        with a_collector() as collector, ended(ingest):
            monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.address)
            monkeypatch.setenv("OTEL_EXPORTER_OTLP_INSECURE", "true")
            await asyncio.to_thread(ingest.start)
            async with (
                a_charger(ocpp_port, "CP1", "ocpp1.6") as charger,
                the_log(kafka_with_topics, RAW, ingest.park_id) as readings,
                the_log(kafka_with_topics, DELIVERIES, ingest.park_id) as deliveries,
                the_log(kafka_with_topics, DEAD_LETTERS, "") as letters,
            ):
                await charger.meter(2, AT, POWER)
                await charger.say(a_call("MeterValues", {"connectorId": 1, "meterValue": 7}))
                await readings.until(
                    lambda: ("charger_02.active_power_w", AT_US, 3500.0) in readings.told()
                )
                await readings.until(
                    lambda: any(
                        (point, value) == ("offices.active_power_w", 123_456.0)
                        for point, _, value in readings.told()
                    )
                )
                await letters.until(lambda: any(m.origin == "ocpp:CP1" for m in letters.messages))
                setpoint = a_setpoint(ingest, "s1", "charger_02", 3_000.0, quantity=LIMIT)
                delivery = await Desk(kafka_with_topics, ingest, deliveries).answered(setpoint)

            assert delivery.result == DeliveryResult.DELIVERY_RESULT_ACCEPTED
            assert delivery.read_back_w == 3_000.0
            held = charger.limit_of(2, LEASE_LEVEL)
            assert held["charging_schedule_period"][0]["limit"] == 3_000
            assert await asyncio.to_thread(ingest.stop) == 0
    begun = [span for span in collector.spans() if span.name == INGEST_FIELD.name]
    assert {(span.parent, span.attributes) for span in begun} == {
        ("", frozenset(INGEST_FIELD.attributes))
    }
