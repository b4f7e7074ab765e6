"""Staying with the former plan: what moving away from it costs, and what is committed (§9)."""

from collections.abc import Iterator

import numpy as np

from services.dispatch.domain.model import held
from services.dispatch.domain.model.books import Books
from services.dispatch.domain.model.builder import INFINITE, Builder
from services.dispatch.domain.model.held import Held, committed
from services.dispatch.domain.model.linear import Linear
from services.dispatch.domain.model.powers import Powers, drawn, in_program, in_schedule
from services.dispatch.domain.model.prices import Limit
from services.dispatch.domain.model.schedule import Schedule
from services.dispatch.domain.park.demand import Load, Session, WorkQueue
from services.dispatch.domain.park.network import Production
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.rules import Former
from services.dispatch.domain.park.storage import Store


def add(build: Builder) -> None:
    """Add what each device moves, and hold what is committed."""
    if (former := build.problem.former) is None:
        return
    if former.move_cost_per_kw:
        for name, moved in moves(build.problem, former, in_program(build)):
            _add_move(build, name, moved, former.move_cost_per_kw)
    switches = held.in_program(build)
    for one in committed(build.problem, former):
        _add_commitment(build, one, switches(one.device))


def _add_move(build: Builder, name: str, moved: Linear, cost: float) -> None:
    """Split a move into up and down, of which a best plan has one at most."""
    rows = build.rows(f"{name}.moved", -moved.known, -moved.known)
    moved.put_each(build, rows)
    for way, sign in (("up", -1.0), ("down", 1.0)):
        build.put(rows, build.columns(f"{name}.moved_{way}", INFINITE, cost), sign)


def _add_commitment(build: Builder, one: Held, is_on: Linear) -> None:
    """Hold a device on or off; it may break that at a price where it cannot be kept."""
    name, count = f"{one.device.id}.committed", len(one.steps)
    price = build.price[Limit.COMMITTED] * one.size_kw * build.hours[one.steps]
    broken = build.columns(name, 1.0, price, count=count)
    right = one.was_on - is_on.known[one.steps]
    rows = build.rows(name, right, right, count)
    for term in is_on.terms:
        inside = np.isin(term.steps, one.steps)
        at = rows[np.searchsorted(one.steps, term.steps[inside])]
        build.put(at, term.columns[inside], term.factors[inside])
    build.put(rows, broken, np.where(one.was_on > 0, 1.0, -1.0))


def book(books: Books, schedule: Schedule) -> None:
    """Book moves, and each committed start or stop that is not kept."""
    if (former := books.problem.former) is None:
        return
    for _, moved in moves(books.problem, former, in_schedule(schedule)):
        books.pay("moves", float(np.abs(moved.known).sum()) * former.move_cost_per_kw)
    switches = held.in_schedule(schedule)
    for one in committed(books.problem, former):
        differs = np.zeros(len(books.hours))
        is_on = switches(one.device).known[one.steps]
        differs[one.steps] = np.abs(is_on - one.was_on) * one.size_kw
        books.breach_each(Limit.COMMITTED, one.device.id, differs)


def moves(problem: ParkProblem, former: Former, powers: Powers) -> Iterator[tuple[str, Linear]]:
    """Yield each device that the former plan names with its power − the former one."""
    for name, power in _powers(problem, former, powers):
        yield name, power - Linear(problem.horizon.array(former.power_kw[name]))


def _powers(problem: ParkProblem, former: Former, powers: Powers) -> Iterator[tuple[str, Linear]]:
    """Yield what the devices do that the former plan names: one power of each."""
    stores: list[Store | Session] = [*problem.stores, *problem.sessions]
    for store in (one for one in stores if one.id in former.power_kw):
        yield store.id, drawn(powers, store)
    others: list[Production | WorkQueue | Load] = [*problem.productions, *problem.queues]
    for other in (one for one in [*others, *_interruptible(problem)] if one.id in former.power_kw):
        yield other.id, powers(other, "power_kw")
    for process in (one for one in problem.processes if one.id in former.power_kw):
        yield process.id, powers(process, f"power_kw.{process.first_node}")
    for unit in (one for one in problem.units if one.id in former.power_kw):
        yield unit.id, powers(unit, "input_kw")


def _interruptible(problem: ParkProblem) -> Iterator[Load]:
    return (load for load in problem.loads if load.interruption is not None)


NOT_COUNTED = ("lines", "grids", "contracts", "supplies", "sinks")


def not_counted(problem: ParkProblem) -> list[str]:
    """Return the devices that the former plan names though nothing of them can be counted (§9)."""
    named = problem.former.power_kw if problem.former else {}
    deaf = {one.id for group in NOT_COUNTED for one in getattr(problem, group)}
    deaf |= {load.id for load in problem.loads if load.interruption is None}
    return [name for _, name in problem.devices if name in named and name in deaf]
