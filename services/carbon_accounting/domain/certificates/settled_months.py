"""What settled contracts come to by local month: energies that close, and exact costs."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from services.carbon_accounting.domain.certificates.contracts import cost_of
from services.carbon_accounting.domain.certificates.hourly_energy import Mask, Wh
from services.carbon_accounting.domain.certificates.settlement import Settled


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
