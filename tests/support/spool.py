"""Entries, folders and crashes for tests of the disk buffer."""

import os
import shutil
from pathlib import Path

from services.ingest.spool.entry import Entry
from services.ingest.spool.log import SpoolLog

TOPIC = "telemetry.readings.v1"
MIB = 1024 * 1024


def an_entry(number: int, key: str = "park/meter", size: int = 100) -> Entry:
    """The message `number` under a key, stored at second `number`."""
    value = number.to_bytes(8, "big").ljust(size, b".")
    return Entry(TOPIC, key, (("traceparent", b"00-7"),), value, number * 1_000_000)


def number_of(entry: Entry) -> int:
    """Which message an entry is."""
    return int.from_bytes(entry.value[:8], "big")


def waiting_in(spool: SpoolLog) -> list[int]:
    """The numbers of all entries that wait, oldest first."""
    return [number_of(entry) for entry, _ in spool.peek(1_000_000, 1 << 40)]


def killed_copy(folder: Path, target: Path, torn: bytes = b"") -> Path:
    """The folder as a kill -9 leaves it, with the beginning of a write that never ended."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(folder, target)
    files = sorted(target.glob("*.spool"))
    if files and torn:
        with files[-1].open("ab") as file:
            file.write(torn)
    return target


def flip_a_byte(path: Path, at: int) -> None:
    """Spoil one byte of a file, as a bad disk does."""
    with path.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 0xFF]))
        os.fsync(file.fileno())
