"""What green-power contracts came to, hour by hour and by local month (rules B.3, D.1, D.3).

Attributes come with metered generation, up to what was agreed, and are never carried to another
hour. Contracts on one device share what it made, and contracts of one buyer what it consumed: in
their order, the later gets what the earlier leaves. Where generation is not known nothing is
delivered; where consumption is not known nothing is used.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from services.carbon_accounting.domain.certificates.contracts import (
    GreenPowerContract,
    cost_of,
    delivered,
)
from services.carbon_accounting.domain.certificates.gec import Technology, Use
from services.carbon_accounting.domain.certificates.hourly_energy import HourlyEnergy, Mask, Wh
from services.energy.time_grid import Interval

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


@dataclass(frozen=True, slots=True)
class MonthOfContract:
    """A contract in a local month, Wh. attributes + shortfall + unsettled = agreed.

    `unsettled_wh` was agreed for hours of unknown generation; `use_unknown_wh` are attributes in
    hours of unknown consumption: used + unused + use_unknown = attributes. `cost` is that of
    `payable_wh`; without take-or-pay what was used unknown is not in it.
    """

    contract: str
    month: str
    agreed_wh: int = 0
    generated_wh: int = 0
    attributes_wh: int = 0
    shortfall_wh: int = 0
    unsettled_wh: int = 0
    consumed_wh: int = 0
    used_wh: int = 0
    unused_wh: int = 0
    use_unknown_wh: int = 0
    payable_wh: int = 0
    cost: Decimal = Decimal(0)
    unknown_generation_hours: int = 0
    unknown_consumption_hours: int = 0

    def plus(self, other: "MonthOfContract") -> "MonthOfContract":
        """Return the sum of both under the first one's name."""
        sums = {name: getattr(self, name) + getattr(other, name) for name in SUMMED}
        return MonthOfContract(self.contract, self.month, **sums)


SUMMED = tuple(MonthOfContract.__dataclass_fields__)[2:]


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
        terms = agreement.terms
        source, buyer = terms.source, terms.buyer
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


def by_month(settlements: Sequence[Settled], month_of_hour: Sequence[str]) -> list[MonthOfContract]:
    """Return every contract by month, in the order of contracts and of time.

    `month_of_hour` names the local month of each hour.
    """
    names, at = np.unique(np.array(month_of_hour), return_inverse=True)
    found: dict[tuple[str, str], MonthOfContract] = {}
    for one in settlements:
        for month in np.unique(at[one.agreement.in_force]).tolist():
            line = _line(one, str(names[month]), one.agreement.in_force & (at == month))
            key = line.contract, line.month
            found[key] = found[key].plus(line) if key in found else line
    order = {one.agreement.terms.contract: n for n, one in reversed([*enumerate(settlements)])}
    return sorted(found.values(), key=lambda line: (order[line.contract], line.month))


def _line(one: Settled, month: str, here: Mask) -> MonthOfContract:
    terms, agreed_wh = one.agreement.terms, one.agreement.agreed_wh
    payable_wh = _sum(one.payable_wh, here)
    used_known = here & one.consumed.known
    used_wh = _sum(one.used_wh, here)
    return MonthOfContract(
        contract=terms.contract,
        month=month,
        agreed_wh=_sum(agreed_wh, here),
        generated_wh=_sum(one.generated.wh, here & one.generated.known),
        attributes_wh=_sum(one.attributes_wh, here),
        shortfall_wh=_sum(one.shortfall_wh, here),
        unsettled_wh=_sum(agreed_wh, here & one.dark_generation),
        consumed_wh=_sum(one.consumed.wh, used_known),
        used_wh=used_wh,
        unused_wh=_sum(one.attributes_wh, used_known) - used_wh,
        use_unknown_wh=_sum(one.attributes_wh, here & one.dark_use),
        payable_wh=payable_wh,
        cost=cost_of(terms.price_per_mwh, payable_wh),
        unknown_generation_hours=int((here & one.dark_generation).sum()),
        unknown_consumption_hours=int((here & ~one.consumed.known).sum()),
    )


def _sum(wh: Wh, here: Mask) -> int:
    return int(wh[here].sum())


def totals(lines: Iterable[MonthOfContract]) -> Iterator[MonthOfContract]:
    """Yield each contract over all its months, in their order."""
    found: dict[str, MonthOfContract] = {}
    for line in lines:
        nothing = MonthOfContract(line.contract, "total")
        found[line.contract] = found.get(line.contract, nothing).plus(line)
    yield from found.values()
