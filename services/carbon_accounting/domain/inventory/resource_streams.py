"""Streams of other resources by carrier and role: water, solid waste, heat, cold, pressure."""

from collections.abc import Iterator
from dataclasses import replace

from services.carbon_accounting.domain.auditing.balances import Balance, Flow, Leaving, Outflow
from services.carbon_accounting.domain.inventory.booking import Inventory
from services.carbon_accounting.domain.inventory.site import Activity, Site, Stream
from services.carbon_accounting.domain.resources.carriers import (
    Carrier,
    Metered,
    Role,
    balances_of,
)

CARRIERS = frozenset(Carrier)
NO_OUTLET = "what leaves (no meter)"
HEAT_BOUGHT = (Carrier.HEAT, Role.NEEDED)


def is_resource(stream: Stream) -> bool:
    """Whether it is of one of the carriers; other resources (`green.curtailed`) are words alone."""
    head = stream.substance.partition(".")[0]
    return stream.activity is Activity.RESOURCE and head in CARRIERS


def carrier_and_role(stream: Stream) -> tuple[Carrier, Role] | None:
    """Return what a stream is to the exchange: heat bought is needed; None for other streams."""
    if stream.activity is Activity.PURCHASED_HEAT:
        return HEAT_BOUGHT
    if not is_resource(stream):
        return None
    carrier, _, role = stream.substance.partition(".")
    return Carrier(carrier), Role(role)


def metered(site: Site, inventory: Inventory, month: str) -> Iterator[Metered]:
    """Yield what each resource's meter counted in a month; not known where one interval is not."""
    for stream in site.streams:
        if is_resource(stream) and (found := carrier_and_role(stream)) is not None:
            unknown = (month, stream.id) in inventory.partly_known
            counted = inventory.streams.get((month, stream.id))
            whose = stream.owner.key or stream.owner.enterprise
            amount = None if unknown else counted
            yield Metered(stream.id, whose, stream.node, *found, amount)


def resource_balances(site: Site, inventory: Inventory, month: str) -> Iterator[Balance]:
    """Yield the balance of each node and carrier that something enters or leaves.

    Where nothing that leaves is metered it is undecided, not open by all that came in.
    """
    for balance in balances_of(metered(site, inventory, month), {}):
        if balance.outflows:
            yield balance
        elif balance.inputs:
            nobody = Outflow(Leaving.DISCHARGED, Flow(NO_OUTLET, None))
            yield replace(balance, outflows=(nobody,))
