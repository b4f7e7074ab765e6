"""The plan before (`--former`): a plan document (§11) becomes courses on the new clock."""

from codecs import BOM_UTF8
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Annotated

import numpy as np
from annotated_types import MinLen
from pydantic import AwareDatetime, TypeAdapter, ValidationError

from services.dispatch.domain.model.following_stores import net_kw
from services.dispatch.domain.model.last_plan import LastPlan
from services.dispatch.domain.park.horizon import Floats, Horizon
from services.dispatch.domain.park.problem import Mistake, ParkProblem
from services.dispatch.domain.park.quantities import Positive, Series
from services.dispatch.solve.problem_file import WHOLE, BadProblem, document_from
from services.dispatch.solve.wording import mistakes_of

OPTION = "--former"
READ = ("horizon", "devices")
SECONDS_PER_HOUR = 3600.0

Values = tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clock:
    """When the plan's steps are: `hours` each, one after the other from `start`."""

    hours: Annotated[tuple[Positive, ...], MinLen(1)]
    start: AwareDatetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What is read of a plan document; all else in it is left aside."""

    horizon: _Clock
    devices: dict[str, dict[str, Values]]


@cache
def _adapter() -> TypeAdapter[_Plan]:
    return TypeAdapter(_Plan)


def last_plan_from(content: bytes, horizon: Horizon) -> LastPlan:
    """Return the plan of a document; BadProblem with every mistake."""
    try:
        plan = _plan_from(content)
        if mistakes := [*_wrong_lengths(plan), *_wrong_start(plan.horizon.start, horizon.start)]:
            raise BadProblem(mistakes)
    except BadProblem as bad:
        raise BadProblem([_of_option(mistake) for mistake in bad.mistakes]) from bad
    edges_h = np.concatenate([[0.0], np.cumsum(plan.horizon.hours)])
    courses = {
        device: {name: _array(values) for name, values in series.items()}
        for device, series in plan.devices.items()
    }
    return LastPlan(edges_h + _later_h(plan.horizon.start, horizon.start), courses)


def steadied(problem: ParkProblem, last: LastPlan) -> ParkProblem:
    """Return the problem with the plan's powers in a `former` (§9) that names none itself.

    Only devices that the plan knows in every step: of others nobody knows what moving is.
    """
    former = problem.former
    if former is None or former.power_kw:
        return problem
    both_ways = [one.id for one in problem.stores] + [one.id for one in problem.sessions]
    power = {name: net_kw(problem.horizon, last, name) for name in both_ways}
    power |= {one.id: last.mean(problem.horizon, one.id, "power_kw") for one in problem.productions}
    power |= {one.id: last.mean(problem.horizon, one.id, "input_kw") for one in problem.units}
    as_drawn = [one.id for one in problem.queues]
    as_drawn += [one.id for one in problem.loads if one.interruption is not None]
    power |= {name: last.mean(problem.horizon, name, "power_kw") for name in as_drawn}
    for batch in problem.processes:
        power[batch.id] = last.mean(problem.horizon, batch.id, f"power_kw.{batch.first_node}")
    known: dict[str, Series] = {
        name: tuple(kw.tolist()) for name, kw in power.items() if np.isfinite(kw).all()
    }
    return replace(problem, former=replace(former, power_kw=known))


def _plan_from(content: bytes) -> _Plan:
    document, odd = document_from(content)
    mistakes = [one for one in odd if one.path.startswith(READ)]
    try:
        plan = _adapter().validate_json(content.removeprefix(BOM_UTF8), strict=True)
    except ValidationError as error:
        raise BadProblem(mistakes_of(document, error.errors(include_url=False))) from error
    if mistakes:
        raise BadProblem(mistakes)
    return plan


def _wrong_lengths(plan: _Plan) -> list[Mistake]:
    steps = len(plan.horizon.hours)
    return [
        Mistake(
            f"devices.{device}.{name}", f"has {len(values)} values, horizon.hours {steps} steps"
        )
        for device, series in plan.devices.items()
        for name, values in series.items()
        if len(values) != steps
    ]


def _wrong_start(began: datetime | None, begins: datetime | None) -> list[Mistake]:
    if (began is None) is (begins is None):
        return []
    has, lacks = ("problem", "plan") if began is None else ("plan", "problem")
    text = f"the {has} has a start, the {lacks} has none: give both or neither"
    return [Mistake("horizon.start", text)]


def _later_h(began: datetime | None, begins: datetime | None) -> float:
    """Return how long after the new horizon's beginning the plan began, h; mostly negative."""
    if began is None or begins is None:
        return 0.0
    return (began - begins).total_seconds() / SECONDS_PER_HOUR


def _array(values: Values) -> Floats:
    return np.array([np.nan if value is None else value for value in values], np.float64)


def _of_option(mistake: Mistake) -> Mistake:
    path = OPTION if mistake.path == WHOLE else f"{OPTION} {mistake.path}"
    return Mistake(path, mistake.text)
