"""Validation is a fold of the raw log: whatever happens to it, the same frames come out."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from pathlib import Path
from typing import Any

from services.demo.stack import Kafka, Postgres
from services.runtime.database import migrate
from services.runtime.topics import DEAD_LETTERS, RAW
from tests.support.builders import MORNING
from tests.support.ingest import ValidationProcess, ended, running, the_log
from tests.support.patience import until
from tests.support.raw_log import a_raw_frame, judged_bytes, minutes_of, publish_raw, raw_ends
from tests.support.stack import frozen

SOURCES = ["steel", *(f"charger_{number:02}" for number in range(1, 8))]
Forms = dict[str, set[bytes]]


async def a_worker(kafka: Kafka, url: str, folder: Path, **changes: Any) -> ValidationProcess:
    await migrate("validation", url)
    return ValidationProcess(folder, kafka.address, url, **changes)


def another(worker: ValidationProcess, **changes: Any) -> ValidationProcess:
    """Return another worker of the same park."""
    return ValidationProcess(
        worker.folder,
        worker.kafka,
        worker.database_url,
        park_id=worker.park_id,
        began=worker.began,
        **changes,
    )


async def all_judged(kafka: Kafka, park_id: str, count: int) -> Forms:
    """Return the judged frames once there are `count` of them."""

    async def enough() -> Forms | None:
        forms = await judged_bytes(kafka, park_id)
        return forms if len(forms) >= count else None

    found: Forms = await until(enough, f"{count} judged frames")
    return found


def without_park(forms: Forms, park_id: str) -> dict[str, set[bytes]]:
    """Return frames with the park's name blanked, to compare two parks."""
    blank = b"-" * len(park_id)
    return {name: {one.replace(park_id.encode(), blank) for one in f} for name, f in forms.items()}


async def undisturbed(kafka: Kafka, url: str, folder: Path, minutes: int) -> dict[str, set[bytes]]:
    """Return what an undisturbed worker makes of every source's minutes."""
    with running(await a_worker(kafka, url, folder)) as worker:
        for source in SOURCES:
            frames = minutes_of(worker.park_id, source, minutes)
            await publish_raw(kafka, worker.park_id, source, frames)
        forms = await all_judged(kafka, worker.park_id, minutes * len(SOURCES))
    return without_park(forms, worker.park_id)


async def test_a_worker_killed_at_any_moment_publishes_the_same_frames_again(
    kafka_with_topics: Kafka, fresh_database: str, tmp_path: Path
) -> None:
    minutes = 60
    expected = await undisturbed(kafka_with_topics, fresh_database, tmp_path, minutes)
    worker = await a_worker(kafka_with_topics, fresh_database, tmp_path)
    chance = random.Random(4)
    with ended(worker):
        await asyncio.to_thread(worker.start)
        for start in range(0, minutes, 20):
            for source in SOURCES:
                frames = minutes_of(worker.park_id, source, start + 20)
                new = frames[len(minutes_of(worker.park_id, source, start)) :]
                await publish_raw(kafka_with_topics, worker.park_id, source, new)
            await asyncio.sleep(chance.uniform(0.0, 1.5))
            worker.kill()
            await asyncio.to_thread(worker.start)
        forms = await all_judged(kafka_with_topics, worker.park_id, minutes * len(SOURCES))

    assert all(len(forms_of_one) == 1 for forms_of_one in forms.values())
    assert without_park(forms, worker.park_id) == expected


async def test_a_second_worker_takes_partitions_over_and_gives_them_back_and_nothing_differs(
    kafka_with_topics: Kafka, fresh_database: str, tmp_path: Path
) -> None:
    minutes = 40
    expected = await undisturbed(kafka_with_topics, fresh_database, tmp_path, minutes)
    first = await a_worker(kafka_with_topics, fresh_database, tmp_path)
    second = another(first)
    with ended(first), ended(second):
        await asyncio.to_thread(first.start)
        for start, act in ((0, second.start), (20, second.stop)):
            for source in SOURCES:
                frames = minutes_of(first.park_id, source, start + 20)
                new = frames[len(minutes_of(first.park_id, source, start)) :]
                await publish_raw(kafka_with_topics, first.park_id, source, new)
            await asyncio.to_thread(act)
            await until(lambda: second.events("partition_opened"), "the second has a partition")
        forms = await all_judged(kafka_with_topics, first.park_id, minutes * len(SOURCES))

    assert all(len(forms_of_one) == 1 for forms_of_one in forms.values())
    assert without_park(forms, first.park_id) == expected


async def test_a_stop_keeps_every_state_and_a_start_goes_on_exactly_there(
    kafka_with_topics: Kafka, fresh_database: str, tmp_path: Path
) -> None:
    worker = await a_worker(kafka_with_topics, fresh_database, tmp_path, checkpoint_every_s=3600.0)
    all_partitions = set(range(RAW.partitions))
    with ended(worker):
        await asyncio.to_thread(worker.start)
        await until(lambda: all_partitions <= opened(worker).keys(), "all partitions are open")
        frames = minutes_of(worker.park_id, "steel", 20)
        await publish_raw(kafka_with_topics, worker.park_id, "steel", frames)
        await all_judged(kafka_with_topics, worker.park_id, 20)
        before = worker.kept()
        assert await asyncio.to_thread(worker.stop) == 0
        kept = worker.kept()
        known = len(worker.events("partition_opened"))
        await asyncio.to_thread(worker.start)
        await until(
            lambda: all_partitions <= opened(worker, known).keys(), "all of them are open again"
        )

    assert not before
    assert max(kept.values()) >= len(frames)
    again = opened(worker, known)
    assert {partition: again[partition] for partition in kept} == kept


def opened(worker: ValidationProcess, known: int = 0) -> dict[int, int]:
    """Return each partition that was opened, beyond so many known lines of it, with its offset."""
    lines = worker.events("partition_opened")[known:]
    return {line["partition"]: line["offset"] for line in lines}


async def test_with_the_database_away_judging_goes_on_and_checkpoints_follow_later(
    kafka_with_topics: Kafka, postgres: Postgres, fresh_database: str, tmp_path: Path
) -> None:
    starts = await raw_ends(kafka_with_topics)
    with running(await a_worker(kafka_with_topics, fresh_database, tmp_path)) as worker:
        first, rest = (minutes_of(worker.park_id, "steel", count) for count in (5, 30))
        await publish_raw(kafka_with_topics, worker.park_id, "steel", first)
        await all_judged(kafka_with_topics, worker.park_id, 5)
        with frozen(postgres):
            await asyncio.sleep(3)
            await publish_raw(kafka_with_topics, worker.park_id, "steel", rest[len(first) :])
            await all_judged(kafka_with_topics, worker.park_id, 30)

        ends = await raw_ends(kafka_with_topics)
        (partition,) = (number for number, end in ends.items() if end != starts[number])

        def caught_up() -> bool:
            return worker.kept().get(partition, 0) >= ends[partition]

        await until(caught_up, "a checkpoint after the database came back")


async def test_with_kafka_away_judging_waits_and_goes_on(
    kafka_with_topics: Kafka, fresh_database: str, tmp_path: Path
) -> None:
    with running(await a_worker(kafka_with_topics, fresh_database, tmp_path)) as worker:
        frames = minutes_of(worker.park_id, "steel", 30)
        await publish_raw(kafka_with_topics, worker.park_id, "steel", frames[:5])
        await all_judged(kafka_with_topics, worker.park_id, 4)
        with frozen(kafka_with_topics):
            await asyncio.sleep(8)
        await publish_raw(kafka_with_topics, worker.park_id, "steel", frames[5:])

        forms = await all_judged(kafka_with_topics, worker.park_id, 30)

    assert all(len(forms_of_one) == 1 for forms_of_one in forms.values())


async def test_a_worker_that_was_asleep_for_long_changes_nothing_when_it_wakes(
    kafka_with_topics: Kafka, fresh_database: str, tmp_path: Path
) -> None:
    sleeper = await a_worker(kafka_with_topics, fresh_database, tmp_path)
    other = another(sleeper)
    with ended(sleeper), ended(other):
        await asyncio.to_thread(sleeper.start)
        frames = minutes_of(sleeper.park_id, "steel", 30)
        await publish_raw(kafka_with_topics, sleeper.park_id, "steel", frames[:10])
        await all_judged(kafka_with_topics, sleeper.park_id, 9)
        os.kill(sleeper.pid, signal.SIGSTOP)
        await asyncio.to_thread(other.start)
        await publish_raw(kafka_with_topics, sleeper.park_id, "steel", frames[10:])
        await all_judged(kafka_with_topics, sleeper.park_id, 30)
        os.kill(sleeper.pid, signal.SIGCONT)
        await asyncio.sleep(3)
        forms = await judged_bytes(kafka_with_topics, sleeper.park_id)

    assert len(forms) == 30
    assert all(len(forms_of_one) == 1 for forms_of_one in forms.values())


async def test_poison_among_the_frames_is_told_and_the_rest_is_judged(
    kafka_with_topics: Kafka, fresh_database: str, tmp_path: Path
) -> None:
    with running(await a_worker(kafka_with_topics, fresh_database, tmp_path)) as worker:
        park = worker.park_id
        rows = [("steel.active_power_w", 5, 1.0)]
        sound = a_raw_frame(park, "s", "poisoned", MORNING, rows)
        torn = sound.replace(b"steel.active_power_w", b"")[:-3]
        too_long = sound + b"\x4a\x02\x00\x00"  # a quality column of two rows
        frames = minutes_of(park, "steel", 3)
        ends = await raw_ends(kafka_with_topics)
        async with the_log(kafka_with_topics, DEAD_LETTERS, "") as log:
            poison = [b"\xff\xff", torn, too_long, b""] * 10
            await publish_raw(kafka_with_topics, park, "steel", [frames[0], *poison, *frames[1:]])

            await all_judged(kafka_with_topics, park, 3)
            await log.until(lambda: len(letters_about(log.messages, ends)) >= 20)

    letters = letters_about(log.messages, ends)
    assert worker.events("failed") == []
    assert all(letter.detail for letter in letters)
    assert {letter.reason for letter in letters} == {"undecodable"}


def letters_about(letters: list[Any], ends: dict[int, int]) -> list[Any]:
    """Return validation's letters about what came into the raw topic after it ended there."""
    found = []
    for letter in letters:
        topic, _, place = letter.origin.removeprefix("kafka:").partition("/")
        if (letter.writer, topic) == ("validation", RAW.name):
            partition, offset = map(int, place.split("/"))
            found += [letter] if offset >= ends[partition] else []
    return found
