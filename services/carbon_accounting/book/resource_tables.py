"""Other resources as tables: what was counted, balances, and who could use what of whom."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from services.carbon_accounting.book.audit_tables import BALANCES, balance_row
from services.carbon_accounting.book.inputs import Inputs
from services.carbon_accounting.book.tables import write_table
from services.carbon_accounting.domain.auditing.balances import Tolerance
from services.carbon_accounting.domain.inventory.booking import Inventory
from services.carbon_accounting.domain.inventory.exchanging import MICROS, Offered, exchanges
from services.carbon_accounting.domain.inventory.node_balances import OfMonth
from services.carbon_accounting.domain.inventory.resource_streams import (
    carrier_and_role,
    is_resource,
    resource_balances,
)
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.domain.resources.exchange import Demand, Source
from services.carbon_accounting.domain.resources.matching import Line, Proposal, proposed

RESOURCES = (
    *("month", "stream", "enterprise", "node", "carrier", "role"),
    *("amount", "unit", "known"),
)
EXCHANGES = (
    *("carrier", "source", "source_enterprise", "source_level"),
    *("demand", "demand_enterprise", "demand_level", "level_unit"),
    *("finding", "period", "rate_per_hour", "taken", "delivered", "unit"),
    *("saving_per_year", "currency", "unverified"),
)
LEVEL_UNITS = {"temperature_c": "degC", "quality_class": "class"}


def write_resources(
    folder: Path, inputs: Inputs, inventory: Inventory, months: Sequence[str]
) -> None:
    """Write the tables of other resources."""
    site = inputs.site
    counted = _counted(site, inventory, months)
    write_table(folder / "resources.csv", RESOURCES, counted)
    tolerance = Tolerance(Fraction(site.choices.balance_tolerance))
    balances = (
        balance_row(OfMonth(month, one, None), tolerance)
        for month in months
        for one in resource_balances(site, inventory, month)
    )
    write_table(folder / "resource_balance.csv", BALANCES, balances)
    rows = (
        row
        for offered in exchanges(site, inputs.data)
        for row in _proposal(offered, proposed(offered.exchange), site.currency)
    )
    write_table(folder / "exchanges.csv", EXCHANGES, rows)


def _counted(
    site: Site, inventory: Inventory, months: Sequence[str]
) -> Iterator[tuple[object, ...]]:
    streams = [(one, carrier_and_role(one)) for one in site.streams if is_resource(one)]
    for (month, enterprise, name), amount in sorted(inventory.stream_parts.items()):
        for stream, what in streams:
            if stream.id == name and what is not None and month in months:
                known = "partly" if (month, name) in inventory.partly_known else "whole"
                carrier, role = what
                place = (month, name, enterprise, stream.node, carrier, role)
                yield *place, amount, carrier.base_unit, known


def _proposal(offered: Offered, proposal: Proposal, currency: str) -> Iterator[tuple[object, ...]]:
    for line in proposal.lines:
        yield from _line(offered, line, currency)
    sources = {one.id: one for one in offered.exchange.sources}
    demands = {one.id: one for one in offered.exchange.demands}
    for source_id, demand_id in proposal.without_cost:
        source, demand = sources[source_id], demands[demand_id]
        if source.enterprise != demand.enterprise:
            yield _row(offered, source, demand, ("no cost stated",))


def _line(offered: Offered, line: Line, currency: str) -> Iterator[tuple[object, ...]]:
    """Yield a proposal's year, then when it is so much."""
    source, demand, unit = line.source, line.demand, offered.family.carrier.base_unit
    saving = Decimal(line.saving_micros) / MICROS
    year = ("proposed", "year", "", line.taken, line.delivered, unit, saving, currency)
    yield _row(offered, source, demand, year)
    for part, rate, hours in zip(offered.parts, line.rates, offered.exchange.hours, strict=True):
        if rate:
            yield _row(offered, source, demand, ("when", part, rate, rate * hours, "", unit))


def _row(
    offered: Offered, source: Source, demand: Demand, cells: Sequence[object]
) -> tuple[object, ...]:
    level = LEVEL_UNITS[offered.family.level_key]
    ends = (source.id, source.enterprise, source.level, demand.id, demand.enterprise, demand.level)
    blank = [""] * (len(EXCHANGES) - len(ends) - len(cells) - 3)
    doubts = "; ".join(offered.doubts)
    return (offered.family.carrier, *ends, level, *cells, *blank, doubts)
