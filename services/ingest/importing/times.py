"""Columns of times, as text, epochs or typed, into UTC; what is no instant is masked with why."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from services.energy.time_grid import to_microseconds
from services.ingest.domain.local_times import Mask, Times, placed
from services.ingest.importing.mapping import EPOCH_MS, EPOCH_S, ISO, FileMapping
from services.ingest.importing.values import distinct, filled, is_text, numbers

EARLIEST_YEAR, LATEST_YEAR = 1970, 2200
INSTANT, LOCAL, WRONG = 0, 1, 2


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """UTC microseconds, and why a row has none: unreadable, without a zone, twice or never."""

    utc_us: Times
    wrong: Mask
    no_zone: Mask
    twice: Mask
    never: Mask

    @property
    def bad(self) -> Mask:
        """Mask of the rows without an instant."""
        mask: Mask = self.wrong | self.no_zone | self.twice | self.never
        return mask


def moments(column: pa.Array, mapping: FileMapping) -> Moments:
    """Return the instants of a column: text, numbers since the epoch, or timestamps."""
    if pa.types.is_timestamp(column.type):
        return _of_timestamps(column, mapping)
    if mapping.time_format in (EPOCH_S, EPOCH_MS):
        return _of_epochs(column, mapping)
    if not is_text(column):
        return _all_wrong(len(column))
    return _of_texts(column, mapping)


def _of_timestamps(column: pa.Array, mapping: FileMapping) -> Moments:
    absent = np.asarray(column.is_null())
    microseconds = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    stamps = filled(microseconds.cast(pa.int64()), 0)
    if column.type.tz is not None:
        return _instants(stamps, absent)
    return _on_the_wall(stamps, absent, mapping)


def _of_epochs(column: pa.Array, mapping: FileMapping) -> Moments:
    found = numbers(column, mapping)
    scaled = found.value * (1e6 if mapping.time_format == EPOCH_S else 1e3)
    wrong = found.wrong | found.empty | ~(np.abs(scaled) < 2**62)
    return _instants(np.round(np.where(wrong, 0.0, scaled)).astype(np.int64), wrong)


def _of_texts(column: pa.Array, mapping: FileMapping) -> Moments:
    """Read each distinct text once: a file names the same moment for many points."""
    names, of_row = distinct(column)
    read = _iso if mapping.time_format == ISO else _pattern(mapping.time_format)
    pairs = np.array([_read(text, read) for text in names], np.int64).reshape(-1, 2)[of_row]
    stamps, state = pairs[:, 0], pairs[:, 1]
    aware = _instants(stamps, state == WRONG)
    wall = _on_the_wall(stamps, state == WRONG, mapping)
    local = state == LOCAL
    return Moments(
        np.where(local, wall.utc_us, aware.utc_us),
        aware.wrong,
        wall.no_zone & local,
        wall.twice & local,
        wall.never & local,
    )


def _read(text: str, read: Callable[[str], datetime]) -> tuple[int, int]:
    try:
        moment = read(text)
    except ValueError:
        return 0, WRONG
    if not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
        return 0, WRONG
    if moment.tzinfo is None:
        return to_microseconds(moment.replace(tzinfo=UTC)), LOCAL
    return to_microseconds(moment.astimezone(UTC)), INSTANT


def _iso(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if len(text) <= len("2019-06-03"):
        raise ValueError("a date without a time")
    return moment


def _pattern(pattern: str) -> Callable[[str], datetime]:
    return lambda text: datetime.strptime(text, pattern)  # noqa: DTZ007  the mapping has the zone


def _on_the_wall(stamps: Times, wrong: Mask, mapping: FileMapping) -> Moments:
    none = np.zeros(len(stamps), np.bool_)
    if mapping.zone is None:
        return Moments(stamps, wrong, ~wrong, none, none)
    at = placed(np.where(wrong, 0, stamps), mapping.zone, mapping.repeated_hour)
    return Moments(at.utc_us, wrong, none, at.twice & ~wrong, at.never & ~wrong)


def _instants(stamps: Times, wrong: Mask) -> Moments:
    none = np.zeros(len(stamps), np.bool_)
    first = to_microseconds(datetime(EARLIEST_YEAR, 1, 1, tzinfo=UTC))
    last = to_microseconds(datetime(LATEST_YEAR, 12, 31, tzinfo=UTC))
    return Moments(stamps, wrong | (stamps < first) | (stamps > last), none, none, none)


def _all_wrong(rows: int) -> Moments:
    none = np.zeros(rows, np.bool_)
    return Moments(np.zeros(rows, np.int64), ~none, none, none, none)
