"""Frames made durable on disk and taken out again: our segment log against sqlite3 (WAL, FULL).

Both answer only when fdatasync has. One frame at a time is what a single source sees; 16 together
is what a park of many sources makes of it (one fsync for all that wait).
"""

import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.ingest.spool.entry import Entry
from services.ingest.spool.log import SpoolLog
from tests.bench.frame_codec import a_frame
from tests.bench.measure import Result

LIMIT_BYTES = 2 << 30
CASES = ((200, 1, 1024), (200, 16, 4096), (10_000, 1, 256), (10_000, 16, 256))
SCHEMA = """
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE entry (n INTEGER PRIMARY KEY, topic TEXT, key TEXT, headers BLOB, value BLOB);
"""
AGAINST = "sqlite3 in WAL mode"


def run() -> tuple[list[Result], str]:
    """Return frames a second in and out."""
    results = []
    for rows, together, frames in CASES:
        entry = _an_entry(rows)
        (ours_in, ours_out, ours_bytes), (lite_in, lite_out, lite_bytes) = (
            _segments(entry, together, frames),
            _sqlite(entry, together, frames),
        )
        what = f"spool: frames of {rows:,} readings"
        share = f"disk {ours_bytes / lite_bytes:.2f} of sqlite's"
        results += [
            Result(f"{what} in, {together} an fsync", ours_in, lite_in, "frames/s", AGAINST, share),
            Result(f"{what} out, {together} an fsync", ours_out, lite_out, "frames/s", AGAINST),
        ]
    return results, ""


def _an_entry(rows: int) -> Entry:
    from services.runtime.frames import message_from

    value = message_from(a_frame(rows)).SerializeToString()
    return Entry("telemetry.readings.v1", "demo-park/mqtt-site", (), value, 0)


def _segments(entry: Entry, together: int, frames: int) -> tuple[float, float, int]:
    with _folder() as folder:
        spool = SpoolLog(folder, LIMIT_BYTES)
        began = time.perf_counter()
        for _ in range(frames // together):
            spool.append([entry] * together)
        written_s = time.perf_counter() - began
        size = spool.size_bytes
        began = time.perf_counter()
        while spool.frames:
            spool.release(spool.peek(256, 4 << 20))
        read_s = time.perf_counter() - began
        spool.close()
    return frames / written_s, frames / read_s, size


def _sqlite(entry: Entry, together: int, frames: int) -> tuple[float, float, int]:
    with _folder() as folder:
        database = sqlite3.connect(folder / "spool.db", isolation_level=None)
        database.executescript(SCHEMA)
        row = (entry.topic, entry.key, b"", entry.value)
        began = time.perf_counter()
        for _ in range(frames // together):
            database.execute("BEGIN")
            database.executemany(
                "INSERT INTO entry (topic, key, headers, value) VALUES (?, ?, ?, ?)",
                [row] * together,
            )
            database.execute("COMMIT")
        written_s = time.perf_counter() - began
        size = sum(file.stat().st_size for file in folder.iterdir())
        began = time.perf_counter()
        while taken := database.execute("SELECT * FROM entry ORDER BY n LIMIT 20").fetchall():
            database.execute("DELETE FROM entry WHERE n <= ?", (taken[-1][0],))
        read_s = time.perf_counter() - began
        database.close()
    return frames / written_s, frames / read_s, size


@contextmanager
def _folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="parkflow-bench-", dir=Path.cwd()))
    try:
        yield path
    finally:
        shutil.rmtree(path)
