"""What readings the books rest on: of each meter and local month the range, and its version.

An entry names the meter and the start of its interval: its readings are those of the meter's row of
that month; where electricity is traced, those of all meters of the month. The version is a digest
of what they say, so it is the same from a file and from the history, and another as soon as one
reading is.

    version = SHA-256(amounts ‖ qualities)

amounts: of each interval a little-endian int64, whole base units, -1 where unknown; qualities: of
each a byte, 0 unknown, 1 estimated, 2 measured.
"""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from services.carbon_accounting.book.tables import utc, write_table
from services.carbon_accounting.domain.inventory.amounts import Amounts
from services.carbon_accounting.domain.inventory.months import months_of
from services.carbon_accounting.domain.inventory.readings import ActivityData, Mask
from services.energy.time_grid import from_microseconds

COLUMNS = ("month", "meter", "start", "end", "intervals", "known", "estimated", "version")
NOT_KNOWN = -1


def version_of(amounts: Amounts, known: Mask, measured: Mask) -> str:
    """Return the version of readings; arrays of shape (intervals,)."""
    qualities = np.where(known, 1 + measured.astype(np.uint8), 0).astype(np.uint8)
    said = np.where(known, amounts, NOT_KNOWN).astype("<i8")
    return hashlib.sha256(said.tobytes() + qualities.tobytes()).hexdigest()


def version_of_some(data: ActivityData, meters: Iterable[str]) -> str:
    """Return the version of some meters' readings: of a line of the start and of each meter's.

    The lines are `2024-01-31T16:00:00Z` and `<meter> <version of its whole row>`.
    """
    whole = hashlib.sha256(f"{utc(data.begins)}\n".encode())
    rows = data.rows
    for meter in meters:
        row = rows[meter]
        version = version_of(data.amounts[row], data.known[row], data.measured[row])
        whole.update(f"{meter} {version}\n".encode())
    return whole.hexdigest()


def write_readings_used(path: Path, data: ActivityData, zone: ZoneInfo) -> None:
    """Write a row for each month and meter, also where nothing of it is known."""
    write_table(path, COLUMNS, _rows(data, zone))


def _rows(data: ActivityData, zone: ZoneInfo) -> Iterator[tuple[object, ...]]:
    for month, first, last in months_of(int(data.starts_us[0]), int(data.starts_us[-1]), zone):
        here = slice(*np.searchsorted(data.starts_us, (first, last)).tolist())
        starts_us = data.starts_us[here]
        start = from_microseconds(int(starts_us[0]))
        end = from_microseconds(int(starts_us[-1])) + data.step
        for row, meter in enumerate(data.meters):
            known, measured = data.known[row, here], data.measured[row, here]
            version = version_of(data.amounts[row, here], known, measured)
            counts = len(known), int(known.sum()), int((known & ~measured).sum())
            yield month, meter, utc(start), utc(end), *counts, version
