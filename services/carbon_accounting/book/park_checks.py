"""What a park file says that no booking can follow: tried on every ledger before a file is written.

A fuel in a unit that its factor cannot meet, coal without its equipment, meters that contradict
each other. Each is told with its place in the park file; a missing factor is no mistake but an open
item of the books.
"""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from services.carbon_accounting.domain.activities.boundary import Gwp
from services.carbon_accounting.domain.inventory.owning import owners_of
from services.carbon_accounting.domain.inventory.readings import ActivityData
from services.carbon_accounting.domain.inventory.rules import Rules
from services.carbon_accounting.domain.inventory.site import GasBalance, Site, Stream
from services.carbon_accounting.domain.inventory.streams import leak, stream_entries
from services.carbon_accounting.domain.inventory.traced_site import boundary_of

PLACE = "accounting"


def unbookable(site: Site, data: ActivityData, rules: Rules) -> Iterator[str]:
    """Yield a line for each part of the park file that cannot be booked."""
    yield from _mistake(f"{PLACE}.meters", partial(boundary_of, site))
    yield from _mistake(f"{PLACE}.keys", partial(owners_of, site))
    for stream in site.streams:
        place = f"{PLACE}.streams[{stream.id}]"
        yield from _mistake(place, partial(_try_stream, site, stream, data, rules))
    for balance in site.gas_balances:
        place = f"{PLACE}.gas_balances[{balance.id}]"
        yield from _mistake(place, partial(_try_leak, site, balance, rules))


def _mistake(place: str, attempt: Callable[[], object]) -> Iterator[str]:
    try:
        attempt()
    except ValueError as error:
        yield f"{place}: {error}"


def _try_stream(site: Site, stream: Stream, data: ActivityData, rules: Rules) -> None:
    """Book one base unit in every interval; ValueError where that cannot be."""
    activity = (data.starts_us, np.ones(len(data), np.int64), np.ones(len(data), bool))
    for ledger in site.ledgers:
        for _ in stream_entries(ledger, stream, stream.owner.enterprise, activity, rules, []):
            pass


def _try_leak(site: Site, balance: GasBalance, rules: Rules) -> None:
    for ledger in site.ledgers:
        leak(ledger, balance, Gwp(site.choices.gwp.lower()), rules)
