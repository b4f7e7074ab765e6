"""The problem as a linear program in sparse arrays. Objective: thousandths of the currency.

Per slot: grid = import + over_import - export - over_export
               = base + sum(charge - discharge) + sum(session) - sum(available - curtailed)
stored[k] = stored[k-1] + hours * (charge * charge_efficiency - discharge / discharge_efficiency)
"""

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import coo_matrix

from services.dispatch.domain.model.program import Index, Program
from services.dispatch.domain.problem import (
    CONNECTION_PRICE,
    FEED_IN_PRICE,
    STATE_OF_CHARGE_PRICE,
    TIE_PER_KWH,
    VEHICLE_PRICE,
    Floats,
    Problem,
    Session,
    Storage,
)

MILLI = 1000.0


@dataclass
class _Builder:
    lower: list[Floats] = field(default_factory=list)
    upper: list[Floats] = field(default_factory=list)
    cost: list[Floats] = field(default_factory=list)
    entries: list[tuple[Index, Index, Floats]] = field(default_factory=list)
    row_lower: list[Floats] = field(default_factory=list)
    row_upper: list[Floats] = field(default_factory=list)
    columns: dict[str, Index] = field(default_factory=dict)
    rows: dict[str, Index] = field(default_factory=dict)
    integer: list[Index] = field(default_factory=list)
    width: int = 0
    height: int = 0

    def variables(
        self, name: str, upper: Floats, cost: Floats, lower: Floats | float = 0.0
    ) -> Index:
        index = np.arange(self.width, self.width + len(upper))
        self.width += len(upper)
        self.lower.append(np.broadcast_to(lower, upper.shape).astype(np.float64))
        self.upper.append(upper.astype(np.float64))
        self.cost.append(cost.astype(np.float64) * MILLI)
        self.columns[name] = index
        return index

    def constraints(self, name: str, lower: Floats, upper: Floats) -> Index:
        index = np.arange(self.height, self.height + len(lower))
        self.height += len(lower)
        self.row_lower.append(lower.astype(np.float64))
        self.row_upper.append(upper.astype(np.float64))
        self.rows[name] = index
        return index

    def put(self, rows: Index, columns: Index, values: Floats | float) -> None:
        filled = np.broadcast_to(values, columns.shape).astype(np.float64)
        self.entries.append((np.broadcast_to(rows, columns.shape), columns, filled))

    def program(self) -> Program:
        rows, columns, values = (np.concatenate(part) for part in zip(*self.entries, strict=True))
        matrix = coo_matrix((values, (rows, columns)), shape=(self.height, self.width)).tocsr()
        return Program(
            np.concatenate(self.lower),
            np.concatenate(self.upper),
            np.concatenate(self.cost),
            matrix,
            np.concatenate(self.row_lower),
            np.concatenate(self.row_upper),
            np.concatenate(self.integer) if self.integer else np.zeros(0, dtype=np.int64),
            self.columns,
            self.rows,
        )


def program_of(
    problem: Problem,
    either_or: Collection[tuple[str, int]] = (),
    fixed: dict[tuple[str, int], bool] | None = None,
) -> Program:
    """Return the program.

    `either_or` names (storage id or "grid", slot) pairs that get a binary so that only one
    direction flows; `fixed` gives such pairs a direction instead (True: charge or import).
    """
    build, slots, hours = _Builder(), problem.slots, problem.hours
    infinite = np.full(slots, np.inf)
    paid, earned = problem.import_price + problem.carbon_price, problem.export_price
    imported = build.variables("import", np.full(slots, problem.import_limit_kw), hours * paid)
    over_import = build.variables("over_import", infinite, hours * (paid + CONNECTION_PRICE))
    exported = build.variables("export", np.full(slots, problem.export_limit_kw), -hours * earned)
    over_export = build.variables("over_export", infinite, hours * (CONNECTION_PRICE - earned))
    net = problem.base_kw - sum((p.available_kw for p in problem.productions), np.zeros(slots))
    balance = build.constraints("balance", net, net)
    for column, sign in (
        (imported, 1.0),
        (over_import, 1.0),
        (exported, -1.0),
        (over_export, -1.0),
    ):
        build.put(balance, column, sign)
    for production in problem.productions:
        curtailed = build.variables(
            f"{production.id} curtailed", production.available_kw, hours * TIE_PER_KWH
        )
        build.put(balance, curtailed, -1.0)
    for storage in problem.storages:
        _add_storage(build, problem, storage, balance)
    for session in problem.sessions:
        _add_session(build, problem, session, balance)
    _add_feed_in(build, problem, exported, over_export)
    for thing, slot in either_or:
        _add_either_or(build, problem, thing, slot)
    for (thing, slot), forward in (fixed or {}).items():
        for name in _directions(thing)[1 if forward else 0]:
            _close(build, name, slot)
    return build.program()


def _add_storage(build: _Builder, problem: Problem, storage: Storage, balance: Index) -> None:
    name, slots, hours = storage.id, problem.slots, problem.hours
    rating, later = np.full(slots, storage.power_kw), np.arange(slots) / slots
    tie = TIE_PER_KWH * later
    charge = build.variables(f"{name} charge", rating, hours * tie)
    discharge = build.variables(f"{name} discharge", rating, hours * (storage.wear_per_kwh + tie))
    worth = np.zeros(slots)
    worth[-1] = -storage.end_value_per_kwh
    stored = build.variables(
        f"{name} stored", np.full(slots, storage.ceiling_kwh), worth, storage.floor_kwh
    )
    build.put(balance, charge, -1.0)
    build.put(balance, discharge, 1.0)
    before = np.zeros(slots)
    before[0] = storage.start_kwh
    row = build.constraints(f"{name} stored", before, before)
    build.put(row, stored, 1.0)
    build.put(row[1:], stored[:-1], -1.0)
    build.put(row, charge, -hours * storage.charge_efficiency)
    build.put(row, discharge, hours / storage.discharge_efficiency)
    if storage.start_kwh < storage.lowest_kwh or storage.start_kwh > storage.highest_kwh:
        _price_window(build, problem, storage, stored)


def _price_window(build: _Builder, problem: Problem, storage: Storage, stored: Index) -> None:
    """Outside its window the battery is brought back as fast as the prices of the limits allow."""
    slots = problem.slots
    price = problem.hours * STATE_OF_CHARGE_PRICE
    outside = build.variables(f"{storage.id} outside", np.full(slots, np.inf), price)
    below = build.constraints(
        f"{storage.id} below", np.full(slots, storage.lowest_kwh), np.full(slots, np.inf)
    )
    build.put(below, stored, 1.0)
    build.put(below, outside, 1.0)
    above = build.constraints(
        f"{storage.id} above", np.full(slots, -np.inf), np.full(slots, storage.highest_kwh)
    )
    build.put(above, stored, 1.0)
    build.put(above, outside, -1.0)


def _add_session(build: _Builder, problem: Problem, session: Session, balance: Index) -> None:
    presence = problem.presence(session)
    here = np.flatnonzero(presence > 0)
    wanted = np.array([session.wanted_kwh])
    row = build.constraints(session.port_id, wanted, wanted)
    unmet = build.variables(f"{session.port_id} unmet", wanted, np.array([VEHICLE_PRICE]))
    build.put(row, unmet, 1.0)
    if not len(here):
        return
    hours = problem.hours[here]
    tie = TIE_PER_KWH * here / problem.slots
    power = build.variables(
        f"{session.port_id} power", session.power_kw * presence[here], hours * tie
    )
    build.put(row[[0] * len(here)], power, hours)
    build.put(balance[here], power, -1.0)


def _add_feed_in(build: _Builder, problem: Problem, exported: Index, over_export: Index) -> None:
    if problem.feed_in_budget_kwh is None:
        return
    budget = np.array([max(0.0, problem.feed_in_budget_kwh)])
    row = build.constraints("feed_in_share", np.array([-np.inf]), budget)
    beyond = build.variables("beyond_share", np.array([np.inf]), np.array([FEED_IN_PRICE]))
    build.put(row, beyond, -1.0)
    for column in (exported, over_export):
        build.put(row[[0] * problem.slots], column, problem.hours)


def _directions(thing: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the columns of the forward and the backward direction."""
    if thing == "grid":
        return ("import", "over_import"), ("export", "over_export")
    return (f"{thing} charge",), (f"{thing} discharge",)


def _close(build: _Builder, name: str, slot: int) -> None:
    block = list(build.columns).index(name)
    build.upper[block] = build.upper[block].copy()
    build.upper[block][slot] = 0.0


def _add_either_or(build: _Builder, problem: Problem, thing: str, slot: int) -> None:
    forward, backward = _directions(thing)
    most = largest_flow_kw(problem, slot)
    choice = build.variables(f"{thing} {slot} forward", np.ones(1), np.zeros(1))
    build.integer.append(choice)
    infinite = np.array([np.inf])
    rows = build.constraints(f"{thing} {slot} one way", np.zeros(1), infinite)
    back = build.constraints(f"{thing} {slot} other way", np.array([-most]), infinite)
    build.put(rows, choice, most)
    build.put(back, choice, -most)
    for name in forward:
        build.put(rows, build.columns[name][slot : slot + 1], -1.0)
    for name in backward:
        build.put(back, build.columns[name][slot : slot + 1], -1.0)


def largest_flow_kw(problem: Problem, slot: int) -> float:
    """Return a power that no component and no grid flow of this slot can exceed."""
    parts = [abs(problem.base_kw[slot])]
    parts += [p.available_kw[slot] for p in problem.productions]
    parts += [2 * s.power_kw for s in problem.storages] + [s.power_kw for s in problem.sessions]
    return float(sum(parts)) + 1.0
