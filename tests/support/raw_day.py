"""A day's frames as ingest would publish them, their arrival stamps the same in every run."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from aiokafka import AIOKafkaProducer

from services.demo.stack import Kafka
from services.ingest.intake import raw_frame_of
from services.runtime.raw_frames import raw_message_from
from services.runtime.topics import RAW
from tests.support.field_day import DAY_ENDS, FieldDay

ARRIVALS_BEGIN = DAY_ENDS + timedelta(hours=1)
Entry = tuple[str, bytes]
"""The key of a source, and a message."""


def raw_entries(park_id: str, day: FieldDay) -> list[Entry]:
    """Return the frames of all gateways in turn; one arrives every second."""
    turns = sorted(
        (number, gateway) for gateway, frames in day.frames.items() for number in range(len(frames))
    )
    return [
        raw_entry(park_id, day, gateway, number, ARRIVALS_BEGIN + timedelta(seconds=place))
        for place, (number, gateway) in enumerate(turns)
    ]


def raw_entry(park_id: str, day: FieldDay, gateway: str, number: int, arrival: datetime) -> Entry:
    """Return one frame of a gateway."""
    frame = raw_frame_of(park_id, day.frames[gateway][number], f"{gateway}-{number}", arrival)
    return f"{park_id}/{gateway}", bytes(raw_message_from(frame).SerializeToString())


async def write_entries(kafka: Kafka, entries: Iterable[Entry]) -> None:
    """Put entries into the raw topic in this order; returns once Kafka has them all."""
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka.address, enable_idempotence=True, linger_ms=5
    )
    await producer.start()
    try:
        for key, payload in entries:
            await producer.send(RAW.name, payload, key=key.encode())
        await producer.flush()
    finally:
        await producer.stop()
