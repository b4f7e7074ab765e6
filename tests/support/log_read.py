"""How far a group has come in Kafka: what stood in a topic is done when its offsets say so."""

from __future__ import annotations

import asyncio

from aiokafka import AIOKafkaConsumer, TopicPartition

from services.runtime.topics import Topic


async def until_read(bootstrap: str, group: str, *topics: Topic) -> None:
    """Wait until a group has done everything that stands in the topics now."""
    places = [TopicPartition(t.name, number) for t in topics for number in range(t.partitions)]
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False
    )
    await consumer.start()
    try:
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        while True:
            done = {place: await consumer.committed(place) or 0 for place in places}
            if all(done[place] >= end for place, end in ends.items()):
                return
            await asyncio.sleep(0.3)
    finally:
        await consumer.stop()
