"""The state folder: all that the embedded stack keeps between two starts."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

from services.demo.stack.errors import StackProblem

WORLD_FOLDERS = Path("/var/tmp")  # noqa: S108  reachable for every account, kept over a reboot


class StateFolder:
    """Data, logs and notes of one embedded stack, below one folder of the user's choice."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        try:
            self.path.mkdir(parents=True, exist_ok=True)
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

    def clear(self) -> None:
        """Remove the folder, and the folder outside of it that an earlier start has noted."""
        if outside := self.note("outside"):
            shutil.rmtree(outside, ignore_errors=True)
        shutil.rmtree(self.path, ignore_errors=True)

    def _notes(self) -> dict[str, str]:
        try:
            notes: dict[str, str] = json.loads((self.path / "notes.json").read_text())
        except FileNotFoundError:
            return {}
        return notes
