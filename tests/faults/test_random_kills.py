"""Kill -9 of anything at random moments of a day: what is kept is what an undisturbed run keeps.

PARKFLOW_FAULT_ROUNDS kills (4 in `make test`, 20 in `make test-faults`), at positions of the input
and in an order that PARKFLOW_FAULT_SEED draws.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.support.field_day import FieldDay, a_field_day
from tests.support.gateway import Gateways
from tests.support.kept import CONTENT, COURSE, UNTOLD, Kept
from tests.support.pipeline import Pipeline, Servers, a_pipeline, whole

ROUNDS = int(os.environ.get("PARKFLOW_FAULT_ROUNDS", "4"))
SEED = int(os.environ.get("PARKFLOW_FAULT_SEED", "4"))
ROUND_S = 7.0
LONGEST_PAUSE_S = 3.0
VICTIMS = ("ingest", "validation", "history", "broker", "database")


def drawn(rounds: int, chance: random.Random) -> list[tuple[float, str]]:
    """Return at which share of the input who is killed; everyone in turn, in a drawn order."""
    turns = -(-rounds // len(VICTIMS))
    bag = [name for _ in range(turns) for name in chance.sample(VICTIMS, len(VICTIMS))]
    moments = sorted(chance.uniform(0.02, 0.95) for _ in range(rounds))
    return list(zip(moments, bag, strict=False))


async def undisturbed(servers: Servers, folder: Path, day: FieldDay) -> Kept:
    async with a_pipeline(servers, folder) as run:
        whole(run)
        await run.start()
        await Gateways(run.workers["ingest"].address, run.park_id, day).play()
        await run.settle()
        assert not run.failures()
        assert not run.kept(UNTOLD).lines["untold"]
        return run.kept(CONTENT, COURSE)


async def disturb(run: Pipeline, gateways: Gateways, chance: random.Random) -> None:
    for share, name in drawn(ROUNDS, chance):
        await gateways.until(share)
        victim = run.victims[name]
        await asyncio.to_thread(victim.kill)
        await asyncio.sleep(chance.uniform(0.0, LONGEST_PAUSE_S))
        await asyncio.to_thread(victim.start)


@pytest.mark.slow
@pytest.mark.timeout(600 + 60 * ROUNDS)
async def test_after_kills_at_random_moments_history_and_accounts_equal_an_undisturbed_run(
    servers: Servers, tmp_path: Path
) -> None:
    day, chance = a_field_day(SEED), random.Random(SEED)
    began = time.monotonic()
    expected = await undisturbed(servers, tmp_path, day)
    half = time.monotonic()

    async with a_pipeline(servers, tmp_path) as run:
        whole(run)
        await run.start()
        pace_s = ROUNDS * ROUND_S / len(day.frames["gateway-site"])
        gateways = Gateways(run.workers["ingest"].address, run.park_id, day, pace_s)
        async with asyncio.TaskGroup() as both:
            both.create_task(gateways.play())
            both.create_task(disturb(run, gateways, chance))
        await run.settle()
        found = run.kept(CONTENT, COURSE)
        failures = run.failures()

    kills = Counter(name for _, name in drawn(ROUNDS, random.Random(SEED)))
    print(
        f"seed {SEED}, kills {dict(kills)}, {day.readings} readings in {day.count} frames, "
        f"{gateways.pushed_again} pushed again, longest wait {gateways.longest_wait_s:.1f} s, "
        f"undisturbed {half - began:.0f} s, disturbed {time.monotonic() - half:.0f} s, "
        f"digest {found.digest}, lines {found.sizes}"
    )
    assert not expected.differences(found)
    assert not failures
    assert {name for name, lines in expected.lines.items() if not lines} <= {"suspense"}
