"""Whole parks to plan, small enough to be checked in the head, and their plans."""

from dataclasses import dataclass
from typing import Any

from services.dispatch.domain.model import whole
from services.dispatch.domain.model.books import Books
from services.dispatch.domain.model.schedule import Schedule
from services.dispatch.domain.model.search import Solved
from services.dispatch.domain.park.demand import Process
from services.dispatch.domain.park.horizon import Horizon
from services.dispatch.domain.park.network import Grid
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.solver import best_courses

ENOUGH_S = 30.0


@dataclass(frozen=True, slots=True, eq=False)
class Planned:
    """What was solved, its courses, and what these cost."""

    solved: Solved
    schedule: Schedule
    books: Books

    def course(self, device: str, name: str) -> list[float]:
        """A device's course, rounded to what a reader can check."""
        return [round(float(value), 3) for value in self.schedule.devices[device][name]]

    @property
    def broken(self) -> list[tuple[str, str, int | None, float]]:
        """Each breach: limit, who, step, size."""
        return [
            (one.limit.value, one.who, one.step, round(one.size, 3)) for one in self.books.breaches
        ]


def a_park_at(
    prices: tuple[float, ...], steps_h: tuple[float, ...] = (), **parts: Any
) -> ParkProblem:
    """A grid of 1000 kW with a price per step of an hour, or of `steps_h`; and other parts."""
    grid = Grid(id="grid", import_price=prices, import_limit_kw=1000.0)
    horizon = Horizon(steps_h=steps_h or (1.0,) * len(prices))
    given: dict[str, Any] = {"horizon": horizon, "grids": (grid,)}
    return ParkProblem(**(given | parts))


def planned(problem: ParkProblem) -> Planned:
    """Solve and book; a word instead of a solution is an error."""
    solved = best_courses(problem, ENOUGH_S)
    if isinstance(solved, str):
        raise AssertionError(solved)
    schedule = whole.read(solved.solution)
    return Planned(solved, schedule, whole.booked(problem, schedule))


def a_batch(**more: Any) -> Process:
    """An hour of 10 kW, within the first six."""
    given: dict[str, Any] = {
        "id": "batch",
        "flows_kw": {"electricity": (10.0,)},
        "duration_h": 1.0,
        "latest_end_h": 6.0,
    }
    return Process(**(given | more))
