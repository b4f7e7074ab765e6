"""The energy audit as tables: balances, energy in tce, unit consumption, collection (C.7)."""

from collections.abc import Collection, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

from services.carbon_accounting.book.inputs import Inputs
from services.carbon_accounting.book.tables import write_table
from services.carbon_accounting.domain.auditing.balances import (
    Balance,
    Closed,
    Finding,
    Tolerance,
    Undecided,
    judged,
)
from services.carbon_accounting.domain.auditing.comprehensive import Comprehensive, Lacking, Line
from services.carbon_accounting.domain.auditing.grades import Graded
from services.carbon_accounting.domain.inventory.booking import Inventory
from services.carbon_accounting.domain.inventory.measuring import Measuring
from services.carbon_accounting.domain.inventory.node_balances import OfMonth, node_balances
from services.carbon_accounting.domain.inventory.product_words import ProductUse
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.domain.ledgers import Ledger

BALANCES = (
    *("month", "node", "came_in", "from_stock", "went_out", "gap", "allowed", "unit"),
    *("finding", "what", "intervals", "unknown_intervals"),
)
ENERGY = (
    *("period", "stream", "carrier", "amount", "unit", "tce", "tce_equivalent_value"),
    *("coefficient", "unverified", "lacking"),
)
PRODUCTS = (
    *("period", "product", "enterprise", "made", "unit", "share", "tce"),
    *("kgce_per_unit", "limit_kgce_per_unit", "verdict", "what", "unverified"),
)
EMISSIONS = (
    *("ledger", "period", "product", "enterprise", "made", "unit", "share"),
    *("emissions_kg", "kg_per_unit", "gas", "whole", "unverified"),
)
COLLECTION = ("meter", "counts", "collection")
TOTAL = "*"
"""Stands for all streams together."""
DIGITS, KG_PER_T = 9, 1000


def write_audit(folder: Path, inputs: Inputs, inventory: Inventory, measuring: Measuring) -> None:
    """Write the tables of the energy audit."""
    site, data = inputs.site, inputs.data
    tolerance = Tolerance(Fraction(site.choices.balance_tolerance))
    balances = node_balances(site, data, inventory)
    rows = (balance_row(one, tolerance) for one in balances)
    write_table(folder / "energy_balance.csv", BALANCES, rows)
    months = measuring.months
    periods = [*((month, [month]) for month in months), *_years(months)]
    write_table(folder / "comprehensive_energy.csv", ENERGY, _energy(periods, measuring))
    write_table(folder / "unit_consumption.csv", PRODUCTS, _products(periods, measuring))
    write_table(folder / "product_emissions.csv", EMISSIONS, _emissions(periods, measuring))
    write_table(folder / "meter_collection.csv", COLLECTION, _collection(site))


def _years(months: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    for year in sorted({month[:4] for month in months}):
        yield year, [month for month in months if month.startswith(year)]


def balance_row(one: OfMonth, tolerance: Tolerance) -> tuple[object, ...]:
    """Return a balance with its finding; what is undecided has no gap."""
    found = judged(one.balance, tolerance)
    gap = None if isinstance(found, Undecided) else found.gap
    allowed = None if isinstance(found, Undecided) else found.allowed
    came_in, went_out = _sums(one.balance)
    return (
        *(one.month, one.balance.node, came_in, one.balance.from_stock, went_out, gap, allowed),
        *(one.balance.unit, type(found).__name__.lower(), _says(found)),
        *(one.intervals, one.unknown),
    )


def _sums(balance: Balance) -> tuple[int | None, int | None]:
    came_in = [flow.amount for flow in balance.inputs]
    went_out = [out.flow.amount for out in balance.outflows]
    return _sum(came_in), _sum(went_out)


def _sum(amounts: Sequence[int | None]) -> int | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if len(known) == len(amounts) else None


def _says(found: Finding) -> str:
    if isinstance(found, Closed):
        return ""
    if isinstance(found, Undecided):
        return f"not known: {', '.join(sorted(found.lacking))}"
    return str(found)


def _energy(
    periods: Sequence[tuple[str, Collection[str]]], measuring: Measuring
) -> Iterator[tuple[object, ...]]:
    for period, months in periods:
        found = measuring.energy.of(months)
        yield from (_line(period, line) for line in found.lines)
        yield from (_lacking(period, one) for one in found.lacking)
        yield _total(period, found)


def _line(period: str, line: Line) -> tuple[object, ...]:
    stream, equivalent = line.stream, line.equivalent
    return (
        *(period, stream.name, stream.carrier, stream.amount, stream.unit),
        *(number(line.calorific.tce), "" if equivalent is None else number(equivalent.tce)),
        *(line.coal.method, "; ".join(line.unverified), ""),
    )


def _lacking(period: str, one: Lacking) -> tuple[object, ...]:
    stream = one.stream
    place = (period, stream.name, stream.carrier, stream.amount, stream.unit)
    return (*place, "", "", "", "", one.why)


def _total(period: str, found: Comprehensive) -> tuple[object, ...]:
    tce = "" if found.calorific is None else number(found.calorific.tce)
    equivalent = "" if found.equivalent is None else number(found.equivalent.tce)
    lacking = ", ".join(one.stream.name for one in found.lacking)
    doubts = "; ".join(found.unverified)
    return period, TOTAL, "", "", "", tce, equivalent, "", doubts, lacking


def _products(
    periods: Sequence[tuple[str, Collection[str]]], measuring: Measuring
) -> Iterator[tuple[object, ...]]:
    for period, months in periods:
        yield from (_product(period, use) for use in measuring.products.uses(months))


def _product(period: str, use: ProductUse) -> tuple[object, ...]:
    grading, product = use.grading, use.product
    verdict, why = "ungraded", use.why
    if isinstance(grading, Graded):
        verdict = "within grade 2" if grading.is_good_enough else "beyond grade 2"
    else:
        why = why or grading.why
    limit = product.grade_2_kgce_per_unit
    limit_doubt = ("the park file names no standard for its limit",)
    doubts = use.doubts + (limit_doubt if limit and not product.grade_2_source else ())
    return (
        *(period, product.id, product.enterprise, number(use.made), product.unit),
        *(number(use.share), number(use.energy.tce if use.energy else None)),
        *(number(grading.kgce_per_unit), limit, verdict, why, "; ".join(doubts)),
    )


def _emissions(
    periods: Sequence[tuple[str, Collection[str]]], measuring: Measuring
) -> Iterator[tuple[object, ...]]:
    for ledger in measuring.site.ledgers:
        for period, months in periods:
            for use in measuring.products.uses(months):
                yield _emission(ledger, period, months, use, measuring)


def _emission(
    ledger: Ledger, period: str, months: Collection[str], use: ProductUse, measuring: Measuring
) -> tuple[object, ...]:
    """Return what a product has of its enterprise's emissions, where its share is known."""
    product, books = use.product, measuring.products
    tonnes = books.emitted_for(ledger, use, months)
    kg = None if tonnes is None else tonnes * KG_PER_T
    a_unit = kg / use.made if kg is not None and use.made else None
    doubts = (*books.ledger_doubts(ledger, product.enterprise, months), *use.sharing_doubts)
    return (
        *(ledger.key, period, product.id, product.enterprise, number(use.made), product.unit),
        *(number(use.share), number(kg), number(a_unit), ledger.gas),
        *(str(ledger not in measuring.incomplete).lower(), "; ".join(doubts)),
    )


def number(value: Fraction | None) -> str:
    """Return a number of nine digits; empty where there is none."""
    return "" if value is None else f"{float(value):.{DIGITS}g}"


def _collection(site: Site) -> Iterator[tuple[object, ...]]:
    for one in sorted(site.counting, key=lambda one: one.id):
        yield one.id, one.counts, one.collection or "not stated"
