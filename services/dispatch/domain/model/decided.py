"""What the plan before decided of batches and interruptions, for plans without a solver (§9)."""

import numpy as np

from services.dispatch.domain.model.held import committed
from services.dispatch.domain.model.last_plan import LastPlan
from services.dispatch.domain.model.solution import Courses
from services.dispatch.domain.park.demand import Load
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.units import Unit


def decided(problem: ParkProblem) -> LastPlan:
    """Return batches that were to run, and loads that were to be off, in committed steps alone."""
    courses: dict[str, Courses] = {}
    for one in committed(problem, problem.former) if problem.former else ():
        if isinstance(one.device, Unit):
            continue
        name, was = (
            ("off", 1.0 - one.was_on) if isinstance(one.device, Load) else ("on", one.was_on)
        )
        if was.any():
            courses[one.device.id] = {name: np.zeros(len(problem.horizon))}
            courses[one.device.id][name][one.steps] = was
    return LastPlan(problem.horizon.edges_h, courses)
