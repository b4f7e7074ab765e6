"""Staying with the former plan: what moving away from it costs, and what is committed (§9)."""

from collections.abc import Iterator

import numpy as np

from services.dispatch.domain.model.books import Books
from services.dispatch.domain.model.builder import INFINITE, Builder
from services.dispatch.domain.model.linear import Linear
from services.dispatch.domain.model.powers import Powers, drawn, in_program, in_schedule
from services.dispatch.domain.model.prices import Limit
from services.dispatch.domain.model.program import Index
from services.dispatch.domain.model.schedule import Schedule
from services.dispatch.domain.park.horizon import MOMENT_H, Floats
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.rules import Former
from services.dispatch.domain.park.units import Unit

"""Steps of a twelfth of an hour do not add up to an hour to the last digit."""


def add(build: Builder) -> None:
    """Add what each device moves, and hold what is committed."""
    if (former := build.problem.former) is None:
        return
    if former.move_cost_per_kw:
        for name, moved in moves(build.problem, former, in_program(build)):
            _add_move(build, name, moved, former.move_cost_per_kw)
    for unit, steps, was_on in committed(build.problem, former):
        _add_commitment(build, unit, steps, was_on)


def _add_move(build: Builder, name: str, moved: Linear, cost: float) -> None:
    """Split a move into up and down, of which a best plan has one at most."""
    rows = build.rows(f"{name}.moved", -moved.known, -moved.known)
    moved.put_each(build, rows)
    for way, sign in (("up", -1.0), ("down", 1.0)):
        build.put(rows, build.columns(f"{name}.moved_{way}", INFINITE, cost), sign)


def _add_commitment(build: Builder, unit: Unit, steps: Index, was_on: Floats) -> None:
    """Hold a unit on or off; it may break that at a price where it cannot be kept."""
    name, on = f"{unit.id}.committed", build.column(f"{unit.id}.on")[steps]
    price = build.price[Limit.COMMITTED] * unit.most_kw * build.hours[steps]
    broken = build.columns(name, 1.0, price, count=len(steps))
    rows = build.rows(name, was_on, was_on, len(steps))
    build.put(rows, on, 1.0)
    build.put(rows, broken, np.where(was_on > 0, 1.0, -1.0))


def book(books: Books, schedule: Schedule) -> None:
    """Book moves, and each committed start or stop that is not kept."""
    if (former := books.problem.former) is None:
        return
    for _, moved in moves(books.problem, former, in_schedule(schedule)):
        books.pay("moves", float(np.abs(moved.known).sum()) * former.move_cost_per_kw)
    for unit, steps, was_on in committed(books.problem, former):
        differs = np.zeros(len(books.hours))
        differs[steps] = np.abs(schedule.devices[unit.id]["on"][steps] - was_on)
        books.breach_each(Limit.COMMITTED, unit.id, differs * unit.most_kw)


def moves(problem: ParkProblem, former: Former, powers: Powers) -> Iterator[tuple[str, Linear]]:
    """Yield each device that the former plan names with its power − the former one."""
    named: dict[str, Linear] = {}
    for store in (one for one in problem.stores if one.id in former.power_kw):
        named[store.id] = drawn(powers, store)
    for session in (one for one in problem.sessions if one.id in former.power_kw):
        named[session.id] = drawn(powers, session)
    for production in (one for one in problem.productions if one.id in former.power_kw):
        named[production.id] = powers(production, "power_kw")
    for unit in (one for one in problem.units if one.id in former.power_kw):
        named[unit.id] = powers(unit, "input_kw")
    for name, power in named.items():
        yield name, power - Linear(problem.horizon.array(former.power_kw[name]))


def committed(problem: ParkProblem, former: Former) -> Iterator[tuple[Unit, Index, Floats]]:
    """Yield units that the former plan names: committed steps, and whether it is on in each.

    Drawing no more than standby does is not being on; a unit without availability is not held.
    """
    soon = problem.horizon.begins_h < former.committed_h - MOMENT_H
    for unit in problem.units:
        steps = np.flatnonzero(soon & (problem.horizon.array(unit.availability) > 0.0))
        if unit.id in former.power_kw and is_decided(unit) and len(steps):
            power_kw = problem.horizon.array(former.power_kw[unit.id])[steps]
            yield unit, steps, (power_kw > (unit.standby_kw or 0.0)).astype(np.float64)


def is_decided(unit: Unit) -> bool:
    """Whether each step decides if a unit is on (§7); else it is on wherever it draws."""
    gives = any(output.curve and output.curve[0].output_kw > 0 for output in unit.outputs)
    return unit.is_committed or gives
