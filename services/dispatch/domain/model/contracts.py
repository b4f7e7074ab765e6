"""Green power contracts, delivered through a connection and matched over clock hours (§4.3)."""

import numpy as np
from numpy.typing import NDArray

from services.dispatch.domain.model.books import Books
from services.dispatch.domain.model.builder import INFINITE, Builder
from services.dispatch.domain.model.program import Index
from services.dispatch.domain.model.solution import Courses, Solution
from services.dispatch.domain.park.horizon import MOMENT_H, Horizon
from services.dispatch.domain.park.network import Contract
from services.dispatch.domain.park.problem import ParkProblem

AN_HOUR_H = 1.0


def add(build: Builder, contract: Contract) -> None:
    """Add what is taken of a contract; what of it must be paid is paid all the same (§4.3)."""
    hours = build.hours
    grid = next(grid for grid in build.problem.grids if grid.id == contract.grid)
    market = build.problem.horizon.array(grid.import_price)
    cost = contract.price_per_kwh + contract.fee_per_kwh - market  # instead of market energy
    taken = _add_taken(build, contract, hours * cost)
    rows_name = f"{contract.grid}.contracts"
    if not build.has_rows(rows_name):
        rows = build.rows(rows_name, 0.0, INFINITE)
        build.put(rows, build.column(f"{grid.id}.import"), 1.0)
        build.put(rows, build.column(f"{grid.id}.over_import"), 1.0)
    build.put(build.row(rows_name), taken, -1.0)
    if (least_kwh := due_kwh(build.problem, contract)) > 0:
        unused = build.columns(
            f"{contract.id}.take_or_pay_unused", INFINITE, contract.price_per_kwh, count=1
        )
        row = build.rows(f"{contract.id}.take_or_pay", least_kwh, INFINITE, 1)
        build.put(row, unused, 1.0)
        build.put(row, taken, hours)


def _add_taken(build: Builder, contract: Contract, cost: NDArray[np.float64]) -> Index:
    """Add what is taken in each step: what its hour offers at most, and no more in the hour."""
    hours, offered_kw = build.hours, build.problem.horizon.array(contract.power_kw)
    hour = hours_matched(build.problem.horizon)
    offered_kwh = np.asarray(np.bincount(hour, hours * offered_kw), np.float64)
    together = np.flatnonzero(np.bincount(hour) > 1)
    shares = np.isin(hour, together)
    most_kw = np.where(shares, offered_kwh[hour] / hours, offered_kw)
    taken = build.columns(f"{contract.id}.taken", most_kw, cost)
    if len(together):
        rows = build.rows(f"{contract.id}.hour", -INFINITE, offered_kwh[together], len(together))
        at = np.searchsorted(together, hour[shares])
        build.put(rows[at], taken[shares], hours[shares])
    return taken


def due_kwh(problem: ParkProblem, contract: Contract) -> float:
    """Return what is paid of the horizon's energy, taken or not: what nothing later can make up.

    What was missed before and cannot be made up any more is lost, and no matter of this plan.
    """
    offered_kwh = float(problem.horizon.array(contract.power_kw) @ problem.horizon.hours)
    later_kwh = contract.offered_later_kwh
    in_all_kwh = contract.offered_so_far_kwh + offered_kwh + later_kwh
    left_kwh = contract.take_or_pay_share * in_all_kwh - contract.taken_so_far_kwh
    return min(max(0.0, left_kwh - later_kwh), offered_kwh)


def hours_matched(horizon: Horizon) -> Index:
    """Return the number of what each step is matched in, (steps,): its hour of the local clock.

    A step that no single hour holds has a number of its own.
    """
    passed_h = horizon.elapsed_h(AN_HOUR_H)
    first = np.floor((horizon.begins_h + passed_h + MOMENT_H) / AN_HOUR_H)
    last = np.ceil((horizon.ends_h + passed_h - MOMENT_H) / AN_HOUR_H) - 1.0
    inside = first == last
    same = inside[1:] & inside[:-1] & (first[1:] == first[:-1])
    return np.concatenate([[0], np.cumsum(~same)]).astype(np.int64)


def read(solution: Solution, contract: Contract) -> Courses:
    """Return `taken_kw`."""
    return {"taken_kw": solution.of(f"{contract.id}.taken")}


def book(books: Books, contract: Contract, courses: Courses) -> None:
    """Book a contract's energy instead of the market's."""
    taken, hours = courses["taken_kw"], books.hours
    grid = next(grid for grid in books.problem.grids if grid.id == contract.grid)
    books.pay("import", -taken * books.problem.horizon.array(grid.import_price) @ hours)
    taken_kwh = float(taken @ hours)
    paid_kwh = max(taken_kwh, due_kwh(books.problem, contract))
    books.pay("contracts", contract.price_per_kwh * paid_kwh)
    books.pay("contracts", contract.fee_per_kwh * taken_kwh)
