"""The embedded Kafka keeps its records through every way of ending it."""

from __future__ import annotations

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from services.demo.stack import Kafka, StateFolder
from services.demo.stack.ports import free_port
from tests.support.patience import quickly, until_now
from tests.support.stack import frozen, killed, started, stopped

LARGE_BYTES = 7_900_000


async def make_topic(kafka: Kafka, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.address)
    await admin.start()
    await admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    await admin.close()


async def write(kafka: Kafka, topic: str, *values: bytes) -> None:
    async with AIOKafkaProducer(
        bootstrap_servers=kafka.address, acks="all", max_request_size=8 * 1024 * 1024
    ) as producer:
        for value in values:
            await producer.send_and_wait(topic, value)


async def read(kafka: Kafka, topic: str, count: int) -> list[bytes]:
    async with AIOKafkaConsumer(
        topic, bootstrap_servers=kafka.address, auto_offset_reset="earliest", group_id=topic
    ) as consumer:
        return [(await consumer.getone()).value for _ in range(count)]


async def test_what_was_acknowledged_survives_a_kill_and_a_clean_stop(kafka: Kafka) -> None:
    await make_topic(kafka, "survives")
    await write(kafka, "survives", b"one")

    with killed(kafka):
        assert not kafka.answers()
    await write(kafka, "survives", b"two")
    with stopped(kafka):
        assert not kafka.answers()

    assert await read(kafka, "survives", 2) == [b"one", b"two"]


async def test_a_frozen_broker_answers_again_when_it_is_let_go(kafka: Kafka) -> None:
    with frozen(kafka):
        assert kafka.running
        assert not kafka.answers()

    until_now(kafka.answers, "Kafka answers again")


async def test_a_message_of_nearly_eight_mebibytes_passes(kafka: Kafka) -> None:
    await make_topic(kafka, "large")

    await write(kafka, "large", b"x" * LARGE_BYTES)

    assert [len(value) for value in await read(kafka, "large", 1)] == [LARGE_BYTES]


async def test_no_topic_appears_by_itself(kafka: Kafka) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.address)
    await admin.start()
    await admin.describe_topics(["never-made"])

    assert "never-made" not in await admin.list_topics()
    await admin.close()


async def test_a_broker_holds_less_than_450_megabytes(kafka: Kafka) -> None:
    await make_topic(kafka, "busy")
    await write(kafka, "busy", *[b"y" * 10_000] * 500)

    assert 50e6 < kafka.memory_bytes() < 450e6


async def test_a_second_start_is_quick_and_may_use_other_ports(stack_folder: StateFolder) -> None:
    first = Kafka(StateFolder(stack_folder.path / "moved"), port=free_port())
    with started(first):
        await make_topic(first, "kept")

    async def start_again(_: int) -> float:
        second = Kafka(StateFolder(stack_folder.path / "moved"), port=free_port())
        with started(second):
            await write(second, "kept", b"still here")
            assert await read(second, "kept", 1) == [b"still here"]
        assert not second.must_download
        return second.start_seconds

    await quickly(start_again, 20)


def test_the_jars_are_those_of_the_lock(kafka: Kafka) -> None:
    classpath = kafka.folder.note("kafka-classpath") or ""

    assert "kafka-clients-4.1.1.jar" in classpath
    assert len(classpath.split(":")) == pytest.approx(46, abs=5)
