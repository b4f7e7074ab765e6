"""Which states of units come nearest to a relaxed solution, at its prices.

Units of one node are decided one after another, each by the cheapest path through its states
given the others', until none changes: what a state costs in a step is what meeting the node's
need with it costs (`merit`). Other nodes are met at the relaxed solution's prices.
"""

from dataclasses import dataclass

import numpy as np

from services.dispatch.domain.model.builder import Builder
from services.dispatch.domain.model.commitment import possible_kw
from services.dispatch.domain.model.curves import given_kw, points_kw, widths_kw
from services.dispatch.domain.model.merit import Market, Need, Offers
from services.dispatch.domain.model.program import Program
from services.dispatch.domain.model.schedules import NEVER, StateCosts, cheapest_states
from services.dispatch.domain.model.units import is_committed
from services.dispatch.domain.park.horizon import Floats
from services.dispatch.domain.park.units import Unit

PASSES = 4
SPREAD = 0.02
MISSING = 300.0
"""What is missing at a node costs this many times its usual price: the program says the rest."""
REPLACED_H = 3.0
"""How long a store must be able to stand in for a unit."""
LACKING, IDLE = 10.0, 0.3
"""Shares of its worth that the input of a unit without a need loses below and above what it was."""


@dataclass(frozen=True, slots=True, eq=False)
class Relaxed:
    """A solution without whole numbers, and what changes in it cost."""

    build: Builder
    program: Program
    values: Floats
    duals: Floats

    def reduced(self, unit: Unit, node: str | None = None) -> Floats:
        """Return each column's cost at the prices of rows other than the unit's and a node's."""
        foreign = self.duals.copy()
        for name, rows in self.program.rows.items():
            if name.startswith(f"{unit.id}."):
                foreign[rows] = 0.0
        if node is not None:
            foreign[self.program.rows[f"{node}.balance"]] = 0.0
        return np.asarray(self.program.cost - self.program.matrix.T @ foreign, np.float64)

    def price(self, node: str) -> Floats:
        """Return a node's price, (steps,) thousandths of the currency per kW."""
        return self.duals[self.program.rows[f"{node}.balance"]]

    def input_kw(self, unit: Unit) -> Floats:
        """Return a unit's input."""
        return self.values[self.program.columns[f"{unit.id}.input"]]

    def limits(self, unit: Unit) -> tuple[Floats, Floats]:
        """Return the least and most that `on` may be in each step, each 0 or 1."""
        on = self.program.columns[f"{unit.id}.on"]
        return self.program.lower[on], self.program.upper[on]


def decided(build: Builder, program: Program, values: Floats, duals: Floats) -> Floats:
    """Return a value for each column of a unit's states or a process's starts, else NaN."""
    relaxed = Relaxed(build, program, values, duals)
    chosen = np.full(len(program.lower), np.nan)
    by_node: dict[str | None, list[Unit]] = {}
    for unit in build.problem.units:
        if is_committed(unit):
            by_node.setdefault(served_node(build, unit), []).append(unit)
    for node, units in by_node.items():
        states = _alone(relaxed, units) if node is None else _together(relaxed, node, units)
        for unit, (on, standby) in zip(units, states, strict=True):
            chosen[program.columns[f"{unit.id}.on"]] = on
            if unit.standby_kw is not None:
                chosen[program.columns[f"{unit.id}.standby"]] = standby
    _place(relaxed, chosen)
    return chosen


def _place(relaxed: Relaxed, chosen: Floats) -> None:
    """Let each process begin where most of it begins in the solution, if it runs at all."""
    for process in relaxed.build.problem.processes:
        starts = relaxed.program.columns.get(f"{process.id}.start")
        if starts is None or not np.isin(starts, relaxed.program.integer).all():
            continue
        begun = relaxed.values[starts]
        chosen[starts] = 0.0
        if begun.sum() >= 0.5:
            chosen[starts[int(np.argmax(begun))]] = 1.0


def served_node(build: Builder, unit: Unit) -> str | None:
    """Return the node whose need the unit is there for: the one that is hardest to meet."""
    problem = build.problem
    traded = {grid.node for grid in problem.grids} | {supply.node for supply in problem.supplies}
    for output in unit.outputs:
        gives = output.curve or np.max(problem.horizon.array(output.ratio or 0.0)) > 0
        if gives and output.node not in traded:
            return output.node
    return None


def _together(relaxed: Relaxed, node: str, units: list[Unit]) -> list[tuple[Floats, Floats]]:
    """Decide the units of a node one after another, until none changes."""
    market = _market(relaxed, node, units)
    on = np.array([(relaxed.input_kw(unit) > 1e-6).astype(np.float64) for unit in units])
    standby = np.zeros_like(on)
    for _ in range(PASSES):
        before = on.copy()
        for i, unit in enumerate(units):
            costs = _costs_beside(relaxed, unit, market, on, i)
            on[i], standby[i] = _cheapest(relaxed, unit, costs)
        if np.array_equal(before, on):
            break
    return list(zip(on, standby, strict=True))


def _costs_beside(relaxed: Relaxed, unit: Unit, market: Market, on: Floats, i: int) -> StateCosts:
    """Return what the states of one unit cost, given which others are on."""
    with_it, without = on.copy(), on.copy()
    with_it[i], without[i] = 1.0, 0.0
    idle = market.cost(without)
    return StateCosts(market.cost(with_it), idle + _standby_cost(relaxed, unit), idle)


def _cheapest(relaxed: Relaxed, unit: Unit, costs: StateCosts) -> tuple[Floats, Floats]:
    least, most = relaxed.limits(unit)
    barred = StateCosts(
        on=np.where(most < 0.5, NEVER, costs.on),
        standby=np.where((most < 0.5) | (least > 0.5), NEVER, costs.standby),
        off=np.where(least > 0.5, NEVER, costs.off),
    )
    horizon = relaxed.build.problem.horizon
    return cheapest_states(unit, horizon, possible_kw(unit, horizon) > 0, barred)


def _market(relaxed: Relaxed, node: str, units: list[Unit]) -> Market:
    """Return what the units offer to a node at their least, and in pieces beyond it."""
    parts = [_at_points_of(relaxed, node, unit) for unit in units]
    offers = Offers(
        least_kw=np.array([given[0] for given, _ in parts]),
        least_cost=np.array([costs[0] for _, costs in parts]),
        more_kw=np.vstack([np.maximum(0.0, np.diff(given, axis=0)) for given, _ in parts]),
        more_cost=np.vstack([np.diff(costs, axis=0) for _, costs in parts]),
        owner=np.repeat(np.arange(len(units)), [len(given) - 1 for given, _ in parts]),
    )
    return Market(offers, _need(relaxed, node, units))


def _at_points_of(relaxed: Relaxed, node: str, unit: Unit) -> tuple[Floats, Floats]:
    """Return what the unit gives to a node at each of its points when on, and what that costs."""
    reduced = relaxed.reduced(unit, node)
    costs, inputs_kw = _at_points(relaxed, unit, reduced)
    costs = costs + reduced[relaxed.program.columns[f"{unit.id}.on"]]
    return _given_kw(relaxed, node, unit, inputs_kw), costs


def _given_kw(relaxed: Relaxed, node: str, unit: Unit, inputs_kw: Floats) -> Floats:
    """Return what the unit gives to a node at some inputs when on."""
    array, total = relaxed.build.problem.horizon.array, np.zeros_like(inputs_kw)
    for output in unit.outputs:
        if output.node == node and output.ratio is not None:
            total = total + inputs_kw * array(output.ratio)
        elif output.node == node:
            total = total + given_kw(output, inputs_kw)
    return total


def _need(relaxed: Relaxed, node: str, units: list[Unit]) -> Need:
    """Return what the units gave to the node in the relaxed solution, and what may replace it."""
    problem, program, values = relaxed.build.problem, relaxed.program, relaxed.values
    balance = program.rows[f"{node}.balance"]
    wanted = np.zeros(len(balance))
    for unit in units:
        for name, columns in program.columns.items():
            if name.startswith(f"{unit.id}.") and len(columns) == len(balance):
                wanted += program.matrix[balance].tocsc()[:, columns].diagonal() * values[columns]
    for name, sign in (("unserved", 1.0), ("surplus", -1.0), ("unused", -1.0)):
        if f"{node}.{name}" in program.columns:
            wanted += sign * values[program.columns[f"{node}.{name}"]]
    more, less = np.zeros(len(balance)), np.zeros(len(balance))
    for store in problem.stores:
        if store.node == node:
            net = values[program.columns[f"{store.id}.discharge"]]
            net = net - values[program.columns[f"{store.id}.charge"]]
            level = values[program.columns[f"{store.id}.level"]]
            held, room = level - store.lowest_kwh, store.highest_kwh - level
            more += np.minimum(store.discharge_kw - net, held / REPLACED_H)
            less += np.minimum(store.charge_kw + net, room / REPLACED_H)
    price = relaxed.price(node)
    surplus_price = next(n for n in problem.every_node if n.id == node).surplus_price
    usual = MISSING * np.maximum(np.abs(price), float(np.abs(price).mean()))
    surplus = usual if surplus_price is None else 1e3 * relaxed.build.hours * surplus_price
    spread = SPREAD * np.abs(price)
    return Need(wanted, np.maximum(more, 0), np.maximum(less, 0), price, spread, usual, surplus)


def _alone(relaxed: Relaxed, units: list[Unit]) -> list[tuple[Floats, Floats]]:
    """Decide units at prices alone; leaving the relaxed input costs a share of its worth."""
    return [_cheapest(relaxed, unit, _costs_alone(relaxed, unit)) for unit in units]


def _costs_alone(relaxed: Relaxed, unit: Unit) -> StateCosts:
    reduced, program = relaxed.reduced(unit), relaxed.program
    entering, on = program.columns[f"{unit.id}.input"], program.columns[f"{unit.id}.on"]
    worth = (np.abs(program.matrix).T @ np.abs(relaxed.duals))[entering] / 2
    was_kw, (costs, inputs_kw) = relaxed.input_kw(unit), _at_points(relaxed, unit, reduced)
    costs = costs + IDLE * worth * np.maximum(0.0, inputs_kw - was_kw)
    off = LACKING * worth * was_kw
    running = np.asarray(costs.min(axis=0) + reduced[on])
    return StateCosts(running, off + _standby_cost(relaxed, unit), off)


def _at_points(relaxed: Relaxed, unit: Unit, reduced: Floats) -> tuple[Floats, Floats]:
    """Return what running at each bend of the unit's curves costs, and the inputs there."""
    program, horizon = relaxed.program, relaxed.build.problem.horizon
    possible, points = possible_kw(unit, horizon), points_kw(unit)
    widths = widths_kw(points, possible)
    filled = np.vstack([np.zeros(len(horizon)), np.cumsum(widths, axis=0)])
    inputs_kw = np.minimum(unit.least_kw, possible) + filled
    costs = inputs_kw * reduced[program.columns[f"{unit.id}.input"]]
    for i, width in enumerate(widths):
        if (piece := program.columns.get(f"{unit.id}.piece[{i}]")) is not None:
            costs[i + 1 :] += width * reduced[piece]
    return costs, inputs_kw


def _standby_cost(relaxed: Relaxed, unit: Unit) -> Floats:
    """Return what standby costs, (steps,)."""
    if unit.standby_kw is None:
        return np.full(len(relaxed.build.hours), NEVER)
    columns, reduced = relaxed.program.columns, relaxed.reduced(unit)
    entering = unit.standby_kw * reduced[columns[f"{unit.id}.input"]]
    return np.asarray(reduced[columns[f"{unit.id}.standby"]] + entering)
