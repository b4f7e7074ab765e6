"""What energy cost an enterprise, as a section of its inventory; none where no costs are kept."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from services.carbon_accounting.domain.reporting.cells import (
    NOT_KNOWN,
    Cell,
    Quantity,
    Value,
    reasons_in,
)
from services.carbon_accounting.domain.reporting.content import Section
from services.carbon_accounting.domain.reporting.grouping import grouped
from services.carbon_accounting.domain.reporting.measures import Measure, measured_as
from services.carbon_accounting.domain.reporting.records import CostOf
from services.carbon_accounting.domain.reporting.tables import Column, Table
from services.carbon_accounting.domain.reporting.wording import TOTAL
from services.energy.site import Text

CENTS = 100
MONTHS = "month"


def cost_sections(costs: Sequence[CostOf]) -> Iterator[Section]:
    """Yield the section of costs where there are any."""
    if costs:
        yield Section(Text("Cost of energy", "能源成本"), (_table(costs),))


def _table(costs: Sequence[CostOf]) -> Table:
    money = Measure(costs[0].currency, 2, "cent", Fraction(CENTS))
    groups = grouped(costs, lambda one: (one.position, one.unit))
    sums = [_sum(some, money) for some in groups.values()]
    return Table(
        Text("Cost by position", "分项成本"),
        (
            Column(Text("Position", "项目")),
            Column(Text("Amount", "数量")),
            Column(Text("Cost", "成本"), money),
        ),
        tuple(
            (position, _amount(some, unit), cost)
            for ((position, unit), some), cost in zip(groups.items(), sums, strict=True)
        ),
        (TOTAL, "", _total(sums, money)),
    )


def _amount(costs: Sequence[CostOf], unit: str) -> Cell:
    """Return how much it was; of a charge there is nothing to count."""
    if unit == MONTHS:
        return ""
    return Quantity(sum(one.amount for one in costs), measured_as(unit))


def _sum(costs: Sequence[CostOf], money: Measure) -> Value:
    known = [one.cents for one in costs if one.cents is not None]
    if len(known) < len(costs):
        return NOT_KNOWN
    reasons = dict.fromkeys(reason for one in costs for reason in one.unverified)
    return Quantity(sum(known), money, tuple(reasons))


def _total(sums: Sequence[Value], money: Measure) -> Value:
    known = [one for one in sums if isinstance(one, Quantity)]
    if len(known) < len(sums):
        return NOT_KNOWN
    return Quantity(sum(one.amount for one in known), money, reasons_in(known))
