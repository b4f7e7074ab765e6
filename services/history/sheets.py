"""What an export is made of: readings or energies, page by page, as Arrow tables."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from services.history.directory import Directory
from services.history.domain.energy import WH, Words
from services.history.domain.standing import Rows
from services.history.energy_queries import key_of_last, words_after
from services.history.queries import Asked, page_of
from services.runtime.database import Connection

Key = tuple[int, datetime]
Names = NDArray[np.object_]
_INSTANT = pa.timestamp("us", tz="UTC")
_NAME = pa.dictionary(pa.int32(), pa.string())
READINGS = pa.schema(
    [
        ("point_id", _NAME),
        ("event_time", _INSTANT),
        ("value", pa.float64()),
        ("verdict", pa.uint8()),
        ("doubt", pa.uint8()),
        ("source_id", _NAME),
        ("arrival_time", _INSTANT),
    ]
)
ENERGIES = pa.schema(
    [
        ("point_id", _NAME),
        ("start", _INSTANT),
        *((name, pa.int64()) for name in WH),
        ("believed_us", pa.uint32()),
        ("known_us", pa.uint32()),
        ("methods", pa.uint8()),
        ("source_id", _NAME),
        ("known_at", _INSTANT),
    ]
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page; `table` makes it, outside the transaction. The next one begins behind a key."""

    table: Callable[[], pa.Table]
    next_after: Key | None


class Sheets(Protocol):
    """The pages of one export."""

    @property
    def schema(self) -> pa.Schema:
        """What the columns are."""
        ...

    async def after(self, connection: Connection, key: Key, limit: int) -> Sheet:
        """Return the page of at most `limit` rows behind a key."""
        ...


@dataclass(frozen=True, slots=True)
class ReadingSheets:
    """Readings, as they are asked for."""

    asked: Asked
    points: Directory
    sources: Directory
    schema: pa.Schema = READINGS

    async def after(self, connection: Connection, key: Key, limit: int) -> Sheet:
        """Return the page of at most `limit` readings behind a key."""
        page = await page_of(connection, self.asked, key, limit)
        points = await self.points.names(connection, page.rows.point_id)
        sources = await self.sources.names(connection, page.rows.source_id)
        return Sheet(lambda: reading_table(page.rows, points, sources), page.after)


@dataclass(frozen=True, slots=True)
class EnergySheets:
    """Energies of quarter hours, as they are asked for."""

    asked: Asked
    points: Directory
    sources: Directory
    schema: pa.Schema = ENERGIES

    async def after(self, connection: Connection, key: Key, limit: int) -> Sheet:
        """Return the page of at most `limit` quarter hours behind a key."""
        words = await words_after(connection, self.asked, key, limit)
        points = await self.points.names(connection, words.point_id)
        sources = await self.sources.names(connection, words.source_id)
        more = key_of_last(words) if len(words) == limit else None
        return Sheet(lambda: energy_table(words, points, sources), more)


def reading_table(rows: Rows, points: Names, sources: Names) -> pa.Table:
    """Return readings as a table of `READINGS`; `points` and `sources` are names, one a row."""
    columns = [
        _named(rows.point_id, points),
        pa.array(rows.event_time_us, type=_INSTANT),
        pa.array(rows.value),
        pa.array(rows.verdict.astype(np.uint8)),
        pa.array(rows.doubt.astype(np.uint8)),
        _named(rows.source_id, sources),
        pa.array(rows.arrival_time_us, type=_INSTANT),
    ]
    return pa.table(columns, schema=READINGS)


def energy_table(words: Words, points: Names, sources: Names) -> pa.Table:
    """Return quarter hours as a table of `ENERGIES`; `points` and `sources` are one a row."""
    columns = [
        _named(words.point_id, points),
        pa.array(words.start_us, type=_INSTANT),
        *(pa.array(getattr(words, name)) for name in WH),
        pa.array(words.believed_us.astype(np.uint32)),
        pa.array(words.known_us.astype(np.uint32)),
        pa.array(words.methods.astype(np.uint8)),
        _named(words.source_id, sources),
        pa.array(words.known_at_us, type=_INSTANT),
    ]
    return pa.table(columns, schema=ENERGIES)


def _named(numbers: NDArray[np.int32], names: Names) -> pa.DictionaryArray:
    _, first, index = np.unique(numbers, return_index=True, return_inverse=True)
    words = pa.array(names[first].tolist(), type=pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(index.astype(np.int32)), words)
