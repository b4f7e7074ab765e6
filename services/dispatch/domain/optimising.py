"""From a problem to the cheapest decisions: solve, look for energy going both ways, solve again.

Charging and discharging (or importing and exporting) in one slot pays only when a price is negative
or the feed-in price is above the import price. Such slots, and only they, get a binary.
"""

import time
from dataclasses import dataclass, field

import numpy as np

from services.dispatch.domain.model.program import Program
from services.dispatch.domain.model.search import Found, Solver
from services.dispatch.domain.problem import Floats, Problem
from services.dispatch.domain.program import MILLI, program_of
from services.dispatch.domain.schedule import Decisions

BOTH_WAYS_KW = 1e-4
ROUNDS = 3


@dataclass(frozen=True, slots=True, eq=False)
class MarginalPrices:
    """What one more kWh is worth, currency units per kWh, (slots,). NaN-free; empty when unknown.

    `energy`: one more kWh used in the park. `stored`: one more kWh in a storage at the slot's end.
    `import_room`, `export_room`: one more kWh through the connection. `feed_in`: one more allowed.
    """

    energy: Floats
    import_room: Floats
    export_room: Floats
    stored: dict[str, Floats] = field(default_factory=dict)
    feed_in: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Optimum:
    """The solver's decisions; `proven` means optimal, not just the best at its time limit."""

    decisions: Decisions
    proven: bool
    prices: MarginalPrices | None


@dataclass(frozen=True, slots=True)
class NoOptimum:
    """No decisions came of it; `why` is for people."""

    why: str


def optimised(problem: Problem, solver: Solver, time_limit_s: float) -> Optimum | NoOptimum:
    """Return the best decisions that `solver` finds within the limit (all runs together)."""
    ends = time.monotonic() + time_limit_s
    either_or = set(_tempting(problem))
    program = program_of(problem)
    found = solver(program, time_limit_s)
    if isinstance(found, str):
        return NoOptimum(found)
    if not either_or and not _both_ways(problem, program, found.values):
        return Optimum(
            _decisions(problem, program, found.values),
            found.proven,
            _prices(problem, program, found),
        )
    for _ in range(ROUNDS):
        either_or |= set(_both_ways(problem, program, found.values))
        left_s = ends - time.monotonic()
        program = program_of(problem, sorted(either_or))
        tried = solver(program, left_s) if left_s > 0 else "no time left for directions"
        if isinstance(tried, str):
            return Optimum(_decisions(problem, program, found.values), False, None)
        found = tried
        if not _both_ways(problem, program, found.values):
            break
    return _priced(problem, solver, program, found, either_or, max(0.05, ends - time.monotonic()))


def _priced(
    problem: Problem,
    solver: Solver,
    program: Program,
    found: Found,
    either_or: set[tuple[str, int]],
    left_s: float,
) -> Optimum:
    """Fix the directions found and solve the linear program that is left, for its duals."""
    fixed = {
        (thing, slot): bool(found.values[program.columns[f"{thing} {slot} forward"][0]] > 0.5)
        for thing, slot in either_or
    }
    linear = program_of(problem, fixed=fixed)
    again = solver(linear, left_s)
    if isinstance(again, str) or _both_ways(problem, linear, again.values):
        return Optimum(_decisions(problem, program, found.values), found.proven, None)
    decisions = _decisions(problem, linear, again.values)
    return Optimum(decisions, found.proven and again.proven, _prices(problem, linear, again))


def _tempting(problem: Problem) -> list[tuple[str, int]]:
    """Return the slots in which buying and selling the same energy would earn."""
    paid = problem.import_price + problem.carbon_price
    return [("grid", int(k)) for k in np.flatnonzero(problem.export_price > paid)]


def _both_ways(problem: Problem, program: Program, values: Floats) -> list[tuple[str, int]]:
    def column(name: str) -> Floats:
        return values[program.columns[name]]

    pairs = [
        ("grid", column("import") + column("over_import"), column("export") + column("over_export"))
    ]
    pairs += [
        (s.id, column(f"{s.id} charge"), column(f"{s.id} discharge")) for s in problem.storages
    ]
    return [
        (thing, int(k))
        for thing, forward, backward in pairs
        for k in np.flatnonzero(np.minimum(forward, backward) > BOTH_WAYS_KW)
    ]


def _decisions(problem: Problem, program: Program, values: Floats) -> Decisions:
    columns = program.columns
    session_kw = {}
    for session in problem.sessions:
        kw = np.zeros(problem.slots)
        if (index := columns.get(f"{session.port_id} power")) is not None:
            kw[np.flatnonzero(problem.presence(session) > 0)] = values[index]
        session_kw[session.port_id] = kw
    return Decisions(
        storage_kw={
            s.id: values[columns[f"{s.id} charge"]] - values[columns[f"{s.id} discharge"]]
            for s in problem.storages
        },
        production_kw={
            p.id: p.available_kw - values[columns[f"{p.id} curtailed"]] for p in problem.productions
        },
        session_kw=session_kw,
    )


def _prices(problem: Problem, program: Program, found: Found) -> MarginalPrices | None:
    if len(found.duals) != len(program.row_lower):
        return None
    rows, hours = program.rows, problem.hours
    energy = found.duals[rows["balance"]] / (MILLI * hours)
    paid = problem.import_price + problem.carbon_price
    feed_in = (
        float(found.duals[rows["feed_in_share"]][0]) / MILLI if "feed_in_share" in rows else 0.0
    )
    importing = values_at(program, found, "import") >= problem.import_limit_kw - BOTH_WAYS_KW
    exporting = values_at(program, found, "export") >= problem.export_limit_kw - BOTH_WAYS_KW
    return MarginalPrices(
        energy=energy,
        import_room=np.where(importing, np.maximum(0.0, energy - paid), 0.0),
        export_room=np.where(
            exporting, np.maximum(0.0, problem.export_price + feed_in - energy), 0.0
        ),
        stored={s.id: -found.duals[rows[f"{s.id} stored"]] / MILLI for s in problem.storages},
        feed_in=max(0.0, -feed_in),
    )


def values_at(program: Program, found: Found, name: str) -> Floats:
    """Return the values of one block of columns."""
    return found.values[program.columns[name]]
