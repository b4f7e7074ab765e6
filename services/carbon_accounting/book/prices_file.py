"""Prices as published: CSV of `start`, `end`, `position`, `price_micros_per_unit`, `unit`.

A position that stands here has no other price than here: what the park file says of it is not
looked at. Its spans follow each other without a gap.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from services.carbon_accounting.book.arrow_tables import Table, table_of
from services.carbon_accounting.book.cells import NOTHING, Wrong, texts, times
from services.carbon_accounting.book.site_prices import wrong_line
from services.carbon_accounting.book.tables import utc
from services.carbon_accounting.domain.costing.declared import UNITS, nanos_per_base_unit
from services.carbon_accounting.domain.costing.positions import positions_of
from services.carbon_accounting.domain.costing.prices import Priced, Published
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.input_files.mistakes import BadFiles, Mistake
from services.energy.time_grid import from_microseconds
from services.runtime.park_file_values import nearest

COLUMNS = ("start", "end", "position", "price_micros_per_unit", "unit")
WHOLE = re.compile(r"[+-]?\d{1,12}")
Tell = Callable[[str, str, str], None]
"""Takes a field, what is wrong with it, and the cure."""


Row = tuple[int, int, str, str, str]
Known = Collection[Priced]
"""What the park has."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A row: `[start_us, end_us)` of a position; `nanos` per base unit, None where wrong."""

    start_us: int
    end_us: int
    unit: str
    nanos: int | None


def read_prices(path: Path, site: Site) -> Mapping[Priced, Published]:
    """Return the prices by position and base unit; BadFiles with every mistake."""
    table = table_of(path)
    cure = f"give the columns {', '.join(COLUMNS)}"
    lacking = [name for name in COLUMNS if name not in table.columns]
    mistakes = [*table.odd, *(Mistake(table.file, 1, n, "is no column", cure) for n in lacking)]
    if not mistakes and not len(table):
        mistakes.append(Mistake(table.file, 1, "file", "holds no price", "give a row a span"))
    if lacking or not len(table):
        raise BadFiles(mistakes)
    known, untimed = {*positions_of(site)}, set[Priced]()
    spans: dict[Priced, dict[Span, int]] = defaultdict(dict)
    for line, row in _rows(table, site.time_zone, mistakes):
        tell, priced = _teller(table.file, line, mistakes), (row[2], UNITS.get(row[4], row[4]))
        nanos = _nanos(row, known, tell)
        if _is_span(row[0], row[1], site, tell):
            spans[priced].setdefault(Span(row[0], row[1], row[4], nanos), line)
        else:
            untimed.add(priced)
    for priced, of_lines in spans.items():
        for line, what, cure in _out_of_order(priced[0], of_lines, priced not in untimed):
            mistakes.append(Mistake(table.file, line, "start", what, cure))
    if mistakes:
        raise BadFiles(mistakes)
    return dict(_published(spans))


def _teller(file: str, line: int, mistakes: list[Mistake]) -> Tell:
    return lambda name, what, cure: mistakes.append(Mistake(file, line, name, what, cure))


def _rows(table: Table, zone: ZoneInfo, mistakes: list[Mistake]) -> Iterator[tuple[int, Row]]:
    stamps = []
    for name in ("start", "end"):
        wrong: list[Wrong] = []
        stamps.append(times(table.columns[name], zone, wrong).tolist())
        mistakes += [
            Mistake(table.file, int(table.lines[one.row]), name, one.what, one.cure)
            for one in wrong
        ]
    columns = [_texts(table, name) for name in COLUMNS[2:]]
    for place, line in enumerate(table.lines.tolist()):
        position, price, unit = (column[place] for column in columns)
        yield line, (stamps[0][place], stamps[1][place], position, price, unit)


def _texts(table: Table, name: str) -> list[str]:
    names, of_row = texts(table.columns[name])
    return [names[at] for at in of_row.tolist()]


def _nanos(row: Row, known: Known, tell: Tell) -> int | None:
    """Return a row's price; None where something is wrong with it."""
    *_, position, price, unit = row
    is_right = WHOLE.fullmatch(price) is not None
    if not is_right:
        cure = "write whole millionths of the currency, at most 12 digits, as 620000 for 0.62"
        tell("price_micros_per_unit", f"is {price!r}", cure)
    if unit not in UNITS:
        tell("unit", f"is {unit!r}", nearest(unit, [*UNITS]))
        return None
    wrong = [*wrong_line(position, unit, known)]
    for name, what, cure in wrong:
        tell(name, what, cure)
    return nanos_per_base_unit(int(price), unit) if is_right and not wrong else None


def _is_span(start_us: int, end_us: int, site: Site, tell: Tell) -> bool:
    if NOTHING in (start_us, end_us):
        return False
    if end_us <= start_us:
        tell("end", "is not after start", "name the moment from which the price no longer holds")
        return False
    step_us = int(site.step.total_seconds() * 1_000_000)
    off = [name for name, at in (("start", start_us), ("end", end_us)) if at % step_us]
    for name in off:
        tell(name, f"lies within an interval of {site.step}", "give the border of an interval")
    return not off


def _out_of_order(
    position: str, of_lines: Mapping[Span, int], is_complete: bool
) -> Iterator[tuple[int, str, str]]:
    """Yield (line, what, cure) of spans over another and, of all spans, after a gap."""
    for before, after in pairwise(sorted(of_lines, key=lambda one: (one.start_us, of_lines[one]))):
        ends, begins = (utc(from_microseconds(at)) for at in (before.end_us, after.start_us))
        if after.start_us < before.end_us:
            what = f"of {position} overlaps line {of_lines[before]}, which holds until {ends}"
            yield of_lines[after], what, "give each moment one price"
        elif after.start_us > before.end_us and is_complete:
            what = f"of {position} leaves a gap: no price from {ends} to {begins}"
            yield of_lines[after], what, "give its price"


def _published(
    spans: Mapping[Priced, Mapping[Span, int]],
) -> Iterator[tuple[Priced, Published]]:
    """Yield the prices of each position in its base unit, all of which are right."""
    for priced, of_lines in sorted(spans.items()):
        found, names = sorted(of_lines), ("start_us", "end_us", "nanos")
        columns = ([getattr(one, name) for one in found] for name in names)
        yield priced, Published(*(np.array(one, np.int64) for one in columns))
