"""Columns of numbers, as text or typed, into numpy; what cannot be read is masked, not guessed.

Whole columns are cast at once. Only where a column has something wrong its rows are looked at one
by one, to say which.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as compute

from services.ingest.domain.local_times import Mask
from services.ingest.importing.mapping import FileMapping

TEXTS = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary)


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """`value` float64; `empty` where the file says nothing, `wrong` where it is no number."""

    value: npt.NDArray[np.float64]
    empty: Mask
    wrong: Mask


def texts(column: pa.Array) -> list[str]:
    """Return the text of each row, stripped; '' where there is none."""
    return [_text(item) for item in column.to_pylist()]


def distinct(column: pa.Array) -> tuple[list[str], npt.NDArray[np.intp]]:
    """Return the texts that occur, stripped, and of each row which; '' where there is none."""
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    names = [*texts(encoded.dictionary), ""]
    absent = len(names) - 1
    return names, filled(encoded.indices, absent).astype(np.intp)


def _text(item: Any) -> str:
    if isinstance(item, bytes):
        return item.decode("utf-8", "replace").strip()
    return "" if item is None else str(item).strip()


def is_text(column: pa.Array) -> bool:
    """Whether a column holds text."""
    kind = column.type
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return any(is_kind(kind) for is_kind in TEXTS)


def _inner(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def can_be_numbers(kind: pa.DataType) -> bool:
    """Whether a column of this type may hold numbers: of any kind, or spelled."""
    kind = _inner(kind)
    plain = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_boolean)
    return any(is_kind(kind) for is_kind in (*TEXTS, *plain, pa.types.is_null))


def can_be_names(kind: pa.DataType) -> bool:
    """Whether a column of this type may hold names, which may be numbers."""
    kind = _inner(kind)
    return any(is_kind(kind) for is_kind in (*TEXTS, pa.types.is_integer, pa.types.is_null))


def can_be_times(kind: pa.DataType, *, counted: bool) -> bool:
    """Whether a column of this type may hold times; `counted`: since the epoch, as numbers."""
    kind = _inner(kind)
    if pa.types.is_timestamp(kind) or any(is_kind(kind) for is_kind in TEXTS):
        return True
    return counted and can_be_numbers(kind)


def numbers(column: pa.Array, mapping: FileMapping) -> Numbers:
    """Return the numbers of a column; NaN and infinities are none."""
    if not is_text(column):
        return _plain_numbers(column)
    try:
        return _fast_numbers(column, mapping)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return _careful_numbers(texts(column), mapping)


def _plain_numbers(column: pa.Array) -> Numbers:
    empty = np.asarray(column.is_null())
    try:
        value = filled(column.cast(pa.float64(), safe=False), np.nan)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):  # dates, lists, …
        value = np.full(len(column), np.nan)
    return Numbers(value, empty, ~np.isfinite(value) & ~empty)


def _fast_numbers(column: pa.Array, mapping: FileMapping) -> Numbers:
    text = compute.utf8_trim_whitespace(column.cast(pa.string()))
    empty = np.asarray(compute.equal(compute.fill_null(text, ""), ""))
    if mapping.decimal == "comma":
        if compute.any(compute.match_substring(text, ".")).as_py():
            raise pa.ArrowInvalid("a point among commas")
        text = compute.replace_substring(text, ",", ".")
    spelled = compute.if_else(pa.array(empty), "nan", compute.fill_null(text, "nan"))
    value = filled(spelled.cast(pa.float64()), np.nan)
    return Numbers(value, empty, ~np.isfinite(value) & ~empty)


def _careful_numbers(rows: list[str], mapping: FileMapping) -> Numbers:
    empty = np.array([not text for text in rows], np.bool_)
    value = np.array([_number(text, mapping.decimal) for text in rows], np.float64)
    return Numbers(value, empty, ~np.isfinite(value) & ~empty)


def _number(text: str, decimal: str) -> float:
    if decimal == "comma":
        text = "" if "." in text else text.replace(",", ".")
    try:
        return float(text) if "_" not in text else np.nan
    except ValueError:
        return float("nan")


def filled(column: pa.Array, absent: Any) -> npt.NDArray[Any]:
    """Return a typed column with `absent` where it has nothing."""
    content: npt.NDArray[Any] = np.asarray(column.fill_null(absent))
    return content
