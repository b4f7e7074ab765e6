"""Columns of cells as times and numbers; a cell that is none tells what it is, and the cure.

Each distinct text is read once: a file names the same moment for many meters.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as compute

from services.carbon_accounting.domain.inventory.amounts import Amounts, Floats
from services.carbon_accounting.domain.inventory.readings import Mask
from services.energy.time_grid import to_microseconds

FIRST_YEAR, LAST_YEAR = 1970, 2199
NOTHING = -(2**62)
"""Stands where a cell is no time."""
_FOLD = timedelta(0)


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with a cell; `row` counts from 0."""

    row: int
    what: str
    cure: str


class Unreadable(ValueError):
    """A text that is not what it should be."""

    def __init__(self, what: str, cure: str) -> None:
        super().__init__(what)
        self.what, self.cure = what, cure


def times(column: pa.Array, zone: ZoneInfo, wrong: list[Wrong]) -> Amounts:
    """Return UTC microseconds; a time without an offset is read on the clock of `zone`."""
    if pa.types.is_timestamp(column.type) and column.type.tz is not None:
        stamps = column.cast(pa.timestamp("us", "UTC"), safe=False)
        return _within(_required(stamps.cast(pa.int64()), wrong), wrong)
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us")).cast(pa.string())
    return _each(column, lambda text: _instant(text, zone), NOTHING, wrong).astype(np.int64)


def _required(stamps: pa.Array, wrong: list[Wrong]) -> Amounts:
    absent = np.flatnonzero(np.asarray(stamps.is_null()))
    wrong += [Wrong(int(row), "is empty", "give a time") for row in absent]
    return np.asarray(stamps.fill_null(NOTHING))


def _within(stamps_us: Amounts, wrong: list[Wrong]) -> Amounts:
    """Return the stamps; what lies in no year of meters is told and nothing."""
    first, last = (to_microseconds(datetime(y, 1, 1, tzinfo=UTC)) for y in (FIRST_YEAR, LAST_YEAR))
    outside = (stamps_us != NOTHING) & ((stamps_us < first) | (stamps_us >= last))
    cure = f"give a year after {FIRST_YEAR} and before {LAST_YEAR}"
    wrong += [
        Wrong(int(row), "is of a year that no meter has seen", cure)
        for row in np.flatnonzero(outside)
    ]
    return np.where(outside, NOTHING, stamps_us)


def numbers(column: pa.Array, wrong: list[Wrong]) -> tuple[Floats, Mask]:
    """Return the numbers and where there is one; an empty cell is no mistake."""
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return _written_numbers(compute.utf8_trim_whitespace(column), wrong)
    if pa.types.is_null(column.type):
        return np.zeros(len(column)), np.zeros(len(column), bool)
    if pa.types.is_decimal128(column.type):  # exact amounts are those of `Decimals`
        return _written_numbers(column.cast(pa.string()), wrong)
    if not (pa.types.is_floating(column.type) or pa.types.is_integer(column.type)):
        wrong.append(Wrong(0, f"is {column.type}", "give numbers"))
        return np.zeros(len(column)), np.zeros(len(column), bool)
    values = np.asarray(column.cast(pa.float64()).fill_null(np.nan))
    known = np.isfinite(values)
    infinite = np.flatnonzero(np.isinf(values))
    wrong += [Wrong(int(row), "is infinite", "give a finite number") for row in infinite]
    return np.where(known, values, 0.0), known


def _written_numbers(column: pa.Array, wrong: list[Wrong]) -> tuple[Floats, Mask]:
    empty = np.asarray(compute.equal(column, "").fill_null(True))
    try:
        values = np.asarray(compute.if_else(pa.array(empty), "0", column).cast(pa.float64()))
    except pa.ArrowInvalid:
        values = _each(column, _number, 0.0, wrong)
    known = ~empty & np.isfinite(values)
    for row in np.flatnonzero(~empty & ~np.isfinite(values)):
        wrong.append(Wrong(int(row), f"is {column[int(row)]}", "leave it empty where unknown"))
    return np.where(known, values, 0.0), known


def texts(column: pa.Array) -> tuple[list[str], Amounts]:
    """Return the distinct texts of a column, trimmed, and which one each row holds."""
    coded = compute.utf8_trim_whitespace(column.cast(pa.string()).fill_null("")).dictionary_encode()
    return coded.dictionary.to_pylist(), np.asarray(coded.indices).astype(np.int64)


def _each(
    column: pa.Array, read: Callable[[str], Any], instead: Any, wrong: list[Wrong]
) -> npt.NDArray[Any]:
    names, of_row = texts(column)
    values, reasons = [], {}
    for at, name in enumerate(names):
        try:
            values.append(read(name))
        except Unreadable as error:
            values.append(instead)
            reasons[at] = error
    wrong += _rows_of(reasons, of_row)
    return np.array(values)[of_row] if values else np.zeros(0)


def _rows_of(reasons: dict[int, Unreadable], of_row: Amounts) -> Iterator[Wrong]:
    for at, error in reasons.items():
        for row in np.flatnonzero(of_row == at):
            yield Wrong(int(row), error.what, error.cure)


def _number(text: str) -> float:
    try:
        if "_" in text:
            raise ValueError
        return float(text) if text else 0.0
    except ValueError:
        raise Unreadable(f"is {text!r}, no number", "write a number like 12.5") from None


def _instant(text: str, zone: ZoneInfo) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        cure = "write 2024-01-31T00:15:00+08:00"
        raise Unreadable(f"is {text!r}, no time", cure) from None
    if not FIRST_YEAR < moment.year < LAST_YEAR:
        cure = f"give a year after {FIRST_YEAR} and before {LAST_YEAR}"
        raise Unreadable(f"is {text!r}, a year that no meter has seen", cure)
    if moment.tzinfo is None:
        moment = _on_the_clock(moment, zone, text)
    return to_microseconds(moment.astimezone(UTC))


def _on_the_clock(wall: datetime, zone: ZoneInfo, text: str) -> datetime:
    first, second = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        cure = f"write its offset, as {first.isoformat()}"
        raise Unreadable(f"is {text!r}, which the clock of {zone.key} shows twice or never", cure)
    return first
