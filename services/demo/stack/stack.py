"""All servers together: started side by side, ended side by side."""

from __future__ import annotations

from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from typing import Self

from services.demo.stack.server import Server

GIVING_UP_S = 10.0
"""How long a start that was told to give up may take to do so."""


class Stack:
    """Servers that live and end together."""

    def __init__(self, *servers: Server) -> None:
        self.servers = servers

    def start(self) -> None:
        """Start all at once; when one cannot, end the others and raise its problem."""
        pool = ThreadPoolExecutor(len(self.servers))
        for server in self.servers:
            server.want()
        starts: list[Future[None]] = []
        try:
            starts += [pool.submit(server.bring_up) for server in self.servers]
            for start in wait(starts, return_when=FIRST_EXCEPTION).done:
                start.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            self.stop()
            wait(starts, timeout=GIVING_UP_S)
            raise
        pool.shutdown()

    def stop(self) -> None:
        """End all, cleanly; one that is still starting is ended too."""
        with ThreadPoolExecutor(len(self.servers)) as pool:
            list(pool.map(lambda server: server.stop(), self.servers))

    def memory_bytes(self) -> dict[str, int]:
        """Return what each server holds, by its name."""
        return {server.name: server.memory_bytes() for server in self.servers}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
