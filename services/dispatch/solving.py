"""The solver in a process of its own: slow, out of memory or crashed, nobody waits."""

import asyncio
import multiprocessing
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from services.dispatch.domain.optimising import NoOptimum, Optimum
from services.dispatch.domain.problem import Problem
from services.runtime.telemetry import log_for

PATIENCE_S = 5.0
FIRST_START_S = 20.0
log = log_for(__name__)


def _begin() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.nice(5)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A killed dispatch leaves no solver behind: nobody else would ever end it."""
    if (parent := multiprocessing.parent_process()) is not None:
        parent.join()
        os._exit(1)


def _solve(problem: Problem, time_limit_s: float) -> Optimum | NoOptimum:
    from services.dispatch.domain.solver import best_decisions

    return best_decisions(problem, time_limit_s)


def _warm() -> int:
    from services.dispatch.domain import solver

    return len(solver.__name__)


class SolverProcess:
    """Solves one problem at a time; replaces its process when it has died or hangs."""

    def __init__(self, time_limit_s: float) -> None:
        self._time_limit_s = time_limit_s
        self._pool: ProcessPoolExecutor | None = None

    async def start(self) -> None:
        """Start the process and let it load the solver."""
        loop = asyncio.get_running_loop()
        self._pool = ProcessPoolExecutor(
            1, mp_context=multiprocessing.get_context("spawn"), initializer=_begin
        )
        async with asyncio.timeout(FIRST_START_S):
            await loop.run_in_executor(self._pool, _warm)

    async def solve(self, problem: Problem) -> Optimum | NoOptimum:
        """Return the solver's decisions, or why there are none."""
        try:
            if self._pool is None:
                await self.start()
            loop = asyncio.get_running_loop()
            answer = loop.run_in_executor(self._pool, _solve, problem, self._time_limit_s)
            async with asyncio.timeout(self._time_limit_s + PATIENCE_S):
                return await answer
        except TimeoutError:
            self._replace("the solver's process did not answer in time")
            return NoOptimum("the solver's process did not answer in time")
        except (BrokenProcessPool, OSError) as error:
            self._replace(str(error))
            return NoOptimum(f"the solver's process ended: {error}")

    def _replace(self, why: str) -> None:
        log.warning("solver_replaced", why=why)
        self.stop()

    def stop(self) -> None:
        """End the process at once."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        for process in list(getattr(pool, "_processes", {}).values()):  # no public way to end one
            process.kill()
        pool.shutdown(wait=False, cancel_futures=True)
