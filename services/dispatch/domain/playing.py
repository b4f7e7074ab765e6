"""Decisions played through the physics: what devices can do of a wish, and what the grid then does.

Whoever wished (the last plan, the rules), levels and grid power are computed here, so a schedule is
right by construction. Of one connection, loads, productions, vehicles, stores, and batches, which
run on where they have begun and wait where they have not.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from services.dispatch.domain.model.schedule import Schedule
from services.dispatch.domain.model.sessions import usable
from services.dispatch.domain.model.solution import Courses
from services.dispatch.domain.model.unprompted_work import batch
from services.dispatch.domain.park.demand import Session
from services.dispatch.domain.park.horizon import Floats
from services.dispatch.domain.park.network import Production
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.storage import Store


@dataclass(frozen=True, slots=True, eq=False)
class Decisions:
    """Mean power a step in kW: stores signed (charging positive), the others magnitudes."""

    storage_kw: Mapping[str, Floats] = field(default_factory=dict)
    production_kw: Mapping[str, Floats] = field(default_factory=dict)
    session_kw: Mapping[str, Floats] = field(default_factory=dict)


def played(problem: ParkProblem, wish: Decisions) -> Schedule:
    """Return the schedule of what the devices can do of `wish`; what is missing stays at rest."""
    array, zeros = problem.horizon.array, np.zeros(len(problem.horizon))
    devices: dict[str, Courses] = {}
    net_kw = zeros.copy()
    for load in problem.loads:
        devices[load.id] = {"power_kw": array(load.power_kw)}
        net_kw += array(load.power_kw)
    for production in problem.productions:
        kw = _produced(production, array(production.available_kw), wish)
        devices[production.id] = {"power_kw": kw}
        net_kw -= kw
    for session in problem.sessions:
        kw = _charged(problem, session, wish.session_kw.get(session.id, zeros))
        devices[session.id] = {"charge_kw": kw, "discharge_kw": zeros.copy()}
        net_kw += kw
    for store in problem.stores:
        courses = _stored(problem, store, wish.storage_kw.get(store.id, zeros))
        devices[store.id] = courses
        net_kw += courses["charge_kw"] - courses["discharge_kw"]
    for process in problem.processes:
        devices[process.id], flows = batch(problem.horizon, process)
        net_kw -= sum((into_kw for _, into_kw in flows), zeros)
    (grid,) = problem.grids
    devices[grid.id] = {
        "import_kw": np.maximum(net_kw, 0.0),
        "export_kw": np.maximum(-net_kw, 0.0),
    }
    still = {node.id: {"unserved_kw": zeros, "surplus_kw": zeros} for node in problem.every_node}
    return Schedule(devices, still)


def wished(problem: ParkProblem, schedule: Schedule) -> Decisions:
    """Return what a schedule has the devices do that may be steered."""
    devices = schedule.devices
    return Decisions(
        {s.id: devices[s.id]["charge_kw"] - devices[s.id]["discharge_kw"] for s in problem.stores},
        {p.id: devices[p.id]["power_kw"] for p in problem.productions if p.curtailable},
        {s.id: devices[s.id]["charge_kw"] for s in problem.sessions},
    )


def _produced(production: Production, available_kw: Floats, wish: Decisions) -> Floats:
    if not production.curtailable:
        return available_kw
    wanted = wish.production_kw.get(production.id, available_kw)
    return np.asarray(np.clip(wanted, 0.0, available_kw), np.float64)


def _charged(problem: ParkProblem, session: Session, wish_kw: Floats) -> Floats:
    hours = problem.horizon.hours
    kw = np.clip(wish_kw, 0.0, session.power_kw * usable(problem.horizon, session))
    energy = kw * hours * session.efficiency
    before = np.cumsum(energy) - energy
    left_kwh = np.maximum(0.0, session.wanted_kwh - before)
    return np.asarray(np.minimum(energy, left_kwh) / (hours * session.efficiency), np.float64)


def _stored(problem: ParkProblem, store: Store, wish_kw: Floats) -> Courses:
    hours, there = problem.horizon.hours, problem.horizon.array(store.availability)
    wanted_kw = np.clip(wish_kw, -store.discharge_kw * there, store.charge_kw * there)
    charge, discharge, levels = (np.zeros(len(hours)) for _ in range(3))
    level = store.start_kwh
    lowest, highest = min(store.lowest_kwh, level), max(store.highest_kwh, level)
    for k, h in enumerate(hours.tolist()):
        most = max(0.0, highest - level) / (store.charge_efficiency * h)
        least = max(0.0, level - lowest) * store.discharge_efficiency / h
        charge[k] = np.clip(wanted_kw[k], 0.0, most)
        discharge[k] = np.clip(-wanted_kw[k], 0.0, least)
        level += h * store.charge_efficiency * charge[k]
        level -= h / store.discharge_efficiency * discharge[k]
        levels[k] = level
    return {"charge_kw": charge, "discharge_kw": discharge, "level_kwh": levels}
