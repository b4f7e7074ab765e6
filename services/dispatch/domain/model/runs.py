"""Runs of steps that are on: where they begin, how many there may be, how long they last at least.

The rows are those of unit commitment: what holds for each start in a window of steps is summed up
(Rajan and Takriti, 2005), so that little is left to branch on.
"""

from dataclasses import dataclass

import numpy as np

from services.dispatch.domain.model.builder import INFINITE, Builder, Values
from services.dispatch.domain.model.program import Index
from services.dispatch.domain.park.horizon import MOMENT_H, Floats


@dataclass(frozen=True, slots=True, eq=False)
class Runs:
    """Binaries `on` of steps one after the other that begin then.

    Before the first of them they have been on for `lasted_h`; 0: off.
    """

    name: str
    on: Index
    begins_h: Floats
    lasted_h: float = 0.0

    @property
    def before(self) -> Floats:
        """Return 1 in the first step if a run goes on there, 0 elsewhere, (steps,)."""
        first = np.zeros(len(self.on))
        first[:1] = self.lasted_h > 0
        return first


def add_starts(
    build: Builder, runs: Runs, most: int | None, price: float = 0.0, upper: Values = 1.0
) -> Index:
    """Add the start of each run, (steps,): at least what `on` grows by. `upper` 0 forbids it."""
    count = len(runs.on)
    start = build.columns(f"{runs.name}.start", upper, price, count=count)
    rows = build.rows(f"{runs.name}.start", -runs.before, INFINITE, count)
    build.put(rows, start, 1.0)
    build.put(rows, runs.on, -1.0)
    build.put(rows[1:], runs.on[:-1], 1.0)
    if most is not None:
        build.put(build.rows(f"{runs.name}.starts", -INFINITE, float(most), 1), start, 1.0)
    return start


def add_starts_of_days(
    build: Builder, name: str, start: Index, most: int | None, today: int
) -> Index:
    """Bound the starts, (steps,), of each day; of the first beside the `today` that were before.

    No start is left where there were too many already. Return the rows, none without a bound.
    """
    if most is None:
        return np.zeros(0, np.int64)
    days = build.problem.horizon.days
    left = np.full(int(days[-1]) + 1, float(most))
    left[0] = max(0.0, left[0] - today)
    rows = build.rows(f"{name}.most_starts_per_day", -INFINITE, left, len(left))
    build.put(rows[days], start, 1.0)
    return rows


def add_least(build: Builder, runs: Runs, start: Index, least_h: float) -> None:
    """Keep on what began less than `least_h` before."""
    if least_h <= 0:
        return
    since_h = runs.begins_h[:, None] - runs.begins_h
    step, begun = np.nonzero((since_h >= 0) & (since_h < least_h - MOMENT_H))
    rows = build.rows(f"{runs.name}.least", -INFINITE, 0.0, len(runs.on))
    build.put(rows, runs.on, -1.0)
    build.put(rows[step], start[begun], 1.0)


def add_most(build: Builder, runs: Runs, start: Index, ends_h: Floats, most_h: float) -> None:
    """Let a step be on only if a run began that does not last longer than `most_h` with it.

    Or if the one that goes on does not. For that a start must be one: on in its step, and off in
    the step before.
    """
    count, lasts_h = len(runs.on), ends_h[:, None] - runs.begins_h
    step, begun = np.nonzero((lasts_h > 0) & (lasts_h <= most_h + MOMENT_H))
    goes_on = (runs.lasted_h > 0) & (ends_h + runs.lasted_h <= most_h + MOMENT_H)
    rows = build.rows(f"{runs.name}.most", -INFINITE, goes_on.astype(np.float64), count)
    build.put(rows, runs.on, 1.0)
    build.put(rows[step], start[begun], -1.0)
    rows = build.rows(f"{runs.name}.on_since", -INFINITE, 0.0, count)
    build.put(rows, start, 1.0)
    build.put(rows, runs.on, -1.0)
    rows = build.rows(f"{runs.name}.off_before", -INFINITE, 1.0 - runs.before, count)
    build.put(rows, start, 1.0)
    build.put(rows[1:], runs.on[:-1], 1.0)


def begun(on: Floats, before: float = 0.0) -> int:
    """Return how many runs begin in a course of 0 and 1, which was at `before` until then."""
    return int(np.count_nonzero(np.diff(on, prepend=before) > 0))
