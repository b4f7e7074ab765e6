"""Raw frames of a park as ingest would publish them, and what validation came to, byte for byte."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from parkflow.telemetry.v1.frame_pb2 import ReadingFrame
from services.demo.stack import Kafka
from services.energy.time_grid import to_microseconds
from services.ingest.domain.batch import batch_of
from services.ingest.intake import raw_frame_of
from services.runtime.raw_frames import raw_message_from
from services.runtime.topics import RAW, READINGS
from tests.support.builders import after

Rows = list[tuple[str, int, float]]


def a_raw_frame(park_id: str, source: str, frame_id: str, arrival: datetime, rows: Rows) -> bytes:
    """Return the message of a raw frame."""
    frame = raw_frame_of(park_id, batch_of(source, rows), frame_id, arrival)
    return bytes(raw_message_from(frame).SerializeToString())


def minutes_of(park_id: str, source: str, count: int) -> list[bytes]:
    """Return one frame a minute of the device a source is named after; every tenth comes twice."""
    frames = []
    for minute in range(count):
        arrival = after(minutes=minute)
        at = to_microseconds(arrival)
        register = 100.0 * minute if minute % 7 else 1.0  # every seventh counts backwards
        rows = [
            (f"{source}.active_power_w", at, 3_000.0 + minute % 11),
            (f"{source}.consumption_energy_wh", at, register),
        ]
        frame = a_raw_frame(park_id, source, f"{source}-{minute}", arrival, rows)
        frames += [frame, frame] if minute % 10 == 0 else [frame]
    return frames


async def publish_raw(kafka: Kafka, park_id: str, source: str, payloads: Iterable[bytes]) -> None:
    """Put payloads into the raw topic under a source's key."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka.address)
    await producer.start()
    try:
        for payload in payloads:
            await producer.send(RAW.name, payload, key=f"{park_id}/{source}".encode())
        await producer.flush()
    finally:
        await producer.stop()


async def raw_ends(kafka: Kafka) -> dict[int, int]:
    """Return where each partition of the raw topic ends, over all parks."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka.address, enable_auto_commit=False)
    await consumer.start()
    try:
        places = [TopicPartition(RAW.name, number) for number in range(RAW.partitions)]
        return {place.partition: end for place, end in (await consumer.end_offsets(places)).items()}
    finally:
        await consumer.stop()


async def judged_bytes(kafka: Kafka, park_id: str) -> dict[str, set[bytes]]:
    """Return by frame id every form in which a judged frame of the park stands in the log."""
    found: dict[str, set[bytes]] = {}
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka.address, enable_auto_commit=False)
    await consumer.start()
    try:
        places = [TopicPartition(READINGS.name, number) for number in range(READINGS.partitions)]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        ends = await consumer.end_offsets(places)
        while any([await consumer.position(place) < ends[place] for place in places]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                for record in records:
                    frame = ReadingFrame.FromString(record.value)
                    if frame.park_id == park_id:
                        found.setdefault(frame.frame_id, set()).add(record.value)
    finally:
        await consumer.stop()
    return found
