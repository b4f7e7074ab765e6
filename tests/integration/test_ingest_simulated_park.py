"""The whole simulated park against a killed ingest: all it counts as told is in the raw log."""

import asyncio
import math
from datetime import datetime
from pathlib import Path

from services.demo.stack import Kafka, Mqtt
from services.energy.time_grid import to_microseconds
from services.runtime.topics import RAW
from tests.integration.simulator.running import SPEED, START, Simulator
from tests.support.builders import a_park, after
from tests.support.ingest import IngestProcess, ended, the_log

SPIKED = "steel.consumption_energy_wh"
FAULTS = (
    f"spike:{SPIKED}@2019-06-03T22:20Z/10min;"
    "nan:offices.active_power_w@2019-06-03T22:10Z/5min;"
    "gap:labs_a@2019-06-03T22:10Z/5min;"
    "garbage:labs_b@2019-06-03T22:30Z/5min"
)
ON_MODBUS = {source.id for source in a_park().sources if source.protocol == "modbus_tcp"}
MODBUS_DEVICES = {device.id for device in a_park().devices if device.source_id in ON_MODBUS}


async def test_what_a_park_counts_as_told_is_in_the_log_though_ingest_was_killed(
    kafka_with_topics: Kafka, mqtt: Mqtt, tmp_path: Path
) -> None:
    ingest = IngestProcess(tmp_path, kafka_with_topics.address, mqtt.url, speed=SPEED)
    with ended(ingest):
        ingest.write_park()
        simulator = Simulator(
            tmp_path / "park",
            mqtt.url,
            {"PARKFLOW_PARK": str(tmp_path / f"{ingest.park_id}.yaml"), "PARKFLOW_FAULTS": FAULTS},
            clock=f"{START}@{ingest.began}x{SPEED}",
        )
        ingest.modbus_port = simulator.modbus_port
        try:
            await asyncio.to_thread(ingest.start)
            await ingest.until_connected("mqtt-site")
            await simulator.start()
            for minutes in (15, 35):
                await simulator.until_told(after(minutes=minutes))
                await asyncio.to_thread(ingest.kill)
                await asyncio.sleep(1)
                await asyncio.to_thread(ingest.start)
            await simulator.until_told(after(minutes=90))
            told = {
                (f"{device}.{quantity}", to_microseconds(datetime.fromisoformat(at))): float(value)
                for (device, quantity, at), value in simulator.journalled().items()
            }
            async with the_log(kafka_with_topics, RAW, ingest.park_id) as log:
                await log.until(lambda: told.keys() <= {row[:2] for row in log.told()})
        finally:
            await simulator.kill()

    carried = {(point, at): value for point, at, value in log.told()}
    on_mqtt = {key for key in told if key[0].split(".")[0] not in MODBUS_DEVICES}
    assert {key: repr(carried[key]) for key in on_mqtt} == {key: repr(told[key]) for key in on_mqtt}
    absent = {point for (point, _), value in carried.items() if math.isnan(value)}
    spiked = [value for (point, _), value in carried.items() if point == SPIKED]
    assert absent == {"offices.active_power_w"}
    assert max(spiked) - min(spiked) >= 1e9
    assert len({point for point, _ in told}) > 280
