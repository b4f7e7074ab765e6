"""Rows and arrays as PostgreSQL reads them, written out beside the event loop."""

import asyncio
from collections.abc import Iterable, Iterator
from datetime import datetime

from services.runtime.database import Connection

PIECE = 256 * 1024
"""Characters that are handed over at once."""
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


async def copy_rows(connection: Connection, statement: str, rows: Iterable[Iterable[str]]) -> None:
    """Copy rows of texts into a table; they are made and joined in a thread."""
    pieces = _pieces(rows)
    async with connection.cursor().copy(statement.encode()) as copy:
        while piece := await asyncio.to_thread(next, pieces, ""):
            await copy.write(piece)


def _pieces(rows: Iterable[Iterable[str]]) -> Iterator[str]:
    lines: list[str] = []
    size = 0
    for row in rows:
        lines.append("\t".join(row))
        size += len(lines[-1])
        if size >= PIECE:
            yield "\n".join([*lines, ""])
            lines, size = [], 0
    if lines:
        yield "\n".join([*lines, ""])


def text(value: str) -> str:
    """Return a text as COPY reads it."""
    return value.translate(_ESCAPED)


def instant(moment: datetime) -> str:
    """Return an instant as COPY reads it."""
    return moment.isoformat()


def binary(value: bytes) -> str:
    """Return bytes as COPY reads them."""
    return f"\\\\x{value.hex()}"


def array(values: Iterable[object]) -> str:
    """Return numbers as PostgreSQL writes an array."""
    return f"{{{','.join(map(str, values))}}}"


def texts(values: Iterable[str]) -> str:
    """Return texts as PostgreSQL writes an array; `text` of it where it is copied."""
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{one}"' for one in quoted) + "}"


def instants(moments: Iterable[datetime]) -> str:
    """Return instants as PostgreSQL writes an array."""
    return array(moment.isoformat() for moment in moments)


def truths(values: Iterable[bool]) -> str:
    """Return booleans as PostgreSQL writes an array."""
    return array("t" if value else "f" for value in values)
