"""Carbon of what is bought, minus what sinks spare: its price and its caps (§8.2)."""

import numpy as np

from services.dispatch.domain.model.books import Books
from services.dispatch.domain.model.builder import INFINITE, Builder
from services.dispatch.domain.model.linear import Linear, nothing
from services.dispatch.domain.model.powers import Powers, in_program, in_schedule
from services.dispatch.domain.model.prices import Limit
from services.dispatch.domain.model.schedule import Schedule
from services.dispatch.domain.park.horizon import Floats
from services.dispatch.domain.park.network import Grid
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.rules import CarbonCap


def add(build: Builder) -> None:
    """Add each step's carbon as a column, kg, and what goes beyond each cap."""
    rule = build.problem.carbon
    if not rule.price_per_kg and not rule.caps:
        return
    kg = emitted(build.problem, in_program(build))
    carbon = build.columns("carbon.kg", INFINITE, rule.price_per_kg, lower=-INFINITE)
    rows = build.rows("carbon.kg", -kg.known, -kg.known, shared=True)
    kg.put_each(build, rows)
    build.put(rows, carbon, -1.0)
    for i, cap in enumerate(rule.caps):
        name = f"carbon.caps[{i}]"
        beyond = build.columns(name, INFINITE, build.price[Limit.CARBON_CAP], count=1)
        row = build.rows(name, -INFINITE, cap.limit_kg, 1)
        build.put(row, carbon, share_inside(build.problem, cap))
        build.put(row, beyond, -1.0)


def book(books: Books, schedule: Schedule) -> None:
    """Book what carbon costs, and what goes beyond each cap."""
    rule = books.problem.carbon
    if not rule.price_per_kg and not rule.caps:
        return
    kg = emitted_kg(books.problem, schedule)
    books.pay("carbon", rule.price_per_kg * float(kg.sum()))
    for i, cap in enumerate(rule.caps):
        beyond = float(share_inside(books.problem, cap) @ kg) - cap.limit_kg
        books.breach(Limit.CARBON_CAP, f"carbon.caps[{i}]", None, beyond, "kg")


def emitted_kg(problem: ParkProblem, schedule: Schedule) -> Floats:
    """Return the carbon of each step, (steps,) kg; what is spared is negative."""
    return emitted(problem, in_schedule(schedule)).known


def emitted(problem: ParkProblem, powers: Powers) -> Linear:
    """Return the carbon of each step, kg."""
    rate = nothing(len(problem.horizon))
    for grid in problem.grids:
        rate += _of_grid(problem, powers, grid)
    for supply in problem.supplies:
        rate += powers(supply, "power_kw").times(supply.carbon_kg_per_kwh)
    for sink in problem.sinks:
        rate -= powers(sink, "power_kw").times(sink.carbon_kg_per_kwh)
    return rate.times(problem.horizon.hours)


def _of_grid(problem: ParkProblem, powers: Powers, grid: Grid) -> Linear:
    """Return kg/h of a grid: market energy, where its intensity is known, and contracts'."""
    market, rate = powers(grid, "import_kw"), nothing(len(problem.horizon))
    for contract in (one for one in problem.contracts if one.grid == grid.id):
        taken = powers(contract, "taken_kw")
        market, rate = market - taken, rate + taken.times(contract.carbon_kg_per_kwh)
    if grid.carbon_kg_per_kwh is None:
        return rate
    return rate + market.times(problem.horizon.array(grid.carbon_kg_per_kwh))


def share_inside(problem: ParkProblem, cap: CarbonCap) -> Floats:
    """Return how much of each step lies in the cap's window, (steps,)."""
    inside_h = problem.horizon.overlap_h(cap.from_h, cap.to_h)
    return np.asarray(inside_h / problem.horizon.hours, np.float64)
