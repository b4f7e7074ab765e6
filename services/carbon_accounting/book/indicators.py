"""Indicators of a booking, by local month and year to date, as a table."""

from dataclasses import dataclass
from pathlib import Path

from services.carbon_accounting.book.edition import edition_of
from services.carbon_accounting.book.inputs import Inputs
from services.carbon_accounting.book.tables import write_table
from services.carbon_accounting.domain.indicators.definitions import PeriodKind
from services.carbon_accounting.domain.indicators.showing import Shown, shown
from services.carbon_accounting.domain.indicators.snapshots import Period, Snapshot
from services.carbon_accounting.domain.indicators.targets import Aimed
from services.carbon_accounting.domain.indicators.values import Known, Value
from services.carbon_accounting.domain.inventory.booking import Inventory
from services.carbon_accounting.domain.inventory.measuring import Measuring
from services.carbon_accounting.domain.inventory.open_items import tells_lack
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.local_month import Month
from services.energy.time_grid import from_microseconds

COLUMNS = (
    *("period", "kind", "indicator", "version", "name_en", "name_zh", "value", "unit", "target"),
    *("verdict", "conservative", "optimistic", "missing", "unverified", "formula"),
    *("conservative_formula", "optimistic_formula", "explanation"),
)
DIGITS = 9


@dataclass(frozen=True, slots=True)
class Told:
    """One indicator of one period; `period` is a month, or the year to date by its last month."""

    period: str
    shown: Shown


def measuring_of(inputs: Inputs, inventory: Inventory) -> Measuring:
    """Return the books as the words of indicators."""
    lacking = incomplete(inventory)
    return Measuring(inventory, inputs.site, inputs.factors, inputs.production, lacking)


def indicators_of(inputs: Inputs, measuring: Measuring) -> list[Told]:
    """Return every indicator of each month and of each year to date."""
    edition = edition_of(inputs.site)
    told = []
    for name, snapshot in snapshots_of(inputs, measuring):
        found = shown(edition, snapshot, inputs.site.does_not_apply).values()
        told += [Told(name, one) for one in found if one.is_usual]
    return told


def snapshots_of(inputs: Inputs, measuring: Measuring) -> list[tuple[str, Snapshot]]:
    """Return the totals of each month, then of each year to date."""
    months = [(month, _snapshot(inputs, measuring, [month])) for month in measuring.months]
    return [*months, *yearly(inputs, measuring)]


def yearly(inputs: Inputs, measuring: Measuring) -> list[tuple[str, Snapshot]]:
    """Return each year to date, the last one to the end of the readings: `2023 to 2023-04`."""
    found = []
    for year in sorted({month[:4] for month in measuring.months}):
        some = [month for month in measuring.months if month.startswith(year)]
        kind = PeriodKind.YEAR_TO_DATE
        found.append((f"{year} to {some[-1]}", _snapshot(inputs, measuring, some, kind)))
    return found


def _snapshot(
    inputs: Inputs,
    measuring: Measuring,
    months: list[str],
    kind: PeriodKind = PeriodKind.MONTH,
) -> Snapshot:
    amounts, doubts = measuring.amounts(months), measuring.doubts(months)
    return Snapshot(_period(inputs, kind, months), amounts, doubts)


def incomplete(inventory: Inventory) -> frozenset[Ledger]:
    """Return the ledgers of which something could not be booked for want of a factor."""
    items = inventory.open_items
    return frozenset(
        ledger for ledger in Ledger if any(tells_lack(i.kind, i.what, ledger) for i in items)
    )


def _period(inputs: Inputs, kind: PeriodKind, months: list[str]) -> Period:
    zone, data = inputs.site.time_zone, inputs.data
    first, after = Month.read(months[0]), Month.read(months[-1]).plus(1)
    start, end = max(first.start(zone), data.begins), min(after.start(zone), data.ends)
    shown_on = from_microseconds(int(data.starts_us[-1])).astimezone(zone).date()
    return Period(kind, start, end, min(shown_on, after.first_day))


def write_indicators(path: Path, told: list[Told]) -> None:
    """Write the indicators, a line each; what has no value says what is missing."""
    write_table(path, COLUMNS, (indicator_row(one.period, one.shown) for one in told))


def indicator_row(period: str, one: Shown) -> tuple[object, ...]:
    """Return an indicator of a period in COLUMNS."""
    definition = one.definition
    readings = {side.value: number_of(value) for side, value in one.readings.items()}
    return (
        *(period, one.period.kind, definition.id, definition.version),
        *(definition.names.en, definition.names.zh, number_of(one.value), definition.unit),
        limit_of(one),
        *(one.verdict, readings.get("conservative", ""), readings.get("optimistic", "")),
        *(", ".join(map(str, one.missing)), "; ".join(one.unverified), definition.formula),
        *(definition.formulas.get(side, "") for side in ("conservative", "optimistic")),
        one.explanation,
    )


def limit_of(one: Shown) -> float | str:
    """Return the limit that holds; empty where there is none."""
    return float(one.aim.target.limit) if isinstance(one.aim, Aimed) else ""


def number_of(value: Value) -> str:
    """Return a value as text; empty where there is none."""
    return f"{float(value.value):.{DIGITS}g}" if isinstance(value, Known) else ""
