"""PostgreSQL's binary COPY format, a whole batch at once (manual, COPY, "Binary Format").

Every row is the field count (int16) and for each field its length (int32) and its bytes, all
big-endian; instants are microseconds since 2000-01-01.
"""

import numpy as np

from services.history.domain.standing import Rows

HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER = b"\xff\xff"
POSTGRES_EPOCH_US = 946_684_800_000_000
_FIELDS = (
    ("point_id", ">i4"),
    ("event_time", ">i8"),
    ("value", ">f8"),
    ("verdict", ">i2"),
    ("doubt", ">i2"),
    ("source_id", ">i4"),
    ("arrival_time", ">i8"),
    ("frame_number", ">i8"),
)
COLUMNS = tuple(name for name, _ in _FIELDS)
_LAYOUT = np.dtype(
    [("fields", ">i2")]
    + [part for name, kind in _FIELDS for part in ((f"{name}_length", ">i4"), (name, kind))]
)


def as_binary_copy(rows: Rows) -> bytes:
    """Return `rows` as one complete binary COPY stream of the columns `COLUMNS`."""
    table = np.empty(len(rows), dtype=_LAYOUT)
    table["fields"] = len(_FIELDS)
    for name, kind in _FIELDS:
        table[f"{name}_length"] = np.dtype(kind).itemsize
    table["point_id"] = rows.point_id
    table["event_time"] = rows.event_time_us - POSTGRES_EPOCH_US
    table["value"] = rows.value
    table["verdict"] = rows.verdict
    table["doubt"] = rows.doubt
    table["source_id"] = rows.source_id
    table["arrival_time"] = rows.arrival_time_us - POSTGRES_EPOCH_US
    table["frame_number"] = rows.frame_number
    return HEADER + table.tobytes() + TRAILER
