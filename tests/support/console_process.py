"""The real console as a process of its own, talking to fake services or to real ones."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import aiohttp

from services.demo.stack.ports import free_port
from services.runtime.clock import ParkClock
from tests.support.builders import DEMO_PARK_FILE, REPOSITORY
from tests.support.fake_services import FakeServices

START_S = 60.0


class ConsoleProcess:
    """One console; `stop` and `start` again keep its port."""

    def __init__(self, clock: ParkClock, ports: Mapping[str, int], **settings: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = {
            **os.environ,
            "PARKFLOW_PARK": str(DEMO_PARK_FILE),
            "PARKFLOW_CLOCK": str(clock),
            "PARKFLOW_HTTP_PORT": str(self.port),
            "PARKFLOW_METRICS_PORT": str(free_port()),
            "PARKFLOW_LOG_LEVEL": "warning",
            "PYTHONPATH": str(REPOSITORY),
            **{
                f"PARKFLOW_{name.upper()}_ADDRESS": f"127.0.0.1:{port}"
                for name, port in ports.items()
            },
            **settings,
        }
        self._process: asyncio.subprocess.Process | None = None

    @classmethod
    @asynccontextmanager
    async def of(cls, fakes: FakeServices, **settings: str) -> AsyncIterator["ConsoleProcess"]:
        """Run a console over the fakes until the block ends."""
        console = cls(fakes.clock, fakes.ports, **settings)
        await console.start()
        try:
            yield console
        finally:
            await console.stop()

    async def start(self) -> None:
        """Start it and wait until it answers."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.console", env=self._environment, cwd=REPOSITORY
        )
        async with asyncio.timeout(START_S), aiohttp.ClientSession() as session:
            while True:
                if self._process.returncode is not None:
                    raise RuntimeError(f"the console ended with {self._process.returncode}")
                try:
                    async with session.get(f"{self.url}/api/latency"):
                        return
                except aiohttp.ClientConnectionError:
                    await asyncio.sleep(0.1)

    async def stop(self) -> None:
        """End it cleanly."""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()
