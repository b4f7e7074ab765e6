"""A month's costs as cents: for each position and in total the enterprises are the park.

The month's sum is rounded once, to the nearest cent. It is given out over the positions, and each
position's cents over the enterprises' cells, by the largest remainder: each amount is its exact one
rounded down or up. What has no price has no cents, and is in no sum.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from services.carbon_accounting.domain.costing.cells import EVERYBODY, Cell, Where
from services.carbon_accounting.domain.costing.cents import apportioned, nearest_cents
from services.carbon_accounting.domain.costing.costs import Costs
from services.carbon_accounting.domain.inventory.flows import Way

Position = tuple[str, str]
AS_GRID = "{} {} out of stores are of unknown origin and have the price of the grid"
NOT_TRACED = "what went where nothing is traced, as a reading is unknown"


@dataclass(frozen=True, slots=True, order=True)
class CostLine:
    """A row of a statement: `cents` None where the cost is not known, and why it is in doubt."""

    month: str
    where: Where
    amount: int
    cents: int | None
    unverified: tuple[str, ...] = ()


def statement(costs: Costs) -> Iterator[CostLine]:
    """Yield the rows of each month in order; those of EVERYBODY are the park's sum by position."""
    months: dict[str, dict[Where, Cell]] = defaultdict(dict)
    for (month, where), cell in costs.cells.items():
        months[month][where] = cell
    for month, cells in sorted(months.items()):
        cents = _cents_of(cells)
        for where, cell in sorted(cells.items()):
            shown = cents.get(where) if cell.amount or not cell.dark else None
            yield CostLine(month, where, cell.amount, shown, tuple(_doubts(where, cell)))


def _cents_of(cells: Mapping[Where, Cell]) -> dict[Where, int]:
    """Return the cents of all that is known."""
    parks = {w: cell for w, cell in cells.items() if w.enterprise == EVERYBODY}
    known = {w: cell.nanos for w, cell in parks.items() if cell.is_known}
    found = apportioned(known, nearest_cents(sum(known.values())))
    positions: dict[Position, dict[Where, Cell]] = defaultdict(dict)
    for where in cells.keys() - parks.keys():
        positions[where.position, where.unit][where] = cells[where]
    totals = {(where.position, where.unit): cents for where, cents in found.items()}
    for position, mine in positions.items():
        found |= _parts(mine, totals.get(position))
    return found


def _parts(cells: Mapping[Where, Cell], total: int | None) -> dict[Where, int]:
    """Return the cents of what is known of a position, the park's `total` where all of it is."""
    known = {where: cell.nanos for where, cell in cells.items() if cell.is_known}
    if total is None or len(known) < len(cells):
        total = nearest_cents(sum(known.values()))
    return apportioned(known, total)


def _doubts(where: Where, cell: Cell) -> Iterator[str]:
    if cell.unpriced:
        yield f"no price for {cell.unpriced} {where.unit}: what they cost is unknown"
    if cell.of_unknown:
        yield AS_GRID.format(cell.of_unknown, where.unit)
    if cell.dark:
        yield f"{cell.dark} intervals are unknown and not in it"
    if where.way == Way.NOT_TRACED:
        yield NOT_TRACED
