"""What green-power contracts came to, hour by hour and by local month (rules B.3, D.1, D.3).

Attributes come with metered generation, up to what was agreed, and are never carried to another
hour. Contracts on one device share what it made, and contracts of one buyer what it consumed: in
their order, the later gets what the earlier leaves. Where generation is not known nothing is
delivered; where consumption is not known nothing is used.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from services.carbon_accounting.domain.certificates.contracts import (
    GreenPowerContract,
    delivered,
)
from services.carbon_accounting.domain.certificates.gec import Technology, Use
from services.carbon_accounting.domain.certificates.hourly_energy import HourlyEnergy, Mask, Wh
from services.carbon_accounting.domain.matching.periods import Periods
from services.energy.time_grid import Interval, to_microseconds

Source = tuple[str, bool]
"""A device, and whether what it gave to the grid is meant: that is metered apart (rules D.2)."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What was agreed over a span, but how much; `use` says which power of the device is meant.

    `ng_per_wh` is the rate that its attributes convey. The day of commissioning and the market
    matter for hydro alone.
    """

    contract: str
    device: str
    technology: Technology
    market: str
    seller: str
    buyer: str
    price_per_mwh: Decimal
    take_or_pay: bool
    span: Interval
    ng_per_wh: int
    trust: str
    use: Use = Use.ON_GRID
    commissioned: date | None = None
    market_hydro: bool = False

    @property
    def source(self) -> Source:
        """Of which generation its attributes are."""
        return self.device, self.use is Use.ON_GRID

    def in_force(self, hours: Periods) -> Mask:
        """Return in which hours they hold, shape (hours,)."""
        first_us, last_us = to_microseconds(self.span.start), to_microseconds(self.span.end)
        held: Mask = (hours.borders_us[:-1] >= first_us) & (hours.borders_us[1:] <= last_us)
        return held

    @property
    def parties(self) -> tuple[str, ...]:
        """What stays the same as long as a contract lives."""
        told = (self.device, self.seller, self.buyer, self.market)
        return *told, str(self.technology), str(self.use)


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """Terms with the agreed Wh and where they are in force, both of shape (hours,)."""

    terms: Terms
    agreed_wh: Wh
    in_force: Mask


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """What an agreement came to; arrays of shape (hours,), Wh, 0 where it is not in force.

    `generated` and `consumed` are all that the device made and the buyer used. Attributes and
    shortfall are 0 where the generation is not known, `used_wh` where the consumption is not.
    """

    agreement: Agreement
    generated: HourlyEnergy
    consumed: HourlyEnergy
    attributes_wh: Wh
    shortfall_wh: Wh
    used_wh: Wh
    payable_wh: Wh

    @property
    def dark_generation(self) -> Mask:
        """The hours in force of which the generation is not known."""
        return self.agreement.in_force & ~self.generated.known

    @property
    def dark_use(self) -> Mask:
        """The hours with attributes of which the buyer's consumption is not known."""
        return (self.attributes_wh > 0) & ~self.consumed.known


def settled(
    agreements: Iterable[Agreement],
    generation: Mapping[Source, HourlyEnergy],
    certified_wh: Mapping[Source, Wh],
    consumption: Mapping[str, HourlyEnergy],
) -> list[Settled]:
    """Return what each came to, one after the other.

    `generation` is by source, `consumption` by buyer; `certified_wh` is what other certificates
    hold of a source, by hour: nobody delivers that again.
    """
    made = {
        one: energy.less(certified_wh.get(one, np.zeros_like(energy.wh)))
        for one, energy in generation.items()
    }
    left = dict(consumption)
    found = []
    for agreement in agreements:
        source, buyer = agreement.terms.source, agreement.terms.buyer
        whole = generation[source], consumption[buyer]
        one = _settled(agreement, whole, made[source], left[buyer])
        made[source] = made[source].less(one.attributes_wh)
        left[buyer] = left[buyer].less(one.used_wh)
        found.append(one)
    return found


def _settled(
    agreement: Agreement,
    whole: tuple[HourlyEnergy, HourlyEnergy],
    made: HourlyEnergy,
    left: HourlyEnergy,
) -> Settled:
    terms = agreement.terms
    sure_wh = np.where(made.known & agreement.in_force, agreement.agreed_wh, 0)
    told = (terms.contract, terms.device, terms.buyer, terms.price_per_mwh, terms.take_or_pay)
    found = delivered(GreenPowerContract(*told, sure_wh), made.wh, left.wh)
    used_wh = np.minimum(found.attributes_wh, left.wh)
    came_to = (found.attributes_wh, found.shortfall_wh, used_wh, found.payable_wh)
    return Settled(agreement, *whole, *came_to)
