"""Those who learn: a thread for one series at a time, processes of their own for more.

A process that dies (out of memory, a crash of a library) takes down what the others were learning:
all of that is learnt again, each series in a new process by itself, so that only the series that
kills its worker is said to.
"""

import asyncio
import multiprocessing
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor, ThreadPoolExecutor

from services.forecasting.training.work import Made, Work, made_of
from services.runtime.telemetry import log_for

log = log_for(__name__)


def workers_for(count: int) -> Executor:
    """Return a thread for one training at a time, processes of their own for more."""
    if count == 1:
        return ThreadPoolExecutor(1, "train")
    return ProcessPoolExecutor(count, multiprocessing.get_context("spawn"))


class Workers:
    """As many as learn at once; `hire` gives a pool of so many, and a new one for a broken one."""

    def __init__(self, count: int, hire: Callable[[int], Executor] = workers_for) -> None:
        self.count = count
        self._hire = hire
        self._pool = hire(count)
        self._one_by_one = asyncio.Lock()

    async def learn(self, work: Work) -> Made:
        """Return what was learnt; raises what the worker raised, BrokenExecutor when it dies."""
        pool = self._pool
        try:
            return await _learnt(pool, work)
        except BrokenExecutor as broken:
            self._replace(pool, broken)
        async with self._one_by_one:
            return await self._learnt_alone(work)

    def stop(self) -> None:
        """Let the workers go, whatever they are learning."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _replace(self, pool: Executor, broken: BrokenExecutor) -> None:
        """Hire a new pool for a broken one, once, however many noticed."""
        if self._pool is pool:
            log.error("workers_replaced", reason=str(broken))
            pool.shutdown(wait=False, cancel_futures=True)
            self._pool = self._hire(self.count)

    async def _learnt_alone(self, work: Work) -> Made:
        """Return what was learnt in a pool of its own, of which only one is asked."""
        pool = self._hire(self.count)
        try:
            return await _learnt(pool, work)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


async def _learnt(pool: Executor, work: Work) -> Made:
    return await asyncio.get_running_loop().run_in_executor(pool, made_of, work)
