"""A child process with a log file, that ends with us and says why when it ends early."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from services.demo.stack.account import Account
from services.demo.stack.errors import StackProblem
from services.demo.stack.memory import resident_bytes

LAUNCHER = Path(__file__).with_name("launcher.py")
PROBE_PAUSE_S = 0.05
TAIL_LINES = 12

# The kernel ends a child when the *thread* that started it ends, so one thread starts them all.
_starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="stack-children")


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How to start and end one child; `command` begins with an absolute path."""

    name: str
    command: Sequence[str | Path]
    log: Path
    folder: Path
    account: Account | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGKILL
    """What the kernel sends when our own process is gone."""
    stop_patience_s: float = 20.0


class Child:
    """A running child in a session of its own: a ctrl-C at the terminal does not reach it."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        if recipe.log.exists():
            recipe.log.replace(recipe.log.with_suffix(".log.1"))
        self._process = _starter.submit(_spawn, recipe).result()

    @property
    def pid(self) -> int:
        """The process id, which is its process group's id too."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def wait_ready(self, ready: Callable[[], bool], *, patience_s: float) -> None:
        """Wait until `ready`; a child that ends first, or takes too long, is a `StackProblem`."""
        deadline = time.monotonic() + patience_s
        while not ready():
            if not self.running:
                raise self._problem(f"ended with code {self._process.returncode} while starting")
            if time.monotonic() > deadline:
                raise self._problem(f"did not answer within {patience_s:.0f} s")
            time.sleep(PROBE_PAUSE_S)

    def stop(self) -> None:
        """End it the gentle way, and by force when that takes too long."""
        self.resume()
        self._send(self.recipe.stop_signal)
        try:
            self._process.wait(self.recipe.stop_patience_s)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it and its own children at once, as a crash would."""
        self._send(signal.SIGKILL)
        self._process.wait()

    def suspend(self) -> None:
        """Freeze it: connections stay open and nothing answers."""
        self._send(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it run again after `suspend`."""
        self._send(signal.SIGCONT)

    def memory_bytes(self) -> int:
        """Memory of it and its children, shared pages counted once where the system tells."""
        return resident_bytes(self.pid)

    def last_lines(self) -> str:
        """The end of its log."""
        lines = self.recipe.log.read_text(errors="replace").splitlines()
        return "\n".join(f"    {line[:300]}" for line in lines[-TAIL_LINES:])

    def _send(self, number: signal.Signals) -> None:
        if self.running:
            family = self._family() if number in WHOLE_FAMILY else []
            os.kill(self.pid, number)
            for member in family:
                with contextlib.suppress(psutil.NoSuchProcess):
                    member.send_signal(number)

    def _family(self) -> list[psutil.Process]:
        """Everything below it: PostgreSQL's backends lead process groups of their own."""
        try:
            return psutil.Process(self.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def _problem(self, what: str) -> StackProblem:
        return StackProblem(
            f"{self.recipe.name} {what}. Its last words:\n{self.last_lines() or '    (none)'}",
            f"see {self.recipe.log}; `make demo-clean` starts afresh.",
        )


# A gentle stop goes to the child alone: PostgreSQL's postmaster tells its own children.
WHOLE_FAMILY = frozenset({signal.SIGKILL, signal.SIGSTOP, signal.SIGCONT})


def tied_to_us(
    command: Sequence[str | Path], *, account: Account | None, death_signal: signal.Signals
) -> list[str]:
    """Return `command` in the launcher: as that account, ended by the kernel when we are gone."""
    return [
        sys.executable, "-I", "-S", str(LAUNCHER), str(os.getpid()), str(int(death_signal)),
        str(account.uid) if account else "-", str(account.gid) if account else "-",
        *map(str, command),
    ]  # fmt: skip


def _spawn(recipe: Recipe) -> subprocess.Popen[bytes]:
    with recipe.log.open("wb") as log:
        return subprocess.Popen(
            tied_to_us(recipe.command, account=recipe.account, death_signal=recipe.orphan_signal),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=recipe.folder,
            env={**os.environ, **recipe.environment},
            start_new_session=True,
        )
