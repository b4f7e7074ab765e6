"""What one more kWh costs at each node (§11): prices that hold for a little more use everywhere.

Where a limit is just reached or nothing flows at all, several duals are right, and a solver names
any of them. Here all nodes use a watt more (each a little more than the one before, which leaves
one right answer), and the program is solved once more, whole numbers as they are. Where that breaks
a limit that the plan keeps, the price is one that nobody pays: nobody knows one.
"""

import re
from dataclasses import dataclass, replace
from typing import TypeGuard

import numpy as np

from services.dispatch.domain.model.program import Index, Program
from services.dispatch.domain.model.search import Found, Solver
from services.dispatch.domain.model.solution import Solution
from services.dispatch.domain.park.horizon import Floats

A_LITTLE_KW = 1e-3
A_LITTLE_ROOM = 1e-5
"""kW, kWh or kg, much less than a little use."""
UNEVEN = 0.5
GOLDEN = 0.6180339887498949
KEPT = 1e-6
"""What a limit that is kept may be broken by, kW or kWh."""
STIFFER = 2.0
SAME = 1e-4
"""Prices nearer to each other are the same: as a share, or thousandths of the currency."""
AT_NODES_AND_LINES = ("unserved", "surplus", "over_forward", "over_back")
AT_GRIDS = ("over_import", "over_export", "headroom")
OF_DEVICES = ("outside", "target", "unmet", "missed", "late", "committed")
OF_THE_PARK = ("reserve", "feed_in_share", "self_use_share", "load_share", "caps")
VIOLATIONS = frozenset({*AT_NODES_AND_LINES, *AT_GRIDS, *OF_DEVICES, *OF_THE_PARK})
"""The last words of the names of columns by which limits are broken."""

SCENARIO = re.compile(r"^scenario\[\d+\]\.")
"""Before the names of a scenario's columns."""


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """A solution whose duals hold for a little more use, and where nobody knows what that costs.

    `unknown`: by node, (steps,) of bool. `eased`: duals for a little less use, where asked for;
    what a limit is worth is right in both.
    """

    solution: Solution
    unknown: dict[str, Floats]
    eased: Floats | None = None

    def at(self, node: str) -> Floats:
        """Return what one more kWh costs in each step, (steps,) currency a kWh; NaN: unknown."""
        per_kw = self.solution.price(f"{node}.balance")
        known = np.asarray(per_kw / self.solution.problem.horizon.hours, np.float64)
        return np.where(self.unknown[node] > 0, np.nan, known)


def told(solution: Solution) -> Prices:
    """Return the prices of a solution as they are, but none at which a kept limit is broken."""
    program = solution.program
    reduced = program.cost - program.matrix.T @ solution.duals
    kept = _kept(solution)
    at_price = kept[np.abs(reduced[kept]) <= SAME * np.maximum(1.0, np.abs(program.cost[kept]))]
    touched = np.zeros(len(program.lower))
    touched[at_price] = 1.0
    rows = np.asarray(abs(program.matrix) @ touched > 0, np.float64)
    return Prices(solution, _by_node(solution, rows))


def priced(solution: Solution, solver: Solver, time_limit_s: float) -> Prices:
    """Return the prices for a little more use; as they are where the solver finds none."""
    program, kept = solution.program, _kept(solution)
    more = _used(solution, program, A_LITTLE_KW)
    found = solver(more, time_limit_s)
    if not _is_priced(found):
        return told(solution)
    unknown = np.zeros(len(found.duals))
    if (found.values[kept] > KEPT).any():
        dearer = program.cost.copy()
        dearer[kept] *= STIFFER
        other = solver(replace(more, cost=dearer), time_limit_s)
        if not _is_priced(other):
            return told(solution)
        near = SAME * np.maximum(1.0, np.abs(found.duals))
        unknown = np.asarray(np.abs(other.duals - found.duals) > near, np.float64)
    return Prices(replace(solution, duals=found.duals), _by_node(solution, unknown))


def eased(prices: Prices, solver: Solver, time_limit_s: float) -> Prices:
    """Return the prices with what holds for a little less use, and where limits that may be broken
    at a price leave a little room: what they are worth is then what room saves, not that price.
    """
    solution = prices.solution
    less = solver(_used(solution, _with_room(solution), -A_LITTLE_KW), time_limit_s)
    return replace(prices, eased=less.duals) if _is_priced(less) else prices


def _is_priced(found: Found | str) -> TypeGuard[Found]:
    return not isinstance(found, str) and found.proven and len(found.duals) > 0


def _used(solution: Solution, program: Program, more_kw: float) -> Program:
    """Return the program with a little more used at each node in each step."""
    rows = np.concatenate(
        [program.rows[f"{node.id}.balance"] for node in solution.problem.every_node]
    )
    kw = np.zeros(len(program.row_lower))
    kw[rows] = more_kw * (1.0 + UNEVEN * (np.arange(1, len(rows) + 1) * GOLDEN % 1.0))
    return replace(program, row_lower=program.row_lower + kw, row_upper=program.row_upper + kw)


def _with_room(solution: Solution) -> Program:
    """Return the program with a little room in the inequalities that a kept limit is one of."""
    program, slack = solution.program, np.zeros(len(solution.program.lower))
    slack[_kept(solution)] = A_LITTLE_ROOM
    room = program.matrix @ slack
    return replace(
        program,
        row_lower=program.row_lower - np.where(np.isinf(program.row_upper), room, 0.0).clip(0.0),
        row_upper=program.row_upper
        - np.where(np.isinf(program.row_lower), room, 0.0).clip(None, 0.0),
    )


def _kept(solution: Solution) -> Index:
    """Return the columns of limits that the plan does not break."""
    every = violations(solution)
    return np.asarray(every[solution.values[every] <= KEPT], np.int64)


def violations(solution: Solution, prefix: str = "") -> Index:
    """Return the columns by which limits are broken; with `prefix` those of such names only."""
    problem = solution.problem
    paid = {f"{one.id}.late" for one in problem.queues if one.late_price_per_kwh is not None}
    paid |= {f"{one.id}.missed" for one in problem.processes if one.missed_price is not None}
    columns = [
        index
        for name, index in solution.program.columns.items()
        if name.startswith(prefix) and _is_violation(name) and SCENARIO.sub("", name) not in paid
    ]
    return np.concatenate([*columns, np.zeros(0, np.int64)])


def _is_violation(name: str) -> bool:
    return name.rpartition(".")[2].partition("[")[0] in VIOLATIONS


def _by_node(solution: Solution, rows: Floats) -> dict[str, Floats]:
    named = solution.program.rows
    return {node.id: rows[named[f"{node.id}.balance"]] for node in solution.problem.every_node}
