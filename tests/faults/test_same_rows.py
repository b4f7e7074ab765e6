"""The same frames, however they come and whoever takes them: the same rows.

Frames go straight into the raw topic with stamps of their own, so that even what was known when is
compared.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.field_day import FieldDay, a_field_day
from tests.support.ingest import ValidationProcess
from tests.support.kept import CONTENT, COURSE, STAMPS, UNTOLD, Kept
from tests.support.pipeline import SETTLE_S, HistoryProcess, Servers, a_pipeline, whole
from tests.support.raw_day import Entry, raw_entries, write_entries

SEED = int(os.environ.get("PARKFLOW_FAULT_SEED", "4"))
DAY = a_field_day(SEED)
MINUTES = int(os.environ.get("PARKFLOW_FAULT_MINUTES", "180"))
"""So much of the day comes in any order: hours in `make test`, all of it in `make test-faults`."""
PARTS = 8
PART_S = 2.0
"""A part of the day every so often: long enough for a rebalance to begin, too short for its end."""


def parts_of(entries: list[Entry]) -> Iterator[list[Entry]]:
    size = -(-len(entries) // PARTS)
    return (entries[at : at + size] for at in range(0, len(entries), size))


async def in_order(
    servers: Servers, folder: Path, day: FieldDay, *relations: dict[str, str]
) -> Kept:
    async with a_pipeline(servers, folder) as run:
        whole(run, without="ingest")
        await run.start()
        await write_entries(servers.kafka, raw_entries(run.park_id, day))
        await run.settle()
        assert not run.failures()
        return run.kept(*relations)


@pytest.fixture(scope="module")
def expected(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """Return what the day comes to in order, one worker each."""
    return asyncio.run(
        in_order(servers, tmp_path_factory.mktemp("in-order"), DAY, CONTENT, COURSE, STAMPS)
    )


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_second_workers_that_join_and_first_ones_that_are_killed_under_load_change_nothing(
    servers: Servers, expected: Kept, tmp_path: Path
) -> None:
    async with a_pipeline(servers, tmp_path) as run:
        whole(run, without="ingest")
        run.add("second validation", ValidationProcess)
        run.add("second history", HistoryProcess)
        await run.start("validation", "history")
        for number, part in enumerate(parts_of(raw_entries(run.park_id, DAY))):
            await write_entries(servers.kafka, part)
            if number == 1:
                await run.start("second validation", "second history")
            if number == 4:
                run.workers["validation"].kill()
                run.workers["history"].kill()
            await asyncio.sleep(PART_S)
        await run.settle()
        found = run.kept(CONTENT, COURSE, STAMPS)
        untold = run.kept(UNTOLD).lines["untold"]
        failures = run.failures()
        opened = {
            name: {line["partition"] for line in worker.events("partition_opened")}
            for name, worker in run.workers.items()
            if worker.service == "validation"
        }

    print(f"seed {SEED}: {DAY.readings} readings, partitions {opened}, digest {found.digest}")
    assert not expected.differences(found)
    assert not untold
    assert not failures
    assert opened["second validation"] == {0, 1, 2, 3}


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_any_order_and_repetition_of_frames_gives_the_same_rows(
    servers: Servers, tmp_path: Path
) -> None:
    morning, chance = a_field_day(SEED, MINUTES), random.Random(SEED)
    ordered = await in_order(servers, tmp_path, morning, CONTENT)
    async with a_pipeline(servers, tmp_path) as run:
        whole(run, without="ingest")
        await run.start()
        entries = raw_entries(run.park_id, morning)
        shuffled = [*entries, *chance.choices(entries, k=len(entries) // 3)]
        chance.shuffle(shuffled)
        await write_entries(servers.kafka, shuffled)
        await run.settle(SETTLE_S + MINUTES)  # a reading out of order may open every quarter anew
        found = run.kept(CONTENT)
        untold = run.kept(UNTOLD).lines["untold"]
        failures = run.failures()

    print(
        f"seed {SEED}: {morning.readings} readings, {len(shuffled)} frames for {len(entries)}, "
        f"digest {found.digest}"
    )
    assert not ordered.differences(found)
    assert not untold
    assert not failures
