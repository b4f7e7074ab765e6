"""PostgreSQL's arrays of whole numbers as numpy arrays, without a Python object an element."""

import asyncio
from typing import ClassVar

import numpy as np
from psycopg import AsyncCursor
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format
from psycopg.rows import TupleRow

from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.inventory.readings import Mask
from services.runtime.database import Connection

HEADER_BYTES, DIMENSION_BYTES = 12, 8
SOME = 100
"""Rows that are read before others get their turn."""
INT4_ARRAY, INT8_ARRAY, BOOL_ARRAY = 1007, 1016, 1000


class _WholeArray(Loader):
    """Binary array of one dimension without NULLs: each element is its length and its value."""

    format = Format.BINARY
    element: ClassVar["np.dtype[np.void]"]

    def load(self, data: Buffer) -> Whole:
        """Return the elements, int64; an empty array has no dimension."""
        body = bytes(data)[HEADER_BYTES + DIMENSION_BYTES :]
        return np.frombuffer(body, self.element)["value"].astype(np.int64)


class Int4Array(_WholeArray):
    """Of int[]."""

    element = np.dtype([("length", ">i4"), ("value", ">i4")])


class Int8Array(_WholeArray):
    """Of bigint[]."""

    element = np.dtype([("length", ">i4"), ("value", ">i8")])


class BoolArray(Loader):
    """Of boolean[], as booleans."""

    format = Format.BINARY
    element = np.dtype([("length", ">i4"), ("value", "u1")])

    def load(self, data: Buffer) -> Mask:
        """Return the elements."""
        body = bytes(data)[HEADER_BYTES + DIMENSION_BYTES :]
        return np.frombuffer(body, self.element)["value"].astype(np.bool_)


def array_cursor(connection: Connection) -> AsyncCursor[TupleRow]:
    """Return a cursor that gives int[] and bigint[] as int64 arrays, boolean[] as booleans."""
    cursor = connection.cursor(binary=True)
    cursor.adapters.register_loader(INT4_ARRAY, Int4Array)
    cursor.adapters.register_loader(INT8_ARRAY, Int8Array)
    cursor.adapters.register_loader(BOOL_ARRAY, BoolArray)
    return cursor


async def some_at_a_time(cursor: AsyncCursor[TupleRow]) -> list[TupleRow]:
    """Return all rows; whatever else runs gets its turn between some of them."""
    rows: list[TupleRow] = []
    while some := await cursor.fetchmany(SOME):
        rows += some
        await asyncio.sleep(0)
    return rows
