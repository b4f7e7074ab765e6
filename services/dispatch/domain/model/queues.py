"""Work that comes and may wait (§5.5): what is done lies between what is due and what has come.

`least_kw` holds only as far as there is work left: power >= min(least_kw, work / h). That is not
convex, so each step that can end with a backlog has a binary: busy (power >= least_kw), or done
(no backlog). Queues without `least_kw` are linear.
"""

import numpy as np

from services.dispatch.domain.model.books import Books
from services.dispatch.domain.model.builder import INFINITE, Builder
from services.dispatch.domain.model.prices import Limit
from services.dispatch.domain.model.program import Index
from services.dispatch.domain.model.solution import Courses, Solution
from services.dispatch.domain.park.demand import WorkQueue
from services.dispatch.domain.park.horizon import MOMENT_H, Floats, Horizon


def came_kwh(horizon: Horizon, queue: WorkQueue) -> Floats:
    """Return all work that has come by the beginning of each step, (steps,)."""
    arriving_kwh = horizon.array(queue.arriving_kwh)
    return np.asarray(queue.backlog_kwh + np.cumsum(arriving_kwh), np.float64)


def due_kwh(horizon: Horizon, queue: WorkQueue) -> Floats:
    """Return all work that must be done by the end of each step, (steps,)."""
    sums_kwh = np.concatenate([[0.0], np.cumsum(horizon.array(queue.arriving_kwh))])
    ends_h = horizon.ends_h + MOMENT_H
    count = np.searchsorted(horizon.begins_h + queue.patience_h, ends_h, side="right")
    patience_h = queue.backlog_patience_h or queue.patience_h
    return np.asarray(sums_kwh[count] + queue.backlog_kwh * (patience_h <= ends_h), np.float64)


def longest_kwh(horizon: Horizon, queue: WorkQueue) -> Floats:
    """Return the backlog at the end of each step with never more than `least_kw`, (steps,)."""
    came, most_kwh = came_kwh(horizon, queue), queue.least_kw * horizon.hours
    done, backlog = 0.0, np.zeros(len(came))
    for k in range(len(came)):
        done = min(done + float(most_kwh[k]), float(came[k]))
        backlog[k] = came[k] - done
    return backlog


def add(build: Builder, queue: WorkQueue) -> None:
    """Add power, the backlog at the end of each step, and what of it is late."""
    horizon, hours = build.problem.horizon, build.hours
    tie = hours * build.tie_per_kwh * np.arange(build.steps) / build.steps
    power = build.columns(f"{queue.id}.power", queue.power_kw, tie)
    build.flow(queue.node, power, -1.0)
    backlog = build.columns(f"{queue.id}.backlog", longest_kwh(horizon, queue))
    arriving_kwh = np.diff(came_kwh(horizon, queue), prepend=0.0)
    rows = build.rows(f"{queue.id}.backlog", arriving_kwh, arriving_kwh)
    build.put(rows, backlog, 1.0)
    build.put(rows[1:], backlog[:-1], -1.0)
    build.put(rows, power, hours)
    _add_late(build, queue, backlog)
    if queue.least_kw > 0:
        _add_least(build, queue, power, backlog)


def _add_late(build: Builder, queue: WorkQueue, backlog: Index) -> None:
    """What waits beyond what may still wait is late."""
    horizon = build.problem.horizon
    price = queue.late_price_per_kwh
    price = build.price[Limit.LATE] if price is None else price
    late = build.columns(f"{queue.id}.late", INFINITE, build.hours * price)
    may_wait_kwh = came_kwh(horizon, queue) - due_kwh(horizon, queue)
    rows = build.rows(f"{queue.id}.late", -INFINITE, may_wait_kwh)
    build.put(rows, backlog, 1.0)
    build.put(rows, late, -1.0)


def _add_least(build: Builder, queue: WorkQueue, power: Index, backlog: Index) -> None:
    """In a step either `least_kw` at least, or nothing is left at its end."""
    longest = longest_kwh(build.problem.horizon, queue)
    steps = np.flatnonzero(longest > 0)
    busy = build.columns(f"{queue.id}.busy", 1.0, count=len(steps), integer=True)
    least = build.rows(f"{queue.id}.least", 0.0, INFINITE, len(steps))
    build.put(least, power[steps], 1.0)
    build.put(least, busy, -queue.least_kw)
    left = build.rows(f"{queue.id}.left", -INFINITE, 0.0, len(steps))
    build.put(left, backlog[steps], 1.0)
    build.put(left, busy, -longest[steps])


def read(solution: Solution, queue: WorkQueue) -> Courses:
    """Return `power_kw`, and `backlog_kwh` and `late_kwh` at the end of each step."""
    horizon, power_kw = solution.problem.horizon, solution.of(f"{queue.id}.power")
    done_kwh = np.cumsum(power_kw * horizon.hours)
    return {
        "power_kw": power_kw,
        "backlog_kwh": np.maximum(0.0, came_kwh(horizon, queue) - done_kwh),
        "late_kwh": np.maximum(0.0, due_kwh(horizon, queue) - done_kwh),
    }


def book(books: Books, queue: WorkQueue, courses: Courses) -> None:
    """Book what is late, for as long as it is."""
    late_kwh = courses["late_kwh"]
    if queue.late_price_per_kwh is None:
        books.breach_each(Limit.LATE, queue.id, late_kwh, "kWh h")
    else:
        books.pay("late work", float(late_kwh @ books.hours) * queue.late_price_per_kwh)
