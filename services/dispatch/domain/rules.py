"""The plan without an optimiser: use what is produced, store what is left, keep the limits.

Vehicles charge at once, the least patient first when the connection is narrow. The battery soaks up
surplus and serves deficits. Production is curtailed only where export would break a limit.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from services.dispatch.domain.model.sessions import usable
from services.dispatch.domain.model.unprompted_work import batch
from services.dispatch.domain.park.demand import Session
from services.dispatch.domain.park.horizon import Floats
from services.dispatch.domain.park.network import Grid
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.storage import Store
from services.dispatch.domain.playing import Decisions


def self_consumption(problem: ParkProblem) -> Decisions:
    """Return the decisions of the rules, step by step."""
    course = _Course.of(problem)
    for k in range(len(problem.horizon)):
        course.step(k)
    return Decisions(course.battery_kw, course.produced_kw, course.vehicle_kw)


@dataclass
class _Budget:
    """What is left to be fed in of a counting year; `hours` of each step lie in it, (steps,) h."""

    hours: Floats
    left_kwh: float

    def most_kw(self, k: int) -> float:
        """Return what a step may feed in."""
        h = float(self.hours[k])
        return max(0.0, self.left_kwh) / h if h > 0.0 else np.inf

    def spend(self, k: int, fed_in_kw: float) -> None:
        """Count what a step feeds in."""
        self.left_kwh -= fed_in_kw * float(self.hours[k])


@dataclass
class _Course:
    """What was decided so far, and what is left: stored and wanted energy, and room for feed-in."""

    problem: ParkProblem
    grid: Grid
    limits_kw: tuple[Floats, Floats]
    given_kw: Floats
    battery_kw: dict[str, Floats]
    produced_kw: dict[str, Floats]
    vehicle_kw: dict[str, Floats]
    level_kwh: dict[str, float]
    left_kwh: dict[str, float]
    presence: dict[str, Floats]
    there: dict[str, Floats]
    budgets: tuple[_Budget, ...]

    @classmethod
    def of(cls, problem: ParkProblem) -> "_Course":
        """Return the course before the first step."""
        array, steps = problem.horizon.array, len(problem.horizon)
        (grid,) = problem.grids
        closed = problem.mode.no_feed_in
        return cls(
            problem,
            grid,
            (array(grid.import_limit_kw), array(0.0 if closed else grid.export_limit_kw)),
            _given_kw(problem),
            {one.id: np.zeros(steps) for one in problem.stores},
            {p.id: array(p.available_kw) for p in problem.productions if p.curtailable},
            {one.id: np.zeros(steps) for one in problem.sessions},
            {one.id: one.start_kwh for one in problem.stores},
            {one.id: one.wanted_kwh for one in problem.sessions},
            {one.id: usable(problem.horizon, one) for one in problem.sessions},
            {one.id: array(one.availability) for one in problem.stores},
            tuple(_budgets(problem)),
        )

    def step(self, k: int) -> None:
        """Decide one step."""
        h = float(self.problem.horizon.hours[k])
        net = float(self.given_kw[k]) - sum(float(kw[k]) for kw in self.produced_kw.values())
        can = sum(self._most_discharge(store, k, h) for store in self.problem.stores)
        net += self._charge_vehicles(k, h, float(self.limits_kw[0][k]) + can - net)
        for store in self.problem.stores:
            net += self._use(store, k, h, net)
        allowed = min((float(self.limits_kw[1][k]), *(one.most_kw(k) for one in self.budgets)))
        for kw in self.produced_kw.values():
            cut = min(max(0.0, -net - allowed), float(kw[k]))
            kw[k] -= cut
            net += cut
        for budget in self.budgets:
            budget.spend(k, max(0.0, -net))

    def _most_discharge(self, store: Store, k: int, h: float) -> float:
        above = max(0.0, self.level_kwh[store.id] - store.lowest_kwh)
        there_kw = store.discharge_kw * float(self.there[store.id][k])
        return min(there_kw, above * store.discharge_efficiency / h)

    def _charge_vehicles(self, k: int, h: float, room: float) -> float:
        """Return what vehicles draw, kW: all they can, the least patient first."""
        drawn = 0.0
        for session in sorted(self.problem.sessions, key=self._laxity_h):
            name, per_kw = session.id, h * session.efficiency
            most = session.power_kw * float(self.presence[name][k])
            kw = max(0.0, min(most, self.left_kwh[name] / per_kw, room - drawn))
            self.vehicle_kw[name][k] = kw
            self.left_kwh[name] -= kw * per_kw
            drawn += kw
        return drawn

    def _laxity_h(self, session: Session) -> float:
        if session.power_kw <= 0:
            return np.inf
        return session.leaves_h - self.left_kwh[session.id] / session.power_kw

    def _use(self, store: Store, k: int, h: float, net: float) -> float:
        """Return what a store draws, kW: it takes what is too much and gives what is lacking."""
        level = self.level_kwh[store.id]
        most = max(0.0, store.highest_kwh - level) / (store.charge_efficiency * h)
        there_kw = store.charge_kw * float(self.there[store.id][k])
        kw = min(max(-net, -self._most_discharge(store, k, h)), min(there_kw, most))
        self.battery_kw[store.id][k] = kw
        factor = store.charge_efficiency if kw > 0 else 1.0 / store.discharge_efficiency
        self.level_kwh[store.id] += kw * h * factor
        return kw


def _given_kw(problem: ParkProblem) -> Floats:
    """Return loads and batches that run, minus production that nobody curtails, (steps,) kW."""
    array = problem.horizon.array
    loads = sum((array(one.power_kw) for one in problem.loads), np.zeros(len(problem.horizon)))
    for process in problem.processes:
        loads -= sum(into_kw for _, into_kw in batch(problem.horizon, process)[1])
    fixed = (array(p.available_kw) for p in problem.productions if not p.curtailable)
    return np.asarray(loads - sum(fixed, np.zeros(len(problem.horizon))), np.float64)


def _budgets(problem: ParkProblem) -> Iterator[_Budget]:
    """Yield what may be fed in of this year, and of the next where that begins (§8.1)."""
    if (share := problem.mode.feed_in_share) is None:
        return
    array = problem.horizon.array
    for hours, year in problem.mode.years(problem.horizon):
        possible = sum(float(array(p.available_kw) @ hours) for p in problem.productions)
        available = year.generated_kwh + year.curtailed_kwh + possible
        yield _Budget(hours, max(0.0, share * available - year.fed_in_kwh))
