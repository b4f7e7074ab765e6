"""Indicators of a booking, by local month and year to date, as a table."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from services.carbon_accounting.book.inputs import Inputs
from services.carbon_accounting.book.tables import write_table
from services.carbon_accounting.domain.indicators.definitions import PeriodKind
from services.carbon_accounting.domain.indicators.editions import Edition
from services.carbon_accounting.domain.indicators.showing import Shown, shown
from services.carbon_accounting.domain.indicators.snapshots import Period, Snapshot
from services.carbon_accounting.domain.indicators.targets import Aimed
from services.carbon_accounting.domain.indicators.values import Known, Value
from services.carbon_accounting.domain.inventory.booking import Inventory
from services.carbon_accounting.domain.inventory.measuring import Measuring
from services.carbon_accounting.domain.inventory.open_items import tells_lack
from services.carbon_accounting.domain.inventory.product_words import as_named
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.indicator_import import read_indicators
from services.energy.time_grid import from_microseconds

COLUMNS = (
    *("period", "kind", "indicator", "version", "name_en", "name_zh", "value", "unit", "target"),
    *("verdict", "conservative", "optimistic", "missing", "unverified", "formula"),
    *("conservative_formula", "optimistic_formula"),
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
    months = sorted({month for month, *_ in measuring.inventory.flows.wh})
    told, edition = [], edition_of(inputs.site)
    for period, name, some in _periods(inputs, months):
        snapshot = Snapshot(period, measuring.amounts(some), measuring.doubts(some))
        found = shown(edition, snapshot).values()
        told += [Told(name, one) for one in found if one.is_usual]
    return told


def edition_of(site: Site) -> Edition:
    """Return a park's indicators as they stand on its day, without one the newest: old months too.

    Each pattern has become one indicator for each product of the park.
    """
    products = [as_named(product) for product in site.products]
    catalogue = read_indicators(products=products).catalogue
    newest = max(definition.valid_from for definition in catalogue.definitions)
    edition = catalogue.edition(site.choices.indicators_as_of or newest)
    if not isinstance(edition, Edition):
        raise ValueError("; ".join(str(fault) for fault in edition.faults))
    return edition


def incomplete(inventory: Inventory) -> frozenset[Ledger]:
    """Return the ledgers of which something could not be booked for want of a factor."""
    items = inventory.open_items
    return frozenset(
        ledger for ledger in Ledger if any(tells_lack(i.kind, i.what, ledger) for i in items)
    )


def _periods(inputs: Inputs, months: list[str]) -> Iterator[tuple[Period, str, list[str]]]:
    for month in months:
        yield _period(inputs, PeriodKind.MONTH, [month]), month, [month]
    for year in sorted({month[:4] for month in months}):
        some = [month for month in months if month.startswith(year)]
        yield _period(inputs, PeriodKind.YEAR_TO_DATE, some), f"{year} to {some[-1]}", some


def _period(inputs: Inputs, kind: PeriodKind, months: list[str]) -> Period:
    zone, data = inputs.site.time_zone, inputs.data
    first, last = date.fromisoformat(f"{months[0]}-01"), date.fromisoformat(f"{months[-1]}-01")
    after = date(last.year + last.month // 12, last.month % 12 + 1, 1)
    start = max(datetime(first.year, first.month, 1, tzinfo=zone), data.begins)
    end = min(datetime(after.year, after.month, 1, tzinfo=zone), data.ends)
    shown_on = from_microseconds(int(data.starts_us[-1])).astimezone(zone).date()
    return Period(kind, start, end, min(shown_on, after))


def write_indicators(path: Path, told: list[Told]) -> None:
    """Write the indicators, a line each; what has no value says what is missing."""
    write_table(path, COLUMNS, (_row(one.period, one.shown) for one in told))


def _row(period: str, one: Shown) -> tuple[object, ...]:
    definition, aim = one.definition, one.aim
    readings = {side.value: _text(value) for side, value in one.readings.items()}
    return (
        *(period, one.period.kind, definition.id, definition.version),
        *(definition.names.en, definition.names.zh, _text(one.value), definition.unit),
        float(aim.target.limit) if isinstance(aim, Aimed) else "",
        *(one.verdict, readings.get("conservative", ""), readings.get("optimistic", "")),
        *(", ".join(map(str, one.missing)), "; ".join(one.unverified), definition.formula),
        *(definition.formulas.get(side, "") for side in ("conservative", "optimistic")),
    )


def _text(value: Value) -> str:
    return f"{float(value.value):.{DIGITS}g}" if isinstance(value, Known) else ""
