"""The books of a year out of the history: 1,000 registers, quarter hours, three ledgers.

The park and the energies of the bench before, as words of history in PostgreSQL: the product's
schema, filled by COPY in the order of time and vacuumed, which is not counted. What is timed is the
command from the connection to the last file; beside it the reading alone, whose reference is the
server's COPY of the same columns of all words to nowhere.
"""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from threading import Event, Thread

import numpy as np
import psutil
import psycopg
from psycopg import sql

from services.carbon_accounting.book.history_readings import Question, read_history
from services.carbon_accounting.book.site_file import load_site
from services.carbon_accounting.domain.factoring.exact import Whole
from services.demo.stack import Postgres
from services.demo.stack.ports import free_port
from services.energy.time_grid import from_microseconds
from services.history.domain.layout import ENERGY
from services.runtime.database import migrate
from tests.bench.carbon_book import (
    BAR_MB,
    BAR_S,
    BEGIN_US,
    QUARTER_US,
    YEAR,
    booked_alone,
    counted_kwh,
    entries_in,
    write_park,
)
from tests.bench.measure import Result
from tests.support.stack import a_state_folder, started

PARK = "big"
WEEK = timedelta(days=7)
WEEK_QUARTERS = 7 * 96
MONDAY_US = 4 * 96 * QUARTER_US
KNOWN_AFTER_US = 60_000_000
SAME = "point_id, window_start, believed_wh, estimated_wh, suspense_wh, believed_us, known_us"
SAMPLE_S = 1.0


def run() -> tuple[list[Result], str]:
    """Return time and memory against their bars, and words read a second against COPY."""
    with a_state_folder() as folder, tempfile.TemporaryDirectory() as books:
        postgres, here = Postgres(folder, port=free_port()), Path(books)
        with started(postgres):
            url = postgres.create_database("carbon_history")
            filled_s = fill(url)
            write_park(here)
            with most_memory_of(postgres) as most_mb:
                took_s, cpu_s, memory_mb = booked_alone(here, "--history", url)
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
                words, read_s = alone.submit(read_alone, here, url).result()
            copied_s = seconds_of_copy(url)
            size_gb = size_of(url) / 1e9
            rows, files = entries_in(here)
    note = f"{cpu_s:.0f} s of processor time beside PostgreSQL's"
    results = [
        Result("1,000 registers, a year, out of history", took_s, BAR_S, "s", "the bar", note),
        Result("memory at most", memory_mb, BAR_MB, "MB", "the bar", "without PostgreSQL's"),
        Result("words read", words / read_s, words / copied_s, "rows/s", "COPY of them to nowhere"),
    ]
    detail = (
        f"{words:,} words ({size_gb:.1f} GB, filled in {filled_s:.0f} s) read in {read_s:.0f} s; "
        f"PostgreSQL held {max(most_mb):,.0f} MB at most. {rows:,} entries in {files} files."
    )
    return results, detail


def fill(url: str) -> float:
    """Put a year of words into an empty history, a partition at a time; return the seconds."""
    began = time.perf_counter()
    asyncio.run(migrate("history", url))
    counted = counted_kwh()
    wh = np.array([np.rint(counted[name] * 1000) for name in sorted(counted)]).astype(np.int64)
    with psycopg.connect(url, autocommit=True, options="-c search_path=history") as link:
        with link.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO point (park_id, name) VALUES (%s, %s)",
                [(PARK, name) for name in sorted(counted)],
            )
        monday_us = BEGIN_US - (BEGIN_US - MONDAY_US) % (WEEK_QUARTERS * QUARTER_US)
        for week_us in range(monday_us, BEGIN_US + YEAR * QUARTER_US, WEEK_QUARTERS * QUARTER_US):
            _fill_week(link, week_us, wh)
        link.execute("VACUUM (ANALYZE) energy")
    return time.perf_counter() - began


def _fill_week(link: psycopg.Connection, week_us: int, wh: Whole) -> None:
    """Make a week's partition as the history has it, its key after its rows, and attach it."""
    begin = from_microseconds(week_us)
    child = sql.Identifier(f"energy_{begin:%Y%m%d}")
    link.execute(sql.SQL("CREATE TABLE {} (LIKE energy INCLUDING DEFAULTS)").format(child))
    first = max(0, (week_us - BEGIN_US) // QUARTER_US)
    last = min(YEAR, (week_us - BEGIN_US) // QUARTER_US + WEEK_QUARTERS)
    names = sql.SQL(", ").join(map(sql.Identifier, ENERGY.names))
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(child, names)
    with link.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(ENERGY.copied(_columns(wh[:, first:last], first)))
    link.execute(sql.SQL("ALTER TABLE {} ADD PRIMARY KEY (point_id, window_start)").format(child))
    ends = (sql.Literal(at.isoformat()) for at in (begin, begin + WEEK))
    link.execute(
        sql.SQL("ALTER TABLE energy ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})").format(
            child, *ends
        )
    )


def _columns(wh: Whole, first: int) -> list[Whole]:
    """Return words on the quarters from `first` on in the order of the relation, oldest first."""
    registers, quarters = wh.shape
    points = np.tile(np.arange(1, registers + 1), quarters)
    starts_us = BEGIN_US + QUARTER_US * np.repeat(np.arange(first, first + quarters), registers)
    nothing = np.zeros(len(points), np.int64)
    whole = nothing + QUARTER_US
    said = (wh.T.reshape(-1), nothing, nothing, nothing, whole, whole, nothing)
    return [points, starts_us, *said, nothing + 1, starts_us + QUARTER_US + KNOWN_AFTER_US,
            starts_us // QUARTER_US, nothing]  # fmt: skip


def read_alone(folder: Path, url: str) -> tuple[int, float]:
    """Read the year as the command does; return how many words and in which time."""
    site, began = load_site(folder / "park.yaml"), time.perf_counter()
    return read_history(Question(url), site).words, time.perf_counter() - began


def seconds_of_copy(url: str) -> float:
    """Return how long the server takes to COPY the words' columns to nowhere."""
    with psycopg.connect(url) as link:
        began = time.perf_counter()
        link.execute(f"COPY (SELECT {SAME} FROM history.energy) TO '/dev/null' (FORMAT binary)")
        return time.perf_counter() - began


def size_of(url: str) -> int:
    """Return the bytes of the database."""
    with psycopg.connect(url) as link:
        (size,) = link.execute("SELECT pg_database_size(current_database())").fetchone() or (0,)
    return int(size)


@contextmanager
def most_memory_of(postgres: Postgres) -> Iterator[list[float]]:
    """Collect what all processes of a server hold in MB, shared pages once, while a block runs."""
    found, ended = [0.0], Event()

    def look() -> None:
        while not ended.wait(SAMPLE_S):
            found.append(_held_mb(postgres.pid))

    watching = Thread(target=look)
    watching.start()
    try:
        yield found
    finally:
        ended.set()
        watching.join()


def _held_mb(pid: int) -> float:
    """Return what a process and all below it hold in MB, pages that they share once."""
    held = 0.0
    for one in (root := psutil.Process(pid), *root.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            held += one.memory_full_info().pss / 2**20
    return held
