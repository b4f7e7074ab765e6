"""The folder of a park's books: written whole beside its place, then put there at once."""

import os
import shutil
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from services.carbon_accounting.book.chain import Link, chained, digest_of
from services.carbon_accounting.book.entries_file import write_month
from services.carbon_accounting.book.indicators import Told, indicators_of, write_indicators
from services.carbon_accounting.book.inputs import Inputs
from services.carbon_accounting.book.manifest import MANIFEST, write_manifest
from services.carbon_accounting.book.matching import (
    accepted,
    claims,
    matchings,
    write_matching,
)
from services.carbon_accounting.book.report_tables import write_report_tables
from services.carbon_accounting.book.tables import (
    write_chain,
    write_flows,
    write_open_items,
    write_totals,
)
from services.carbon_accounting.domain.inventory.booking import Booking, Inventory
from services.carbon_accounting.domain.inventory.certifying import Matched
from services.carbon_accounting.domain.inventory.rules import Rules


class OutputTaken(Exception):
    """The folder holds something that is no books of ours."""


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What was written."""

    inventory: Inventory
    links: tuple[Link, ...]
    matchings: tuple[Matched, ...]
    indicators: tuple[Told, ...]


def booked_into(folder: Path, inputs: Inputs, entries_as: str) -> Result:
    """Write the books of these inputs into a folder, in place of earlier books."""
    if folder.exists() and any(folder.iterdir()) and not (folder / MANIFEST).exists():
        raise OutputTaken(f"{folder} holds other files: name a folder that is empty or new")
    draft = folder.parent / f".{folder.name}.{os.getpid()}"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        result = _written(draft, inputs, entries_as)
        shutil.rmtree(folder, ignore_errors=True)
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return result


def _written(folder: Path, inputs: Inputs, entries_as: str) -> Result:
    site = inputs.site
    rules = Rules(inputs.factors, site.choices.region, site.time_zone)
    booking = Booking(site, inputs.data, rules, site.ledgers)
    inventory = booking.inventory
    found: list[Matched] = []
    if inputs.certificates is not None:
        consumption = booking.consumption()
        attributes = accepted(inputs.certificates, inputs.data, consumption, site.time_zone)
        found = matchings(inputs, consumption, attributes)
        booking.claimed = claims(inputs, found)
    months: dict[str, list[tuple[str, str, int, str]]] = defaultdict(list)
    for one in booking.months():
        path = folder / "entries" / one.ledger.key / f"{one.month}.{entries_as}"
        rows = write_month(path, one.blocks)
        name = str(path.relative_to(folder))
        months[one.ledger.key].append((one.month, name, rows, digest_of(path)))
    found = found or matchings(inputs, inventory.consumption, {})
    write_matching(folder, found)
    told = indicators_of(inputs, inventory)
    write_indicators(folder / "indicators.csv", told)
    links = tuple(link for ledger, some in months.items() for link in chained(ledger, some))
    write_chain(folder / "chain.csv", links)
    write_totals(folder / "totals.csv", inventory.totals)
    write_flows(folder / "electricity_by_origin.csv", inventory.flows)
    write_open_items(folder / "open_items.csv", sorted(inventory.open_items))
    write_report_tables(folder, inputs, inventory, found)
    write_manifest(folder, inputs)
    return Result(inventory, links, tuple(found), tuple(told))
