"""Columns become the bytes PostgreSQL's manual describes, and come back as they were."""

from __future__ import annotations

import struct

import numpy as np

from services.history.domain.layout import (
    HEADER,
    KEY,
    NEVER_US,
    POSTGRES_EPOCH_US,
    SAMPLE,
    TRAILER,
)

NOON_US = POSTGRES_EPOCH_US + 43_200_000_000


def test_a_row_is_its_field_count_and_each_fields_length_and_bytes() -> None:
    points, times = np.array([7, 8], np.int32), np.array([NOON_US, NEVER_US])

    stream = KEY.copied([points, times])

    first = struct.pack(">hiiiq", 2, 4, 7, 8, 43_200_000_000)
    never = struct.pack(">hiiiq", 2, 4, 8, 8, -(2**63))
    assert stream == HEADER + first + never + TRAILER


def test_no_rows_are_header_and_end() -> None:
    assert KEY.copied([np.empty(0, np.int32), np.empty(0, np.int64)]) == HEADER + TRAILER


def test_packed_columns_come_back_as_they_were() -> None:
    columns = [
        np.array([1, 2], np.int32),
        np.array([NOON_US, NEVER_US]),
        np.array([-1.5, np.nan]),
        np.array([1, 3], np.int16),
        np.array([0, 4], np.int16),
    ]

    found = SAMPLE.unpacked(SAMPLE.packed(columns))

    for column, expected in zip(found, columns, strict=True):
        np.testing.assert_array_equal(column, expected)
