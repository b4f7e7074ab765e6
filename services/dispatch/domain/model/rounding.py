"""Which states of units come nearest to a relaxed solution, at its prices.

A unit that is just worth its while at these prices may as well be off; so leaving the relaxed
solution's input costs a share of what that input is worth.
"""

import numpy as np

from services.dispatch.domain.model.builder import Builder
from services.dispatch.domain.model.commitment import possible_kw
from services.dispatch.domain.model.curves import points_kw, widths_kw
from services.dispatch.domain.model.program import Program
from services.dispatch.domain.model.schedules import NEVER, StateCosts, cheapest_states
from services.dispatch.domain.model.units import is_committed
from services.dispatch.domain.park.horizon import Floats
from services.dispatch.domain.park.units import Unit

PULLS = ((100.0, 0.1), (10.0, 0.3))
"""Shares of its worth that an input loses below and above the relaxed solution's."""


def decided(
    build: Builder, program: Program, values: Floats, duals: Floats, pull: tuple[float, float]
) -> Floats:
    """Return a value for each column that a unit's states decide, else NaN, (columns,).

    `pull`: which share of its worth an input loses where it is below, above the solution's.
    """
    chosen = np.full(len(program.lower), np.nan)
    for unit in build.problem.units:
        if not is_committed(unit):
            continue
        possible = possible_kw(unit, build.problem.horizon)
        costs = _state_costs(build, program, unit, (values, duals), pull)
        on, standby = cheapest_states(unit, build.problem.horizon, possible > 0, costs)
        chosen[program.columns[f"{unit.id}.on"]] = on
        if unit.standby_kw is not None:
            chosen[program.columns[f"{unit.id}.standby"]] = standby
    return chosen


def _state_costs(
    build: Builder,
    program: Program,
    unit: Unit,
    relaxed: tuple[Floats, Floats],
    pull: tuple[float, float],
) -> StateCosts:
    values, duals = relaxed
    foreign = duals.copy()
    for name, rows in program.rows.items():
        if name.startswith(f"{unit.id}."):
            foreign[rows] = 0.0
    reduced = program.cost - program.matrix.T @ foreign
    entering, on = program.columns[f"{unit.id}.input"], program.columns[f"{unit.id}.on"]
    worth = (np.abs(program.matrix).T @ np.abs(foreign))[entering] / 2
    wanted_kw = values[entering]
    lacking, idle = pull[0] * worth * wanted_kw, pull[1] * worth
    at_points, inputs_kw = _at_points(build, program, unit, reduced)
    costs = at_points + idle * np.maximum(0.0, inputs_kw - wanted_kw)
    return StateCosts(
        on=_barred(np.asarray(costs.min(axis=0)) + reduced[on], program.upper[on] < 0.5),
        standby=_standby_costs(program, unit, reduced, lacking),
        off=_barred(lacking, program.lower[on] > 0.5),
    )


def _at_points(
    build: Builder, program: Program, unit: Unit, reduced: Floats
) -> tuple[Floats, Floats]:
    """Return what running at each bend of the unit's curves costs, and the inputs there."""
    possible = possible_kw(unit, build.problem.horizon)
    points = points_kw(unit)
    widths = widths_kw(points, possible)
    filled = np.vstack([np.zeros(build.steps), np.cumsum(widths, axis=0)])
    inputs_kw = np.minimum(unit.least_kw, possible) + filled
    costs = inputs_kw * reduced[program.columns[f"{unit.id}.input"]]
    for i, width in enumerate(widths):
        if (piece := program.columns.get(f"{unit.id}.piece[{i}]")) is not None:
            costs[i + 1 :] += width * reduced[piece]
    return costs, inputs_kw


def _standby_costs(program: Program, unit: Unit, reduced: Floats, left: Floats) -> Floats:
    if unit.standby_kw is None:
        return np.full(len(left), NEVER)
    standby = program.columns[f"{unit.id}.standby"]
    entering = program.columns[f"{unit.id}.input"]
    costs = reduced[standby] + unit.standby_kw * reduced[entering] + left
    return _barred(costs, program.upper[standby] < 0.5)


def _barred(costs: Floats, never: Floats) -> Floats:
    return np.asarray(np.where(never, NEVER, costs), np.float64)
