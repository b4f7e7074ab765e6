"""What stands without a solver: the plan before, shifted onto the new steps, or the rules."""

from dataclasses import replace
from functools import cached_property

from services.dispatch.domain.model.fallback import by_rules
from services.dispatch.domain.model.last_plan import LastPlan
from services.dispatch.domain.model.outcome import Judge, Planned, Status, faults_of, first_of, made
from services.dispatch.domain.model.shifting import shifted
from services.dispatch.domain.park.problem import ParkProblem

MOST_TOLD = 20
"""Faults of rules that are told one by one."""
MISTAKES = (ArithmeticError, LookupError, MemoryError, RecursionError, ValueError)
"""Mistakes of ours, which cost a rung and never the plan."""


class Ground:
    """What stands without a solver: the plan before, shifted, where it is right and not dearer than
    the rules; else these. `caveats` say why the plan before is not the plan, `rejected` which of
    both the judge did not accept.
    """

    def __init__(self, problem: ParkProblem, judge: Judge, last: LastPlan | None) -> None:
        self._problem, self._judge, self._last = problem, judge, last
        self.rules = made(problem, Status.RULES, by_rules(problem), None)
        self.caveats_of_rules, self.caveats = list[str](), list[str]()
        self.rejected = list[str]()
        if wrong := faults_of(self.rules, judge):
            self.rules = replace(self.rules, status=Status.REJECTED)
            more = [f"rules: {one}" for one in wrong[1:MOST_TOLD]]
            self.rejected = [first_of(Status.RULES, wrong)]
            self.caveats_of_rules = [*self.rejected, *more]

    @property
    def name(self) -> str:
        """What the plan is called."""
        return "the rules" if self.plan is self.rules else "the last plan shifted"

    def is_cheaper(self, rung: Planned) -> bool:
        """Whether the plan is right, and cheaper than a rung that is right too."""
        return self.plan.status is not Status.REJECTED and rung.books.total > self.plan.books.total

    @cached_property
    def plan(self) -> Planned:
        """The better of both."""
        if self._last is None:
            return self.rules
        try:
            schedule = shifted(self._problem, self._last)
            plan = made(self._problem, Status.SHIFTED, schedule, None)
        except MISTAKES as mistake:
            self.caveats.append(f"shifted: {type(mistake).__name__}: {mistake}")
            return self.rules
        if not self._last.reaches(self._problem.horizon):
            self.caveats.append("shifted: the last plan says nothing of this horizon")
        elif wrong := faults_of(plan, self._judge):
            self.caveats.append(first_of(plan.status, wrong))
            self.rejected.insert(0, self.caveats[-1])
        elif self.rules.status is Status.RULES and plan.books.total > self.rules.books.total:
            self.caveats.append("shifted: dearer than the rules")
        else:
            return plan
        return self.rules
