"""What a solver found, by the names of columns and rows."""

from dataclasses import dataclass

import numpy as np

from services.dispatch.domain.model.builder import MILLI
from services.dispatch.domain.model.program import Program
from services.dispatch.domain.park.horizon import Floats
from services.dispatch.domain.park.problem import ParkProblem

NOISE = 1e-7
Courses = dict[str, Floats]


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """Values of the columns and duals of the rows (empty where binaries have none)."""

    problem: ParkProblem
    program: Program
    values: Floats
    duals: Floats

    def of(self, name: str) -> Floats:
        """Return the values of some columns; what is next to nothing is nothing."""
        values = self.values[self.program.columns[name]]
        return np.asarray(np.where(np.abs(values) < NOISE, 0.0, values), np.float64)

    def price(self, name: str) -> Floats:
        """Return what one more unit on the right-hand side of some rows costs, currency units."""
        return np.asarray(self.duals[self.program.rows[name]] / MILLI, np.float64)
