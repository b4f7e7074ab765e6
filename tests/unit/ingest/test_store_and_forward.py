"""What comes from the field is acknowledged once Kafka or the disk has it, and keeps its order."""

import asyncio
import os
from datetime import timedelta
from pathlib import Path

import pytest

from services.ingest.spool.rules import Policy
from services.runtime.topics import RAW
from tests.support.store_and_forward import (
    LARGE,
    SlowDisk,
    a_frame,
    an_ingest,
    no_space,
    until,
    until_empty,
)


async def test_while_kafka_answers_nothing_touches_the_disk(tmp_path: Path) -> None:
    async with an_ingest(tmp_path) as ingest:
        for number in range(5):
            await ingest.publish(number)

        assert ingest.arrived() == [0, 1, 2, 3, 4]
        assert ingest.shelf.size_bytes == 0


async def test_what_kafka_does_not_take_in_time_is_acknowledged_from_disk(tmp_path: Path) -> None:
    async with an_ingest(tmp_path) as ingest:
        ingest.client.goes_away()

        await ingest.publish(1)

        assert ingest.shelf.frames == 1
        assert ingest.arrived() == []


async def test_order_of_a_key_holds_over_an_outage_and_after_it(tmp_path: Path) -> None:
    async with an_ingest(tmp_path) as ingest:
        await ingest.publish(0)
        ingest.client.goes_away()
        for number in range(1, 20):
            await ingest.publish(number)
        ingest.client.comes_back()
        for number in range(20, 600):
            await ingest.publish(number)
        await until_empty(ingest)

        assert ingest.once_each() == list(range(600))
        assert len(ingest.arrived()) == 601  # the first of the outage came late, and from disk


async def test_a_kill_while_kafka_is_away_loses_nothing(tmp_path: Path) -> None:
    async with an_ingest(tmp_path) as ingest:
        ingest.client.goes_away()
        for number in range(10):
            await ingest.publish(number)

    async with an_ingest(tmp_path) as again:
        await until_empty(again)

        assert again.arrived() == list(range(10))


async def test_keys_with_nothing_on_disk_go_straight_beside_the_drain(tmp_path: Path) -> None:
    async with an_ingest(tmp_path) as ingest:
        ingest.client.goes_away()
        for number in range(300):
            await ingest.publish(number, "park/a")
        ingest.client.comes_back()
        await until(lambda: ingest.shelf.frames < 300)
        ingest.client.held_key = "park/a"  # its partition is slow now

        await ingest.publish(7, "park/b")

        assert ingest.arrived("park/b") == [7]
        assert ingest.shelf.is_behind((RAW.name, "park/a"))


async def test_a_full_spool_that_refuses_lets_the_field_wait_until_kafka_is_back(
    tmp_path: Path,
) -> None:
    async with an_ingest(tmp_path, limit_bytes=4 * LARGE) as ingest:
        ingest.client.goes_away()
        for number in range(3):
            await ingest.publish(number, size=LARGE)
        refused = asyncio.create_task(ingest.publish(3, size=LARGE))
        await asyncio.sleep(0.1)
        assert not refused.done()

        ingest.client.comes_back()
        await refused
        await until_empty(ingest)

        assert ingest.once_each() == [0, 1, 2, 3]
        assert ingest.shelf.dropped_frames == 0


async def test_a_full_spool_that_drops_keeps_the_newest_and_counts_the_rest(
    tmp_path: Path,
) -> None:
    async with an_ingest(tmp_path, policy=Policy.DROP_OLDEST, limit_bytes=6 * LARGE) as ingest:
        ingest.client.goes_away()
        for number in range(20):
            await ingest.publish(number, size=LARGE)
        kept, dropped = ingest.shelf.frames, ingest.shelf.dropped_frames
        ingest.client.comes_back()
        await until_empty(ingest)

        assert kept + dropped == 20
        assert dropped > 0
        assert ingest.arrived()[-kept:] == list(range(20 - kept, 20))
        assert ingest.shelf.size_bytes == 0


async def test_a_frame_that_is_too_old_fills_a_refusing_spool(tmp_path: Path) -> None:
    async with an_ingest(tmp_path, longest_age=timedelta(seconds=30), speed=3600) as ingest:
        ingest.client.goes_away()
        await ingest.publish(0)
        await asyncio.sleep(0.05)  # three minutes of park time

        refused = asyncio.create_task(ingest.publish(1))
        await asyncio.sleep(0.1)

        assert not refused.done()
        refused.cancel()


async def test_a_frame_that_is_too_old_leaves_a_dropping_spool(tmp_path: Path) -> None:
    async with an_ingest(
        tmp_path, policy=Policy.DROP_OLDEST, longest_age=timedelta(seconds=30), speed=3600
    ) as ingest:
        ingest.client.goes_away()
        await ingest.publish(0)

        await until_empty(ingest)

        assert ingest.shelf.dropped_frames == 1
        assert not ingest.shelf.is_behind((RAW.name, "park/a"))


async def test_a_push_waits_until_kafka_has_what_was_stored_before_it(tmp_path: Path) -> None:
    async with an_ingest(tmp_path) as ingest:
        ingest.client.goes_away()
        await ingest.publish(0)
        push = asyncio.create_task(ingest.straight.publish(RAW, "park/a", a_frame(1)))
        await asyncio.sleep(0.05)
        assert not push.done()
        assert ingest.shelf.frames == 1

        ingest.client.comes_back()
        await push

        assert ingest.once_each() == [0, 1]


async def test_a_frame_that_kafka_would_never_take_is_refused_at_once(tmp_path: Path) -> None:
    async with an_ingest(tmp_path) as ingest:
        ingest.client.goes_away()

        with pytest.raises(ValueError, match=r"telemetry\.raw\.v1 takes"):
            await ingest.publish(0, size=9 * 1024 * 1024)

        assert ingest.shelf.frames == 0


async def test_a_broken_disk_does_not_keep_frames_from_a_kafka_that_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with an_ingest(tmp_path) as ingest:
        monkeypatch.setattr(os, "fdatasync", no_space)  # the kernel's answer
        ingest.client.goes_away()
        waiting = asyncio.create_task(ingest.publish(0))
        await asyncio.sleep(0.1)
        assert not waiting.done()

        ingest.client.comes_back()
        await waiting
        await ingest.publish(1)

        assert ingest.once_each() == [0, 1]
        assert not ingest.shelf.is_behind((RAW.name, "park/a"))


async def test_a_disk_that_works_again_takes_what_waited_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with an_ingest(tmp_path) as ingest:
        with monkeypatch.context() as broken:
            broken.setattr(os, "fdatasync", no_space)
            ingest.client.goes_away()
            waiting = asyncio.create_task(ingest.publish(0))
            await asyncio.sleep(0.1)
        await waiting

        assert ingest.shelf.frames == 1
        ingest.client.comes_back()
        await until_empty(ingest)
        assert ingest.once_each() == [0]


async def test_a_caller_that_went_away_leaves_nobody_behind_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = SlowDisk()
    async with an_ingest(tmp_path) as ingest:
        monkeypatch.setattr(os, "fdatasync", disk.answer)
        ingest.client.goes_away()
        first = asyncio.create_task(ingest.publish(0, "park/b"))
        await until(lambda: disk.asked == 1)
        gone = asyncio.create_task(ingest.publish(1, "park/a"))
        await until(lambda: ingest.shelf.is_behind((RAW.name, "park/a")))
        gone.cancel()
        disk.succeeds()
        await first

        ingest.client.comes_back()
        await until(lambda: ingest.arrived("park/a") == [1])
        await until_empty(ingest)

        assert not ingest.shelf.is_behind((RAW.name, "park/a"))
        async with asyncio.timeout(5):
            await ingest.straight.publish(RAW, "park/a", a_frame(2))


async def test_what_kafka_took_while_the_disk_failed_once_more_is_not_offered_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = SlowDisk()
    async with an_ingest(tmp_path) as ingest:
        monkeypatch.setattr(os, "fdatasync", disk.answer)
        ingest.client.goes_away()
        first = asyncio.create_task(ingest.publish(0))
        await until(lambda: disk.asked == 1)
        second = asyncio.create_task(ingest.publish(1))
        disk.fails()
        await until(lambda: disk.asked == 2)
        ingest.client.comes_back()
        await first
        monkeypatch.setattr(os, "fdatasync", no_space)
        disk.fails()
        await asyncio.sleep(0.1)
        await ingest.publish(2)
        await second

        assert ingest.once_each() == [0, 1, 2]
        assert ingest.arrived().count(0) == 2  # late by the client, and from memory
        assert not ingest.shelf.is_behind((RAW.name, "park/a"))
