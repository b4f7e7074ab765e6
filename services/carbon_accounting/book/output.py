"""The folder of a park's books: written whole beside its place, then put there at once."""

import os
import shutil
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from services.carbon_accounting.book.audit_tables import write_audit
from services.carbon_accounting.book.chain import Link, chained, digest_of
from services.carbon_accounting.book.costs_table import write_costs
from services.carbon_accounting.book.entries_file import write_month
from services.carbon_accounting.book.identities_table import write_identities
from services.carbon_accounting.book.indicators import (
    Told,
    indicators_of,
    measuring_of,
    write_indicators,
)
from services.carbon_accounting.book.inputs import Inputs
from services.carbon_accounting.book.manifest import MANIFEST, write_manifest
from services.carbon_accounting.book.matching import (
    COVERED,
    accepted_claims,
    claims,
    evidence_of,
    write_matching,
)
from services.carbon_accounting.book.odd_numbers import note_odd_numbers
from services.carbon_accounting.book.path_table import write_paths
from services.carbon_accounting.book.projections import write_projections
from services.carbon_accounting.book.quality_table import qualities, write_quality
from services.carbon_accounting.book.readings_used import write_readings_used
from services.carbon_accounting.book.report_tables import write_report_tables
from services.carbon_accounting.book.resource_tables import write_resources
from services.carbon_accounting.book.stated_table import of_stated, write_stated
from services.carbon_accounting.book.tables import (
    write_chain,
    write_flows,
    write_open_items,
    write_totals,
)
from services.carbon_accounting.domain.inventory.booking import Booking, Inventory
from services.carbon_accounting.domain.inventory.certifying import Attributes, Matched, matched
from services.carbon_accounting.domain.inventory.claim_quality import ClaimQuality
from services.carbon_accounting.domain.inventory.months import months_of
from services.carbon_accounting.domain.inventory.traced_site import opening_of
from services.carbon_accounting.domain.inventory.uncounted_energy import note_uncounted_energy
from services.carbon_accounting.domain.ledgers import Ledger


class OutputTaken(Exception):
    """The folder holds something that is no books of ours."""


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What was written."""

    inventory: Inventory
    links: tuple[Link, ...]
    matchings: tuple[Matched, ...]
    indicators: tuple[Told, ...]
    quality: tuple[ClaimQuality, ...] = ()
    """The Scope 2 criteria of every claim."""


Tell = Callable[[str], object]
"""Takes a line on how far the work is."""


def silent(_: str) -> None:
    """Tell nobody."""


def booked_into(folder: Path, inputs: Inputs, entries_as: str, tell: Tell = silent) -> Result:
    """Write the books of these inputs into a folder, in place of earlier books.

    Whenever it dies, the earlier books or the new ones are whole: the next run puts them in place.
    """
    folder = folder.resolve()
    _put_back(folder)
    _refuse_taken(folder)
    draft = folder.parent / f".{folder.name}.{os.getpid()}"
    shutil.rmtree(draft, ignore_errors=True)
    try:
        draft.mkdir(parents=True)
        result = _written(draft, inputs, entries_as, tell)
        _replace(folder, draft)
    except OSError as error:
        raise OutputTaken(f"{folder} cannot be written: {error.strerror}: check it") from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return result


def _refuse_taken(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise OutputTaken(f"{folder} is a file: name a folder that is empty or new")
    if folder.exists() and any(folder.iterdir()) and not (folder / MANIFEST).exists():
        raise OutputTaken(f"{folder} holds other files: name a folder that is empty or new")


def _before(folder: Path) -> Path:
    return folder.parent / f".{folder.name}.before"


def _put_back(folder: Path) -> None:
    """Mend what a run left that died while it replaced earlier books."""
    if (before := _before(folder)).exists():
        if folder.exists():
            shutil.rmtree(before)
        else:
            before.rename(folder)


def _replace(folder: Path, draft: Path) -> None:
    """Put the draft in the folder's place; what stood there is whole until then."""
    if folder.exists():
        folder.rename(_before(folder))
    draft.rename(folder)
    shutil.rmtree(_before(folder), ignore_errors=True)


def _written(folder: Path, inputs: Inputs, entries_as: str, tell: Tell) -> Result:
    site = inputs.site
    booking = Booking(site, inputs.data, inputs.rules, site.ledgers, opening_of(site))
    booking.prices = inputs.prices
    inventory = booking.inventory
    attributes: Attributes = {}
    quality: tuple[ClaimQuality, ...] = ()
    booking.claimed = {ledger: {} for ledger in COVERED}
    if inputs.certificates is not None:
        tell("matching certificates")
        consumption, generation = booking.metered()
        evidence = evidence_of(inputs.data, consumption, generation, site.time_zone)
        held = accepted_claims(inputs.certificates, evidence)
        attributes = held.attributes
        booking.claimed = claims(inputs, consumption, attributes)
    months: dict[str, list[tuple[str, str, int, str]]] = defaultdict(list)
    all_months = _months(inputs)
    for one in booking.months():
        path = folder / "entries" / one.ledger.key / f"{one.month}.{entries_as}"
        rows = write_month(path, one.blocks)
        name = str(path.relative_to(folder))
        months[one.ledger.key].append((one.month, name, rows, digest_of(path)))
        if one.ledger is site.ledgers[-1]:
            done = all_months.index(one.month) + 1
            tell(f"booked {one.month}: {done} of {len(all_months)} months")
    note_odd_numbers(inputs, inventory)
    note_uncounted_energy(inventory, site, inputs.factors)
    if inputs.stated:
        inventory.open_items |= {*of_stated(inputs.stated)}
        write_stated(folder / "stated.csv", inputs.stated)
    if inputs.certificates is not None:
        quality = qualities(inputs, held.claims, evidence, inventory.open_items)
        write_quality(folder, quality)
    found = matched(inventory.consumption, attributes, site.time_zone)
    write_matching(folder, found, attributes, booking.claimed.get(Ledger.MARKET_BASED, {}))
    measuring = measuring_of(inputs, inventory)
    told = indicators_of(inputs, measuring)
    write_indicators(folder / "indicators.csv", told)
    write_identities(folder / "identities.csv", inputs, measuring)
    write_projections(folder / "projections.csv", inputs, measuring)
    write_paths(folder / "paths.csv", inputs, told)
    write_resources(folder, inputs, inventory, measuring.months)
    write_audit(folder, inputs, inventory, measuring)
    links = tuple(link for ledger, some in months.items() for link in chained(ledger, some))
    write_chain(folder / "chain.csv", links)
    write_totals(folder / "totals.csv", inventory.totals)
    write_costs(folder / "costs.csv", inventory.costs, site.currency)
    write_flows(folder / "electricity_by_origin.csv", inventory.flows)
    write_open_items(folder / "open_items.csv", sorted(inventory.open_items))
    write_report_tables(folder, inputs, inventory, found)
    write_readings_used(folder / "readings_used.csv", inputs.data, site.time_zone)
    write_manifest(folder, inputs)
    return Result(inventory, links, tuple(found), tuple(told), quality)


def _months(inputs: Inputs) -> list[str]:
    starts_us = inputs.data.starts_us
    spans = months_of(int(starts_us[0]), int(starts_us[-1]), inputs.site.time_zone)
    return [month for month, _, _ in spans]
