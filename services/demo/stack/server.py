"""What Kafka, PostgreSQL and MQTT have in common: a child, a port, a probe."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod

from services.demo.stack.child import Child, Recipe
from services.demo.stack.errors import StackProblem
from services.demo.stack.folder import StateFolder
from services.demo.stack.ports import LOOPBACK, require_free


class Server(ABC):
    """One server of the stack. It can be started, ended and started again, its data kept."""

    name: str
    port_variable: str
    start_patience_s = 60.0

    def __init__(self, folder: StateFolder, *, port: int) -> None:
        self.folder = folder
        self.port = port
        self.start_seconds = 0.0
        """How long the last start took, preparation included."""
        self._child: Child | None = None
        self._wanted = threading.Event()

    @property
    def address(self) -> str:
        """Host and port for clients."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def running(self) -> bool:
        """Whether its process lives (a frozen one does)."""
        return self._child is not None and self._child.running

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._running_child().pid

    def start(self) -> None:
        """Prepare what is missing, start the process, return once it answers.

        Raises `StackProblem` for everything that a user can do something about.
        """
        self.want()
        self.bring_up()

    def want(self) -> None:
        """Say that it shall run: a `stop` from now on ends the `bring_up` that follows."""
        self._wanted.set()

    def bring_up(self) -> None:
        """Start it as long as it is wanted; see `start`."""
        if self.running:
            return
        began = time.monotonic()
        try:
            for port in self.ports():
                require_free(port, service=self.name, variable=self.port_variable)
            self.prepare()
            self._launch()
        except OSError as error:
            raise StackProblem(
                f"{self.name} cannot use {error.filename or self.folder.path}: {error.strerror}.",
                "look at free disk space and at who owns the state folder "
                f"{self.folder.path}; `make demo-clean` starts afresh.",
            ) from error
        self.start_seconds = time.monotonic() - began

    def stop(self) -> None:
        """End it cleanly; a start under way gives up."""
        self._wanted.clear()
        if self._child is not None:
            self._child.stop()

    def kill(self) -> None:
        """End it as a crash would (SIGKILL), its own children too."""
        self._running_child().kill()

    def freeze(self) -> None:
        """Stop it in its tracks (SIGSTOP): connections stay open, nothing answers."""
        self._running_child().suspend()

    def thaw(self) -> None:
        """Let it run again after `freeze` (SIGCONT)."""
        self._running_child().resume()

    def memory_bytes(self) -> int:
        """What its processes hold now; zero when it does not run."""
        return self._child.memory_bytes() if self._child else 0

    def last_lines(self) -> str:
        """The end of its log."""
        return self._running_child().last_lines()

    def ports(self) -> tuple[int, ...]:
        """Every port that it listens on."""
        return (self.port,)

    @abstractmethod
    def prepare(self) -> None:
        """Make what the first start needs; next to nothing on later ones."""

    @abstractmethod
    def recipe(self) -> Recipe:
        """How to start it."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether a real client's request is answered."""

    def finish(self) -> None:  # noqa: B027  most have nothing left to do
        """Do what needs the running server."""

    def _launch(self) -> None:
        self._require_wanted()
        child = self._child = Child(self.recipe())
        try:
            child.wait_ready(self._answers_or_unwanted, patience_s=self.start_patience_s)
            self._require_wanted()
            self.finish()
        except BaseException:
            child.kill()
            raise

    def _answers_or_unwanted(self) -> bool:
        return not self._wanted.is_set() or self.answers()

    def _require_wanted(self) -> None:
        if not self._wanted.is_set():
            raise StackProblem(f"{self.name} was told to stop while starting.", "start again.")

    def _running_child(self) -> Child:
        if self._child is None:
            raise RuntimeError(f"{self.name} was never started")
        return self._child
