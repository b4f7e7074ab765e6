"""Batches that run as a whole, in some runs, or not at all (§5.4)."""

from services.dispatch.domain.judge.case import MOMENT_H, ON, Case, near, runs
from services.dispatch.domain.model.prices import Limit
from services.dispatch.domain.park.demand import Process


def judge(case: Case, process: Process) -> None:
    """Judge whether a batch runs as it may; count it where it does not."""
    on = [value > ON for value in case.course(process.id, "on")]
    _count_flows(case, process)
    if not any(on):
        _judge_idle(case, process)
        _count_missed(case, process)
    elif process.most_starts > 1:
        _judge_split(case, process, on)
    else:
        _judge_whole(case, process, on)
    if any(on) and process.after is not None:
        _judge_order(case, process, on)


def _count_flows(case: Case, process: Process) -> None:
    for node in process.flows_kw:
        for k, kw in enumerate(case.course(process.id, f"power_kw.{node}")):
            case.flow(node, k, -kw)


def _judge_idle(case: Case, process: Process) -> None:
    """What began before the horizon and cannot be split runs on; it draws nothing else."""
    if process.done_h > 0 and process.most_starts == 1:
        case.say(process.id, None, "began before the horizon, so it must run on")
    if _due_h(case, process) <= MOMENT_H:
        _judge_going_on(case, process, 0)
    for k in case.steps:
        _judge_powers(case, process, k, dict.fromkeys(process.flows_kw, 0.0))


def _count_missed(case: Case, process: Process) -> None:
    """One whose window lasts long enough beyond the horizon may still run then."""
    if _due_h(case, process) <= MOMENT_H:
        return
    if process.missed_price is not None:
        case.owe("missed processes", process.missed_price)
        return
    largest_kw = max(abs(kw) for profile in process.flows_kw.values() for kw in profile)
    case.breaks(Limit.PROCESS, process.id, None, max(1.0, largest_kw) * process.duration_h)


def _due_h(case: Case, process: Process) -> float:
    """Return the hours that must run within the horizon; whole or nothing where not split."""
    after_h = max(case.ends_h[-1], _earliest_h(case, process))
    left_h = process.duration_h - process.done_h
    missing_h = left_h - max(0.0, process.latest_end_h - after_h)
    return left_h if missing_h > MOMENT_H and process.most_starts == 1 else missing_h


def _earliest_h(case: Case, process: Process) -> float:
    """Return when it can begin, after all that it waits for."""
    if process.done_h > 0 and process.most_starts == 1:
        return 0.0
    former = [one for one in case.problem.processes if one.id == process.after]
    ended_h = [_earliest_h(case, one) + one.duration_h - one.done_h for one in former]
    return max(process.earliest_h, *(end_h + process.gap_h for end_h in ended_h), 0.0)


def _judge_powers(case: Case, process: Process, k: int, right_kw: dict[str, float]) -> None:
    for node, right in right_kw.items():
        kw = case.course(process.id, f"power_kw.{node}")[k]
        if not near(kw, right):
            case.say(process.id, k, f"power_kw.{node} {kw:.4f} should be {right:.4f}")


def _judge_whole(case: Case, process: Process, on: list[bool]) -> None:
    """One run from the beginning of a step, or from before the horizon."""
    begins_h = case.begins_h[on.index(True)]
    if process.done_h > 0:
        begins_h = -process.done_h
    else:
        _judge_window(case, process, begins_h, begins_h + process.duration_h)
    for k in case.steps:
        runs_h = case.overlap_h(k, begins_h, begins_h + process.duration_h)
        if on[k] != (runs_h > MOMENT_H):
            case.say(process.id, k, f"on is {on[k]}, but its run has {runs_h:g} h there")
        right = {node: _mean_kw(case, process, node, k, begins_h) for node in process.flows_kw}
        _judge_powers(case, process, k, right)


def _mean_kw(case: Case, process: Process, node: str, k: int, begins_h: float) -> float:
    """Return the mean over a step of the profile laid from `begins_h` on."""
    profile = process.flows_kw[node]
    part_h = process.duration_h / len(profile)
    kwh = sum(
        kw * case.overlap_h(k, begins_h + i * part_h, begins_h + (i + 1) * part_h)
        for i, kw in enumerate(profile)
    )
    return kwh / case.h[k]


def _judge_window(case: Case, process: Process, begins_h: float, ends_h: float) -> None:
    if begins_h < process.earliest_h - MOMENT_H or ends_h > process.latest_end_h + MOMENT_H:
        window = f"{process.earliest_h:g}..{process.latest_end_h:g} h"
        case.say(process.id, None, f"runs {begins_h:g}..{ends_h:g} h, its window is {window}")


def _judge_split(case: Case, process: Process, on: list[bool]) -> None:
    starts = 0
    if process.running_h > 0:
        _judge_going_on(case, process, on.index(False) if not all(on) else len(on))
    for first, after in runs(on):
        _judge_window(case, process, case.begins_h[first], case.ends_h[after - 1])
        if first == 0 and process.running_h > 0:
            continue  # it was not started
        starts += 1
        lasts_h = sum(case.h[first:after])
        least_h = min(process.least_run_h or 0.0, process.duration_h - process.done_h)
        may_last = after == len(on) and process.latest_end_h > case.ends_h[-1]
        if lasts_h < least_h - MOMENT_H and not may_last:
            case.say(process.id, first, f"a run of {lasts_h:g} h, at least {least_h:g} h")
    if starts > process.most_starts:
        case.say(process.id, None, f"{starts} runs, at most {process.most_starts} are allowed")
    for k in case.steps:
        right = {node: kw[0] if on[k] else 0.0 for node, kw in process.flows_kw.items()}
        _judge_powers(case, process, k, right)
    _judge_hours(case, process, on)


def _judge_going_on(case: Case, process: Process, after: int) -> None:
    """A run that goes on until step `after` lasts long enough with what was before the horizon."""
    left_h, ran_h = process.duration_h - process.done_h, process.running_h
    least_h = min(process.least_run_h or 0.0, ran_h + left_h)
    lasts_h = ran_h + sum(case.h[:after])
    if ran_h > 0.0 and lasts_h < least_h - MOMENT_H and after < len(case.h):
        case.say(process.id, 0, f"goes on for a run of {lasts_h:g} h, at least {least_h:g} h")


def _judge_hours(case: Case, process: Process, on: list[bool]) -> None:
    """The hours on reach what is due, and would not reach all without the last step."""
    lasting_h = [case.h[k] for k in case.steps if on[k]]
    left_h, due_h = process.duration_h - process.done_h, _due_h(case, process)
    if sum(lasting_h) < due_h - MOMENT_H or sum(lasting_h[:-1]) >= left_h - MOMENT_H:
        case.say(process.id, None, f"runs {sum(lasting_h):g} h, {left_h:g} h are left to do")


def _judge_order(case: Case, process: Process, on: list[bool]) -> None:
    former = next(one for one in case.problem.processes if one.id == process.after)
    if process.done_h > 0 and process.most_starts == 1:
        return
    ended_h = _end_h(case, former)
    begins_h = case.begins_h[on.index(True)]
    if ended_h is None:
        case.say(process.id, None, f"runs though {former.id}, which it waits for, does not")
    elif begins_h < ended_h + process.gap_h - MOMENT_H:
        case.say(process.id, None, f"begins at {begins_h:g} h, {former.id} ends at {ended_h:g} h")


def _end_h(case: Case, process: Process) -> float | None:
    """Return when it ends; None where it does not run, or not to its end."""
    on = [value > ON for value in case.course(process.id, "on")]
    if not any(on):
        return None
    if process.most_starts > 1:
        run_h = sum(case.h[k] for k in case.steps if on[k])
        if run_h < process.duration_h - process.done_h - MOMENT_H:
            return None
        return case.ends_h[max(k for k in case.steps if on[k])]
    begins_h = case.begins_h[on.index(True)] if process.done_h == 0 else -process.done_h
    return begins_h + process.duration_h
