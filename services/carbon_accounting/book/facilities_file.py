"""The facilities that GEC are issued to: CSV, a row a device and the use of its power.

Words, rates and dates are those of the file of `--certificates`. `carry` in `unit` is what months
before left, below 1 MWh; `off_take` the meter of what the plant took, where its storage has none.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.carbon_accounting.book.arrow_tables import Table, table_of
from services.carbon_accounting.book.cells import texts
from services.carbon_accounting.domain.certificates.gec import (
    GEC_WH,
    Plant,
    Technology,
    Use,
    title_of,
)
from services.carbon_accounting.domain.certificates.issuing import Facility
from services.carbon_accounting.domain.certificates.refusal import Refused
from services.carbon_accounting.domain.inventory.facilities import odd_facilities
from services.carbon_accounting.domain.inventory.gec_months import Registered
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.input_files.certificate_cells import Cells
from services.carbon_accounting.input_files.certificate_parts import (
    DIRTIEST_KG_PER_KWH,
    NG_PER_WH_IN_KG_PER_KWH,
    Trust,
)
from services.carbon_accounting.input_files.mistakes import BadFiles, Mistake

COLUMNS = ("device", "technology", "use", "market", "owner", "emission_kg_per_kwh", "trust")
OPTIONAL = ("commissioned", "market_hydro", "carry", "unit", "storage_metered", "off_take")
MOST = 1_000


@dataclass(frozen=True, slots=True)
class Row:
    """A facility and the line that registers it."""

    line: int
    registered: Registered


def read_facilities(path: Path, site: Site) -> list[Row]:
    """Return the facilities of a file; BadFiles with every mistake."""
    table = table_of(path)
    if lacking := [*_odd_columns(table)]:
        raise BadFiles([*table.odd, *lacking])
    mistakes = [*table.odd]
    if not 0 < len(table) <= MOST:
        what = f"holds {len(table)} facilities"
        mistakes.append(Mistake(table.file, 1, "file", what, f"give 1 to {MOST}"))
    found: list[Row] = []
    for line, cells in _rows(table):
        one = Cells(table.file, line, cells, site.time_zone)
        registered = _registered(one)
        mistakes += dict.fromkeys(one.mistakes)
        found += [Row(line, registered)] if registered is not None else []
    told = {(mistake.line, mistake.field) for mistake in mistakes}
    mistakes += [odd for odd in _odd(table.file, found, site) if (odd.line, odd.field) not in told]
    if mistakes:
        raise BadFiles(mistakes)
    return found


def _odd(file: str, rows: Sequence[Row], site: Site) -> Iterator[Mistake]:
    for odd in odd_facilities(site, [row.registered for row in rows]):
        yield Mistake(file, rows[odd.number].line, odd.field, odd.what, odd.cure)


def _odd_columns(table: Table) -> Iterator[Mistake]:
    for name in COLUMNS:
        if name not in table.columns:
            yield Mistake(table.file, 1, name, "is no column", f"give {', '.join(COLUMNS)}")
    for name in table.columns:
        if name not in (*COLUMNS, *OPTIONAL):
            cure = f"remove or rename it; {', '.join(OPTIONAL)} may be added"
            yield Mistake(table.file, 1, name, "is an unknown column", cure)


def _rows(table: Table) -> Iterator[tuple[int, dict[str, str]]]:
    columns = {name: texts(column) for name, column in table.columns.items()}
    for row, line in enumerate(table.lines.tolist()):
        yield line, {name: names[of_row[row]] for name, (names, of_row) in columns.items()}


def _registered(cells: Cells) -> Registered | None:
    """Return the facility of a row, None where device, technology or use is not told.

    Where a mistake is noted it is good for nothing but to be held against the park.
    """
    technology, use = cells.one_of("technology", Technology), cells.one_of("use", Use)
    device, market, owner = (cells.name(name) for name in ("device", "market", "owner"))
    rate, trust = cells.number("emission_kg_per_kwh"), cells.one_of("trust", Trust)
    commissioned, in_market = cells.day("commissioned"), cells.flag("market_hydro")
    carry_wh, off_take = _carry_wh(cells), _off_take(cells)
    if technology is None or use is None or not device:
        return None
    plant = Plant(technology, commissioned, in_market)
    if isinstance(refused := title_of(plant, use), Refused):
        cells.wrong(refused.field, refused.why, refused.value)
    if rate is not None and rate > DIRTIEST_KG_PER_KWH:
        cells.wrong("emission_kg_per_kwh", f"must be at most {DIRTIEST_KG_PER_KWH}; check the unit")
    ng_per_wh = round((rate or 0) * NG_PER_WH_IN_KG_PER_KWH)
    facility = Facility(device, plant, use, market, owner, ng_per_wh, str(trust))
    return Registered(facility, carry_wh, off_take)


def _carry_wh(cells: Cells) -> int:
    """Return what months before left, 0 where the cell is empty or 0."""
    if not cells.text("carry") or cells.number("carry") == 0:
        return 0
    carry_wh = cells.whole_wh("carry", "unit") or 0
    if carry_wh >= GEC_WH:
        cells.wrong("carry", "must be below 1 MWh: what is whole was a certificate")
    return carry_wh


def _off_take(cells: Cells) -> str | None:
    """Return the meter that must be told where, and only where, the storage has none of its own."""
    cells.flag("storage_metered")
    told, says_no = cells.text("off_take"), cells.text("storage_metered").lower() == "no"
    if says_no and not told:
        cells.wrong("off_take", "name the meter of what the plant took: its storage has none")
    if told and not says_no:
        cells.wrong("off_take", "leave it empty, or write no under storage_metered")
        return None
    return told or None
