"""Tiny parks whose best plan can be reckoned in the head, and their plans."""

from dataclasses import dataclass
from typing import Any

from services.dispatch.domain.model import whole
from services.dispatch.domain.model.books import Books
from services.dispatch.domain.model.schedule import Schedule
from services.dispatch.domain.park.horizon import Horizon
from services.dispatch.domain.park.network import Carrier, Grid, Node
from services.dispatch.domain.park.problem import ParkProblem, mistakes_between
from services.dispatch.domain.solver import best_courses


@dataclass(frozen=True)
class Planned:
    """The best plan of a park and what it costs."""

    schedule: Schedule
    books: Books
    cost: float

    def course(self, device: str, name: str) -> list[float]:
        """Return a device's course, rounded to a thousandth."""
        return [round(float(value), 3) + 0.0 for value in self.schedule.devices[device][name]]

    def node(self, node: str, name: str) -> list[float]:
        """Return a node's course, rounded to a thousandth."""
        return [round(float(value), 3) + 0.0 for value in self.schedule.nodes[node][name]]

    @property
    def broken(self) -> dict[str, float]:
        """How much of each limit is broken, over all steps."""
        sizes: dict[str, float] = {}
        for breach in self.books.breaches:
            sizes[str(breach.limit)] = sizes.get(str(breach.limit), 0.0) + breach.size
        return {limit: round(size, 3) for limit, size in sizes.items()}


def planned(problem: ParkProblem) -> Planned:
    """Return the best plan; the books, kept from the courses alone, agree with what was solved."""
    assert mistakes_between(problem) == []
    solved = best_courses(problem, 20.0)
    assert not isinstance(solved, str), solved
    schedule = whole.read(solved.solution)
    books = whole.booked(problem, schedule)
    assert abs(books.total - solved.cost) <= 0.01 + 1e-4 * abs(solved.cost)
    return Planned(schedule, books, solved.cost)


def a_park(*, hours: int = 1, steps_h: tuple[float, ...] = (), **parts: Any) -> ParkProblem:
    """Return a park with steps of an hour, or of `steps_h`."""
    return ParkProblem(horizon=Horizon(steps_h=steps_h or (1.0,) * hours), **parts)


def a_grid(**changes: Any) -> Grid:
    """Return a connection of 1 MW each way, 1.0 a kWh in and nothing out."""
    usual = {"id": "grid", "import_price": 1.0, "import_limit_kw": 1000.0}
    return Grid(**(usual | {"export_limit_kw": 1000.0} | changes))


def buses(*names: str) -> tuple[Node, ...]:
    """Return nodes of electricity."""
    return tuple(Node(id=name, carrier=Carrier.ELECTRICITY) for name in names)
