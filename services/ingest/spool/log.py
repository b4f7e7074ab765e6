"""The log on disk: segments in order, and a mark before which Kafka has everything.

Only one process works in a folder. Crash safe: a restart finds every entry whose `append` had
returned; the mark may lag behind, then Kafka gets some frames twice, never none.
"""

import fcntl
import os
import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from services.ingest.spool.entry import Entry, size_of
from services.ingest.spool.segment import SUFFIX, Segment

MARK = struct.Struct("<QQI")  # segment, byte in it, checksum of both
SMALLEST_SEGMENT, LARGEST_SEGMENT = 64 * 1024, 8 * 1024 * 1024
SEGMENTS_OF_A_FULL_LOG = 16

Streams = Counter[tuple[str, str]]
"""How many entries there are of each topic and key."""


class FolderTaken(OSError):
    """Another process works in the folder."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A byte of a segment."""

    segment: int = 0
    byte: int = 0


@dataclass(frozen=True, slots=True)
class Recovered:
    """What opening the folder met: `torn` never was acknowledged, `damaged` was and is lost."""

    frames: int
    torn_bytes: int
    damaged_bytes: int


class SpoolLog:
    """First in, first out, on disk. `limit_bytes` bounds the files' sizes together."""

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self._folder, self.limit_bytes = folder, limit_bytes
        share = limit_bytes // SEGMENTS_OF_A_FULL_LOG
        self._segment_bytes = min(LARGEST_SEGMENT, max(SMALLEST_SEGMENT, share))
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = _locked(folder)
        self._mark_file = os.open(folder / "mark", os.O_CREAT | os.O_RDWR, 0o600)
        self._mark = _mark_in(os.pread(self._mark_file, MARK.size, 0))
        self._segments = [self._recovered(path) for path in self._not_yet_finished()]
        self._last_number = max([s.number for s in self._segments], default=self._mark.segment)
        self.recovered = Recovered(
            self.frames,
            sum(segment.torn_bytes for segment in self._segments),
            sum(segment.damaged_bytes for segment in self._segments),
        )
        self._remove_finished()

    def _not_yet_finished(self) -> list[Path]:
        """Return the files from the mark on; older ones are removed (again, after a power cut)."""
        files = sorted(self._folder.glob(f"*{SUFFIX}"))
        for file in files:
            if int(file.stem) < self._mark.segment:
                file.unlink()
        return [file for file in files if int(file.stem) >= self._mark.segment]

    def _recovered(self, path: Path) -> Segment:
        in_front = int(path.stem) == self._mark.segment
        return Segment.recovered(path, self._mark.byte if in_front else 0)

    # ---- what it holds

    @property
    def size_bytes(self) -> int:
        """Return what the files take."""
        return sum(segment.size for segment in self._segments)

    @property
    def frames(self) -> int:
        """Return how many entries Kafka does not have yet."""
        return sum(segment.waiting.total() for segment in self._segments)

    @property
    def oldest_at_us(self) -> int | None:
        """Return when the oldest of them was stored, in park microseconds; None when empty."""
        return next((s.oldest_at_us for s in self._segments if s.waiting.total()), None)

    def waiting(self) -> Streams:
        """Return how many entries of each topic and key wait."""
        return sum((segment.waiting for segment in self._segments), Counter())

    def has_room(self, entries: list[Entry]) -> bool:
        """Whether these entries fit below the limit."""
        return self.size_bytes + sum(size_of(entry) for entry in entries) <= self.limit_bytes

    # ---- in at the end

    def append(self, entries: list[Entry]) -> None:
        """Write entries; durable on return. OSError (a full disk): none of them is kept."""
        last = self._segments[-1] if self._segments else None
        if last is None or not last.is_open or last.size >= self._segment_bytes:
            last = self._new_segment()
        last.append(entries)

    def _new_segment(self) -> Segment:
        if self._segments:
            self._segments[-1].close()
        segment = Segment.new(self._folder, self._last_number + 1)
        self._last_number = segment.number
        self._segments.append(segment)
        return segment

    # ---- out at the beginning

    def peek(self, most_entries: int, most_bytes: int) -> list[tuple[Entry, Place]]:
        """Return the oldest entries (at least one, unless it is empty) and where each ends."""
        taken: list[tuple[Entry, Place]] = []
        size = 0
        for entry, place in self._from_mark():
            size += len(entry.value)
            if taken and (len(taken) >= most_entries or size > most_bytes):
                break
            taken.append((entry, place))
        return taken

    def _from_mark(self) -> Iterator[tuple[Entry, Place]]:
        for segment in list(self._segments):
            start = self._mark.byte if segment.number == self._mark.segment else 0
            for found in segment.read(start):
                yield found.entry, Place(segment.number, found.end)

    def release(self, taken: list[tuple[Entry, Place]]) -> Streams:
        """Let go of peeked entries and return their streams; what was dropped is passed over."""
        released: Streams = Counter()
        by_number = {segment.number: segment for segment in self._segments}
        for entry, place in taken:
            segment = by_number.get(place.segment)
            if segment is not None and place > self._mark:
                segment.waiting[entry.stream] -= 1
                released[entry.stream] += 1
                self._mark = place
                segment.oldest_at_us = entry.stored_at_us  # what is left is no older
        self._write_mark()
        self._remove_finished()
        return released

    def drop_oldest_segment(self) -> Streams:
        """Delete the oldest file and return the streams of the waiting entries that went with it.

        One that is being handed over at this moment is among them: it may reach Kafka all the same.
        """
        if not self._segments:
            return Counter()
        oldest = self._segments.pop(0)
        self._mark = max(self._mark, Place(oldest.number + 1))
        self._write_mark()
        oldest.remove()
        return oldest.waiting

    def _remove_finished(self) -> None:
        while self._segments and not self._segments[0].waiting.total():
            self._segments.pop(0).remove()

    def _write_mark(self) -> None:
        """Not synced: a mark that a power cut sets back costs repetitions only."""
        place = struct.pack("<QQ", self._mark.segment, self._mark.byte)
        os.pwrite(self._mark_file, place + struct.pack("<I", zlib.crc32(place)), 0)

    def close(self) -> None:
        """Let the folder go; everything stays on disk."""
        for segment in self._segments:
            segment.close()
        os.close(self._mark_file)
        os.close(self._lock)


def _locked(folder: Path) -> int:
    file = os.open(folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(file)
        raise FolderTaken(
            f"another process works in {folder}; PARKFLOW_SPOOL_FOLDER must be one ingest's own"
        ) from None
    return file


def _mark_in(content: bytes) -> Place:
    """Return the mark; the very beginning when it is torn or missing."""
    if len(content) < MARK.size:
        return Place()
    segment, byte, checksum = MARK.unpack(content)
    return Place(segment, byte) if zlib.crc32(content[:16]) == checksum else Place()
