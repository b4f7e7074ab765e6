"""One simulation at a time, a few in line, each no longer than its caller waits.

The live planner has a process of its own and never stands in this line.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from services.dispatch.worker import Worker, WorkerLost, WorkerSlow
from services.runtime.refusals import Exhausted, TooLate

T = TypeVar("T")
IN_LINE = 4
PATIENCE_S = 15.0
"""Beyond the time limit, for what it does not bound: reading the document, writing the plan."""
ANSWER_S = 0.5
"""What of a call's deadline is kept for writing the answer and sending it."""

SMALLER = "longer steps or fewer devices make the problem smaller"


class Turns:
    """Hands work to the worker of simulations; `patience_s` beyond its time limit it is ended."""

    def __init__(self, worker: Worker, patience_s: float = PATIENCE_S) -> None:
        self._worker, self._patience_s = worker, patience_s
        self._free = asyncio.Lock()
        self._waiting = 0

    async def take(
        self,
        seconds_left: Callable[[], float | None],
        time_limit_s: float,
        work: Callable[..., T],
        content: bytes,
        *more: object,
    ) -> T:
        """Return what `work(content, seconds, *more)` returns, once it is its turn.

        It is given `time_limit_s`, or what its caller's deadline (`seconds_left`, None without one)
        leaves.
        """
        async with self._turn(seconds_left()):
            try:
                await self._worker.ready()
                given_s = _within(time_limit_s, seconds_left())
                within_s = given_s + self._patience_s
                return await self._worker.run(within_s, work, content, given_s, *more)
            except WorkerSlow:
                raise TooLate(f"it took longer than {within_s:g} s; {SMALLER}") from None
            except WorkerLost as lost:
                raise Exhausted(
                    f"the process of simulations is lost: {lost}; if it is again, {SMALLER}"
                ) from None
            except MemoryError:
                raise Exhausted(f"it needs more memory than it may take; {SMALLER}") from None

    @asynccontextmanager
    async def _turn(self, left_s: float | None) -> AsyncIterator[None]:
        await self._wait(left_s)
        try:
            yield
        finally:
            self._free.release()

    async def _wait(self, left_s: float | None) -> None:
        if self._waiting >= IN_LINE:
            raise Exhausted(
                f"one simulation is made at a time and {IN_LINE} wait already; ask again later"
            )
        self._waiting += 1
        try:
            async with asyncio.timeout(left_s):
                await self._free.acquire()
        except TimeoutError:
            raise Exhausted(f"no turn within the {left_s:.1f} s of the call") from None
        finally:
            self._waiting -= 1


def _within(time_limit_s: float, left_s: float | None) -> float:
    """Return the time limit as far as the deadline leaves it; TooLate where it leaves nothing."""
    given_s = time_limit_s if left_s is None else min(time_limit_s, left_s - ANSWER_S)
    if given_s <= 0.0:
        raise TooLate("the call's deadline leaves no time for planning; give it longer")
    return given_s
