"""One CSV line `device,quantity,event_time,value` per published reading, for tests that count."""

from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from services.simulator.domain.samples import Values
from services.simulator.messages import stamp


class Journal:
    """Appends to a file, flushed per step; a repeated reading is a repeated line."""

    def __init__(self, path: Path | None) -> None:
        self._file: TextIO | None = None
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            _drop_torn_line(path)
            self._file = path.open("a", encoding="utf-8")

    def write(self, at_s: int, readings: Mapping[str, Values]) -> None:
        """Note what was published at `at_s`."""
        if self._file is None:
            return
        time = stamp(at_s)
        self._file.writelines(
            f"{device_id},{quantity},{time},{value!r}\n"
            for device_id, values in readings.items()
            for quantity, value in values.items()
        )
        self._file.flush()


def _drop_torn_line(path: Path) -> None:
    """Cut off what a kill left of a line; its sample was not acknowledged and is told again."""
    if path.exists():
        content = path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            with path.open("r+b") as file:
                file.truncate(whole)
