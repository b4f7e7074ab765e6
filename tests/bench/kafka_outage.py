"""A long outage of Kafka: `python -m tests.bench.kafka_outage [--minutes 5] [--rate 50]`.

A real broker is killed while devices go on over MQTT; ingest is killed and started again in the
middle of it. Prints what waited on disk, how fast it drained, and that nothing was lost.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import grpc

from parkflow.telemetry.v1.telemetry_service_pb2 import GetSpoolRequest, GetSpoolResponse
from parkflow.telemetry.v1.telemetry_service_pb2_grpc import TelemetryServiceStub
from services.demo.stack import Kafka, Mqtt
from services.demo.stack.ports import free_port
from services.runtime.topics import RAW, create_missing
from tests.support.ingest import IngestProcess, running, the_log
from tests.support.mqtt_devices import devices_of
from tests.support.stack import a_state_folder, killed, started

MIB = 1024 * 1024


async def spool_of(ingest: IngestProcess) -> GetSpoolResponse:
    async with grpc.aio.insecure_channel(ingest.address) as channel:
        request = GetSpoolRequest(park_id=ingest.park_id)
        return await TelemetryServiceStub(channel).GetSpool(request, timeout=10)


async def drained(ingest: IngestProcess) -> float:
    """Return the seconds until nothing waits on disk any more."""
    began = time.monotonic()
    while (await spool_of(ingest)).frame_count:  # noqa: ASYNC110  looks on from outside
        await asyncio.sleep(0.05)
    return time.monotonic() - began


async def outage(ingest: IngestProcess, kafka: Kafka, mqtt: Mqtt, away_s: float, rate: int) -> bool:
    async with devices_of(ingest, mqtt) as devices:
        began = time.monotonic()
        working = asyncio.create_task(devices.work(away_s + 10, rate=rate))
        await asyncio.sleep(3)
        with killed(kafka):
            await asyncio.sleep(away_s / 2)
            await asyncio.to_thread(ingest.kill)
            await asyncio.to_thread(ingest.start)
            await asyncio.sleep(away_s / 2)
            waiting = await spool_of(ingest)
        drain_s = await drained(ingest)
        await working
        took_s = time.monotonic() - began
        await drained(ingest)
        async with the_log(kafka, RAW, ingest.park_id) as log:
            await log.until(lambda: devices.sent <= log.told(), 120)
        frames = Counter(frame.frame_id for frame in log.messages)
        lost, strange = len(devices.sent - log.told()), len(log.told() - devices.sent)
    age_s, size_mib = waiting.oldest_age_seconds, waiting.stored_bytes / MIB
    say(f"published by the devices      {len(devices.sent):,} readings in {took_s:.0f} s")
    say(f"waited on disk at the end     {waiting.frame_count:,} frames, {size_mib:.1f} MiB")
    say(f"the oldest of them            {age_s:.0f} s")
    say(f"drained after Kafka was back  {drain_s:.1f} s, live data going on")
    say(f"lost, never sent              {lost}, {strange}")
    say(f"frames that came twice        {frames.total() - len(frames)}")
    return not lost and not strange


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def main() -> int:
    """Run it on a broker of its own."""
    parser = argparse.ArgumentParser(description="Nothing is lost while Kafka is away.")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--rate", type=int, default=50, help="MQTT messages a second")
    asked = parser.parse_args()
    with a_state_folder() as folder, tempfile.TemporaryDirectory() as work:
        kafka = Kafka(folder, port=free_port(), controller_port=free_port())
        mqtt = Mqtt(folder, port=free_port())
        with started(kafka), started(mqtt):
            asyncio.run(create_missing(kafka.address))
            process = IngestProcess(Path(work), kafka.address, mqtt_url=mqtt.url, spool=True)
            with running(process) as ingest:
                well = asyncio.run(outage(ingest, kafka, mqtt, asked.minutes * 60, asked.rate))
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
