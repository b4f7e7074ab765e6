"""Reads a problem, plans with the serving code, writes the plan and says what it costs."""

import argparse
import math
import sys
from pathlib import Path

from services.dispatch.domain.explaining.because import Explained
from services.dispatch.domain.judge import faults as judge
from services.dispatch.domain.model.last_plan import LastPlan
from services.dispatch.domain.model.planning import Planned, planned
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.solver import solve
from services.dispatch.solve.former_file import last_plan_from, steadied
from services.dispatch.solve.plan_file import document_of, text_of
from services.dispatch.solve.problem_file import MOST_BYTES, BadProblem, problem_from
from services.dispatch.solve.questions import Question, answers, checked
from services.dispatch.solve.table import lines_of
from services.dispatch.solve.waiting import told_while

DEFAULT_LIMIT_S = 30.0
LONGEST_S = 86_400.0
EPILOG = """exit codes: 0 there is a plan, with or without violations; 2 the input was refused and
every mistake was told, or the plan cannot be written. docs/dispatch.md says what the documents
hold; `python -m services.dispatch schema` prints the JSON schema of a problem."""


def main(arguments: list[str]) -> int:
    """Run the command; 0 when there is a plan, 2 when the input was refused."""
    asked = _parser().parse_args(arguments)
    try:
        problem = problem_from(_read(asked.problem))
        last = None if asked.former is None else _former(asked.former, problem)
        problem = problem if last is None else steadied(problem, last)
        questions = checked(problem, asked.explain)
        _must_be_writable(asked.out)
    except BadProblem as bad:
        sys.stderr.write(f"{bad}\n")
        return 2
    with told_while(f"planning {len(problem.horizon)} steps", asked.time_limit):
        limit_s, is_asked = asked.time_limit, bool(questions)
        plan = planned(problem, solve, limit_s, judge, last, to_explain=is_asked)
    answered = list(answers(plan, questions))
    try:
        _write(asked.out, plan, answered)
        table = sys.stderr if asked.out == "-" else sys.stdout
        table.writelines(f"{line}\n" for line in lines_of(plan, answered))
        table.flush()
    except OSError as error:
        sys.stderr.write(f"the plan is made and cannot be written: {error.strerror}\n")
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.dispatch solve",
        description="Plan a park that a JSON document describes, as the service would.",
        epilog=EPILOG,
    )
    parser.add_argument("problem", metavar="PROBLEM.json", help="the problem; - for stdin")
    parser.add_argument(
        "--out", required=True, metavar="PLAN.json", help="where the plan is written; - for stdout"
    )
    parser.add_argument(
        "--former",
        metavar="PLAN.json",
        help="the plan before: it serves on the new steps where the solver finds nothing usable",
    )
    parser.add_argument(
        "--time-limit",
        type=_seconds,
        default=DEFAULT_LIMIT_S,
        metavar="S",
        help="seconds for building and solving; then the best so far is the plan (%(default)g)",
    )
    parser.add_argument(
        "--explain",
        action="append",
        default=[],
        type=Question.of,
        metavar="DEVICE[@STEP]",
        help="say why a device does what it does in a step (0 is the first), or in each of them",
    )
    return parser


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0.0 < seconds <= LONGEST_S:
        raise argparse.ArgumentTypeError(f"{text!r} is no time from 0 to {LONGEST_S:g} s")
    return seconds


def _read(name: str) -> bytes:
    """Return the file's bytes, or a few more than are allowed; BadProblem where it has none."""
    try:
        if name == "-":
            return sys.stdin.buffer.read(MOST_BYTES + 1)
        with Path(name).open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise BadProblem.of(name, f"cannot be read: {error.strerror}") from error


def _former(name: str, problem: ParkProblem) -> LastPlan:
    """Return the plan before; BadProblem where it cannot be one."""
    return last_plan_from(_read(name), problem.horizon)


def _must_be_writable(out: str) -> None:
    if out != "-" and (Path(out).is_dir() or not Path(out).parent.is_dir()):
        raise BadProblem.of(
            "--out", f"{out} cannot be written: name a file in a directory there is"
        )


def _write(out: str, plan: Planned, answered: list[Explained]) -> None:
    text = text_of(document_of(plan, answered))
    if out == "-":
        sys.stdout.write(text)
    else:
        Path(out).write_text(text, encoding="utf-8")
