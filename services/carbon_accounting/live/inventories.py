"""The inventory of any span, computed from history: the words that stand, booked again."""

import asyncio
import json
from dataclasses import dataclass
from functools import cached_property

from services.carbon_accounting.domain.costing.prices import Prices
from services.carbon_accounting.domain.inventory.base_units import in_base
from services.carbon_accounting.domain.inventory.booking import Booking, Claimed, Inventory
from services.carbon_accounting.domain.inventory.readings import ActivityData
from services.carbon_accounting.domain.inventory.rules import Rules
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.domain.inventory.traced_site import amounts_of, boundary_of
from services.carbon_accounting.domain.inventory.uncounted_energy import note_uncounted_energy
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.tracing.pools import Pools
from services.carbon_accounting.domain.tracing.tracing import traced
from services.carbon_accounting.live.activity import activity_of
from services.carbon_accounting.live.pools_json import pools_from
from services.carbon_accounting.live.registers import registers_in
from services.energy.quantities import register_unit
from services.energy.time_grid import Interval
from services.runtime.database import Connection

_STATE = """
SELECT at, pools FROM store_state WHERE park_id = %s AND at <= %s ORDER BY at DESC LIMIT 1
"""
PATIENT = "SET LOCAL statement_timeout = '10min'"
"""For what is read beside the requests: a year of a large park, in one go."""
_FIRST = "SELECT min(start) FROM quarter WHERE park_id = %s AND start < %s"


@dataclass(frozen=True)
class Accounted:
    """What is accounted for, and by which rules."""

    site: Site
    rules: Rules

    @property
    def registers(self) -> tuple[str, ...]:
        """The ids of all that counts, in order."""
        return tuple(sorted(self.site.units))

    @cached_property
    def counted(self) -> tuple[str, ...]:
        """Of those the registers whose words are in the unit that the site counts them in."""
        return tuple(one for one in self.registers if is_counted(self.site, one))


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """A span's activity data and what the stores held when it began."""

    data: ActivityData
    opening: Pools


def is_counted(site: Site, point_id: str) -> bool:
    """Whether words on a register (Wh, dm3 or g, by its id) are of its unit in the site."""
    return in_base(site.units[point_id])[1] == register_unit(point_id)


async def history_of(connection: Connection, accounted: Accounted, span: Interval) -> History:
    """Return what is known of a span of whole quarter hours, as of now."""
    park_id, opening, since = accounted.site.id, Pools(), span.start
    cursor = await connection.execute(_STATE, (park_id, span.start))
    if (state := await cursor.fetchone()) is not None:
        since, opening = state[0], pools_from(_document(state[1]))
    else:
        cursor = await connection.execute(_FIRST, (park_id, span.start))
        ((first,),) = await cursor.fetchall()
        since = first or span.start
    if since < span.start:
        before = await activity_in(connection, accounted, Interval(since, span.start))
        opening = await asyncio.to_thread(_after, accounted.site, before, opening)
    return History(await activity_in(connection, accounted, span), opening)


async def inventory_of(
    connection: Connection,
    accounted: Accounted,
    span: Interval,
    claimed: dict[Ledger, Claimed] | None = None,
    prices: Prices | None = None,
) -> Inventory:
    """Return totals, flows, open items and consumption of a span, as of now; at `prices` costs."""
    history = await history_of(connection, accounted, span)
    return await asyncio.to_thread(_booked, accounted, history, claimed or {}, prices)


def _booked(
    accounted: Accounted,
    history: History,
    claimed: dict[Ledger, Claimed],
    prices: Prices | None,
) -> Inventory:
    site = accounted.site
    booking = Booking(
        *(site, history.data, accounted.rules, site.ledgers, history.opening, claimed),
        prices=prices,
    )
    for _ in booking.months():
        pass
    note_uncounted_energy(booking.inventory, site, accounted.rules.factors)
    return booking.inventory


def _after(site: Site, data: ActivityData, opening: Pools) -> Pools:
    return traced(boundary_of(site), amounts_of(site, data), opening).closing


async def activity_in(connection: Connection, accounted: Accounted, span: Interval) -> ActivityData:
    """Return what the registers counted in a span of whole quarter hours, as of now."""
    registers = await registers_in(connection, accounted.site.id, accounted.counted, span)
    return activity_of(registers, accounted.registers, span)


def _document(pools: object) -> dict[str, object]:
    return json.loads(pools) if isinstance(pools, str) else pools  # type: ignore[return-value]
