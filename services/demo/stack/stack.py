"""All servers together: started side by side, ended in the opposite order."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from typing import Self

from services.demo.stack.server import Server


class Stack:
    """Servers that live and end together."""

    def __init__(self, *servers: Server) -> None:
        self.servers = servers

    def start(self) -> None:
        """Start all at once; when one cannot, end the others and raise its problem."""
        with ThreadPoolExecutor(len(self.servers)) as pool:
            starts = [pool.submit(server.start) for server in self.servers]
        problems = [problem for start in starts if (problem := start.exception())]
        if problems:
            self.stop()
            raise problems[0]

    def stop(self) -> None:
        """End all at once, cleanly."""
        with ThreadPoolExecutor(len(self.servers)) as pool:
            list(pool.map(lambda server: server.stop(), self.servers))

    def memory_bytes(self) -> dict[str, int]:
        """Return what each server holds, by its name."""
        return {server.name: server.memory_bytes() for server in self.servers}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(KeyboardInterrupt):
            self.stop()
