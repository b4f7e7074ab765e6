"""Which open items are an enterprise's own: told without the meters or the names of another one."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from services.carbon_accounting.domain.activities.line import OpenItem as NotBooked
from services.carbon_accounting.domain.inventory.open_items import Kind, OpenItem
from services.carbon_accounting.domain.inventory.site import PARK, Owner, Role, Site
from services.carbon_accounting.domain.inventory.unknowns import of_booking

WHAT = "part of its electricity is not booked: a reading that its node needs is unknown"
CURE = "give the reading where it is your own, else ask the park for it"
UNTRACED = "the node is not booked there"
"""What tracing says of a node whose readings are unknown, at the end."""
OwnItems = Mapping[str, Sequence[OpenItem]]
"""By enterprise."""


def tells_untraced(what: str) -> bool:
    """Whether an open item says that electricity is not booked, of a node or of one consumer."""
    return what == WHAT or what.endswith(UNTRACED)


def own_items(
    site: Site,
    of_streams: Iterable[OpenItem],
    of_tracing: Iterable[OpenItem],
    not_booked: Iterable[NotBooked],
) -> OwnItems:
    """Return each enterprise's open items; what concerns a shared meter is of all that share it."""
    owners = {one_id: set(_enterprises(site, owner)) for one_id, owner in _owned(site)}
    found: dict[str, set[OpenItem]] = defaultdict(set)
    for item in (*of_streams, *_untraced(site, of_tracing)):
        for enterprise in owners.get(item.subject, ()):
            found[enterprise].add(item)
    lacking: dict[str, list[NotBooked]] = defaultdict(list)
    for each in not_booked:
        for enterprise in owners.get(each.subject, ()):
            lacking[enterprise].append(each)
    for enterprise, mine in lacking.items():
        found[enterprise] |= set(of_booking(mine))
    return {enterprise: sorted(items) for enterprise, items in sorted(found.items())}


def _owned(site: Site) -> Iterator[tuple[str, Owner]]:
    yield from ((meter.id, meter.owner) for meter in site.meters)
    yield from ((stream.id, stream.owner) for stream in site.streams)
    yield from ((balance.id, balance.owner) for balance in site.gas_balances)


def _enterprises(site: Site, owner: Owner) -> Iterator[str]:
    if owner.key is None:
        yield from {owner.enterprise} - {PARK}
        return
    for key in site.keys:
        if key.id == owner.key:
            yield from (name for name, weight in key.weights.items() if weight and name != PARK)


def _untraced(site: Site, items: Iterable[OpenItem]) -> Iterator[OpenItem]:
    """Yield an item for each consumer at a node that could not be traced."""
    for item in items:
        for meter in site.meters:
            is_there = meter.node == item.subject and meter.role is Role.CONSUMPTION
            if item.kind is Kind.UNKNOWN_READING and is_there:
                yield OpenItem(item.kind, meter.id, WHAT, CURE, item.start, item.end)
