"""Water, waste, heat, cold and pressure of a span, out of the words that stand.

The same code that `book` runs on files, on a site of its resources alone: no electricity is traced.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from services.carbon_accounting.domain.auditing.balances import Balance
from services.carbon_accounting.domain.inventory.booking import Booking, Inventory
from services.carbon_accounting.domain.inventory.exchanging import Offered, exchanges
from services.carbon_accounting.domain.inventory.readings import ActivityData
from services.carbon_accounting.domain.inventory.resource_streams import (
    carrier_and_role,
    is_resource,
    resource_balances,
)
from services.carbon_accounting.domain.inventory.site import Site, Stream
from services.carbon_accounting.domain.resources.matching import Proposal, proposed
from services.carbon_accounting.live.booked_span import BookedSpan
from services.carbon_accounting.live.inventories import Accounted, activity_in

ALL = ""
"""Stands for all months of a span together."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What one enterprise has of what a stream counted; `is_whole`: every quarter is known."""

    stream: Stream
    enterprise: str
    amount: int
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Resources:
    """Amounts and balances of a span, all its months together."""

    counted: tuple[Counted, ...] = ()
    balances: tuple[Balance, ...] = field(default=())


def resource_site(site: Site) -> Site:
    """Return what of a site is other resources, and heat that is bought."""
    streams = tuple(one for one in site.streams if carrier_and_role(one) is not None)
    return replace(
        site, meters=(), stores=(), streams=streams, gas_balances=(), products=(), ledgers=()
    )


async def resources_of(booked: BookedSpan) -> Resources:
    """Return what was counted of a span; nothing where nothing of it is booked."""
    accounted = _of_resources(booked.accounted)
    if booked.span is None or not accounted.site.streams:
        return Resources()
    data = await activity_in(booked.connection, accounted, booked.span)
    return await asyncio.to_thread(_resources, accounted, data)


async def proposals_of(booked: BookedSpan) -> list[tuple[Offered, Proposal]]:
    """Return who could use whose, by carrier; a span of less than a year makes it unverified."""
    accounted = _of_resources(booked.accounted)
    if booked.span is None or not accounted.site.streams:
        return []
    data = await activity_in(booked.connection, accounted, booked.span)
    return await asyncio.to_thread(_proposals, accounted.site, data)


def _of_resources(accounted: Accounted) -> Accounted:
    return Accounted(resource_site(accounted.site), accounted.rules)


def _proposals(site: Site, data: ActivityData) -> list[tuple[Offered, Proposal]]:
    return [(offered, proposed(offered.exchange)) for offered in exchanges(site, data)]


def _resources(accounted: Accounted, data: ActivityData) -> Resources:
    site, booking = accounted.site, Booking(accounted.site, data, accounted.rules, ())
    for _ in booking.months():
        pass
    whole = together(booking.inventory)
    return Resources(tuple(_counted(site, whole)), tuple(resource_balances(site, whole, ALL)))


def _counted(site: Site, whole: Inventory) -> Iterator[Counted]:
    streams = {one.id: one for one in site.streams if is_resource(one)}
    for (_, enterprise, name), amount in sorted(whole.stream_parts.items()):
        if name in streams:
            is_whole = (ALL, name) not in whole.partly_known
            yield Counted(streams[name], enterprise, amount, is_whole)


def together(inventory: Inventory) -> Inventory:
    """Return the streams of all months as those of one."""
    found = Inventory(partly_known={(ALL, name) for _, name in inventory.partly_known})
    for (_, name), amount in inventory.streams.items():
        found.streams[ALL, name] = found.streams.get((ALL, name), 0) + amount
    for (_, enterprise, name), amount in inventory.stream_parts.items():
        key = (ALL, enterprise, name)
        found.stream_parts[key] = found.stream_parts.get(key, 0) + amount
    return found
