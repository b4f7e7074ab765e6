"""Books the costs of a site month by month, beside its ledgers, of what was traced for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from services.carbon_accounting.domain.costing.costs import Costs, shared_nanos
from services.carbon_accounting.domain.costing.declared import Charge
from services.carbon_accounting.domain.costing.energies import energies_of
from services.carbon_accounting.domain.costing.positions import BOUGHT, line_of, supply_positions
from services.carbon_accounting.domain.costing.prices import Prices, PricesThen
from services.carbon_accounting.domain.inventory.electricity import Use
from services.carbon_accounting.domain.inventory.owning import owners_of_charge
from services.carbon_accounting.domain.inventory.readings import ActivityData, Mask
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.domain.tracing.amounts import Amounts
from services.carbon_accounting.domain.tracing.sharing import Owners
from services.carbon_accounting.domain.tracing.tracing import Traced
from services.energy.time_grid import to_microseconds


@dataclass
class CostBooking:
    """Adds up what a site's months cost; `prices` None: nobody asks for it, nothing is added."""

    site: Site
    data: ActivityData
    owners: Owners
    prices: Prices | None
    costs: Costs = field(default_factory=Costs)

    def add(
        self,
        month: str,
        here: slice,
        found: Traced,
        amounts: Amounts,
        uses: Sequence[Use],
        unknown: Mapping[str, Mask],
    ) -> None:
        """Add a month; `uses` and where an enterprise's are `unknown` are of `found`."""
        if self.prices is None or not self.prices.is_asked:
            return
        then = self.prices.on(self.data.starts_us[here])
        energies = energies_of(found, amounts, uses, self.owners, supply_positions(self.site))
        self.costs.add_electricity(month, energies, then, unknown, self.data.step)
        self._add_streams(month, here, then)
        for charge in self.prices.pricing.charges_on(Month.read(month).first_day):
            self._charge(month, charge)

    def _add_streams(self, month: str, here: slice, then: PricesThen) -> None:
        for stream in self.site.streams:
            line, row = line_of(stream), self.data.rows[stream.id]
            if stream.activity not in BOUGHT and line not in then.prices.positions:
                continue
            known = self.data.known[row, here]
            whole = np.where(known, self.data.amounts[row, here], 0)
            shares = self.owners.shares(stream.id, then.starts_us, whole).items()
            self.costs.add_stream(month, line, (whole, known), shares, then, self.data.step)

    def _charge(self, month: str, charge: Charge) -> None:
        span = Month.read(month).interval(self.site.time_zone)
        start = np.array([to_microseconds(span.start)], np.int64)
        micros = np.array([abs(charge.micros)], np.int64)
        shares = owners_of_charge(self.site, charge).shares(charge.id, start, micros)
        if self.data.begins > span.start or self.data.ends < span.end:
            self.costs.leave_out(month, charge, shares)
        else:
            self.costs.add_charge(month, charge, shared_nanos(charge, shares))
