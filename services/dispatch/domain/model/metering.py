"""What the highest mean import over the meter's intervals costs in a billing period (§4.1, §4.2).

Two things do: its excess above the contracted capacity, and the demand charge.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, identity

from services.dispatch.domain.model.books import Books
from services.dispatch.domain.model.builder import INFINITE, Builder
from services.dispatch.domain.model.program import Index
from services.dispatch.domain.park.horizon import MOMENT_H, Floats, Horizon
from services.dispatch.domain.park.network import DemandCharge, Grid
from services.dispatch.domain.park.problem import ParkProblem

EXCESS, DEMAND = "contracted capacity", "demand charge"


@dataclass(frozen=True, slots=True, eq=False)
class Intervals:
    """The meter's intervals. `share`: what a kW of each step adds to each one's mean, (intervals,
    steps); `known_kw`: what is known of each mean; `later`: whether it is of the next billing
    period.
    """

    share: csr_matrix
    known_kw: Floats
    later: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Highest:
    """A price of the highest mean import in this billing period, `name`, and in the next.

    `known_kw` is what is known of each interval's mean, `free_kw` and `next_free_kw` what of the
    highest costs nothing (any more).
    """

    name: str
    kind: str
    price_per_kw: float
    intervals: Intervals
    known_kw: Floats
    free_kw: float
    next_free_kw: float

    @property
    def periods(self) -> Iterator[tuple[str, Index, float]]:
        """Yield each billing period's name, its intervals, and what is free in it."""
        later = self.intervals.later
        yield self.name, np.flatnonzero(~later), self.free_kw
        yield f"next_{self.name}", np.flatnonzero(later), self.next_free_kw


def highest_of(problem: ParkProblem, grid: Grid) -> Iterator[Highest]:
    """Yield what a grid's highest imports cost: beyond the contracted capacity, and at all."""
    charge = grid.demand_charge
    meter = intervals(problem.horizon, charge)
    if (free_kw := grid.contracted_kw) is not None:
        price = grid.excess_price_per_kw
        former_kw = free_kw + grid.excess_so_far_kw
        yield Highest("excess", EXCESS, price, meter, meter.known_kw, former_kw, free_kw)
    if charge is not None:
        higher_kw = meter.share @ problem.horizon.array(charge.headroom_kw)
        known_kw = meter.known_kw + higher_kw
        former_kw = charge.peak_so_far_kw
        yield Highest("peak", DEMAND, charge.price_per_kw, meter, known_kw, former_kw, 0.0)


def intervals(horizon: Horizon, charge: DemandCharge | None) -> Intervals:
    """Return the clock's intervals (§4.2); without a demand charge each step is one."""
    if charge is None:
        steps = len(horizon)
        return Intervals(identity(steps, format="csr"), np.zeros(steps), np.zeros(steps, np.bool_))
    length, elapsed_h = charge.interval_h, charge.elapsed_h
    if elapsed_h is None:
        elapsed_h = horizon.elapsed_h(length)
    first_h = np.arange(-elapsed_h, horizon.ends_h[-1] - MOMENT_H, length)
    ends = np.minimum.outer(first_h + length, horizon.ends_h)
    overlap = np.clip(ends - np.maximum.outer(first_h, horizon.begins_h), 0.0, None)
    known = np.where(np.arange(len(first_h)) == 0, charge.metered_kwh / length, 0.0)
    later = first_h + length / 2 >= (charge.period_ends_h or INFINITE)
    return Intervals(csr_matrix(overlap / length), known, later)


def add(build: Builder, grid: Grid, imports: tuple[Index, Index]) -> None:
    """Add what each billing period's highest mean import grows by; `imports` are what it is of."""
    for one in highest_of(build.problem, grid):
        for name, rows_of, free_kw in one.periods:
            if not len(rows_of):
                continue
            new = build.columns(f"{grid.id}.{name}", INFINITE, one.price_per_kw, count=1)
            most_kw = free_kw - one.known_kw[rows_of]
            rows = build.rows(f"{grid.id}.{name}", -INFINITE, most_kw, len(rows_of))
            build.put(rows, new, -1.0)
            share = one.intervals.share[rows_of].tocoo()
            for columns in imports:
                build.put(rows[share.row], columns[share.col], share.data)


def book(books: Books, grid: Grid, imported: Floats) -> None:
    """Book what new highest imports of this billing period and the next one cost, (steps,) kW."""
    for one in highest_of(books.problem, grid):
        mean_kw = one.intervals.share @ imported + one.known_kw
        for _, rows_of, free_kw in one.periods:
            beyond_kw = max(0.0, float(mean_kw[rows_of].max(initial=0.0)) - free_kw)
            books.pay(one.kind, one.price_per_kw * beyond_kw)
