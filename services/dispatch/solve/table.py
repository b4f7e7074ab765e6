"""The short table that the command prints."""

from collections.abc import Iterator

from services.dispatch.domain.explaining.because import Explained
from services.dispatch.domain.model.books import Breach
from services.dispatch.domain.model.planning import Effort, Planned
from services.dispatch.solve.plan_file import by_cost

MOST_SHOWN = 20


def lines_of(plan: Planned, answered: list[Explained]) -> Iterator[str]:
    """Yield the lines: status, cost by part, violations, caveats, effort, explanations."""
    yield f"status      {plan.status}"
    yield f"gap         {_gap(plan)}"
    yield f"effort      {_effort(plan.effort)}"
    yield f"cost        {plan.books.total:14.2f} {plan.problem.currency}"
    for part, paid in sorted(plan.books.money.items(), key=lambda item: -abs(item[1])):
        if round(paid, 2):
            yield f"  {part:<21} {paid:14.2f}"
    yield from _violations(plan)
    for caveat in plan.caveats:
        yield f"caveat      {caveat}"
    for one in answered[:MOST_SHOWN]:
        yield from (one.en, one.zh)
    if (more := len(answered) - MOST_SHOWN) > 0:
        yield f"… and {more} more explanations in the plan document"


def _effort(effort: Effort) -> str:
    size = f"{effort.columns} columns, {effort.rows} rows"
    return f"build {effort.build_s:.3f} s, solve {effort.solve_s:.3f} s, {size}"


def _gap(plan: Planned) -> str:
    if plan.gap is None or plan.gap_without_violations is None:
        return "unknown"
    shares = f"{100.0 * plan.gap:.4f} %", f"{100.0 * plan.gap_without_violations:.4f} %"
    if shares[0] == shares[1] or not plan.books.breaches:
        return shares[0]
    return f"{shares[0]}, without violations {shares[1]}"


def _violations(plan: Planned) -> Iterator[str]:
    breaches = by_cost(plan.books.breaches)
    yield f"violations  {len(breaches) or 'none'}"
    yield from (f"  {_violation(plan, one)}" for one in breaches[:MOST_SHOWN])
    if (more := len(breaches) - MOST_SHOWN) > 0:
        yield f"  … and {more} more in the plan document"


def _violation(plan: Planned, breach: Breach) -> str:
    size = f"{breach.limit} of {breach.who}: {breach.size:.3f} {breach.unit}"
    at = f" at {breach.cost:.2f} {plan.problem.currency}"
    if breach.step is None:
        return f"{size} over the horizon{at}"
    moment = plan.problem.horizon.at(breach.step)
    begins = "" if moment is None else f" ({moment:%Y-%m-%d %H:%M})"
    return f"{size} in step {breach.step}{begins}{at}"
