"""The plan before, shifted onto a new horizon: what served once serves until there is a new one.

Devices do as they were to do, clipped to what is possible now (`following.py`). Units without a
connection at hand give what is lacking or too much there, then stores do; what lines, connections
and shedding cannot balance after that is unserved or surplus, as in every plan.
"""

import numpy as np

from services.dispatch.domain.model.fallback import balanced
from services.dispatch.domain.model.following import following, wanted_of_stores
from services.dispatch.domain.model.last_plan import LastPlan
from services.dispatch.domain.model.schedule import Schedule
from services.dispatch.domain.model.serving import trim
from services.dispatch.domain.park.horizon import Floats
from services.dispatch.domain.park.problem import ParkProblem

PASSES = 3
"""What a store gives now it cannot give later: then another one may."""
NOISE_KW = 1e-3


def shifted(problem: ParkProblem, last: LastPlan) -> Schedule:
    """Return the plan before on the steps of this problem, physically right as it is now."""
    wanted_kw = wanted_of_stores(problem, last)
    plan = balanced(problem, following(problem, last, wanted_kw), trim)
    for _ in range(PASSES):
        left_kw = _left_kw(problem, plan)
        if all(np.abs(kw).max() < NOISE_KW for kw in left_kw.values()):
            break
        wanted_kw = _helping(problem, plan, left_kw)
        plan = balanced(problem, following(problem, last, wanted_kw), trim)
    return plan


def _left_kw(problem: ParkProblem, plan: Schedule) -> dict[str, Floats]:
    """Return what nodes with stores have too much (negative: lack, shed or not), (steps,) kW."""
    left = {
        one.node: plan.nodes[one.node]["surplus_kw"] - plan.nodes[one.node]["unserved_kw"]
        for one in problem.stores
    }
    for load in problem.loads:
        if load.node in left and load.shedding is not None:
            served = plan.devices[load.id]["power_kw"]
            left[load.node] = left[load.node] - (problem.horizon.array(load.power_kw) - served)
    return left


def _helping(problem: ParkProblem, plan: Schedule, left_kw: dict[str, Floats]) -> dict[str, Floats]:
    """Return what stores shall take: what they take in the plan, and at a node's first what is
    left there, at its second what the first had no power for, and so on.
    """
    wanted: dict[str, Floats] = {}
    left = dict(left_kw)
    for store in problem.stores:
        courses = plan.devices[store.id]
        takes = courses["charge_kw"] - courses["discharge_kw"]
        wanted[store.id] = np.clip(takes + left[store.node], -store.discharge_kw, store.charge_kw)
        left[store.node] = left[store.node] - (wanted[store.id] - takes)
    return wanted
