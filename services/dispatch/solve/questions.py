"""What `--explain` asks: a device, in a step or in each."""

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from services.dispatch.domain.explaining.because import Explained
from services.dispatch.domain.explaining.explained import explained
from services.dispatch.domain.model.planning import Planned
from services.dispatch.domain.park.problem import Mistake, ParkProblem
from services.dispatch.solve.problem_file import BadProblem


@dataclass(frozen=True, slots=True)
class Question:
    """A device and a step; None: each step."""

    text: str
    device: str
    step: int | None

    @classmethod
    def of(cls, text: str) -> "Question":
        """Return the question of `DEVICE[@STEP]`; an @ that no number follows is of the name."""
        device, at, step = text.rpartition("@")
        if at and step.isdecimal():
            return cls(text, device, int(step))
        return cls(text, text, None)


def checked(problem: ParkProblem, questions: list[Question]) -> list[Question]:
    """Return the questions; BadProblem with each that this problem has no answer to."""
    devices = [name for _, name in problem.devices]
    mistakes = [
        Mistake(f"--explain {one.text}", wrong)
        for one in questions
        if (wrong := _wrong(one, devices, len(problem.horizon)))
    ]
    if mistakes:
        raise BadProblem(mistakes)
    return questions


def _wrong(question: Question, devices: list[str], steps: int) -> str:
    if question.device not in devices:
        near = difflib.get_close_matches(question.device, devices, 1) or devices[:20]
        return f"no device {question.device!r}: name one such as {', '.join(near) or 'a load'}"
    if question.step is not None and question.step >= steps:
        return f"the steps are 0 to {steps - 1}"
    return ""


def answers(plan: Planned, questions: Iterable[Question]) -> Iterator[Explained]:
    """Yield the answers in the order of the questions."""
    every = range(len(plan.problem.horizon))
    for one in questions:
        steps = every if one.step is None else range(one.step, one.step + 1)
        yield from explained(plan, one.device, steps)
