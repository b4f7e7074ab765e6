"""What each month cost, by enterprise, position and way, in cents; `*` is what the park pays."""

from collections.abc import Iterator
from pathlib import Path

from services.carbon_accounting.book.tables import write_table
from services.carbon_accounting.domain.costing.costs import Costs
from services.carbon_accounting.domain.costing.statement import statement

COSTS = (
    *("month", "enterprise", "position", "way", "amount", "unit", "cost_cents", "currency"),
    "unverified",
)


def write_costs(path: Path, costs: Costs, currency: str) -> None:
    """Write the costs; a cost that is not known is an empty cell."""
    write_table(path, COSTS, cost_rows(costs, currency))


def cost_rows(costs: Costs, currency: str) -> Iterator[tuple[object, ...]]:
    """Yield the costs in the columns of COSTS."""
    for line in statement(costs):
        where = line.where
        yield (
            *(line.month, where.enterprise, where.position, where.way, line.amount, where.unit),
            *(line.cents, currency, "; ".join(line.unverified)),
        )
