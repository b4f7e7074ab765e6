"""Blocks of a file into readings in columns; whatever cannot be one is a mistake with its place."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from services.energy.readings import FieldQuality
from services.ingest.domain.local_times import Mask, Times
from services.ingest.importing.blocks import Block, Mistake, Report
from services.ingest.importing.mapping import EPOCH_MS, EPOCH_S, FileMapping, Layout, Target
from services.ingest.importing.times import Moments, moments
from services.ingest.importing.values import (
    Numbers,
    can_be_names,
    can_be_numbers,
    can_be_times,
    distinct,
    numbers,
    texts,
)
from services.runtime.park_file_values import nearest

Rows = npt.NDArray[np.intp]
LONGEST_SHOWN = 60
TIME_EXAMPLES = {
    "iso": "2019-06-03T22:00:00Z",
    "epoch_s": "1559599200",
    "epoch_ms": "1559599200000",
}
NO_VALUES = ("nan", "inf", "infinity", "null", "none", "n/a", "na", "")
LEAVE_EMPTY = "leave the cell empty where there is no value"
NAME_A_ZONE = "end it with Z or an offset like +02:00, or name time_zone in the mapping"
WRITE_TIMES = (
    "write timestamps or text; of numbers say time_format: epoch_s or epoch_ms in the mapping"
)
SAY_WHICH = "write UTC or an offset, or say repeated_hour: earlier or later in the mapping"
CORRECT_THE_ZONE = "the file is in another zone, or in standard time all year: correct time_zone"


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """Row i of each column is a reading in the unit of its point; `empty` values were left out."""

    point_ids: tuple[str, ...]
    point_index: npt.NDArray[np.uint32]
    event_time_us: npt.NDArray[np.int64]
    value: npt.NDArray[np.float64]
    quality: npt.NDArray[np.uint8]
    empty: int

    def __len__(self) -> int:
        return len(self.value)


class Parser:
    """Reads the blocks of one file as its mapping says."""

    def __init__(
        self, file: str, columns: tuple[str, ...], mapping: FileMapping, points: Iterable[str]
    ) -> None:
        self._file, self._mapping = file, mapping
        self._targets = {name: Target(name) for name in points} | dict(mapping.targets)
        self._cures: dict[str, str] = {}
        self._has_quality = mapping.quality_column in columns
        self.needed = self._needed(columns)
        self.missing = [name for name in self.needed if name not in columns]

    def _needed(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        mapping = self._mapping
        if mapping.layout is Layout.WIDE:
            return (mapping.time_column, *mapping.targets)
        named = (mapping.point_column, mapping.time_column, mapping.value_column)
        return (*named, mapping.quality_column) if self._has_quality else named

    def header_mistakes(self, types: Mapping[str, pa.DataType]) -> list[Mistake]:
        """Return a mistake for each needed column that the file lacks, or has as something else.

        Such a column is told once and not row by row; nothing of the file can be read then.
        """
        known = [name for name in types if name]
        lacking = [(f"there is no {name!r}", nearest(name, known)) for name in self.missing]
        present = [name for name in self.needed if name in types]
        mistyped = [
            (f"{name!r} is of type {types[name]}", cure)
            for name in present
            if (cure := self._cure_of(name, types[name]))
        ]
        return [Mistake(self._file, 0, "columns", *mistake) for mistake in lacking + mistyped]

    def _cure_of(self, column: str, kind: pa.DataType) -> str:
        """Return what a column of the wrong type should be instead; empty when it is right."""
        mapping = self._mapping
        if column == mapping.time_column:
            counted = mapping.time_format in (EPOCH_S, EPOCH_MS)
            return "" if can_be_times(kind, counted=counted) else WRITE_TIMES
        if column in (mapping.point_column, mapping.quality_column) and (
            mapping.layout is Layout.LONG
        ):
            return "" if can_be_names(kind) else "write it as text"
        return "" if can_be_numbers(kind) else "write numbers"

    def readings(self, block: Block, report: Report) -> Readings:
        """Return the readings of a block, telling of everything that is none."""
        at = moments(block.columns[self._mapping.time_column], self._mapping)
        self._tell_times(block, at, report)
        if self._mapping.layout is Layout.WIDE:
            return self._wide(block, at, report)
        return self._long(block, at, report)

    # ---- a row is a reading

    def _long(self, block: Block, at: Moments, report: Report) -> Readings:
        mapping = self._mapping
        found = numbers(block.columns[mapping.value_column], mapping)
        self._tell_numbers(block, found, mapping.value_column, report)
        names, of_row = distinct(block.columns[mapping.point_column])
        targets = [self._targets.get(name) for name in names]
        unknown = np.array([target is None for target in targets], np.bool_)[of_row]
        self._tell_points(block, names, of_row, unknown, report)
        quality, odd = self._qualities(block, report)
        value = found.value.copy()
        for number, target in enumerate(targets):
            if target is not None:
                mine = of_row == number
                value[mine] = target.conversion.of(value[mine])
        good = ~(at.bad | found.wrong | found.empty | unknown | odd)
        ids = tuple(
            name if target is None else target.point_id
            for name, target in zip(names, targets, strict=True)
        )
        return _readings(ids, of_row, at.utc_us, value, quality, good, int(found.empty.sum()))

    def _qualities(self, block: Block, report: Report) -> tuple[npt.NDArray[np.uint8], Mask]:
        rows = len(block)
        if not self._has_quality:
            return np.full(rows, FieldQuality.GOOD, np.uint8), np.zeros(rows, np.bool_)
        names, of_row = distinct(block.columns[self._mapping.quality_column])
        known = {"": FieldQuality.GOOD} | dict(self._mapping.qualities)
        of_name = [known.get(name) for name in names]
        odd = np.array([quality is None for quality in of_name], np.bool_)[of_row]
        for row in np.flatnonzero(odd).tolist():
            self._tell(
                block,
                row,
                f"{_short(names[of_row[row]])} is no quality",
                f"write {', '.join(self._mapping.qualities)}, or nothing",
                report,
            )
        quality = [FieldQuality.GOOD if q is None else q for q in of_name]
        return np.array(quality, np.uint8)[of_row], odd

    # ---- a row is a moment

    def _wide(self, block: Block, at: Moments, report: Report) -> Readings:
        values, good, empty = [], [], 0
        for name, target in self._mapping.targets.items():
            found = numbers(block.columns[name], self._mapping)
            self._tell_numbers(block, found, name, report)
            values.append(target.conversion.of(found.value))
            good.append(~(at.bad | found.wrong | found.empty))
            empty += int(found.empty.sum())
        count = len(values)
        ids = tuple(target.point_id for target in self._mapping.targets.values())
        utc_us = np.repeat(at.utc_us, count)
        index = np.tile(np.arange(count), len(block))
        quality = np.full(len(index), FieldQuality.GOOD, np.uint8)
        flat_values, flat_good = np.column_stack(values).ravel(), np.column_stack(good).ravel()
        return _readings(ids, index, utc_us, flat_values, quality, flat_good, empty)

    # ---- mistakes

    def _tell_times(self, block: Block, at: Moments, report: Report) -> None:
        if not at.bad.any():
            return
        shown = texts(block.columns[self._mapping.time_column])
        zone = self._mapping.zone
        example = TIME_EXAMPLES.get(self._mapping.time_format, self._mapping.time_format)
        empty = np.array([not text for text in shown], np.bool_)
        for mask, what, cure in (
            (at.wrong & ~empty, "is no time", f"write it as {example}"),
            (
                at.wrong & empty,
                "is no time: the cell is empty",
                "a reading needs a time of its own",
            ),
            (at.no_zone, "has no time zone", NAME_A_ZONE),
            (at.twice, f"happens twice in {zone}: its clock is put back then", SAY_WHICH),
            (at.never, f"does not exist in {zone}: its clock skips it", CORRECT_THE_ZONE),
        ):
            for row in np.flatnonzero(mask).tolist():
                self._tell(block, row, f"{_short(shown[row])} {what}", cure, report)

    def _tell_numbers(self, block: Block, found: Numbers, column: str, report: Report) -> None:
        if not found.wrong.any():
            return
        shown = texts(block.columns[column])
        cure = (
            "write 1234,5 without separators of thousands"
            if self._mapping.decimal == "comma"
            else "write 1234.5; for 1234,5 say decimal: comma in the mapping"
        )
        for row in np.flatnonzero(found.wrong).tolist():
            what = f"{column} {_short(shown[row])} is no number"
            absent = shown[row].lower().strip("-+") in NO_VALUES
            self._tell(block, row, what, LEAVE_EMPTY if absent else cure, report)

    def _tell_points(
        self, block: Block, names: list[str], of_row: Rows, unknown: Mask, report: Report
    ) -> None:
        for row in np.flatnonzero(unknown).tolist():
            name = names[of_row[row]]
            what = f"{_short(name)} is neither a point of the park file nor in the mapping"
            self._tell(block, row, what, self._nearest(name), report)

    def _nearest(self, name: str) -> str:
        """Return the cure for an unknown point; looked for once a name, because it is slow."""
        if name not in self._cures:
            self._cures[name] = nearest_point(name, self._targets)
        return self._cures[name]

    def _tell(self, block: Block, row: int, what: str, cure: str, report: Report) -> None:
        report(Mistake(self._file, int(block.number[row]), block.place(row), what, cure))


def _readings(
    ids: tuple[str, ...],
    index: npt.NDArray[np.intp],
    utc_us: Times,
    value: npt.NDArray[np.float64],
    quality: npt.NDArray[np.uint8],
    good: Mask,
    empty: int,
) -> Readings:
    return Readings(
        ids,
        index[good].astype(np.uint32),
        utc_us[good],
        value[good],
        quality[good],
        empty,
    )


def nearest_point(name: str, known: Mapping[str, Target]) -> str:
    """Return the cure for an unknown point, not listing all that a large park has."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {near[0]}?" if near else "name its point in the mapping"


def _short(text: object) -> str:
    shown = str(text)
    return repr(shown if len(shown) <= LONGEST_SHOWN else f"{shown[:LONGEST_SHOWN]}…")
