"""Plans to judge: what the solver plans, and plans written down by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from services.dispatch.domain.judge import faults
from services.dispatch.domain.model.books import Breach
from services.dispatch.domain.model.prices import Limit
from services.dispatch.domain.model.schedule import Schedule
from services.dispatch.domain.model.whole import booked, read
from services.dispatch.domain.park.horizon import Horizon
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.solver import best_courses

Values = Sequence[float]


@dataclass(frozen=True)
class Plan:
    """A plan as the judge gets it. Changes give another one; the first stays as it is."""

    problem: ParkProblem
    devices: Mapping[str, Mapping[str, Values]]
    nodes: Mapping[str, Mapping[str, Values]]
    breaches: tuple[Breach, ...] = ()
    money: Mapping[str, float] = field(default_factory=dict)

    @property
    def faults(self) -> list[str]:
        """What the judge says."""
        devices = {name: _arrays(courses) for name, courses in self.devices.items()}
        nodes = {name: _arrays(courses) for name, courses in self.nodes.items()}
        return faults(self.problem, Schedule(devices, nodes), self.breaches, self.money)

    def changed(self, device: str, series: str, step: int, kw: float) -> "Plan":
        """Return the plan with one value of a device's or node's series set."""
        group = "devices" if device in self.devices else "nodes"
        named: dict[str, dict[str, Values]] = {
            name: dict(courses) for name, courses in getattr(self, group).items()
        }
        values = list(named[device][series])
        values[step] = kw
        named[device][series] = values
        return replace(self, **{group: named})

    def paying(self, **money: float) -> "Plan":
        """Return the plan with other amounts of some kinds of money."""
        return replace(self, money={**self.money, **money})

    def listing(self, *breaches: Breach) -> "Plan":
        """Return the plan with these violations, and their cost."""
        cost = sum(breach.cost for breach in breaches)
        return replace(self, breaches=breaches).paying(violations=cost)


def _arrays(courses: Mapping[str, Values]) -> dict[str, np.ndarray]:
    return {name: np.array(values, np.float64) for name, values in courses.items()}


def a_solved_plan(problem: ParkProblem) -> Plan:
    """Return what the solver plans."""
    solved = best_courses(problem, 10.0)
    assert not isinstance(solved, str), solved
    schedule = read(solved.solution)
    books = booked(problem, schedule)
    return Plan(problem, schedule.devices, schedule.nodes, tuple(books.breaches), books.money)


def by_hand(
    problem: ParkProblem, devices: Mapping[str, Mapping[str, Values]], **money: float
) -> Plan:
    """Return a plan written down: nothing is unserved or too much at any node."""
    still = [0.0] * len(problem.horizon)
    nodes = {node.id: {"unserved_kw": still, "surplus_kw": still} for node in problem.every_node}
    return Plan(problem, devices, nodes, (), money)


def a_breach(limit: Limit, who: str, step: int | None, size: float, price: float) -> Breach:
    """Return a broken limit that costs so many times its size."""
    return Breach(limit, who, step, size, "kWh", size * price)


def hours(count: int) -> Horizon:
    """Return a horizon of so many steps of an hour."""
    return Horizon(steps=count, step_h=1.0)


def some(faults: Sequence[str], *words: str) -> bool:
    """Whether one of the faults says all these words."""
    return any(all(word in fault for word in words) for fault in faults)
