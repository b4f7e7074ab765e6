"""The folder of a park's books: written whole beside its place, then put there at once."""

import json
import os
import shutil
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path

from services.carbon_accounting.book.chain import Link, chained, digest_of
from services.carbon_accounting.book.entries_file import write_month
from services.carbon_accounting.book.indicators import Told, indicators_of, write_indicators
from services.carbon_accounting.book.inputs import Inputs
from services.carbon_accounting.book.matching import (
    accepted,
    claims,
    write_matching,
)
from services.carbon_accounting.book.tables import (
    write_chain,
    write_flows,
    write_open_items,
    write_totals,
)
from services.carbon_accounting.domain.inventory.booking import Booking, Inventory
from services.carbon_accounting.domain.inventory.certifying import Attributes, Matched, matched
from services.carbon_accounting.domain.inventory.rules import Rules
from services.carbon_accounting.domain.ledgers import Ledger

MANIFEST = "manifest.json"
FORMAT = 1


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
    attributes: Attributes = {}
    if inputs.certificates is not None:
        consumption = booking.consumption()
        attributes = accepted(inputs.certificates, inputs.data, consumption, site.time_zone)
        booking.claimed = claims(inputs, consumption, attributes)
    months: dict[str, list[tuple[str, str, int, str]]] = defaultdict(list)
    for one in booking.months():
        path = folder / "entries" / one.ledger.key / f"{one.month}.{entries_as}"
        rows = write_month(path, one.blocks)
        name = str(path.relative_to(folder))
        months[one.ledger.key].append((one.month, name, rows, digest_of(path)))
    found = matched(inventory.consumption, attributes, site.time_zone)
    write_matching(folder, found, attributes, booking.claimed.get(Ledger.MARKET_BASED, {}))
    told = indicators_of(inputs, inventory)
    write_indicators(folder / "indicators.csv", told)
    links = tuple(link for ledger, some in months.items() for link in chained(ledger, some))
    write_chain(folder / "chain.csv", links)
    write_totals(folder / "totals.csv", inventory.totals)
    write_flows(folder / "electricity_by_origin.csv", inventory.flows)
    write_open_items(folder / "open_items.csv", sorted(inventory.open_items))
    _write_manifest(folder / MANIFEST, inputs)
    return Result(inventory, links, tuple(found), tuple(told))


def _write_manifest(path: Path, inputs: Inputs) -> None:
    content = {
        "format": FORMAT,
        "park": inputs.site.id,
        "begins": inputs.data.begins.isoformat(),
        "ends": inputs.data.ends.isoformat(),
        "files": [asdict(file) for file in inputs.files],
    }
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
