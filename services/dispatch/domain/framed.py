"""What the live planner solves: a park's problem, the moment it was framed for, and its caveats."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from services.dispatch.domain.park.horizon import Floats
from services.dispatch.domain.park.problem import ParkProblem


@dataclass(frozen=True, slots=True, eq=False)
class Framed:
    """A park's problem on the plan's grid: step k ends at `start` + (k + 1) · `step`.

    The first step may have begun before `issue_time`; the problem holds only what is left of it.
    """

    issue_time: datetime
    start: datetime
    step: timedelta
    park: ParkProblem
    caveats: tuple[str, ...] = ()

    @property
    def steps(self) -> int:
        """How many steps the horizon has."""
        return len(self.park.horizon)

    @property
    def moments(self) -> list[datetime]:
        """When each step begins on the grid."""
        return [self.start + k * self.step for k in range(self.steps)]

    @property
    def base_kw(self) -> Floats:
        """What is not steered: loads minus production that nobody curtails, (steps,) kW."""
        array = self.park.horizon.array
        total = np.zeros(self.steps)
        for load in self.park.loads:
            total += array(load.power_kw)
        for source in (one for one in self.park.productions if not one.curtailable):
            total -= array(source.available_kw)
        return total
