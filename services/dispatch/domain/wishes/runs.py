"""A batch in its window (§5.4): planned, or running since it was started."""

from dataclasses import replace

from services.dispatch.domain.park.demand import Process
from services.dispatch.domain.park.horizon import MOMENT_H
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.wishes.laid import Laid, exchanged, grouped, is_taken, without
from services.dispatch.domain.wishes.timeline import HOUR, Timeline
from services.dispatch.domain.wishes.wish import ProcessRun

GROUP = "processes"


def lay(problem: ParkProblem, wish: ProcessRun, line: Timeline) -> Laid:
    """Return the problem with the run; without it, where it is over or comes after the horizon."""
    if is_taken(problem, GROUP, wish.process):
        return Laid(problem, (f"{wish.process} is another device of the park",))
    if wish.node not in {node.id for node in problem.every_node}:
        return Laid(problem, (f"the park has no node {wish.node}",))
    if wish.started is not None:
        return _running(problem, wish, -line.h(wish.started))
    earliest_h, latest_h = line.h(wish.earliest), line.h(wish.latest_end)
    if latest_h <= MOMENT_H or earliest_h >= line.end_h:
        return Laid(_without(problem, wish.process))
    run = _process(wish, earliest_h=max(0.0, earliest_h), latest_end_h=latest_h)
    return Laid(exchanged(problem, GROUP, run), _too_short(run))


def _running(problem: ParkProblem, wish: ProcessRun, done_h: float) -> Laid:
    """Return the problem with a run that began `done_h` ago (negative: begins then)."""
    left_h = wish.duration / HOUR - done_h
    if left_h <= MOMENT_H:
        return Laid(_without(problem, wish.process))
    begins_h = max(0.0, -done_h)
    run = _process(
        wish, earliest_h=begins_h, latest_end_h=begins_h + left_h, done_h=max(0.0, done_h)
    )
    return Laid(exchanged(problem, GROUP, run))


def _without(problem: ParkProblem, name: str) -> ParkProblem:
    """Return the problem without a process; nothing waits for it any more."""
    left = without(problem, GROUP, name).processes
    return grouped(
        problem, GROUP, tuple(replace(p, after=None) if p.after == name else p for p in left)
    )


def _process(
    wish: ProcessRun, *, earliest_h: float, latest_end_h: float, done_h: float = 0.0
) -> Process:
    return Process(
        id=wish.process,
        flows_kw={wish.node: wish.profile_kw},
        duration_h=wish.duration / HOUR,
        earliest_h=earliest_h,
        latest_end_h=latest_end_h,
        done_h=done_h,
    )


def _too_short(run: Process) -> tuple[str, ...]:
    room_h = run.latest_end_h - run.earliest_h
    if room_h >= run.duration_h - MOMENT_H:
        return ()
    return (f"{room_h:.2f} h are left for a run of {run.duration_h:g} h: it is missed",)
