"""Looks into history's relations while the pipeline runs."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psutil
import psycopg
from psycopg import sql

SHORTER = timedelta(microseconds=1)
"""A stamp is cut to whole microseconds; an instant may be rounded up to the next."""
_ROWS = "SELECT count(*) FROM history.reading"
_OLDEST = "SELECT extract(epoch FROM min(event_time))::float8, count(*) FROM history.latest"
_REACHED = "SELECT count(*) FROM history.latest WHERE event_time >= %s"


@dataclass(frozen=True)
class Look:
    """One look: how old the newest row of the point furthest behind was."""

    at: float
    oldest_s: float
    points: int


class Looker:
    """A connection of its own; looking takes one process of the server, whose time is known."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        self._connection.execute("SET max_parallel_workers_per_gather = 0")

    def cpu_seconds(self) -> float:
        """Return what looking has taken so far."""
        used = psutil.Process(self._connection.info.backend_pid).cpu_times()
        return float(used.user + used.system)

    def look(self) -> Look:
        """Return how far behind the rows are now."""
        row = self._connection.execute(_OLDEST).fetchone()
        now = time.time()
        newest, points = row if row and row[0] is not None else (now, 0)
        return Look(now, now - newest, points)

    def rows(self) -> int:
        """Return how many readings there are."""
        row = self._connection.execute(_ROWS).fetchone()
        return int(row[0]) if row else 0

    def wait_rows(self, rows: int, patience_s: float) -> None:
        """Wait until there are so many readings."""
        deadline = time.time() + patience_s
        while (there := self.rows()) < rows:
            if time.time() > deadline:
                raise TimeoutError(f"{there} of {rows} rows within {patience_s:.0f} s")

    def wait_reached(self, points: int, moment: float, patience_s: float) -> float:
        """Wait until so many points have a row of `moment` or later; return when that was seen."""
        deadline = time.time() + patience_s
        instant = datetime.fromtimestamp(moment, UTC) - SHORTER
        while True:
            row = self._connection.execute(_REACHED, (instant,)).fetchone()
            now = time.time()
            if row and row[0] >= points:
                return now
            if now > deadline:
                raise TimeoutError(f"{row and row[0]} of {points} points within {patience_s:.0f} s")
            time.sleep(0.1)


def raw_copy_rows_per_s(url: str, most: int, file: str) -> tuple[float, int]:
    """Return how fast one COPY takes rows of `reading`, in the order they came, and how many.

    Into a relation with the same columns, key and partitions, by a server that does nothing else.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        made = "CREATE TABLE {} (LIKE {} INCLUDING ALL) PARTITION BY RANGE (event_time)"
        whole = "CREATE TABLE {} PARTITION OF {} DEFAULT"
        reading = sql.Identifier("history", "reading")
        table, part = sql.Identifier("raw_copy"), sql.Identifier("raw_copy_all")
        connection.execute(sql.SQL(made).format(table, reading))
        connection.execute(sql.SQL(whole).format(part, table))
        where = sql.Literal(file)
        out = "COPY (SELECT * FROM history.reading LIMIT {}) TO {} (FORMAT binary)"
        connection.execute(sql.SQL(out).format(sql.Literal(most), where))
        connection.execute("CHECKPOINT")
        began = time.perf_counter()
        cursor = connection.execute(sql.SQL("COPY {} FROM {} (FORMAT binary)").format(table, where))
        return cursor.rowcount / (time.perf_counter() - began), cursor.rowcount
