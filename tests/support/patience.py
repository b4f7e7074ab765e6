"""Waiting and timing on a machine that others use too, where any process may stand for seconds.

A test waits for the very thing it asserts, and long: patience costs nothing where all is well. What
must be quick is tried a few times: what is slow is slow each time, a machine stalls now and then.
"""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any

PATIENCE_S = 60.0
CALL_S = 30.0
"""For one call to a service: longer than any service takes to say that something is away."""
LOOK_EVERY_S = 0.1
TRIES = 5


async def until(question: Callable[[], Any], what: str, patience_s: float = PATIENCE_S) -> Any:
    """Ask (plainly or awaiting) until the answer is true; return it, or fail saying `what`."""
    deadline = time.monotonic() + patience_s
    while not (answer := await _answer(question)):
        assert time.monotonic() < deadline, f"not within {patience_s:g} s: {what}"
        await asyncio.sleep(LOOK_EVERY_S)
    return answer


async def _answer(question: Callable[[], Any]) -> Any:
    answer = question()
    return await answer if inspect.isawaitable(answer) else answer


def until_now(question: Callable[[], Any], what: str, patience_s: float = PATIENCE_S) -> Any:
    """Do as `until` where nothing else is to go on meanwhile."""
    deadline = time.monotonic() + patience_s
    while not (answer := question()):
        assert time.monotonic() < deadline, f"not within {patience_s:g} s: {what}"
        time.sleep(LOOK_EVERY_S)
    return answer


Act = Callable[[int], Awaitable[float | None]]


async def quickly(act: Act, limit_s: float) -> None:
    """Do `act(0)`, `act(1)`, … until one takes no longer than the limit; fails when none does.

    An act may say itself how many seconds of it count.
    """
    took: list[float] = []
    while not took or took[-1] > limit_s:
        assert len(took) < TRIES, f"took {took} s, never {limit_s:g} s or less"
        began = time.monotonic()
        said_s = await act(len(took))
        took.append(time.monotonic() - began if said_s is None else said_s)


def quickly_now(act: Callable[[int], float | None], limit_s: float) -> None:
    """Do as `quickly` where nothing else is to go on meanwhile."""

    async def done(number: int) -> float | None:
        return act(number)

    asyncio.run(quickly(done, limit_s))
