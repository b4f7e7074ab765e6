"""Where park time stood when the demo stopped, so that the next start goes on from there."""

import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True)
class ClockFile:
    """One small file, written whole or not at all."""

    path: Path

    def read(self) -> datetime | None:
        """Return the last noted park time, or None on a first start."""
        try:
            text = json.loads(self.path.read_text(encoding="utf-8"))["park_time"]
        except FileNotFoundError:
            return None
        return datetime.fromisoformat(text)

    def write(self, park_time: datetime) -> None:
        """Note park time."""
        fresh = self.path.with_suffix(".new")
        fresh.write_text(json.dumps({"park_time": park_time.isoformat()}), encoding="utf-8")
        os.replace(fresh, self.path)
