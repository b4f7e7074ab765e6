"""Which factors lack for what a site meters: found by booking one base unit of each thing."""

from collections.abc import Iterator

import numpy as np

from services.carbon_accounting.domain.activities.electricity import quantity_of, supplied
from services.carbon_accounting.domain.activities.line import OpenItem, OpenKind, Outcome
from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.inventory.electricity import DIRECT, ONE_WH, OWN_FUELLED
from services.carbon_accounting.domain.inventory.rules import Rules
from services.carbon_accounting.domain.inventory.site import Role, Site
from services.carbon_accounting.domain.inventory.streams import booking_of, quantities_of
from services.carbon_accounting.domain.inventory.traced_site import boundary_of
from services.carbon_accounting.domain.inventory.unknowns import of_booking
from services.carbon_accounting.domain.ledgers import Ledger
from services.energy.time_grid import QUARTER, Interval, to_microseconds


def lacking_factors(site: Site, rules: Rules, span: Interval) -> list[str]:
    """Return an open item for each factor that lacks within a span, with what it concerns."""
    starts_us = np.array([to_microseconds(at) for at in (span.start, span.end - QUARTER)], np.int64)
    missing = [
        outcome
        for ledger in site.ledgers
        for made in (_of_power, _of_streams)
        for outcome in made(site, rules, ledger, starts_us)
        if isinstance(outcome, OpenItem) and outcome.kind is OpenKind.MISSING_FACTOR
    ]
    return [f"{item.subject}: {item.what} - {item.cure}" for item in of_booking(missing)]


def _of_power(site: Site, rules: Rules, ledger: Ledger, starts_us: Whole) -> Iterator[Outcome]:
    for kind in sorted(_kinds(site)):
        for _, basis in rules.bases(ledger, (quantity_of(kind, ledger),), starts_us):
            yield supplied(kind, f"{kind} power", ONE_WH, basis)


def _kinds(site: Site) -> set[str]:
    """Return the kinds of power that are used, as factors call them."""
    supplies = (Role.GRID_IMPORT, Role.GENERATION, Role.DIRECT_LINE)
    at_home = {meter.id for meter in site.meters if meter.role in supplies}
    kinds = {one.kind.removeprefix(DIRECT) for one in boundary_of(site).meters if one.id in at_home}
    return {OWN_FUELLED.get(kind, kind) for kind in kinds}


def _of_streams(site: Site, rules: Rules, ledger: Ledger, starts_us: Whole) -> Iterator[Outcome]:
    for stream in site.streams:
        for _, basis in rules.bases(ledger, quantities_of(stream), starts_us):
            yield booking_of(stream)(ONE_WH, basis)
