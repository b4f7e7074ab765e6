"""Work in a process of its own: slow, out of memory or crashed, nobody else waits."""

import asyncio
import multiprocessing
import os
import resource
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from services.runtime.telemetry import log_for

T = TypeVar("T")
FIRST_START_S = 20.0
log = log_for(__name__)


class WorkerLost(Exception):
    """The process ended before it answered."""


class WorkerSlow(WorkerLost):
    """The process did not answer in time, and was ended."""


def _begin(niceness: int, most_bytes: int | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.nice(niceness)
    if most_bytes is not None:
        _keep_within(most_bytes)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _keep_within(most_bytes: int) -> None:
    """Bound this process's memory; where the machine's is short it goes before dispatch itself."""
    resource.setrlimit(resource.RLIMIT_DATA, (most_bytes, most_bytes))
    with suppress(OSError):  # only Linux knows it
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def _end_with_parent() -> None:
    """A killed dispatch leaves no worker behind: nobody else would ever end it."""
    if (parent := multiprocessing.parent_process()) is not None:
        parent.join()
        os._exit(1)


class Worker:
    """Does one thing at a time; its process is replaced when it has died, hangs or is let down.

    `warm` is called first and loads what the work needs. With `most_bytes`, work that asks for more
    memory than that ends in a MemoryError or in the end of the process.
    """

    def __init__(
        self, name: str, warm: Callable[[], object], niceness: int, most_bytes: int | None = None
    ) -> None:
        self._name, self._warm = name, warm
        self._terms = (niceness, most_bytes)
        self._pool: ProcessPoolExecutor | None = None

    async def start(self) -> None:
        """Start the process and let it warm up; TimeoutError or OSError where it does not."""
        pool = self._pool = ProcessPoolExecutor(
            1,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_begin,
            initargs=self._terms,
        )
        async with asyncio.timeout(FIRST_START_S):
            await asyncio.get_running_loop().run_in_executor(pool, self._warm)

    async def ready(self) -> None:
        """Start the process where there is none or it died idle; WorkerLost where that fails."""
        if self._pool is not None and self._is_alive:
            return
        if self._pool is not None:
            self._replace("it ended while nothing was asked of it")
        try:
            await self.start()
        except (BrokenProcessPool, OSError) as error:
            self._replace(f"it did not start: {error}")
            raise WorkerLost(f"it did not start: {error}") from None
        except asyncio.CancelledError:
            self.stop()
            raise

    async def run(self, within_s: float, work: Callable[..., T], *arguments: object) -> T:
        """Return what the work returns or raise what it raises; WorkerLost where neither came.

        One that died idle is lost as well: who would rather wait for a new one asks for `ready`
        first. Whoever gives up waiting ends the process: the next one begins at once.
        """
        if self._pool is None:
            await self.ready()
        try:
            answer = asyncio.get_running_loop().run_in_executor(self._pool, work, *arguments)
        except BrokenProcessPool as error:
            self._replace(str(error))
            raise WorkerLost("it died") from None
        try:
            async with asyncio.timeout(within_s):
                return await answer
        except TimeoutError:
            self._replace("it did not answer in time")
            raise WorkerSlow("it did not answer in time") from None
        except (BrokenProcessPool, OSError) as error:
            self._replace(str(error))
            why = "it died" if isinstance(error, BrokenProcessPool) else str(error)
            raise WorkerLost(why) from None
        except asyncio.CancelledError:
            self.stop()
            raise

    @property
    def _is_alive(self) -> bool:
        processes = getattr(self._pool, "_processes", None) or {}  # no public way to see them
        return all(process.is_alive() for process in processes.values())

    def _replace(self, why: str) -> None:
        log.warning("worker_replaced", worker=self._name, why=why)
        self.stop()

    def stop(self) -> None:
        """End the process at once."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        for process in list(getattr(pool, "_processes", {}).values()):  # no public way to end one
            process.kill()
        pool.shutdown(wait=False, cancel_futures=True)
