"""What each device does when it does as in the plan before, as far as it is possible now.

A device that the plan before does not name, and every device after that plan's end, does what it
does by rules (`unprompted.py`); a unit goes on as it did last.
"""

from collections.abc import Mapping

import numpy as np

from services.dispatch.domain.model.following_lines import meshed
from services.dispatch.domain.model.following_stores import net_kw, stored, vehicles
from services.dispatch.domain.model.following_work import Batches, interrupted, worked
from services.dispatch.domain.model.last_plan import LastPlan
from services.dispatch.domain.model.solution import Courses
from services.dispatch.domain.model.unprompted import Did, Flows, unprompted
from services.dispatch.domain.model.unprompted_work import running
from services.dispatch.domain.park.demand import Load
from services.dispatch.domain.park.horizon import Floats, Horizon
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.units import Unit


def following(problem: ParkProblem, last: LastPlan, wanted_kw: Mapping[str, Floats]) -> list[Did]:
    """Return each device, its courses and flows; of stores what `wanted_kw` says, (steps,) kW."""
    did = {device: (courses, flows) for device, courses, flows in unprompted(problem)}
    did |= {load.id: _load(problem.horizon, last, load) for load in problem.loads}
    for session, courses in vehicles(problem, last):
        did[session.id] = courses, [(session.node, _given_kw(courses))]
    batches = Batches(problem, last)
    for process in problem.processes:
        courses = batches.courses(process)
        flows = [(node, -courses[f"power_kw.{node}"]) for node in process.flows_kw]
        did[process.id] = courses, flows
    for queue in problem.queues:
        courses = worked(problem.horizon, queue, last.mean(problem.horizon, queue.id, "power_kw"))
        did[queue.id] = courses, [(queue.node, -courses["power_kw"])]
    for store in problem.stores:
        courses = stored(problem.horizon, store, wanted_kw[store.id])
        did[store.id] = courses, [(store.node, _given_kw(courses))]
    for sink in problem.sinks:
        kw = last.mean(problem.horizon, sink.id, "power_kw")
        kw = np.clip(np.nan_to_num(kw), 0.0, problem.horizon.array(sink.limit_kw))
        did[sink.id] = {"power_kw": kw}, [(sink.node, -kw)]
    did |= meshed(problem, last)
    for unit in problem.units:
        did[unit.id] = running(problem, unit, wanted_input_kw(problem.horizon, last, unit))
    return [(device, *one) for device, one in did.items()]


def wanted_of_stores(problem: ParkProblem, last: LastPlan) -> dict[str, Floats]:
    """Return what stores were to take (negative: give), (steps,) kW; NaN where nobody knows."""
    return {one.id: net_kw(problem.horizon, last, one.id) for one in problem.stores}


def _given_kw(courses: Courses) -> Floats:
    return np.asarray(courses["discharge_kw"] - courses["charge_kw"], np.float64)


def _load(horizon: Horizon, last: LastPlan, load: Load) -> tuple[Courses, Flows]:
    power_kw = horizon.array(load.power_kw)
    if load.interruption is None:
        return {"power_kw": power_kw}, [(load.node, -power_kw)]
    off = interrupted(horizon, load.interruption, last.is_on(horizon, load.id, "off"))
    served = power_kw * (1.0 - off)
    return {"power_kw": served, "off": off}, [(load.node, -served)]


def wanted_input_kw(horizon: Horizon, last: LastPlan, unit: Unit) -> Floats:
    """Return what a unit was to draw, (steps,) kW: 0 while off, after the plan's end as last."""
    input_kw, share = (last.mean(horizon, unit.id, name) for name in ("input_kw", "on"))
    kw = np.where(share >= 0.5, input_kw / np.maximum(share, 0.5), 0.0)
    kw[np.isnan(share)] = np.nan
    known = np.flatnonzero(np.isfinite(kw))
    if len(known):
        kw[known[-1] + 1 :] = kw[known[-1]]
    return np.asarray(kw, np.float64)
