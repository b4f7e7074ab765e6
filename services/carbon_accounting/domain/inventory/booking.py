"""The books of a park: traced month by month, booked ledger by ledger, nothing kept that is done.

A month's entries are handed on before the next month is traced, so that a year of a large park
fits; totals, balances and open items are what remains.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from services.carbon_accounting.domain.activities.boundary import Gwp
from services.carbon_accounting.domain.activities.line import Line as ActivityLine
from services.carbon_accounting.domain.activities.line import OpenItem as NotBooked
from services.carbon_accounting.domain.costing.booking import CostBooking
from services.carbon_accounting.domain.costing.costs import Costs
from services.carbon_accounting.domain.costing.own_items import with_unpriced
from services.carbon_accounting.domain.costing.prices import Prices
from services.carbon_accounting.domain.factoring.exact import Whole, exact_sum
from services.carbon_accounting.domain.inventory.consuming import Consumption
from services.carbon_accounting.domain.inventory.covered_power import CoveredPower
from services.carbon_accounting.domain.inventory.electricity import (
    Certificate,
    Use,
    certified,
    entries_of,
)
from services.carbon_accounting.domain.inventory.entries import Block
from services.carbon_accounting.domain.inventory.factors_used import FactorsUsed
from services.carbon_accounting.domain.inventory.flows import Flows, content
from services.carbon_accounting.domain.inventory.generating import Generation
from services.carbon_accounting.domain.inventory.hourly_origins import HourlyOrigins
from services.carbon_accounting.domain.inventory.months import months_of
from services.carbon_accounting.domain.inventory.open_items import OpenItem
from services.carbon_accounting.domain.inventory.own_items import OwnItems, own_items
from services.carbon_accounting.domain.inventory.owning import owners_of
from services.carbon_accounting.domain.inventory.readings import ActivityData
from services.carbon_accounting.domain.inventory.rules import Rules, midnight_us
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.domain.inventory.streams import leak, leak_block, stream_entries
from services.carbon_accounting.domain.inventory.totals import Totals, added
from services.carbon_accounting.domain.inventory.traced_site import (
    amounts_of,
    boundary_of,
    kind_of,
)
from services.carbon_accounting.domain.inventory.unknowns import (
    of_booking,
    of_ledgers,
    of_stream,
    of_tracing,
    of_unfinished,
)
from services.carbon_accounting.domain.inventory.used_origins import UsedOrigins
from services.carbon_accounting.domain.inventory.using import measured_of, unknown_of, uses_of
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.tracing.origins import GREEN
from services.carbon_accounting.domain.tracing.pools import Pools
from services.carbon_accounting.domain.tracing.tracing import Traced, traced

Claimed = Mapping[str, Mapping[Certificate, Whole]]
"""By enterprise and certificate: Wh of grid power claimed, shape (intervals,) of all data."""


@dataclass(frozen=True, slots=True)
class MonthOfLedger:
    """All entries of one ledger in one local month."""

    month: str
    ledger: Ledger
    blocks: tuple[Block, ...]


@dataclass
class Inventory:
    """What remains of a booking: totals, energy by origin, open items, what the stores hold.

    `streams`: what is known of each stream by (month, id), in its base unit; `partly_known` names
    those that are not known in every interval; `stream_parts` has each enterprise's by (month,
    enterprise, id); `unknown_power` names (month, enterprise) of which some electricity is not
    traced. `generated`: what meters of green generation and direct lines counted, Wh by month,
    whether it could be traced or not. `contents`: what each store held at the end of a month, Wh
    by (month, store).
    """

    totals: Totals = field(default_factory=dict)
    flows: Flows = field(default_factory=Flows)
    open_items: set[OpenItem] = field(default_factory=set)
    closing: Pools = field(default_factory=Pools)
    streams: dict[tuple[str, str], int] = field(default_factory=dict)
    stream_parts: dict[tuple[str, str, str], int] = field(default_factory=dict)
    partly_known: set[tuple[str, str]] = field(default_factory=set)
    unknown_power: set[tuple[str, str]] = field(default_factory=set)
    contents: dict[tuple[str, str], int] = field(default_factory=dict)
    consumption: Consumption = field(default_factory=Consumption.none)
    by_hour: HourlyOrigins = field(default_factory=HourlyOrigins)
    used: UsedOrigins = field(default_factory=UsedOrigins)
    factors: FactorsUsed = field(default_factory=FactorsUsed)
    own_items: OwnItems = field(default_factory=dict)
    costs: Costs = field(default_factory=Costs)
    generated: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    covered: CoveredPower = field(default_factory=CoveredPower)


@dataclass
class Booking:
    """Books a site's activity data; `inventory` is whole once `months` has come to its end."""

    site: Site
    data: ActivityData
    rules: Rules
    ledgers: Sequence[Ledger]
    opening: Pools = field(default_factory=Pools)
    claimed: Mapping[Ledger, Claimed] = field(default_factory=dict)
    inventory: Inventory = field(default_factory=Inventory)
    prices: Prices | None = None

    def __post_init__(self) -> None:
        self._owners = owners_of(self.site)
        self._boundary = boundary_of(self.site)
        self._amounts = amounts_of(self.site, self.data)
        self._not_booked: list[NotBooked] = []
        self._of_streams: set[OpenItem] = set()
        self._of_tracing: set[OpenItem] = set()
        self.inventory.consumption = Consumption.nothing(self.data.starts_us, self.data.step)

    def months(self) -> Iterator[MonthOfLedger]:
        """Yield every ledger of each month, in order of time."""
        self.inventory.closing = self.opening
        of_costs = (self.site, self.data, self._owners, self.prices, self.inventory.costs)
        costing = CostBooking(*of_costs)
        consumed = self.inventory.consumption
        for month, here in self.stretches():
            found = self._traced(month, here)
            measured = measured_of(self.site, self.data, here)
            uses = [*uses_of(found, self._owners, measured)]
            unknown = unknown_of(found, self._owners)
            consumed.add(uses, here, unknown)
            self.inventory.unknown_power |= {(month, enterprise) for enterprise in unknown}
            amounts = self._amounts.between(here.start, here.stop)
            costing.add(month, here, found, amounts, uses, unknown)
            self.inventory.by_hour.add(month, uses, found.starts_us, self.site.time_zone)
            self.inventory.used.add(uses)
            self._note_generated(month, here)
            self._note_streams(month, here)
            for ledger, claimed in self.claimed.items():
                self.inventory.covered.add(ledger, month, claimed, here)
            for ledger in self.ledgers:
                blocks = (
                    *self._electricity(ledger, uses, found.starts_us, here),
                    *self._streams(ledger, here),
                )
                self.inventory.totals = added(self.inventory.totals, blocks, month)
                self.inventory.factors.add(blocks, month)
                yield MonthOfLedger(month, ledger, blocks)
        self._note_open_items()

    def _note_open_items(self) -> None:
        noted = (self._of_streams, self._of_tracing)
        balances, zone = self.site.gas_balances, self.site.time_zone
        of_all = (
            of_booking(self._not_booked),
            of_ledgers(self.ledgers, self.rules),
            of_unfinished(balances, self.data.begins, self.data.ends, zone),
        )
        of_costs = self.inventory.costs.open_items
        self.inventory.open_items = set().union(*noted, *of_all, of_costs)
        own = own_items(self.site, *noted, self._not_booked)
        self.inventory.own_items = with_unpriced(own, self.inventory.costs)

    def _traced(self, month: str, here: slice) -> Traced:
        inventory = self.inventory
        amounts = self._amounts.between(here.start, here.stop)
        found = traced(self._boundary, amounts, inventory.closing)
        inventory.flows.add(month, found, content(inventory.closing, self._boundary))
        first = here.start == 0
        self._of_tracing |= set(of_tracing(found, self.data.step, first=first))
        inventory.closing = found.closing
        for store in self.site.stores:
            held = sum(found.closing.of(store.id).wh.values())
            inventory.contents[month, store.id] = held
        return found

    def stretches(self) -> Iterator[tuple[str, slice]]:
        """Yield each local month with its intervals, in order of time."""
        starts = self.data.starts_us
        first, last = int(starts[0]), int(starts[-1])
        for month, start_us, end_us in months_of(first, last, self.site.time_zone):
            begin, end = np.searchsorted(starts, [start_us, end_us]).tolist()
            if end > begin:
                yield month, slice(begin, end)

    def consumption(self) -> Consumption:
        """Return who consumed what, without booking anything."""
        return self.metered()[0]

    def metered(self) -> tuple[Consumption, Generation]:
        """Return who consumed what and what own plants made, without booking anything."""
        noted, opening = Consumption.nothing(self.data.starts_us, self.data.step), self.opening
        made = Generation.nothing(self.site, self.data.starts_us)
        for _, here in self.stretches():
            amounts = self._amounts.between(here.start, here.stop)
            month = traced(self._boundary, amounts, opening)
            opening = month.closing
            uses = uses_of(month, self._owners, measured_of(self.site, self.data, here))
            noted.add(uses, here, unknown_of(month, self._owners))
            made.add(month, amounts, here)
        return noted, made

    def _electricity(
        self, ledger: Ledger, uses: Sequence[Use], starts: Whole, here: slice
    ) -> Iterator[Block]:
        certified_uses = self._certified(ledger, uses, here)
        yield from entries_of(ledger, certified_uses, starts, self.rules, self._not_booked)

    def _certified(self, ledger: Ledger, uses: Sequence[Use], here: slice) -> Iterator[Use]:
        claimed = self.claimed.get(ledger, {})
        yield from (use for use in uses if not use.is_grid or use.enterprise not in claimed)
        for enterprise, of_enterprise in claimed.items():
            grid = [use for use in uses if use.is_grid and use.enterprise == enterprise]
            yield from certified(grid, {one: wh[here] for one, wh in of_enterprise.items()})

    def _note_generated(self, month: str, here: slice) -> None:
        for meter in self.site.meters:
            if kind_of(meter) in GREEN:
                row = self.data.rows[meter.id]
                known = self.data.known[row, here]
                counted = exact_sum(self.data.amounts[row, here][known])
                self.inventory.generated[month] += counted

    def _note_streams(self, month: str, here: slice) -> None:
        for stream in self.site.streams:
            row = self.data.rows[stream.id]
            known, amounts = self.data.known[row, here], self.data.amounts[row, here]
            starts, step = self.data.starts_us[here], self.data.step
            self._of_streams |= set(of_stream(stream.id, starts, known, step))
            self.inventory.streams[month, stream.id] = exact_sum(amounts[known])
            parts = self._shares(stream.id, np.where(known, amounts, 0), starts)
            for enterprise, part in parts:
                self.inventory.stream_parts[month, enterprise, stream.id] = exact_sum(part)
            if not known.all():
                self.inventory.partly_known.add((month, stream.id))

    def _streams(self, ledger: Ledger, here: slice) -> Iterator[Block]:
        starts, rows = self.data.starts_us[here], self.data.rows
        for stream in self.site.streams:
            row = rows[stream.id]
            known, measured = self.data.known[row, here], self.data.measured[row, here]
            amounts = np.where(known, self.data.amounts[row, here], 0)
            for enterprise, part in self._shares(stream.id, amounts, starts):
                activity = (starts, part, measured)
                yield from stream_entries(
                    ledger, stream, enterprise, activity, self.rules, self._not_booked
                )
        yield from self._leaks(ledger, starts)

    def _leaks(self, ledger: Ledger, starts: Whole) -> Iterator[Block]:
        for balance in self.site.gas_balances:
            end_us = midnight_us(balance.until, self.site.time_zone)
            at = int(np.searchsorted(starts, end_us)) - 1
            ends_here = (
                at >= 0 and end_us <= int(starts[-1]) + self._step_us and end_us > int(starts[0])
            )
            if not ends_here:
                continue
            made = leak(ledger, balance, Gwp(self.site.choices.gwp.lower()), self.rules)
            if isinstance(made, NotBooked):
                self._not_booked.append(made)
            elif isinstance(made, ActivityLine) and int(made.amount):
                at_us = starts[at : at + 1]
                whole = np.array([int(made.amount)], np.int64)
                for enterprise, grams in self._shares(balance.id, whole, at_us):
                    yield leak_block(made, balance, enterprise, int(grams[0]), int(at_us[0]))

    def _shares(self, line_id: str, amounts: Whole, starts: Whole) -> Iterable[tuple[str, Whole]]:
        return self._owners.shares(line_id, starts, amounts).items()

    @property
    def _step_us(self) -> int:
        return int(self.data.step.total_seconds() * 1_000_000)
