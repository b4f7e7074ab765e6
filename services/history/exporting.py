"""Readings as one Arrow or Parquet file, written page by page: memory does not grow with the file.

No transaction lasts longer than a page: a slow client holds nothing in the database. An export
that must not see later restatements asks with `known_at`.
"""

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from parkflow.history.v1 import history_service_pb2 as wire
from services.history.admission import Admission
from services.history.directory import Directory
from services.history.domain.standing import Rows
from services.history.queries import BEGINNING, Asked, Page, page_of

ROWS_A_PAGE = 50_000
CHUNK_BYTES = 1 << 20
_INSTANT = pa.timestamp("us", tz="UTC")
SCHEMA = pa.schema(
    [
        ("point_id", pa.dictionary(pa.int32(), pa.string())),
        ("event_time", _INSTANT),
        ("value", pa.float64()),
        ("verdict", pa.uint8()),
        ("doubt", pa.uint8()),
        ("source_id", pa.dictionary(pa.int32(), pa.string())),
        ("arrival_time", _INSTANT),
    ]
)


class _Tray(io.RawIOBase):
    """A file without an end that can be emptied while it is written."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._written = 0

    def writable(self) -> bool:
        """Say that it can be written."""
        return True

    def tell(self) -> int:
        """Return how much has been written in all."""
        return self._written

    def write(self, content: Any) -> int:
        """Take some bytes."""
        part = bytes(content)
        self._parts.append(part)
        self._written += len(part)
        return len(part)

    def emptied(self) -> bytes:
        """Return what has been written since the last time."""
        content = b"".join(self._parts)
        self._parts.clear()
        return content


class _Writer:
    """Writes pages of one export and gives the bytes they became."""

    def __init__(self, export_format: Any) -> None:
        self._tray = _Tray()
        sink = pa.PythonFile(self._tray, mode="w")
        if export_format == wire.EXPORT_FORMAT_PARQUET:
            self._file = pq.ParquetWriter(sink, SCHEMA, compression="zstd")
        else:
            options = pa.ipc.IpcWriteOptions(
                compression="zstd", emit_dictionary_deltas=False, unify_dictionaries=False
            )
            self._file = pa.ipc.new_stream(sink, SCHEMA, options=options)

    def written(self, table: pa.Table) -> bytes:
        """Write one page; return what the file has grown by."""
        self._file.write_table(table)
        return self._tray.emptied()

    def ended(self) -> bytes:
        """Return the end of the file."""
        self._file.close()
        return self._tray.emptied()


class Exporter:
    """Answers `Export`."""

    def __init__(self, admission: Admission, points: Directory, sources: Directory) -> None:
        self._admission = admission
        self._points = points
        self._sources = sources

    async def chunks(
        self, asked: Asked, export_format: Any, context: Any
    ) -> AsyncIterator[wire.ExportResponse]:
        """Yield the file in pieces."""
        writer = await asyncio.to_thread(_Writer, export_format)
        after: tuple[int, Any] | None = BEGINNING
        count = 0
        while after is not None:
            page, table = await self._page(asked, after, context)
            after, count = page.after, count + len(page.rows)
            for chunk in _cut(await asyncio.to_thread(writer.written, table)):
                yield wire.ExportResponse(chunk=chunk, row_count=count)
        for chunk in _cut(await asyncio.to_thread(writer.ended)):
            yield wire.ExportResponse(chunk=chunk, row_count=count)

    async def _page(
        self, asked: Asked, after: tuple[int, Any], context: Any
    ) -> tuple[Page, pa.Table]:
        async with self._admission.asking(context) as connection:
            page = await page_of(connection, asked, after, ROWS_A_PAGE)
            points = await self._points.names(connection, page.rows.point_id)
            sources = await self._sources.names(connection, page.rows.source_id)
        return page, await asyncio.to_thread(as_table, page.rows, points, sources)


def as_table(rows: Rows, points: NDArray[np.object_], sources: NDArray[np.object_]) -> pa.Table:
    """Return rows as an Arrow table of `SCHEMA`."""
    columns = [
        _named(rows.point_id, points),
        pa.array(rows.event_time_us, type=_INSTANT),
        pa.array(rows.value),
        pa.array(rows.verdict.astype(np.uint8)),
        pa.array(rows.doubt.astype(np.uint8)),
        _named(rows.source_id, sources),
        pa.array(rows.arrival_time_us, type=_INSTANT),
    ]
    return pa.table(columns, schema=SCHEMA)


def _named(numbers: NDArray[np.int32], names: NDArray[np.object_]) -> pa.DictionaryArray:
    _, first, index = np.unique(numbers, return_index=True, return_inverse=True)
    words = pa.array(names[first].tolist(), type=pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(index.astype(np.int32)), words)


def _cut(content: bytes) -> list[bytes]:
    return [content[at : at + CHUNK_BYTES] for at in range(0, len(content), CHUNK_BYTES)]
