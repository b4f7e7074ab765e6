"""What the process of simulations does: a problem document in, a plan document or points out.

It is the code of `python -m services.dispatch solve`. Solver and validation are imported inside:
dispatch itself, which only hands documents on, needs neither.
"""

from dataclasses import dataclass

from services.dispatch.domain.judge import faults as judge
from services.dispatch.domain.model.frontier import FrontierPoint, frontier
from services.dispatch.domain.model.planning import Status, planned
from services.dispatch.domain.park.problem import Mistake, ParkProblem
from services.dispatch.solve.plan_file import document_of, text_of


@dataclass(frozen=True, slots=True)
class Simulated:
    """A plan; its cost is in the document's currency, with the prices of violations."""

    plan_json: bytes
    status: Status
    total_cost: float
    violations: int


@dataclass(frozen=True, slots=True)
class Frontier:
    """The points of a document's frontier, the cheapest first, and why plans were left out."""

    points: tuple[FrontierPoint, ...]
    currency: str
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unusable:
    """A document that cannot be used, with every reason."""

    mistakes: tuple[Mistake, ...]


def simulated(content: bytes, time_limit_s: float) -> Simulated | Unusable:
    """Return the plan of a problem document."""
    from services.dispatch.domain.solver import solve

    if isinstance(problem := _problem(content), Unusable):
        return problem
    plan = planned(problem, solve, time_limit_s, judge)
    text = text_of(document_of(plan))
    return Simulated(text.encode(), plan.status, plan.books.total, len(plan.books.breaches))


def frontier_of(content: bytes, time_limit_s: float, points: int) -> Frontier | Unusable:
    """Return at most so many points of a problem document's frontier."""
    from services.dispatch.domain.solver import solve

    if isinstance(problem := _problem(content), Unusable):
        return problem
    found = frontier(problem, solve, judge, points, time_limit_s)
    return Frontier(found.points, problem.currency, found.left_out)


def _problem(content: bytes) -> ParkProblem | Unusable:
    from services.dispatch.solve.problem_file import BadProblem, problem_from

    try:
        return problem_from(content)
    except BadProblem as bad:
        return Unusable(tuple(bad.mistakes))


def warm() -> int:
    """Load what the work needs."""
    from services.dispatch.domain import solver
    from services.dispatch.solve.problem_file import adapter

    return len(solver.__name__) + len(repr(adapter()))
