"""Small tables of the books as CSV: totals, links of the chains, open items. UTF-8, `\\n`, UTC."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from services.carbon_accounting.book.chain import Link
from services.carbon_accounting.domain.inventory.flows import Flows
from services.carbon_accounting.domain.inventory.open_items import OpenItem
from services.carbon_accounting.domain.inventory.totals import Totals

NG_DIGITS = 9
TOTALS = (
    *("ledger", "month", "enterprise", "scope", "category", "activity", "carrier", "origin"),
    *("amount", "unit", "emissions_g", "gas", "counted", "entries", "estimated", "unverified"),
)
CHAIN = ("ledger", "month", "file", "entries", "sha256", "link")
FLOWS = ("month", "way", "line", "origin", "source", "vintage", "energy_wh")
OPEN_ITEMS = ("kind", "subject", "start", "end", "what", "cure")


def write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV; an absent value is an empty cell."""
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(header)
        lines.writerows(["" if cell is None else cell for cell in row] for row in rows)


def grams(emissions_ng: int) -> str:
    """Return whole nanograms as grams, exactly: `1234.500000000`."""
    sign, size = ("-" if emissions_ng < 0 else ""), abs(emissions_ng)
    return f"{sign}{size // 10**NG_DIGITS}.{size % 10**NG_DIGITS:09d}"


def write_totals(path: Path, totals: Totals) -> None:
    """Write the totals, a line each; no line is a sum over ledgers."""
    write_table(path, TOTALS, total_rows(totals))


def total_rows(totals: Totals) -> Iterator[tuple[object, ...]]:
    """Yield the totals in the columns of TOTALS."""
    for key, total in totals.items():
        yield (
            *(key.ledger.key, key.month, key.enterprise, key.scope, key.category),
            *(key.activity, key.carrier, key.origin, total.amount, key.unit),
            *(grams(total.emissions_ng), key.gas, str(key.counted).lower()),
            *(total.entries, total.estimated, "; ".join(total.unverified)),
        )


def write_chain(path: Path, links: Iterable[Link]) -> None:
    """Write the links of every ledger's chain."""
    write_table(path, CHAIN, ([getattr(link, name) for name in CHAIN] for link in links))


def write_flows(path: Path, flows: Flows) -> None:
    """Write electricity by origin: what came in, where it went, what the stores gained, Wh."""
    rows = (
        (month, way, line, origin.kind, origin.source, origin.vintage or None, wh)
        for (month, way, line, origin), wh in sorted(flows.wh.items())
    )
    write_table(path, FLOWS, rows)


def write_open_items(path: Path, items: Iterable[OpenItem]) -> None:
    """Write what is open, in the order of kind and subject."""
    write_table(path, OPEN_ITEMS, map(open_item_row, items))


def open_item_row(i: OpenItem) -> tuple[object, ...]:
    """Return an open item in the columns of OPEN_ITEMS."""
    return i.kind, i.subject, utc(i.start), utc(i.end), i.what, i.cure


def utc(moment: datetime | None) -> str:
    """Return a moment as `2024-01-31T16:00:00Z`; empty where there is none."""
    return "" if moment is None else moment.isoformat().replace("+00:00", "Z")
