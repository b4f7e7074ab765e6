"""What Kafka, PostgreSQL and MQTT have in common: a child, a port, a probe."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod

from services.demo.stack.child import Child, Recipe
from services.demo.stack.folder import StateFolder
from services.demo.stack.ports import LOOPBACK, require_free


class Server(ABC):
    """One server of the stack. It can be started, ended and started again, data kept."""

    name: str
    port_variable: str
    start_patience_s = 60.0

    def __init__(self, folder: StateFolder, *, port: int) -> None:
        self.folder = folder
        self.port = port
        self.start_seconds = 0.0
        self._child: Child | None = None

    @property
    def address(self) -> str:
        """Host and port for clients."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def child(self) -> Child:
        """The running process; a `RuntimeError` before the first start."""
        if self._child is None:
            raise RuntimeError(f"{self.name} was never started")
        return self._child

    @property
    def running(self) -> bool:
        """Whether its process lives (suspended counts)."""
        return self._child is not None and self._child.running

    def start(self) -> None:
        """Prepare what is missing, start the process, return once it answers."""
        if self.running:
            return
        began = time.monotonic()
        for port in self.ports():
            require_free(port, service=self.name, variable=self.port_variable)
        self.prepare()
        self._child = Child(self.recipe())
        try:
            self.child.wait_ready(self.answers, patience_s=self.start_patience_s)
            self.finish()
        except BaseException:
            self.child.kill()
            raise
        self.start_seconds = time.monotonic() - began

    def stop(self) -> None:
        """End it cleanly."""
        if self._child is not None:
            self._child.stop()

    def kill(self) -> None:
        """End it as a crash would (SIGKILL)."""
        self.child.kill()

    def suspend(self) -> None:
        """Freeze it (SIGSTOP)."""
        self.child.suspend()

    def resume(self) -> None:
        """Let it run again (SIGCONT)."""
        self.child.resume()

    def memory_bytes(self) -> int:
        """What its processes hold now."""
        return self._child.memory_bytes() if self._child else 0

    def ports(self) -> tuple[int, ...]:
        """Every port that it listens on."""
        return (self.port,)

    @abstractmethod
    def prepare(self) -> None:
        """Make what the first start needs; nothing on later ones."""

    @abstractmethod
    def recipe(self) -> Recipe:
        """How to start it."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether a real client request is answered."""

    def finish(self) -> None:  # noqa: B027  most have nothing left to do
        """Do what needs the running server."""
