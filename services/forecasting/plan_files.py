"""Plans of devices from files: columns `device,kind,start,end,value`, and `known_at` if told.

CSV or Parquet. `kind` is `availability` or `production`; stamps name their zone and lie on quarter
hours. A row without `known_at` counts as known since now: of the past, what could run is learnt
from it, but not what was to be made, which nobody can have known ahead by it.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from services.forecasting.backtest.mistakes import BadFiles, Mistake
from services.forecasting.domain.plans import PlanKind, PlanValue, value_mistake
from services.forecasting.domain.series import quarter_number
from services.forecasting.plan_desk import Devices, device_mistake, span_mistake

NEEDED = ("device", "kind", "start", "end", "value")
KNOWN_AT = "known_at"
KINDS = {kind.name.lower(): kind for kind in PlanKind}
Row = dict[str, Any]


class _Row(NamedTuple):
    """A sound row of a file."""

    line: int
    device: str
    kind: PlanKind
    start: datetime
    end: datetime
    value: float
    known_at: datetime


def plans_from(path: Path, devices: Devices, now: datetime, user: str) -> list[PlanValue]:
    """Return what a file says, by quarter hours; BadFiles with every mistake and its line."""
    table = _table(path)
    mistakes = [Mistake(path.name, 1, text) for text in _header_mistakes(list(table.columns))]
    if mistakes:
        raise BadFiles(mistakes)
    rows: list[_Row] = []
    for line, cells in enumerate(table.to_dict("records"), start=2):
        wrong, row = _read(line, cells, devices, now)
        mistakes += [Mistake(path.name, line, text) for text in wrong]
        rows += [row] if row is not None else []
    mistakes += [Mistake(path.name, line, text) for line, text in _overlaps(rows)]
    if not len(table):
        mistakes.append(Mistake(path.name, 0, "has no rows"))
    if mistakes:
        raise BadFiles(sorted(mistakes, key=lambda one: one.line))
    return [one for row in rows for one in _values(row, user)]


def _values(row: _Row, user: str) -> Iterator[PlanValue]:
    known = row.known_at
    for quarter in range(quarter_number(row.start), quarter_number(row.end)):
        yield PlanValue(row.device, row.kind, quarter, row.value, known, known, user)


def _table(path: Path) -> pd.DataFrame:
    try:
        if path.suffix == ".parquet":
            return pd.read_parquet(path).astype(object)
        return pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise BadFiles([Mistake(path.name, 0, f"cannot be read: {error}")]) from None


def _header_mistakes(names: Sequence[str]) -> Iterator[str]:
    for name in NEEDED:
        if name not in names:
            yield f"needs a column {name!r}; it has {', '.join(names)}"
    for name in names:
        if name not in (*NEEDED, KNOWN_AT):
            yield f"unknown column {name!r}: use {', '.join((*NEEDED, KNOWN_AT))}"


def _read(line: int, cells: Row, devices: Devices, now: datetime) -> tuple[list[str], _Row | None]:
    """Return everything that is wrong with a row, and the row where nothing is."""
    wrong: list[str] = []
    device, word = str(cells["device"]).strip(), str(cells["kind"]).strip()
    kind = KINDS.get(word)
    if kind is None:
        wrong.append(f"kind {word!r} is none; use {' or '.join(KINDS)}")
    if text := device_mistake(device, int(kind or 0), devices):
        wrong.append(f"device {text}")
    start, end = (_time(name, cells[name], wrong) for name in ("start", "end"))
    known_at = _known_at(cells.get(KNOWN_AT), now, wrong)
    value = _number(cells["value"], kind, wrong)
    if start is not None and end is not None and (text := span_mistake(start, end, now)):
        wrong.append(text)
    if wrong or kind is None or start is None or end is None or value is None:
        return wrong, None
    return [], _Row(line, device, kind, start, end, value, known_at)


def _overlaps(rows: list[_Row]) -> Iterator[tuple[int, str]]:
    """Yield the rows that say something else of a time than another row known at that moment."""
    in_order = sorted(rows, key=lambda row: (row.device, row.kind, row.known_at, row.start))
    for one, other in pairwise(in_order):
        same = (one.device, one.kind, one.known_at) == (other.device, other.kind, other.known_at)
        if same and other.start < one.end:
            yield other.line, f"overlaps line {one.line}, known at the same moment"


def _known_at(cell: object, now: datetime, wrong: list[str]) -> datetime:
    if cell is None or cell == "" or cell != cell:
        return now
    known_at = _time(KNOWN_AT, cell, wrong)
    if known_at is not None and known_at > now:
        wrong.append(f"known_at {known_at:%Y-%m-%dT%H:%MZ} is after now")
    return known_at or now


def _time(name: str, cell: object, wrong: list[str]) -> datetime | None:
    try:
        moment = cell if isinstance(cell, datetime) else datetime.fromisoformat(str(cell).strip())
    except ValueError:
        wrong.append(f"{name} {str(cell)!r} is no time; use 2024-05-01T06:00:00Z")
        return None
    if moment.tzinfo is None:
        wrong.append(f"{name} {str(cell)!r} names no zone; end it with Z or +08:00")
        return None
    return moment.astimezone(UTC)


def _number(cell: object, kind: PlanKind | None, wrong: list[str]) -> float | None:
    try:
        value = float(str(cell))
    except ValueError:
        wrong.append(f"value {str(cell)!r} is no number")
        return None
    if kind is not None and (text := value_mistake(kind, value)):
        wrong.append(text)
    return value
