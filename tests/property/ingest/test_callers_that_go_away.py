"""Whoever stops waiting, whatever fails meanwhile: nobody stays behind, order holds."""

import asyncio
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ingest.spool import shelf
from services.runtime.topics import RAW
from tests.support.store_and_forward import LARGE, Ingest, an_ingest, no_space, until

KEYS = ("park/a", "park/b")
SLOW_S = 0.004
PROMPT_S = 0.002

Step = tuple[Any, ...]

publishes = st.tuples(
    st.just("publish"), st.sampled_from(KEYS), st.sampled_from((10, 10, LARGE)), st.integers(0, 3)
)
steps = st.one_of(
    publishes,
    publishes,
    st.tuples(st.just("cancel"), st.integers(0, 30)),
    st.tuples(st.just("kafka"), st.booleans()),
    st.tuples(st.just("disk"), st.sampled_from(("works", "slow", "broken", "slow and broken"))),
    st.tuples(st.just("wait"), st.integers(0, 12)),
)


@dataclass
class Field:
    """Callers of one ingest; each frame carries the number of its call."""

    ingest: Ingest
    disk: str = "works"
    callers: list[tuple[str, int, "asyncio.Task[None]"]] = field(default_factory=list)

    async def does(self, step: Step) -> None:
        """Do one step, and let a little happen."""
        match step:
            case ("publish", key, size, pause):
                number = len(self.callers)
                work = self.ingest.publish(number, key, size)
                self.callers.append((key, number, asyncio.create_task(work)))
                await asyncio.sleep(pause / 1000)
            case ("cancel", index) if self.callers:
                self.callers[index % len(self.callers)][2].cancel()
            case ("kafka", True):
                self.ingest.client.comes_back()
            case ("kafka", False):
                self.ingest.client.goes_away()
            case ("disk", state):
                self.disk = state
            case ("wait", milliseconds):
                await asyncio.sleep(milliseconds / 1000)

    def fdatasync(self, file: int) -> None:
        """Answer as the kernel would."""
        if "slow" in self.disk:
            time.sleep(SLOW_S)
        if "broken" in self.disk:
            no_space(file)

    async def heals(self) -> None:
        """Let all be well, and wait until everything has gone its way."""
        self.disk = "works"
        self.ingest.client.comes_back()
        if tasks := [task for *_, task in self.callers]:
            _, waiting = await asyncio.wait(tasks, timeout=10)
            assert not waiting
        store = self.ingest.shelf
        await until(lambda: not store.frames and not any(map(self.is_behind, KEYS)))

    def is_behind(self, key: str) -> bool:
        return self.ingest.shelf.is_behind((RAW.name, key))

    def acknowledged(self, key: str) -> set[int]:
        mine = {n: task for of, n, task in self.callers if of == key and not task.cancelled()}
        assert not any(task.exception() for task in mine.values())
        return set(mine)


@contextmanager
def prompt() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shelf, "LOOK_AGAIN_S", PROMPT_S)
        yield patch


async def lived_through(history: list[Step]) -> None:
    with tempfile.TemporaryDirectory(prefix="parkflow-spool-") as folder, prompt() as patch:
        async with an_ingest(Path(folder), limit_bytes=4 * LARGE, patience_s=0.005) as ingest:
            field = Field(ingest)
            patch.setattr(os, "fdatasync", field.fdatasync)
            for step in history:
                await field.does(step)
            await field.heals()

            for key in KEYS:
                arrived = ingest.once_each(key)
                assert arrived == sorted(arrived)
                assert field.acknowledged(key) <= set(arrived)
                async with asyncio.timeout(5):
                    await ingest.shelf.wait_until_through((RAW.name, key))


@settings(max_examples=80, deadline=None)
@given(st.lists(steps, min_size=5, max_size=40))
def test_after_any_outage_nobody_stays_behind_and_order_holds(history: list[Step]) -> None:
    asyncio.run(lived_through(history))
