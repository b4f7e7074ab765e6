"""What less carbon costs: plans from the cheapest to the one of least carbon (§8.2).

Each point is the cheapest plan under a cap on the horizon's carbon. Between two points lies a gap
in which a cap has not been tried; the widest gap is halved until there are enough points. Each plan
is judged as one that is published is: one with a fault is no point, and is told.
"""

from dataclasses import dataclass, field, replace

from services.dispatch.domain.model.planning import Judge
from services.dispatch.domain.model.schedule import Schedule
from services.dispatch.domain.model.search import Solver
from services.dispatch.domain.model.solving import solved
from services.dispatch.domain.model.whole import booked, read
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.rules import CarbonCap, CarbonRule

NARROW = 0.005
"""Gaps below this share of the whole are not looked into: their ends are one plan to anybody."""
TRIES_A_POINT = 2
"""Where units are on or off, a cap may lead to a plan that is known already."""

Gap = tuple[float, float]
"""Carbon of least and most, kg, between which no plan is known."""


@dataclass(frozen=True, slots=True)
class FrontierPoint:
    """A plan that no other undercuts in both carbon and cost.

    `cost` is without the carbon price. At a carbon price from `price_per_kg` up to the next point's
    this plan is the best of all points; the cheapest has 0. Where prices fall from a point to the
    next (devices are on or off), no carbon price leads to the former plan, only a cap does.
    """

    carbon_kg: float
    cost: float
    price_per_kg: float


@dataclass(frozen=True, slots=True)
class Frontier:
    """The points, the cheapest first, and why plans were left out: which cap, which fault."""

    points: tuple[FrontierPoint, ...]
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Plan:
    carbon_kg: float
    cost: float


def frontier(
    problem: ParkProblem,
    solver: Solver,
    judge: Judge,
    points: int = 5,
    time_limit_s: float = 60.0,
) -> Frontier:
    """Return points from the cheapest plan to the one of least carbon, the cheapest first.

    Fewer than `points` where there are no more; none where nothing was solved within the limit,
    which all plans share. The problem's own caps hold in all plans. The least that is looked for
    is 0 kg, and no kg is spared that costs more than breaking a `carbon_cap` (§1).
    """
    free = replace(problem, carbon=replace(problem.carbon, price_per_kg=0.0))
    search = _Search(free, solver, judge, time_limit_s / (TRIES_A_POINT * points))
    ends = [search.capped(limit_kg) for limit_kg in (None, 0.0)]
    plans = [plan for plan in ends if plan is not None]
    if len(plans) == len(ends) and points > len(ends):
        plans += _between(search, plans[1], plans[0], points)
    return Frontier(tuple(_priced(_undominated(plans))), tuple(search.left_out))


def _between(search: "_Search", least: _Plan, most: _Plan, points: int) -> list[_Plan]:
    """Return plans between two others, the widest gap first."""
    narrow = max(NARROW * (most.carbon_kg - least.carbon_kg), 1e-6)
    gaps: list[Gap] = [(least.carbon_kg, most.carbon_kg)]
    plans: list[_Plan] = []
    for _ in range(TRIES_A_POINT * points - 2):
        low, high = widest = max(gaps, key=_width)
        if _width(widest) <= narrow or len(_undominated([least, most, *plans])) >= points:
            break
        gaps.remove(widest)
        middle = (low + high) / 2.0
        gaps.append((middle, high))
        found = search.capped(middle)
        if found is not None:
            plans.append(found)
            gaps.append((low, found.carbon_kg))
    return plans


def _width(gap: Gap) -> float:
    return gap[1] - gap[0]


@dataclass
class _Search:
    """Looks for plans of a problem without a carbon price; `left_out` are those with a fault."""

    free: ParkProblem
    solver: Solver
    judge: Judge
    each_s: float
    left_out: list[str] = field(default_factory=list)

    def capped(self, limit_kg: float | None) -> _Plan | None:
        """Return the cheapest plan whose horizon's carbon keeps within the limit, if it can."""
        capped, cap = self.free, "no cap"
        if limit_kg is not None:
            capped, cap = _with_cap(self.free, max(0.0, limit_kg)), f"{limit_kg:.3f} kg"
        found = solved(capped, self.solver, self.each_s)
        if isinstance(found, str):
            return None
        schedule = read(found.solution)
        books = booked(capped, schedule)
        if wrong := self.judge(capped, schedule, books.breaches, books.money):
            self.left_out.append(f"{cap}: {wrong[0]} ({len(wrong)} faults)")
            return None
        return _Plan(carbon_kg(self.free, schedule), booked(self.free, schedule).total)


def _with_cap(free: ParkProblem, limit_kg: float) -> ParkProblem:
    cap = CarbonCap(limit_kg=limit_kg, to_h=float(free.horizon.ends_h[-1]))
    return replace(free, carbon=replace(free.carbon, caps=(*free.carbon.caps, cap)))


def carbon_kg(problem: ParkProblem, schedule: Schedule) -> float:
    """Return a plan's carbon: what it would pay at a price of one for each kg (§8.2)."""
    at_one = replace(problem, carbon=CarbonRule(price_per_kg=1.0))
    return booked(at_one, schedule).money["carbon"]


def _undominated(plans: list[_Plan]) -> list[_Plan]:
    """Return the plans that are cheaper than each one of less carbon, the cheapest first."""
    kept: list[_Plan] = []
    for plan in sorted(plans, key=lambda one: (one.carbon_kg, one.cost)):
        if not kept or plan.cost < kept[-1].cost - 1e-9 * abs(kept[-1].cost):
            kept.append(plan)
    return kept[::-1]


def _priced(plans: list[_Plan]) -> list[FrontierPoint]:
    """Return the plans with what each kg costs that one spares more than the one before."""
    return [
        FrontierPoint(plan.carbon_kg, plan.cost, _price(plans[k - 1], plan) if k else 0.0)
        for k, plan in enumerate(plans)
    ]


def _price(cheaper: _Plan, plan: _Plan) -> float:
    return (plan.cost - cheaper.cost) / (cheaper.carbon_kg - plan.carbon_kg)
