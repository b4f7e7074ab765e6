"""What a park's months cost, cell by cell; exact, so that stretches of a month add up to it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np

from services.carbon_accounting.domain.costing.cells import EVERYBODY, Cell, Where, cell_of
from services.carbon_accounting.domain.costing.declared import (
    FEED_IN,
    NANOS_PER_MICRO,
    PARK,
    Charge,
)
from services.carbon_accounting.domain.costing.energies import Energies
from services.carbon_accounting.domain.costing.positions import GRID, WH
from services.carbon_accounting.domain.costing.prices import PriceLine, PricesThen
from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.inventory.flows import Way
from services.carbon_accounting.domain.inventory.open_items import Kind, OpenItem
from services.carbon_accounting.domain.inventory.readings import Mask
from services.energy.time_grid import from_microseconds

CHARGED = "charge"
"""The way of what a month costs whatever was used; it counts months."""
MONTHS = "month"
STATE_PRICE = "state it in accounting.prices or --prices; its cost is unknown until then"
READ_WHOLE = "give readings of the whole month: a month is charged once it is whole"


@dataclass
class Costs:
    """Cells by month and where; `open_items` are what has no price, and charges not booked.

    `uncharged`: the latter by who would pay them.
    """

    cells: dict[tuple[str, Where], Cell] = field(default_factory=dict)
    open_items: set[OpenItem] = field(default_factory=set)
    uncharged: dict[str, set[OpenItem]] = field(default_factory=dict)

    def add_electricity(
        self,
        month: str,
        energies: Energies,
        then: PricesThen,
        unknown: Mapping[str, Mask],
        step: timedelta,
    ) -> None:
        """Add a stretch of a month; `unknown`: where not all that an enterprise used is traced."""
        by_position = {w.position: then.of(w.position, WH) for w in energies.wh}
        for where, wh in energies.wh.items():
            price = by_position[where.position]
            cell = cell_of(wh, price, where.position, earned=where.position == FEED_IN)
            self._put(month, where, cell + Cell(of_unknown=energies.of_unknown.get(where, 0)))
        users = {where.enterprise for where in energies.wh if where.way == Way.USE}
        for enterprise, dark in unknown.items():
            if enterprise == PARK and PARK not in users:
                continue  # it has no meter: what is unknown is what no meter counts
            self._put(month, Where(GRID, WH, Way.USE, enterprise), Cell(dark=int(dark.sum())))
        for position, count in energies.dark.items():
            self._put(month, Where(position, WH, Way.SUPPLY, EVERYBODY), Cell(dark=count))
        for position, price in by_position.items():
            taken = _taken(energies, position)
            self._note_missing(month, (position, WH), taken, price, then.starts_us, step)

    def add_stream(
        self,
        month: str,
        line: tuple[str, str],
        amounts: tuple[Whole, Mask],
        shares: Iterable[tuple[str, Whole]],
        then: PricesThen,
        step: timedelta,
    ) -> None:
        """Add what was bought of a stream, and whose it is; `amounts` with where they are known."""
        (whole, known), (position, unit) = amounts, line
        price, dark = then.of(position, unit), Cell(dark=int((~known).sum()))
        everybodys = Where(position, unit, Way.SUPPLY, EVERYBODY)
        self._put(month, everybodys, cell_of(whole, price, position) + dark)
        for enterprise, part in shares:
            where = Where(position, unit, Way.USE, enterprise)
            self._put(month, where, cell_of(part, price, position) + dark)
        self._note_missing(month, line, whole, price, then.starts_us, step)

    def add_charge(self, month: str, charge: Charge, shares: Mapping[str, int]) -> None:
        """Add a month's charge, in nanos by enterprise."""
        everybodys = Where(charge.id, MONTHS, Way.SUPPLY, EVERYBODY)
        self._put(month, everybodys, Cell(1, charge.micros * NANOS_PER_MICRO))
        for enterprise, nanos in shares.items():
            self._put(month, Where(charge.id, MONTHS, CHARGED, enterprise), Cell(1, nanos))

    def leave_out(self, month: str, charge: Charge, payers: Iterable[str]) -> None:
        """Note that a month is not whole: its charge is not booked, which its payers are told."""
        what = f"{month} is not whole: it is not charged yet"
        item = OpenItem(Kind.UNFINISHED, charge.id, what, READ_WHOLE)
        self.open_items.add(item)
        for enterprise in payers:
            self.uncharged.setdefault(enterprise, set()).add(item)

    def _put(self, month: str, where: Where, cell: Cell) -> None:
        if not cell.is_empty:
            self.cells[month, where] = self.cells.get((month, where), Cell()) + cell

    def _note_missing(
        self,
        month: str,
        line: tuple[str, str],
        taken: Whole,
        price: PriceLine,
        starts_us: Whole,
        step: timedelta,
    ) -> None:
        lacking = starts_us[(taken != 0) & ~price.known]
        if len(lacking):
            position, unit = line
            amount = int(taken[~price.known].sum())
            what = f"{amount} {unit} in {len(lacking)} intervals of {month} have no price"
            first, last = (from_microseconds(int(lacking[at])) for at in (0, -1))
            item = OpenItem(Kind.MISSING_PRICE, position, what, STATE_PRICE, first, last + step)
            self.open_items.add(item)

    def differences(self) -> Iterator[tuple[str, str, int]]:
        """Yield (month, position, nanos) where enterprises pay more than the park (or less)."""
        sums: dict[tuple[str, str, str], int] = {}
        for (month, where), cell in self.cells.items():
            key = month, where.position, where.unit
            sign = -1 if where.enterprise == EVERYBODY else 1
            sums[key] = sums.get(key, 0) + sign * cell.nanos
        yield from ((month, name, nanos) for (month, name, _), nanos in sums.items() if nanos)


def shared_nanos(charge: Charge, shares: Mapping[str, Whole]) -> dict[str, int]:
    """Return a charge by enterprise, in nanos; `shares` of its size in micros, shape (1,)."""
    sign = -1 if charge.micros < 0 else 1
    return {name: sign * int(part[0]) * NANOS_PER_MICRO for name, part in shares.items()}


def _taken(energies: Energies, position: str) -> Whole:
    """Return what was taken of a position by whoever, Wh by interval, out of stores too."""
    total = np.zeros(energies.intervals, np.int64)
    for where, wh in energies.wh.items():
        if where.position == position and where.enterprise != EVERYBODY:
            total += np.maximum(wh, 0)
    return total
