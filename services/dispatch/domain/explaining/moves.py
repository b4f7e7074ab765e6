"""What could have been done instead, and what it would have cost more."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.dispatch.domain.explaining.because import Because, Kind
from services.dispatch.domain.explaining.marginal import NEAR, Column, Margins
from services.dispatch.domain.explaining.sequence import fits
from services.dispatch.domain.explaining.words import (
    ACTIONS,
    BACKWARDS,
    SWITCHES,
    Word,
    word_of,
)
from services.dispatch.domain.model import placing
from services.dispatch.domain.model.held import committed
from services.dispatch.domain.park.demand import Process
from services.dispatch.domain.park.horizon import Floats
from services.dispatch.domain.park.problem import ParkProblem

HALF = 0.5
Both = tuple[str, str]
Bools = NDArray[np.bool_]


def moves(problem: ParkProblem, margins: Margins, device: Any, step: int) -> Iterator[Because]:
    """Yield what may be done otherwise in this step and in the next one."""
    for at, later in ((step, False), (step + 1, True)):
        if at < len(problem.horizon):
            columns = list(margins.columns(device, at))
            powers = [one for one in columns if margins.is_priced(one)]
            yield from _of_powers(device, powers, float(problem.horizon.hours[at]), later=later)
            if not _is_committed(problem, device, at):
                yield from _of_switches(device, columns, later=later)
    if isinstance(device, Process) and not placing.runs_on(device):
        yield from _of_process(problem, margins, device, step)


def _is_committed(problem: ParkProblem, device: Any, step: int) -> bool:
    """Whether the plan before decided if it is on: doing otherwise is a violation."""
    if problem.former is None:
        return False
    decided = committed(problem, problem.former)
    return any(one.device.id == device.id and step in one.steps for one in decided)


def _when(later: bool) -> Both:
    return ("in the next step", "下一时段") if later else ("now", "此时")


def _of_powers(
    device: Any, columns: list[Column], hours: float, *, later: bool
) -> Iterator[Because]:
    """Yield what one kW more or less of each action would cost, per kWh."""
    (when_en, when_zh), kind = _when(later), type(device).__name__
    is_off = any(one.what == "on" and one.value < HALF for one in columns)
    for one in columns:
        action = word_of(ACTIONS, kind, one.what)
        if action is None or one.upper <= one.lower or (is_off and one.what == "input"):
            continue
        if one.is_low and one.reduced > -NEAR:
            more_en, more_zh, action = _off_the_lowest(one, action)
        elif one.is_high and one.reduced < NEAR:
            more_en, more_zh = "less", "减少"
        else:
            continue
        en = f"1 kW {more_en} {action.en} {when_en}"
        zh = f"{when_zh}{action.zh}{more_zh} 1 kW"
        yield Because(Kind.MOVE, one.what, one.step, abs(one.reduced) / hours, "kWh", en, zh)


def _off_the_lowest(one: Column, action: Word) -> tuple[str, str, Word]:
    """Return what one kW more is: less of the other direction where it is below 0."""
    if one.lower < 0 and one.what in BACKWARDS:
        return "less", "减少", BACKWARDS[one.what]
    return "more", "增加", action


def _of_switches(device: Any, columns: list[Column], *, later: bool) -> Iterator[Because]:
    """Yield what the other state would cost at least."""
    when_en, when_zh = _when(later)
    for one in columns:
        words = word_of(SWITCHES, type(device).__name__, one.what)
        if words is None:
            continue
        is_so = one.value > HALF
        worth = -one.reduced if is_so else one.reduced
        if worth > NEAR:
            word = words[is_so]
            en, zh = f"{word.en} {when_en}", f"{when_zh}{word.zh}"
            yield Because(Kind.MOVE, one.what, one.step, worth, "switch", en, zh)


def _of_process(
    problem: ParkProblem, margins: Margins, process: Process, step: int
) -> Iterator[Because]:
    """Yield what beginning now, in the next step or in the best other step would cost at least."""
    if placing.is_split(process):
        yield from _of_pieces(problem, margins, process, step)
        return
    steps = placing.starts(problem, process)
    if not len(steps):
        return
    begun = margins.solution.of(f"{process.id}.start") > HALF
    costs, missed = _costs(margins, process, begun)
    fit = ~begun & fits(margins.solution, process, steps)
    others = {int(k): cost for k, cost in zip(steps[fit], costs[fit], strict=True)}
    told = [k for k in (step, step + 1) if k in others]
    told += [min(others, key=others.__getitem__)] if others else []
    for k in dict.fromkeys(told):
        if others[k] > -NEAR:
            yield _beginning(problem, k, step, others[k])
    if process.missed_price is not None and begun.any() and missed > NEAR:
        en, zh = f"not running {process.id}", f"不运行 {process.id}"
        yield Because(Kind.MOVE, "missed", step, missed, "switch", en, zh)


def _costs(margins: Margins, process: Process, begun: Bools) -> tuple[Floats, float]:
    """Return what beginning in each of its steps, and not running at all, costs at least more than
    what it does.

    Each set of duals tells a cost that is right or too low: the higher one counts.
    """
    costs = margins.costs_without_ties(process, "start", ONE_RUN)
    missed = np.zeros((2, 1))  # one that is not due may wait
    if "missed" in margins.blocks(process):
        missed = margins.costs_without(process, "missed", ONE_RUN)
    now = costs[:, begun] if begun.any() else missed
    return np.max(costs - now, axis=0), float(np.max(missed - now))


ONE_RUN = frozenset({"runs"})
"""The row by which a process runs once: the same for each beginning."""


def _beginning(problem: ParkProblem, begins: int, step: int, worth: float) -> Because:
    """Say what another beginning would cost."""
    if begins in (step, step + 1):
        when_en, when_zh = _when(begins == step + 1)
    else:
        begins_h = float(problem.horizon.begins_h[begins])
        when_en, when_zh = (
            f"in step {begins} ({begins_h:g} h)",
            f"第 {begins} 时段（{begins_h:g} h）",
        )
    en, zh = f"beginning {when_en}", f"{when_zh}开始运行"
    return Because(Kind.MOVE, "start", begins, max(0.0, worth), "switch", en, zh)


def _of_pieces(
    problem: ParkProblem, margins: Margins, process: Process, step: int
) -> Iterator[Because]:
    """Yield what running in this step instead of another one would cost at least, or in another
    one instead of this.
    """
    steps = placing.window(problem, process)
    place = np.flatnonzero(steps == step)
    if not len(place):
        return
    is_on = margins.solution.of(f"{process.id}.on") > HALF
    others = np.flatnonzero(is_on != is_on[place[0]])
    if not len(others):
        return
    costs = margins.costs_without_ties(process, "on", frozenset())
    sign = -1.0 if is_on[place[0]] else 1.0
    each = np.max(sign * (costs[:, place] - costs[:, others]), axis=0)
    best = int(np.argmin(each))
    if each[best] <= -NEAR:
        return
    other = int(steps[others[best]])
    en, zh = f"running now instead of in step {other}", f"此时运行而不在第 {other} 时段运行"
    if is_on[place[0]]:
        en, zh = f"running in step {other} instead of now", f"第 {other} 时段运行而此时不运行"
    yield Because(Kind.MOVE, "on", step, max(0.0, float(each[best])), "switch", en, zh)
