"""The energy audit of some months of the live books, with the code that `book` runs on files."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from services.carbon_accounting.domain.auditing.comprehensive import Comprehensive
from services.carbon_accounting.domain.inventory.booking import Booking
from services.carbon_accounting.domain.inventory.energy_use import EnergyUse
from services.carbon_accounting.domain.inventory.node_balances import OfMonth, node_balances
from services.carbon_accounting.domain.inventory.product_words import ProductBooks, ProductUse
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.domain.tracing.pools import Pools
from services.carbon_accounting.live.booked_span import BookedSpan
from services.carbon_accounting.live.inventories import PATIENT, Accounted, History, history_of
from services.carbon_accounting.live.production import Production

ALL = ""
"""Stands for all months of a span together."""
WH_PER_KWH = 1000


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit says; energy by month, and of all of them under `ALL`."""

    balances: Sequence[OfMonth] = ()
    energy: Sequence[tuple[str, Comprehensive]] = ()
    products: Sequence[ProductUse] = ()


async def audit_of(booked: BookedSpan, made: Production) -> Audit:
    """Return the audit of a span; nothing where nothing of it is booked."""
    if booked.span is None:
        return Audit()
    accounted = booked.accounted
    await booked.connection.execute(PATIENT)  # a year of many registers; one at a time
    history = await history_of(booked.connection, accounted, booked.span)
    return await asyncio.to_thread(_audit, accounted, history, made)


def _audit(accounted: Accounted, history: History, made: Production) -> Audit:
    site = accounted.site
    booking = Booking(site, history.data, accounted.rules, (), history.opening)
    months = list(dict.fromkeys(month for month, _ in booking.stretches()))
    for _ in booking.months():
        pass
    inventory = booking.inventory
    use = EnergyUse(inventory, site, accounted.rules.factors)
    opened = _opened(site, history.opening)
    return Audit(
        [*node_balances(opened, history.data, inventory)],
        [*((month, use.of([month])) for month in months), (ALL, use.of(months))],
        [*ProductBooks(inventory, site, use, made, ()).uses(months)],
    )


def _opened(site: Site, opening: Pools) -> Site:
    """Return the site as if its declared stores began with what they held then."""
    held = {store.id: sum(opening.of(store.id).wh.values()) for store in site.stores}
    return replace(
        site,
        stores=tuple(
            replace(one, opening_kwh=Decimal(held[one.id]) / WH_PER_KWH) for one in site.stores
        ),
    )
