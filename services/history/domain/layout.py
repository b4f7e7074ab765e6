"""Columns of a relation as bytes: PostgreSQL's binary COPY in, packed `…send()` columns out.

COPY (manual, "Binary Format"): every row is the field count (int16) and for each field its length
(int32) and its bytes, all big-endian. The way out is one value for thousands of rows: the server
concatenates the bytes of each column's send function, so that no row costs Python a call.
Instants are microseconds since 2000-01-01, `-infinity` is the least int64.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER = b"\xff\xff"
POSTGRES_EPOCH_US = 946_684_800_000_000
NEVER_US = -(2**63)
"""`-infinity` as microseconds."""
_SEND = {
    "int2": "int2send",
    "int4": "int4send",
    "int8": "int8send",
    "float8": "float8send",
    "timestamptz": "timestamptz_send",
}
_KINDS = {"int2": ">i2", "int4": ">i4", "int8": ">i8", "float8": ">f8", "timestamptz": ">i8"}


@dataclass(frozen=True, slots=True)
class Layout:
    """Named columns with their PostgreSQL types (`int2`, `int4`, `int8`, `float8`, …)."""

    columns: tuple[tuple[str, str], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the columns."""
        return tuple(name for name, _ in self.columns)

    def packed_from(self, alias: str) -> str:
        """Return the SQL that packs one row of `alias`; the names are this code's own."""
        return " || ".join(f"{_SEND[kind]}({alias}.{name})" for name, kind in self.columns)

    def copied(self, content: Sequence[NDArray[Any]]) -> bytes:
        """Return columns of equal length as one complete binary COPY stream."""
        table = np.repeat(self._copy_row(), len(content[0]))
        for (name, kind), values in zip(self.columns, content, strict=True):
            table[name] = _to_server(values) if kind == "timestamptz" else values
        return b"".join((HEADER, table.data, TRAILER))

    def unpacked(self, packed: bytes | None) -> list[NDArray[Any]]:
        """Return the columns of packed rows, in native byte order; None is no rows."""
        table = np.frombuffer(packed or b"", dtype=self._packed_row())
        return [
            _from_server(table[name])
            if kind == "timestamptz"
            else table[name].astype(np.dtype(_KINDS[kind]).newbyteorder("="))
            for name, kind in self.columns
        ]

    def packed(self, content: Sequence[NDArray[Any]]) -> bytes:
        """Return columns of equal length as `unpacked` reads them."""
        table = np.empty(len(content[0]), dtype=self._packed_row())
        for (name, kind), values in zip(self.columns, content, strict=True):
            table[name] = _to_server(values) if kind == "timestamptz" else values
        return table.tobytes()

    def _copy_row(self) -> NDArray[Any]:
        """Return one row without values: the count and the lengths are the same in all of them."""
        parts: list[tuple[str, str]] = [("fields", ">i2")]
        for name, kind in self.columns:
            parts += [(f"{name}_length", ">i4"), (name, _KINDS[kind])]
        row = np.zeros(1, dtype=parts)
        row["fields"] = len(self.columns)
        for name, kind in self.columns:
            row[f"{name}_length"] = np.dtype(_KINDS[kind]).itemsize
        return row

    def _packed_row(self) -> np.dtype[Any]:
        return np.dtype([(name, _KINDS[kind]) for name, kind in self.columns])


def _to_server(microseconds: NDArray[np.int64]) -> NDArray[np.int64]:
    never = microseconds == NEVER_US
    return np.where(never, NEVER_US, np.where(never, 0, microseconds) - POSTGRES_EPOCH_US)


def _from_server(stamps: NDArray[Any]) -> NDArray[np.int64]:
    native = stamps.astype(np.int64)
    never = native == NEVER_US
    return np.where(never, NEVER_US, np.where(never, 0, native) + POSTGRES_EPOCH_US)


READING = Layout(
    (
        ("point_id", "int4"),
        ("event_time", "timestamptz"),
        ("value", "float8"),
        ("verdict", "int2"),
        ("doubt", "int2"),
        ("source_id", "int4"),
        ("arrival_time", "timestamptz"),
        ("frame_number", "int8"),
    )
)
SAMPLE = Layout(
    (
        ("point_id", "int4"),
        ("event_time", "timestamptz"),
        ("value", "float8"),
        ("verdict", "int2"),
        ("doubt", "int2"),
    )
)
KEY = Layout((("point_id", "int4"), ("event_time", "timestamptz")))
SPAN = Layout((("point_id", "int4"), ("first_time", "timestamptz"), ("end_time", "timestamptz")))
ROLLUP = Layout(
    (
        ("point_id", "int4"),
        ("window_start", "timestamptz"),
        ("believed", "int4"),
        ("suspect", "int4"),
        ("estimated", "int4"),
        ("rejected", "int4"),
        ("value_sum", "float8"),
        ("value_min", "float8"),
        ("value_max", "float8"),
        ("last_time", "timestamptz"),
        ("last_value", "float8"),
        ("integral", "float8"),
        ("covered_us", "int8"),
    )
)
_ENERGY_PARTS = (
    ("point_id", "int4"),
    ("window_start", "timestamptz"),
    ("believed_wh", "int8"),
    ("estimated_wh", "int8"),
    ("suspense_wh", "int8"),
    ("written_off_wh", "int8"),
    ("believed_us", "int8"),
    ("known_us", "int8"),
    ("methods", "int2"),
)
ENERGY_SUM = Layout(_ENERGY_PARTS)
ENERGY = Layout(
    (
        *_ENERGY_PARTS,
        ("source_id", "int4"),
        ("known_at", "timestamptz"),
        ("log_position", "int8"),
        ("frame_number", "int8"),
    )
)
