"""The process of one link, seen from ingest: started, told, heard, and ended whatever it does.

It gets no argument and of the environment only what Python needs: no password of ours. Lines of
JSON go in and out (`c104_process.py` says which). How it ended is a `Lost`, its last words on
standard error are a warning in our log.
"""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from services.runtime.telemetry import log_for

SCRIPT = Path(__file__).with_name("c104_process.py")
ENVIRONMENT = ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH")
ENDS_WITHIN_S = 1.0
LAST_WORDS_BYTES, LAST_WORDS_LINES = 4_096, 40
log = log_for(__name__)


class Lost(ConnectionError):
    """The station, or the process that speaks with it, is gone or does not answer as it must."""


class Child:
    """Lives from `start` to `end`; `hear` gets its messages, `ended` why there are no more."""

    def __init__(
        self,
        name: str,
        hear: Callable[[dict[str, Any]], None],
        ended: Callable[[Exception], None],
    ) -> None:
        self._name, self._hear, self._ended = name, hear, ended
        self._process: Process | None = None
        self._listening: tuple[asyncio.Task[None], ...] = ()

    async def start(self) -> None:
        """Start the process; OSError when the machine has no room for one."""
        self._process = process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-X", "faulthandler", str(SCRIPT)),
            env={name: os.environ[name] for name in ENVIRONMENT if name in os.environ},
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
        )
        self._listening = (
            asyncio.create_task(self._listen(process)),
            asyncio.create_task(self._keep_last_words(process)),
        )

    def tell(self, message: Mapping[str, object]) -> None:
        """Send a message; one to a process that is gone goes nowhere, its end is told."""
        if self._process is None or self._process.stdin is None:
            raise Lost("not connected")
        self._process.stdin.write(json.dumps(message).encode() + b"\n")

    async def end(self) -> None:
        """End the process, by force if need be; what it has written till then is still heard."""
        if self._process is None:
            return
        try:
            await self._gone_after(self._process.terminate)
        finally:
            await self._gone_after(self._process.kill)
            for task in self._listening:
                task.cancel()

    async def _gone_after(self, signalled: Callable[[], None]) -> None:
        """Send a signal and wait a moment until the process is gone and all it wrote heard."""
        with suppress(ProcessLookupError):
            signalled()
        await asyncio.wait(self._listening, timeout=ENDS_WITHIN_S)

    async def _listen(self, process: Process) -> None:
        try:
            await self._hear_all(process)
            why: Exception = Lost(f"the process of the link ended {_how(await process.wait())}")
        except Exception as defect:  # of ours or of the process: the adapter's connection tells it
            why = defect
        self._ended(why)

    async def _hear_all(self, process: Process) -> None:
        assert process.stdout is not None  # noqa: S101  asked for at the start
        async for line in process.stdout:
            if line.endswith(b"\n"):  # else it died in the middle of one
                self._hear(json.loads(line))

    async def _keep_last_words(self, process: Process) -> None:
        assert process.stderr is not None  # noqa: S101  asked for at the start
        words = b""
        while more := await process.stderr.read(LAST_WORDS_BYTES):
            words = (words + more)[-LAST_WORDS_BYTES:]
        if words:
            lines = words.decode(errors="replace").splitlines()[-LAST_WORDS_LINES:]
            log.warning("iec104_process_said", link=self._name, lines=lines)


def _how(code: int) -> str:
    return f"by {signal.Signals(-code).name}" if code < 0 else f"with code {code}"
