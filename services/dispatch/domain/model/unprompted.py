"""What devices do unprompted: loads are served, sun and wind used, vehicles charged at once,
queued work done at once, stores rest, units are off, processes do not run (§5, §6, §7).

What must go on goes on: a store's losses at its lowest level, a batch that runs, a unit that has
not been on for long enough. What is committed stands, as far as it may (§9).
"""

import itertools
from collections.abc import Iterator

import numpy as np

from services.dispatch.domain.model.decided import decided
from services.dispatch.domain.model.following_work import Batches, interrupted
from services.dispatch.domain.model.last_plan import LastPlan
from services.dispatch.domain.model.sessions import usable
from services.dispatch.domain.model.solution import Courses
from services.dispatch.domain.model.stores import kept
from services.dispatch.domain.model.unprompted_work import queued, running
from services.dispatch.domain.park.demand import Load, Session
from services.dispatch.domain.park.horizon import Floats, Horizon
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.storage import Store

Flows = list[tuple[str, Floats]]
Did = tuple[str, Courses, Flows]


def unprompted(problem: ParkProblem) -> Iterator[Did]:
    """Yield each device, its courses, and what it lets flow into which node, (steps,) kW."""
    array, stands = problem.horizon.array, decided(problem)
    for production in problem.productions:
        kw = array(production.available_kw)
        yield production.id, {"power_kw": kw}, [(production.node, kw)]
    for load in problem.loads:
        courses = _served(problem.horizon, load, stands)
        yield load.id, courses, [(load.node, -courses["power_kw"])]
    yield from _vehicles(problem)
    batches = Batches(problem, stands)
    for process in problem.processes:
        courses = batches.courses(process)
        flows = [(node, -courses[f"power_kw.{node}"]) for node in process.flows_kw]
        yield process.id, courses, flows
    for queue in problem.queues:
        courses = queued(problem.horizon, queue)
        yield queue.id, courses, [(queue.node, -courses["power_kw"])]
    for store in problem.stores:
        courses = _resting(problem, store)
        yield store.id, courses, [(store.node, -courses["charge_kw"])]
    for unit in problem.units:
        courses, flows = running(problem, unit)
        yield unit.id, courses, flows


def _served(horizon: Horizon, load: Load, stands: LastPlan) -> Courses:
    """Return a load as it is wanted, but off where that was decided."""
    power_kw = horizon.array(load.power_kw)
    if load.interruption is None:
        return {"power_kw": power_kw}
    off = interrupted(horizon, load.interruption, stands.is_on(horizon, load.id, "off"))
    return {"power_kw": power_kw * (1.0 - off), "off": off}


def _vehicles(problem: ParkProblem) -> Iterator[Did]:
    """Charge each vehicle from its arrival on; within a cluster the first to leave comes first."""
    array = problem.horizon.array
    room_kw = {cluster.id: array(cluster.limit_kw) for cluster in problem.clusters}
    for session in sorted(problem.sessions, key=lambda one: one.leaves_h):
        most = session.power_kw * usable(problem.horizon, session)
        if session.cluster is not None:
            most = np.minimum(most, room_kw[session.cluster])
        charge = _at_once(most, problem.horizon.hours * session.efficiency, _wanted_kwh(session))
        if session.cluster is not None:
            room_kw[session.cluster] = room_kw[session.cluster] - charge
        courses = {"charge_kw": charge, "discharge_kw": np.zeros(len(charge))}
        yield session.id, courses, [(session.node, -charge)]


def _wanted_kwh(session: Session) -> float:
    """Return what goes into a vehicle's battery: what it wants, as far as there is room."""
    if session.capacity_kwh is None:
        return session.wanted_kwh
    return min(session.wanted_kwh, max(0.0, session.capacity_kwh - session.stored_kwh))


def _at_once(most_kw: Floats, kwh_per_kw: Floats, wanted_kwh: float) -> Floats:
    """Return the largest powers until the wanted energy is there, (steps,) kW."""
    before_kwh = np.cumsum(most_kw * kwh_per_kw) - most_kw * kwh_per_kw
    return np.asarray(np.clip((wanted_kwh - before_kwh) / kwh_per_kw, 0.0, most_kw), np.float64)


def _resting(problem: ParkProblem, store: Store) -> Courses:
    """Rest; at the lowest level charge what is lost, as far as powers allow."""
    hours, left = problem.horizon.hours, kept(store, problem.horizon.hours)
    charge, level = np.zeros(len(hours)), np.zeros(len(hours))
    now, lowest = store.start_kwh, min(store.lowest_kwh, store.start_kwh)
    there_kw = problem.horizon.array(store.availability) * store.charge_kw
    for step in range(len(hours)):
        before, now = now, now * left[step]
        kwh_per_kw = hours[step] * store.charge_efficiency
        wanted_kw = max(0.0, lowest - now) / kwh_per_kw
        most_kw = min(_most_kw(store, before), _most_kw(store, now + wanted_kw * kwh_per_kw))
        charge[step] = min(wanted_kw, most_kw, there_kw[step])
        now += charge[step] * kwh_per_kw
        level[step] = now
    return {"charge_kw": charge, "discharge_kw": np.zeros(len(hours)), "level_kwh": level}


def _most_kw(store: Store, level_kwh: float) -> float:
    """Return the largest charging power at a level: under every line of `power_at` (§6)."""
    most_kw = store.charge_kw
    for one, other in itertools.pairwise(store.power_at):
        slope = (other.charge_kw - one.charge_kw) / (other.level_kwh - one.level_kwh)
        most_kw = min(most_kw, one.charge_kw + slope * (level_kwh - one.level_kwh))
    return max(0.0, most_kw)
