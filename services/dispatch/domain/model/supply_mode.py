"""Shares that a supply mode asks of the year so far and the horizon together (§8.1)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from services.dispatch.domain.model.books import Books
from services.dispatch.domain.model.builder import INFINITE, Builder
from services.dispatch.domain.model.linear import Linear, nothing
from services.dispatch.domain.model.powers import Powers, drawn, in_program, in_schedule
from services.dispatch.domain.model.prices import Limit
from services.dispatch.domain.model.schedule import Schedule
from services.dispatch.domain.park.horizon import Floats
from services.dispatch.domain.park.network import Carrier
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.rules import Balance
from services.dispatch.domain.park.units import Output, Unit

WHO = "park"
YEARS = (WHO, ""), (f"{WHO}.next_year", "[next_year]")
"""Whose shares of this year and of the next one are, and how names of columns and rows end."""


@dataclass(frozen=True, slots=True, eq=False)
class Missed:
    """A share that is broken where `kwh` of all steps and `so_far_kwh` are above 0 together."""

    limit: Limit
    who: str
    ending: str
    kwh: Linear
    so_far_kwh: float


def add(build: Builder) -> None:
    """Add a row for each share and year, and at a price what goes beyond it."""
    for one in missed(build.problem, in_program(build)):
        name = f"{WHO}.{one.limit}{one.ending}"
        slack = build.columns(name, INFINITE, build.price[one.limit], count=1)
        most_kwh = -one.so_far_kwh - float(one.kwh.known.sum())
        row = build.rows(name, -INFINITE, most_kwh, 1, shared=True)
        one.kwh.put_sum(build, row)
        build.put(row, slack, -1.0)


def book(books: Books, schedule: Schedule) -> None:
    """Book what goes beyond each share."""
    for one in missed(books.problem, in_schedule(schedule)):
        size = one.so_far_kwh + float(one.kwh.known.sum())
        books.breach(one.limit, one.who, None, size, "kWh")


def missed(problem: ParkProblem, powers: Powers) -> Iterator[Missed]:
    """Yield what each share is missed by in this year, and in the next where that begins."""
    years = problem.mode.years(problem.horizon)
    for (hours, so_far), (who, ending) in zip(years, YEARS, strict=False):
        for limit, beyond, beyond_kwh in _beyond(problem, powers, so_far):
            yield Missed(limit, who, ending, beyond.times(hours), beyond_kwh)


def _beyond(
    problem: ParkProblem, powers: Powers, so_far: Balance
) -> Iterator[tuple[Limit, Linear, float]]:
    """Yield what each share is broken by where it is above 0: kW of each step, kWh so far."""
    mode, could = problem.mode, Linear(available_kw(problem))
    fed = fed_in(problem, powers)
    used = generated(problem, powers) - fed
    could_kwh = so_far.generated_kwh + so_far.curtailed_kwh
    used_kwh = so_far.generated_kwh - so_far.fed_in_kwh
    if (share := mode.feed_in_share) is not None:
        yield Limit.FEED_IN_SHARE, fed - could.times(share), so_far.fed_in_kwh - share * could_kwh
    if (share := mode.self_use_share) is not None:
        yield Limit.SELF_USE_SHARE, could.times(share) - used, share * could_kwh - used_kwh
    if (share := mode.load_share) is not None:
        takes = load(problem, powers)
        yield Limit.LOAD_SHARE, takes.times(share) - used, share * so_far.used_kwh - used_kwh


def available_kw(problem: ParkProblem) -> Floats:
    """Return what electric productions could give, (steps,) kW, what is curtailed in it."""
    total, nodes = np.zeros(len(problem.horizon)), electric(problem)
    for production in (part for part in problem.productions if part.node in nodes):
        total = total + problem.horizon.array(production.available_kw)
    return total


def generated(problem: ParkProblem, powers: Powers) -> Linear:
    """Return what electric productions give, without what is curtailed."""
    total, nodes = nothing(len(problem.horizon)), electric(problem)
    for production in (part for part in problem.productions if part.node in nodes):
        total += powers(production, "power_kw")
    return total


def fed_in(problem: ParkProblem, powers: Powers) -> Linear:
    """Return what goes out through all grids."""
    total = nothing(len(problem.horizon))
    for grid in problem.grids:
        total += powers(grid, "export_kw")
    return total


def load(problem: ParkProblem, powers: Powers) -> Linear:
    """Return what the park takes: all that comes to electric nodes and neither leaves the park,
    nor is stored, nor goes unused. What is unserved is not in it.
    """
    nodes = electric(problem)
    total = generated(problem, powers) - fed_in(problem, powers) + _bought(problem, powers, nodes)
    for unit, name in own_generation(problem, nodes):
        total += powers(unit, f"output_kw.{name}")
    for store in (part for part in problem.stores if part.node in nodes):
        total -= drawn(powers, store)
    for node in (node for node in problem.every_node if node.id in nodes):
        total -= powers(node, "surplus_kw") + powers(node, "unused_kw")
    return total


def _bought(problem: ParkProblem, powers: Powers, nodes: frozenset[str]) -> Linear:
    """Return what comes through grids and supplies, minus what sinks take away."""
    total = nothing(len(problem.horizon))
    for grid in problem.grids:
        total += powers(grid, "import_kw")
    for supply in (part for part in problem.supplies if part.node in nodes):
        total += powers(supply, "power_kw")
    for sink in (part for part in problem.sinks if part.node in nodes):
        total -= powers(sink, "power_kw")
    return total


def electric(problem: ParkProblem) -> frozenset[str]:
    """Return the names of the electric nodes."""
    nodes = problem.every_node
    return frozenset(node.id for node in nodes if node.carrier is Carrier.ELECTRICITY)


def own_generation(problem: ParkProblem, nodes: frozenset[str]) -> Iterator[tuple[Unit, str]]:
    """Yield each unit that makes electricity of something else, with the node it gives it to."""
    for unit in problem.units:
        if unit.input_node in nodes:
            continue
        for name in sorted({output.node for output in unit.outputs if _gives(output)} & nodes):
            yield unit, name


def _gives(output: Output) -> bool:
    return output.ratio is None or float(np.min(output.ratio)) >= 0.0
