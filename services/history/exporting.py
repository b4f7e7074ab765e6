"""Rows as one Arrow or Parquet file, written page by page: memory does not grow with the file.

No transaction lasts longer than a page: a slow client holds nothing in the database. An export
that must not see later restatements asks with `known_at`.
"""

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from parkflow.history.v1 import history_service_pb2 as wire
from services.history.admission import Admission
from services.history.queries import BEGINNING
from services.history.sheets import Key, Sheets

ROWS_A_PAGE = 50_000
CHUNK_BYTES = 1 << 20


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

    def __init__(self, schema: pa.Schema, export_format: Any) -> None:
        self._tray = _Tray()
        sink = pa.PythonFile(self._tray, mode="w")
        if export_format == wire.EXPORT_FORMAT_PARQUET:
            self._file = pq.ParquetWriter(sink, schema, compression="zstd")
        else:
            options = pa.ipc.IpcWriteOptions(
                compression="zstd", emit_dictionary_deltas=False, unify_dictionaries=False
            )
            self._file = pa.ipc.new_stream(sink, schema, options=options)

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

    def __init__(self, admission: Admission) -> None:
        self._admission = admission

    async def chunks(
        self, sheets: Sheets, export_format: Any, context: Any
    ) -> AsyncIterator[wire.ExportResponse]:
        """Yield the file in pieces."""
        writer = await asyncio.to_thread(_Writer, sheets.schema, export_format)
        after: Key | None = BEGINNING
        count = 0
        while after is not None:
            async with self._admission.asking(context) as connection:
                sheet = await sheets.after(connection, after, ROWS_A_PAGE)
            table = await asyncio.to_thread(sheet.table)
            after, count = sheet.next_after, count + table.num_rows
            for chunk in _cut(await asyncio.to_thread(writer.written, table)):
                yield wire.ExportResponse(chunk=chunk, row_count=count)
        for chunk in _cut(await asyncio.to_thread(writer.ended)):
            yield wire.ExportResponse(chunk=chunk, row_count=count)


def _cut(content: bytes) -> list[bytes]:
    return [content[at : at + CHUNK_BYTES] for at in range(0, len(content), CHUNK_BYTES)]
