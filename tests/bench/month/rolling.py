"""Plans made one after the other: each one's first steps meet what really came."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from services.dispatch.domain.model.solving import solved
from services.dispatch.domain.model.whole import read
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.solver import solve
from tests.bench.month.framing import FINE, Grain, Knows, problem_of
from tests.bench.month.parts import battery
from tests.bench.month.plant import NOTHING, Plant, Quarter, Wish
from tests.bench.month.truth import QUARTER_H

TIME_LIMIT_S = 20.0
CURTAILED_KW = 1.0

Expects = Callable[[int, float], float]
"""The peak that a plan takes for remembered at a quarter, from the highest so far (kW)."""
Guards = Callable[[ParkProblem, int], ParkProblem]
"""What is added to a problem for what is not foreseen."""


def just(problem: ParkProblem, quarter: int) -> ParkProblem:
    """Return the problem as it is."""
    del quarter
    return problem


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """How a contender plans: what it knows, what peak it expects, how often it plans anew."""

    knows: Knows
    expects: Expects
    guards: Guards = just
    grain: Grain = FINE
    every: int = 1


@dataclass
class Lived:
    """The quarters as they went, and the seconds of each plan."""

    quarters: list[Quarter] = field(default_factory=list)
    took_s: list[float] = field(default_factory=list)


def lives(plant: Plant, way: Way | None) -> Lived:
    """Return the span lived through; without a way nothing is steered."""
    fleet, lived = plant.fleet, Lived()
    level_kwh, left, peak_kw = battery().start_kwh, dict[int, float](), 0.0
    wishes: list[Wish] = []
    for quarter in range(fleet.span.first, fleet.span.end):
        left = {
            int(one): left.get(int(one), float(fleet.wanted_kwh[one]))
            for one in fleet.here(quarter)
        }
        if way is not None and not wishes:
            began = time.monotonic()
            wishes = _wishes(plant, way, quarter, level_kwh, peak_kw, left)
            lived.took_s.append(time.monotonic() - began)
        wish = wishes.pop(0) if wishes else NOTHING
        came = plant.after(quarter, level_kwh, left, wish)
        for vehicle, kw in came.charged_kw.items():
            left[vehicle] -= kw * QUARTER_H
        level_kwh, peak_kw = came.level_kwh, max(peak_kw, came.import_kw)
        lived.quarters.append(came)
    return lived


def _wishes(
    plant: Plant, way: Way, quarter: int, level_kwh: float, peak_kw: float, left: dict[int, float]
) -> list[Wish]:
    """Return what the plan wants of the quarters until the next one."""
    until_h = (plant.fleet.span.end - quarter) * QUARTER_H
    taken_kw = max(peak_kw, way.expects(quarter, peak_kw))
    known = way.knows(quarter, left)
    problem = problem_of(known, level_kwh, taken_kw, until_h, plant.contract, way.grain)
    problem = way.guards(problem, quarter)
    found = solved(problem, solve, TIME_LIMIT_S)
    if isinstance(found, str):
        return [Wish(cap_kw=taken_kw)] * way.every
    devices = read(found.solution).devices
    available = problem.productions[0].available_kw
    if not isinstance(available, tuple):
        raise TypeError("what PV may give is a series")
    wishes = []
    for k in range(way.every):
        used_kw = float(devices["pv"]["power_kw"][k])
        vehicles = {
            int(one.id.rpartition("_")[2]): float(devices[one.id]["charge_kw"][k])
            for one in problem.sessions
        }
        wishes.append(
            Wish(
                float(devices["battery"]["charge_kw"][k] - devices["battery"]["discharge_kw"][k]),
                vehicles,
                used_kw if used_kw < available[k] - CURTAILED_KW else None,
                max(taken_kw, float(devices["grid"]["import_kw"][k])),
            )
        )
    return wishes
