"""Units that turn one carrier into others: powers, states, starts (§7)."""

import itertools
from dataclasses import dataclass

from services.dispatch.domain.judge.case import MOMENT_H, ON, Case, above, near, runs
from services.dispatch.domain.park.units import CurvePoint, Output, Unit


@dataclass(frozen=True, slots=True)
class Course:
    """A unit's states and input by step, and whether it can be on at all; if not: maintenance."""

    on: list[bool]
    standby: list[bool]
    input_kw: list[float]
    most_kw: list[float]
    there: list[bool]

    @property
    def off(self) -> list[bool]:
        """Steps in which the unit neither is on nor stands by."""
        return [not (on or by) for on, by in zip(self.on, self.standby, strict=True)]


def judge(case: Case, unit: Unit) -> None:
    """Judge a unit's powers in each step, then how its states follow each other."""
    course = _course(case, unit)
    for k in case.steps:
        _judge_input(case, unit, course, k)
        _judge_ramp(case, unit, course, k)
        case.flow(unit.input_node, k, -course.input_kw[k])
        case.owe("running", course.input_kw[k] * case.h[k] * unit.cost_per_kwh)
        case.owe("running", case.h[k] * unit.running_cost_per_h if course.on[k] else 0.0)
    _judge_outputs(case, unit, course)
    _judge_least_on(case, unit, course)
    _judge_least_off(case, unit, course)
    _judge_starts(case, unit, course)


def _course(case: Case, unit: Unit) -> Course:
    most_kw = [unit.most_kw * share for share in case.values(unit.availability)]
    return Course(
        [value > ON for value in case.course(unit.id, "on")],
        [value > ON for value in case.course(unit.id, "standby")],
        case.course(unit.id, "input_kw"),
        most_kw,
        [kw > 0.0 and not above(unit.least_kw, kw) for kw in most_kw],
    )


def _judge_input(case: Case, unit: Unit, course: Course, k: int) -> None:
    kw = course.input_kw[k]
    if course.on[k] and course.standby[k]:
        case.say(unit.id, k, "is on and stands by at once")
    if course.standby[k] and unit.standby_kw is None:
        case.say(unit.id, k, "stands by, which it cannot")
    if course.standby[k] and (course.off[k - 1] if k > 0 else not unit.on_at_start):
        case.say(unit.id, k, "stands by after it was off")
    if not course.there[k] and (course.on[k] or course.standby[k]):
        case.say(unit.id, k, "is not off in maintenance")
    if course.on[k]:
        case.within(unit.id, k, "input_kw", kw, unit.least_kw, course.most_kw[k])
        return
    right_kw = (unit.standby_kw or 0.0) if course.standby[k] else 0.0
    if not near(kw, right_kw):
        case.say(unit.id, k, f"input_kw {kw:.4f} should be {right_kw:.4f}: it is not on")


def _judge_ramp(case: Case, unit: Unit, course: Course, k: int) -> None:
    """Input may fall by as much as what is there does, and rise to the least power at once."""
    if unit.ramp_kw_per_h is None or not course.on[k]:
        return
    if k > 0 and course.on[k - 1]:
        before_h, before_kw, there_kw = case.h[k - 1], course.input_kw[k - 1], course.most_kw[k - 1]
    elif k == 0 and unit.on_at_start and unit.input_at_start_kw is not None:
        before_h, before_kw, there_kw = case.h[0], unit.input_at_start_kw, unit.input_at_start_kw
    else:
        return
    steady_kw = unit.ramp_kw_per_h * (before_h + case.h[k]) / 2
    rise_kw = max(steady_kw, unit.least_kw - before_kw)
    fall_kw = max(steady_kw, there_kw - course.most_kw[k])
    moved_kw = course.input_kw[k] - before_kw
    if above(moved_kw, rise_kw) or above(-moved_kw, fall_kw):
        most_kw = rise_kw if moved_kw > 0 else fall_kw
        case.say(unit.id, k, f"input changes by {abs(moved_kw):.4f} kW, at most {most_kw:.4f} may")


def _judge_outputs(case: Case, unit: Unit, course: Course) -> None:
    for node in {output.node for output in unit.outputs}:
        there = [(one, case.values(one.ratio or 0.0)) for one in unit.outputs if one.node == node]
        for k, kw in enumerate(case.course(unit.id, f"output_kw.{node}")):
            case.flow(node, k, kw)
            right = sum(_right_kw(one, ratio[k], course.input_kw[k]) for one, ratio in there)
            right = right if course.on[k] else 0.0
            if not near(kw, right):
                case.say(unit.id, k, f"output_kw.{node} {kw:.4f} should be {right:.4f}")


def _right_kw(output: Output, ratio: float, input_kw: float) -> float:
    return _on_curve(output.curve, input_kw) if output.curve else ratio * input_kw


def _on_curve(curve: tuple[CurvePoint, ...], input_kw: float) -> float:
    """Return the curve at an input; beyond its ends, its ends."""
    if input_kw <= curve[0].input_kw:
        return curve[0].output_kw
    for one, other in itertools.pairwise(curve):
        if input_kw <= other.input_kw:
            along = (input_kw - one.input_kw) / (other.input_kw - one.input_kw)
            return one.output_kw + along * (other.output_kw - one.output_kw)
    return curve[-1].output_kw


def _judge_least_on(case: Case, unit: Unit, course: Course) -> None:
    """On for a while once started, unless maintenance or the horizon's end comes before."""
    stopped = unit.on_at_start and not course.on[0] and course.there[0]
    if stopped and unit.state_since_h < unit.least_on_h - MOMENT_H:
        case.say(unit.id, 0, f"on for {unit.state_since_h:g} h only, least_on_h is not over")
    for first, after in runs(course.on):
        if first > 0 and course.standby[first - 1]:
            continue  # it was not started
        lasts_h = sum(case.h[first:after])
        if first == 0 and unit.on_at_start:
            lasts_h += unit.state_since_h
        stopped = after < len(case.h) and course.there[after]
        if stopped and lasts_h < unit.least_on_h - MOMENT_H:
            case.say(unit.id, first, f"on for {lasts_h:g} h, least_on_h is {unit.least_on_h:g}")


def _judge_least_off(case: Case, unit: Unit, course: Course) -> None:
    """Off for a while once stopped, unless by maintenance."""
    if (
        not unit.on_at_start
        and not course.off[0]
        and unit.state_since_h < unit.least_off_h - MOMENT_H
    ):
        case.say(unit.id, 0, f"off for {unit.state_since_h:g} h only, least_off_h is not over")
    for first, after in runs(course.off):
        lasts_h = sum(case.h[first:after])
        if first == 0 and not unit.on_at_start:
            lasts_h += unit.state_since_h
        maintained = not all(course.there[first:after])
        if after < len(case.h) and not maintained and lasts_h < unit.least_off_h - MOMENT_H:
            case.say(unit.id, first, f"off for {lasts_h:g} h, least_off_h is {unit.least_off_h:g}")


def _judge_starts(case: Case, unit: Unit, course: Course) -> None:
    """Count starts: whatever is not off after off; a cold one after so many hours off."""
    starts, was_off, off = list[int](), not unit.on_at_start, course.off
    off_h = unit.state_since_h if was_off else 0.0
    for k in case.steps:
        if was_off and not off[k]:
            starts.append(k)
            case.owe("starts", _start_cost(unit, off_h))
        was_off, off_h = off[k], off_h + case.h[k] if off[k] else 0.0
    if unit.most_starts is not None and len(starts) > unit.most_starts:
        case.say(unit.id, None, f"{len(starts)} starts, at most {unit.most_starts} are allowed")
    case.too_many_starts(unit.id, starts, unit.most_starts_per_day, unit.starts_today)


def _start_cost(unit: Unit, off_h: float) -> float:
    if unit.cold_after_h is None or off_h < unit.cold_after_h - MOMENT_H:
        return unit.start_cost
    return unit.cold_start_cost or 0.0
