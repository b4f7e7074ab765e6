"""Every wish laid into a park's problem, in the order in which they build on each other."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.wishes import availability, limits, runs, targets, vehicles
from services.dispatch.domain.wishes.laid import Laid
from services.dispatch.domain.wishes.timeline import Timeline
from services.dispatch.domain.wishes.wish import (
    CarbonLimit,
    ChargingNeeds,
    ImportLimit,
    ProcessRun,
    StorageTarget,
    Unavailability,
    Wish,
)

ORDER = (ProcessRun, ChargingNeeds, StorageTarget, CarbonLimit, ImportLimit, Unavailability)
"""What brings devices comes first, what takes them away last."""
SHOWN = 8


def applied(
    problem: ParkProblem, wishes: Sequence[Wish], start: datetime
) -> tuple[ParkProblem, tuple[str, ...]]:
    """Return the problem that respects all wishes as far as it can, and what it cannot and why.

    `start` is when the horizon begins. Of two runs of a process, or two needs at a port, the later
    in `wishes` counts; all others count together.
    """
    line, caveats = Timeline(start, problem.horizon), []
    for wish in sorted(wishes, key=lambda one: ORDER.index(type(one))):
        laid = _laid(problem, wish, line)
        problem = laid.problem
        caveats += [f"{wish} [{wish.wish_id[:SHOWN]}]: {text}" for text in laid.caveats]
    return problem, tuple(caveats)


def _laid(problem: ParkProblem, wish: Wish, line: Timeline) -> Laid:
    match wish:
        case StorageTarget():
            return targets.lay(problem, wish, line)
        case CarbonLimit():
            return limits.lay_carbon(problem, wish, line)
        case ImportLimit():
            return limits.lay_import(problem, wish, line)
        case ProcessRun():
            return runs.lay(problem, wish, line)
        case ChargingNeeds():
            return vehicles.lay(problem, wish, line)
        case Unavailability():
            return availability.lay(problem, wish, line)
        case _:
            assert_never(wish)
