"""Where a process may run (§5.4): its window, what is left of it, its profile laid over steps."""

import numpy as np
from numpy.typing import NDArray

from services.dispatch.domain.model.program import Index
from services.dispatch.domain.park.demand import Process
from services.dispatch.domain.park.horizon import MOMENT_H, Floats, Horizon
from services.dispatch.domain.park.problem import ParkProblem

NOISE_KW = 1e-6


def is_split(process: Process) -> bool:
    """Whether it may run in more than one piece."""
    return process.most_starts > 1


def runs_on(process: Process) -> bool:
    """Whether it began before the horizon and may not be stopped: nothing is left to decide."""
    return process.done_h > 0 and not is_split(process)


def left_h(process: Process) -> float:
    """Return how many hours are still to be run."""
    return process.duration_h - process.done_h


def earliest_h(problem: ParkProblem, process: Process) -> float:
    """Return when it can begin: after the earliest end of what it waits for, too."""
    if runs_on(process):
        return 0.0
    if process.after is None:
        return process.earliest_h
    first = next(other for other in problem.processes if other.id == process.after)
    return max(process.earliest_h, earliest_h(problem, first) + left_h(first) + process.gap_h)


def due_h(problem: ParkProblem, process: Process) -> float:
    """Return the hours that must be run within the horizon: what the window after it cannot hold.

    One that may not be split is due as a whole, or (0) may wait until after the horizon.
    """
    end_h = float(problem.horizon.ends_h[-1])
    room_h = max(0.0, process.latest_end_h - max(end_h, earliest_h(problem, process)))
    missing_h = left_h(process) - room_h
    if missing_h <= MOMENT_H:
        return 0.0
    return missing_h if is_split(process) else left_h(process)


def starts(problem: ParkProblem, process: Process) -> Index:
    """Return the steps at whose beginning a run in one piece may begin."""
    begins_h = problem.horizon.begins_h
    first_h = earliest_h(problem, process) - MOMENT_H
    last_h = process.latest_end_h - process.duration_h + MOMENT_H
    return np.flatnonzero((begins_h >= first_h) & (begins_h <= last_h))


def window(problem: ParkProblem, process: Process) -> Index:
    """Return the steps that lie wholly in the window."""
    horizon = problem.horizon
    begun = horizon.begins_h >= earliest_h(problem, process) - MOMENT_H
    return np.flatnonzero(begun & (horizon.ends_h <= process.latest_end_h + MOMENT_H))


def least_h(process: Process) -> float:
    """Return how long each run that begins in the horizon lasts at least."""
    return min(process.least_run_h or 0.0, left_h(process))


def kept(horizon: Horizon, process: Process) -> NDArray[np.bool_]:
    """Return in which steps a run that goes on is still too short to end, (steps,)."""
    least_run_h = min(process.least_run_h or 0.0, process.running_h + left_h(process))
    too_short = horizon.begins_h + process.running_h < least_run_h - MOMENT_H
    return np.asarray(too_short & (process.running_h > 0), np.bool_)


def laid(horizon: Horizon, process: Process, begins_h: Floats) -> dict[str, Floats]:
    """Return the mean power in each step, (starts, steps) kW by node, of runs that begin then."""
    return {
        node: _means(horizon, profile, process.duration_h, begins_h)
        for node, profile in process.flows_kw.items()
    }


def covered(horizon: Horizon, process: Process, begins_h: Floats) -> Floats:
    """Return 1 in each step in which a run that begins then runs, else 0, (starts, steps)."""
    share = _means(horizon, (1.0,), process.duration_h, begins_h)
    return np.asarray(share * horizon.hours > MOMENT_H, np.float64)


def _means(
    horizon: Horizon, profile: tuple[float, ...], duration_h: float, begins_h: Floats
) -> Floats:
    """Return means over steps of a profile of equal parts, as differences of its running sum."""
    times_h = np.linspace(0.0, duration_h, len(profile) + 1)
    sums_kwh = np.concatenate([[0.0], np.cumsum(profile)]) * (duration_h / len(profile))
    edges_h = np.concatenate([horizon.begins_h, horizon.ends_h[-1:]])
    done_kwh = np.interp(edges_h - begins_h[:, None], times_h, sums_kwh)
    means = np.diff(done_kwh, axis=1) / horizon.hours
    return np.asarray(np.where(np.abs(means) < NOISE_KW, 0.0, means), np.float64)
