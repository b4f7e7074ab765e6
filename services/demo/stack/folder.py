"""The state folder: all that the embedded stack keeps between two starts."""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
from io import TextIOWrapper
from pathlib import Path

from services.demo.stack.errors import StackProblem

MARK = ".parkflow-state"
"""The file that says that a folder is ours to remove; whoever runs on the folder holds its lock."""

WORLD_FOLDERS = Path("/var/tmp")  # noqa: S108  reachable for every account, kept over a reboot


class StateFolder:
    """Data, logs and notes of one embedded stack, below one folder of the user's choice."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            if not any(self.path.iterdir()):
                (self.path / MARK).touch()
        except OSError as error:
            raise StackProblem(
                f"The state folder {self.path} cannot be made: {error.strerror}.",
                "choose another with PARKFLOW_STATE=<folder> or --state.",
            ) from error

    @property
    def outside(self) -> Path:
        """The stand-in for this folder where an unprivileged account cannot reach it."""
        digest = hashlib.sha256(str(self.path.resolve()).encode()).hexdigest()[:12]
        return WORLD_FOLDERS / f"parkflow-{digest}"

    def log(self, name: str) -> Path:
        """Return the log file of the child `name`."""
        (self.path / "logs").mkdir(exist_ok=True)
        return self.path / "logs" / f"{name}.log"

    def note(self, key: str) -> str | None:
        """Return what an earlier start noted under `key`."""
        return self._notes().get(key)

    def take_note(self, key: str, value: str) -> None:
        """Keep `value` under `key` for later starts."""
        notes = self._notes() | {key: value}
        fresh = self.path / "notes.json.new"
        fresh.write_text(json.dumps(notes, indent=2) + "\n")
        fresh.replace(self.path / "notes.json")

    def hold(self) -> TextIOWrapper:
        """Keep others from running on the folder or removing it, until the result is closed."""
        lock = (self.path / MARK).open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.close()
            raise StackProblem(
                f"A demo runs on the state folder {self.path}.",
                "end that one first (ctrl-C in its terminal), or choose another folder: "
                "make demo STATE=<folder>.",
            ) from error
        return lock

    def clear(self) -> None:
        """Remove the folder, and the folder outside of it that an earlier start has noted."""
        if not ((self.path / MARK).exists() or (self.path / "notes.json").exists()):
            raise StackProblem(
                f"{self.path} was not made by Parkflow, so it is not removed.",
                "name the state folder of a demo: make demo-clean STATE=<folder>.",
            )
        self.hold().close()
        if outside := self.note("outside"):
            shutil.rmtree(outside, ignore_errors=True)
        shutil.rmtree(self.path, ignore_errors=True)

    def _notes(self) -> dict[str, str]:
        try:
            notes: dict[str, str] = json.loads((self.path / "notes.json").read_text())
        except FileNotFoundError:
            return {}
        return notes
