"""One simulation at a time in a process that may die; a few wait, each as long as its caller."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from typing import Any

import psutil
import pytest

from services.dispatch.turns import IN_LINE, Turns
from services.dispatch.worker import Worker
from services.runtime.refusals import Exhausted, TooLate
from tests.support.held_work import ends, greedy, held, nothing, own_pid
from tests.support.patience import until

MOST_BYTES = 512 * 2**20


@pytest.fixture
async def worker() -> AsyncIterator[Worker]:
    one = Worker("of a test", nothing, niceness=0, most_bytes=MOST_BYTES)
    yield one
    one.stop()


@pytest.fixture
def line(worker: Worker) -> Turns:
    return Turns(worker)


def take(
    line: Turns, name: str, work: Callable[..., Any] = held, *more: object, left_s: float = 60.0
) -> asyncio.Task[Any]:
    """Ask for ten seconds of work, with a caller who waits for a minute."""
    return asyncio.create_task(line.take(lambda: left_s, 10.0, work, name.encode(), *more))


async def test_work_is_given_its_time_limit_or_what_the_deadline_leaves(line: Turns) -> None:
    assert await take(line, "patient") == ("patient", 10.0)
    assert await take(line, "hasty", left_s=3.0) == ("hasty", 2.5)  # half a second to answer


async def test_a_call_without_time_to_plan_is_told_so(line: Turns) -> None:
    with pytest.raises(TooLate, match="leaves no time"):
        await take(line, "late", left_s=0.4)


async def test_a_process_that_crashes_costs_its_caller_alone(line: Turns) -> None:
    with pytest.raises(Exhausted, match="is lost: it died"):
        await take(line, "crash", ends)

    assert await take(line, "next") == ("next", 10.0)


async def test_a_process_that_dies_idle_costs_nobody_anything(line: Turns) -> None:
    pid = await take(line, "first", own_pid)
    os.kill(pid, signal.SIGKILL)
    await until(lambda: not psutil.pid_exists(pid), "the process is gone")

    assert await take(line, "next") == ("next", 10.0)


async def test_a_problem_too_large_for_the_memory_is_refused(line: Turns) -> None:
    with pytest.raises(Exhausted, match="more memory"):
        await take(line, "large", greedy)  # 1 GiB, where half is allowed

    assert await take(line, "next") == ("next", 10.0)


async def test_work_that_hangs_is_ended(worker: Worker) -> None:
    impatient = Turns(worker, patience_s=0.2)

    with pytest.raises(TooLate, match=r"took longer than 1\.2 s"):
        await impatient.take(lambda: None, 1.0, held, b"hanging", 600.0)

    assert await take(Turns(worker), "next") == ("next", 10.0)


async def test_four_wait_in_line_and_one_more_is_refused(line: Turns) -> None:
    first = take(line, "first", held, 1.0)
    await asyncio.sleep(0)
    waiting = [take(line, f"{k}") for k in range(IN_LINE)]
    await asyncio.sleep(0)

    with pytest.raises(Exhausted, match="4 wait already"):
        await take(line, "one too many")

    names = [name for name, _ in await asyncio.gather(first, *waiting)]
    assert names == ["first", "0", "1", "2", "3"]


async def test_who_waits_is_refused_at_its_deadline(line: Turns) -> None:
    first = take(line, "first", held, 1.0)
    await asyncio.sleep(0)

    with pytest.raises(Exhausted, match=r"no turn within the 0\.1 s"):
        await take(line, "second", left_s=0.1)

    assert (await first)[0] == "first"


async def test_a_caller_who_gives_up_ends_its_work_and_the_next_begins(line: Turns) -> None:
    first = take(line, "first", held, 600.0)
    await asyncio.sleep(0)
    second = take(line, "second")
    await asyncio.sleep(0.5)

    first.cancel()

    assert (await second)[0] == "second"
    assert first.cancelled()
