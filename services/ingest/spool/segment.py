"""One file of entries, written at its end and read from its beginning.

Durable means fdatasync has returned: the file's bytes and its length are on the disk. A write that
fails is cut off again and the file takes no more: after a failed fsync the kernel may have thrown
the bytes away, so they are written anew, to another file.
"""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from services.ingest.spool.entry import Entry, Found, encoded, found_in

SUFFIX = ".spool"


@dataclass(slots=True)
class Segment:
    """What is known of one file. `waiting` counts its entries that Kafka does not have yet."""

    number: int
    path: Path
    size: int = 0
    waiting: Counter[tuple[str, str]] = field(default_factory=Counter)
    damaged_bytes: int = 0
    torn_bytes: int = 0
    oldest_at_us: int | None = None
    _file: int | None = None

    @classmethod
    def new(cls, folder: Path, number: int) -> "Segment":
        """Create an empty file whose name is durable too."""
        segment = cls(number, folder / f"{number:012d}{SUFFIX}")
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY
        segment._file = os.open(segment.path, flags, 0o600)
        sync_folder(folder)
        return segment

    @classmethod
    def recovered(cls, path: Path, start: int = 0) -> "Segment":
        """Return what a file of an earlier process holds from `start` on; it takes no more."""
        segment = cls(int(path.stem), path)
        end = start
        for found in segment.read(start):
            segment._note(found.entry)
            segment.damaged_bytes += found.skipped
            end = found.end
        segment.size = path.stat().st_size
        segment.torn_bytes = max(0, segment.size - end)
        return segment

    @property
    def is_open(self) -> bool:
        """Whether it takes further entries."""
        return self._file is not None

    def append(self, entries: list[Entry]) -> None:
        """Write entries and return once they are durable; OSError leaves none of them behind."""
        if self._file is None:
            raise ValueError(f"{self.path} takes no more entries; make a new segment")
        content = b"".join(encoded(entry) for entry in entries)
        try:
            _write_all(self._file, content)
            os.fdatasync(self._file)
        except OSError:
            self._cut_off()
            raise
        self.size += len(content)
        for entry in entries:
            self._note(entry)

    def read(self, start: int = 0) -> Iterator[Found]:
        """Yield the entries from byte `start` on."""
        with self.path.open("rb") as file:
            file.seek(start)
            content = file.read()
        for found in found_in(content):
            yield Found(found.entry, start + found.end, found.skipped)

    def close(self) -> None:
        """Take no more."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def remove(self) -> None:
        """Delete the file."""
        self.close()
        self.path.unlink(missing_ok=True)

    def _note(self, entry: Entry) -> None:
        self.waiting[entry.stream] += 1
        if self.oldest_at_us is None:
            self.oldest_at_us = entry.stored_at_us

    def _cut_off(self) -> None:
        try:
            if self._file is not None:
                os.ftruncate(self._file, self.size)
        except OSError:  # then a torn tail stays, which nobody was promised
            pass
        finally:
            self.close()


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _write_all(file: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(file, view) :]
