"""What was made: CSV of `period`, `product`, `amount`; a period is a local month or day."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from pathlib import Path

import numpy as np

from services.carbon_accounting.book.arrow_tables import Table, table_of
from services.carbon_accounting.book.cells import Wrong, numbers, texts
from services.carbon_accounting.book.decimals import Decimals
from services.carbon_accounting.domain.inventory.amounts import LARGEST, whole
from services.carbon_accounting.domain.inventory.base_units import in_base
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.input_files.mistakes import BadFiles, Mistake
from services.runtime.park_file_values import nearest

MOST_BASE_UNITS = 10**9
"""Base units in the largest unit that is used, GWh and kt."""
COLUMNS = ("period", "product", "amount")
Production = dict[tuple[str, str], int]
"""By (product, local month): how much, in the base unit of the product's unit."""


def read_production(path: Path, site: Site, years: Collection[int] | None = None) -> Production:
    """Return what each product's months made; BadFiles with every mistake.

    `years`: the local years that are booked, None where that is not known.
    """
    table = table_of(path)
    mistakes = [*table.odd]
    if missing := _columns_missing(table):
        raise BadFiles([*mistakes, *missing])
    months = _months(table, mistakes)
    _check_years(table, months, years, mistakes)
    products = _products(table, site, mistakes)
    wrong: list[Wrong] = []
    values, known = numbers(table.columns["amount"], wrong)
    told = {one.row for one in wrong}
    empty = [int(row) for row in np.flatnonzero(~known) if row not in told]
    wrong += [Wrong(row, "is empty", "give an amount, 0 where none") for row in empty]
    wrong += [
        Wrong(int(r), "is negative", "book what came back apart")
        for r in np.flatnonzero(values < 0)
    ]
    wrong += [
        Wrong(int(r), f"is {values[r]:g}, more than whole base units can count", "check the unit")
        for r in np.flatnonzero(values >= LARGEST / MOST_BASE_UNITS)
    ]
    mistakes += [_mistake(table, one.row, "amount", one.what, one.cure) for one in wrong]
    _check_twice(table, mistakes)
    if mistakes:
        raise BadFiles(mistakes)
    made: Production = defaultdict(int)
    units = {product.id: product.unit for product in site.products}
    decimals = Decimals.of(table.columns["amount"])
    for row, (product, month) in enumerate(zip(products, months, strict=True)):
        here, ratio = slice(row, row + 1), in_base(units[product])[0]
        base = whole(values[here], ratio) if decimals is None else decimals[here].whole(ratio)
        made[product, month] += int(base[0])
    return dict(sorted(made.items()))


def _columns_missing(table: Table) -> list[Mistake]:
    cure = f"give the columns {', '.join(COLUMNS)}"
    return [
        Mistake(table.file, 1, name, "is no column", cure)
        for name in COLUMNS
        if name not in table.columns
    ]


def _months(table: Table, mistakes: list[Mistake]) -> list[str]:
    names, of_row = texts(table.columns["period"])
    read = {at: _month(name) for at, name in enumerate(names)}
    for row, at in enumerate(of_row.tolist()):
        if read[at] is None:
            what, cure = f"is {names[at]!r}", "write a month as 2024-01 or a day as 2024-01-31"
            mistakes.append(_mistake(table, row, "period", what, cure))
    return [read[at] or "" for at in of_row.tolist()]


def _month(text: str) -> str | None:
    try:
        return date.fromisoformat(text if len(text) > len("2024-01") else f"{text}-01").isoformat()[
            :7
        ]
    except ValueError:
        return None


def _check_years(
    table: Table, months: Sequence[str], years: Collection[int] | None, mistakes: list[Mistake]
) -> None:
    """Refuse what no indicator of these books can use: it is a slip of the pen."""
    for row, month in enumerate(months):
        if month and years is not None and int(month[:4]) not in years:
            booked = f"{min(years)} to {max(years)}" if len(years) > 1 else f"{min(years)}"
            what = f"is of {month}, and the readings are of {booked}"
            cure = "correct the year, or leave the line out"
            mistakes.append(_mistake(table, row, "period", what, cure))


def _products(table: Table, site: Site, mistakes: list[Mistake]) -> list[str]:
    known = [product.id for product in site.products]
    names, of_row = texts(table.columns["product"])
    for row, at in enumerate(of_row.tolist()):
        if names[at] not in known:
            what = f"names {names[at]!r}, which the park file does not declare"
            mistakes.append(_mistake(table, row, "product", what, nearest(names[at], known)))
    return [names[at] for at in of_row.tolist()]


def _check_twice(table: Table, mistakes: list[Mistake]) -> None:
    periods, of_period = texts(table.columns["period"])
    products, of_product = texts(table.columns["product"])
    seen: dict[tuple[str, str], int] = {}
    for row, (period, product) in enumerate(
        zip(of_period.tolist(), of_product.tolist(), strict=True)
    ):
        key = (periods[period], products[product])
        if key in seen:
            what = f"{key[0]} of {key[1]} stands in line {seen[key]} already"
            mistakes.append(_mistake(table, row, "period", what, "keep one of the two"))
        seen.setdefault(key, int(table.lines[row]))
    _check_days_and_months(table, seen, mistakes)


def _check_days_and_months(
    table: Table, seen: Mapping[tuple[str, str], int], mistakes: list[Mistake]
) -> None:
    """Refuse a month that stands beside days of its own: it would be counted twice."""
    for (period, product), line in seen.items():
        month = (period[: len("2024-01")], product)
        if month[0] != period and month in seen:
            what = f"is a day of {month[0]}, which line {seen[month]} tells of {product} as a month"
            cure = "keep the days or the month"
            mistakes.append(Mistake(table.file, line, "period", what, cure))


def _mistake(table: Table, row: int, field: str, what: str, cure: str) -> Mistake:
    return Mistake(table.file, int(table.lines[row]), field, what, cure)
