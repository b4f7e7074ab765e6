"""Batches of the past wait for each other; live ones for nobody."""

import asyncio
from datetime import UTC, datetime

import pytest

from services.energy.time_grid import to_microseconds
from services.ingest.domain.batch import Batch, batch_of
from services.ingest.pacing import LIVE_WITHIN_US, Pace
from services.runtime.clock import ParkClock


def a_batch(readings: int, *, age_us: int) -> Batch:
    now_us = to_microseconds(datetime.now(UTC))
    return batch_of("s", [("a.x", now_us - age_us - k, 1.0) for k in range(readings)])


async def test_the_past_goes_in_at_its_pace() -> None:
    pace = Pace(ParkClock.wall(), per_s=1_000.0)
    began = asyncio.get_running_loop().time()

    for _ in range(3):  # the first at once, each further one 50 ms after the one before
        await pace.wait(a_batch(50, age_us=2 * LIVE_WITHIN_US))

    assert asyncio.get_running_loop().time() - began >= 0.1


async def test_live_batches_do_not_wait_for_the_past() -> None:
    pace = Pace(ParkClock.wall(), per_s=0.001)
    await pace.wait(a_batch(10, age_us=2 * LIVE_WITHIN_US))

    async with asyncio.timeout(5.0):
        await pace.wait(a_batch(10, age_us=0))


async def test_a_batch_with_one_live_reading_is_live() -> None:
    pace = Pace(ParkClock.wall())
    live, past = a_batch(1, age_us=0), a_batch(1, age_us=2 * LIVE_WITHIN_US)
    both = batch_of("s", [("a.x", int(t), 1.0) for b in (live, past) for t in b.event_time_us])

    assert not pace.is_past(both)
    assert pace.is_past(past)


async def test_whoever_stops_waiting_has_taken_nobodys_turn() -> None:
    pace = Pace(ParkClock.wall(), per_s=100.0)
    await pace.wait(a_batch(20, age_us=2 * LIVE_WITHIN_US))  # 0.2 s until the next
    gone = asyncio.create_task(pace.wait(a_batch(10**5, age_us=2 * LIVE_WITHIN_US)))
    await asyncio.sleep(0)
    gone.cancel()

    async with asyncio.timeout(5.0):  # not the 1,000 s that the one who left would have cost
        await pace.wait(a_batch(1, age_us=2 * LIVE_WITHIN_US))


def test_a_pace_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="lets nothing in"):
        Pace(ParkClock.wall(), per_s=0.0)
