"""When a unit is on: starts, stops, standby, and how long each state lasts at least (§7).

running[k] = on[k] + standby[k]; start[k] - stop[k] = running[k] - running[k-1]. Least times are
sums of starts (stops) over a window that may not exceed the state: the tightest form there is.
"""

import numpy as np
from numpy.typing import NDArray

from services.dispatch.domain.model import runs
from services.dispatch.domain.model.builder import INFINITE, Builder
from services.dispatch.domain.model.program import Index
from services.dispatch.domain.park.horizon import MOMENT_H, Floats, Horizon
from services.dispatch.domain.park.units import Unit

Bools = NDArray[np.bool_]
NOISE_KW = 1e-9


def possible_kw(unit: Unit, horizon: Horizon) -> Floats:
    """Return the largest input of each step, (steps,) kW; 0 where the unit cannot be on."""
    most_kw = unit.most_kw * horizon.array(unit.availability)
    return np.asarray(np.where(most_kw < unit.least_kw - NOISE_KW, 0.0, most_kw), np.float64)


def add_states(build: Builder, unit: Unit, possible: Floats) -> tuple[Index, Index | None]:
    """Add `on` and, where the unit has it, `standby` (binaries, a column each step)."""
    there = possible > 0
    kept, held_off = kept_at_start(unit, build.problem.horizon, there)
    upper = np.where(held_off > 0, 0.0, there.astype(np.float64))
    running_cost = build.hours * unit.running_cost_per_h
    on = build.columns(f"{unit.id}.on", upper, running_cost, lower=kept * upper, integer=True)
    standby = None
    if unit.standby_kw is not None:
        standby = build.columns(f"{unit.id}.standby", upper * (1.0 - kept), integer=True)
        either = build.rows(f"{unit.id}.one_state", -INFINITE, 1.0)
        build.put(either, on, 1.0)
        build.put(either, standby, 1.0)
    if counts_starts(unit):
        _add_starts(build, unit, on, standby, there)
    return on, standby


def counts_starts(unit: Unit) -> bool:
    """Whether starts and stops matter, beside being on."""
    return bool(
        unit.start_cost
        or unit.cold_start_cost
        or unit.least_on_h
        or unit.least_off_h
        or unit.most_starts is not None
        or unit.most_starts_per_day is not None
        or unit.standby_kw is not None
    )


def kept_at_start(unit: Unit, horizon: Horizon, there: Bools) -> tuple[Floats, Floats]:
    """Return where the state at the beginning must last: on, off; both (steps,) of 0 or 1.

    It lasts until the first step of maintenance at the longest.
    """
    least_h = unit.least_on_h if unit.on_at_start else unit.least_off_h
    unbroken = np.cumprod(there.astype(np.float64))
    soon = horizon.begins_h < least_h - unit.state_since_h - MOMENT_H
    lasting, nothing = np.asarray(soon * unbroken, np.float64), np.zeros(len(horizon))
    return (lasting, nothing) if unit.on_at_start else (nothing, lasting)


def _add_starts(build: Builder, unit: Unit, on: Index, standby: Index | None, there: Bools) -> None:
    """Add starts, and stops only where it matters when they were."""
    states = tuple(state for state in (on, standby) if state is not None)
    cost = unit.start_cost if unit.cold_start_cost is None else unit.cold_start_cost
    start = build.columns(f"{unit.id}.start", 1.0, cost)
    build.start_columns.append(start)
    before = np.zeros(build.steps)
    before[0] = -float(unit.on_at_start)
    has_stops = unit.least_off_h > 0 or unit.cold_start_cost is not None
    change = build.rows(f"{unit.id}.change", before, before if has_stops else INFINITE)
    build.put(change, start, 1.0)
    for state in states:
        build.put(change, state, -1.0)
        build.put(change[1:], state[:-1], 1.0)
    if unit.least_on_h > 0 or standby is not None or unit.cold_start_cost is not None:
        rows = build.rows(f"{unit.id}.least_on", -INFINITE, 0.0)
        build.put(rows, on, -1.0)
        _put_windows(build, rows, start, recent(build.problem.horizon, unit.least_on_h, there, 0))
        build.start_rows.append(rows)
    build.start_rows.append(change)
    if unit.most_starts is not None:
        row = build.rows(f"{unit.id}.most_starts", -INFINITE, float(unit.most_starts), 1)
        build.put(row, start, 1.0)
        build.start_rows.append(row)
    per_day, today = unit.most_starts_per_day, unit.starts_today
    build.start_rows.append(runs.add_starts_of_days(build, unit.id, start, per_day, today))
    if has_stops:
        _add_stops(build, unit, states, (start, change), there)


def _add_stops(
    build: Builder,
    unit: Unit,
    states: tuple[Index, ...],
    starts: tuple[Index, Index],
    there: Bools,
) -> None:
    """Who stopped within `least_off_h` is off; -stop makes `change` exact."""
    start, change = starts
    stop = build.columns(f"{unit.id}.stop", 1.0)
    build.start_columns.append(stop)
    build.put(change, stop, -1.0)
    rows = build.rows(f"{unit.id}.least_off", -INFINITE, 1.0)
    for state in states:
        build.put(rows, state, 1.0)
    _put_windows(build, rows, stop, recent(build.problem.horizon, unit.least_off_h, there, 1))
    build.start_rows.append(rows)
    if unit.cold_start_cost is not None:
        _add_warm_starts(build, unit, start, stop)


Pairs = tuple[Index, Index]
"""Steps k, and for each a step j from which something lasts until then."""


def recent(horizon: Horizon, lasting_h: float, there: Bools, after: int) -> Pairs:
    """Return the pairs (k, j) for which what began in step j still lasts in step k.

    A step of maintenance ends it: from that step on, or (`after` 1) from the one after it.
    """
    steps = np.arange(len(horizon))
    since = np.searchsorted(horizon.begins_h, horizon.begins_h - lasting_h + MOMENT_H, "right")
    gone = np.concatenate([[0], np.maximum.accumulate(np.where(there, 0, steps + 1))])
    return _pairs(np.minimum(np.maximum(since, gone[steps + 1 - after] + after - 1), steps), steps)


def _pairs(first: Index, steps: Index) -> Pairs:
    """Return each step with every step from its first one on up to itself."""
    count = steps - first + 1
    before = np.cumsum(count) - count
    along = np.arange(int(count.sum())) - np.repeat(before, count)
    return np.repeat(steps, count), np.repeat(first, count) + along


def _put_windows(build: Builder, rows: Index, columns: Index, window: Pairs) -> None:
    """Add the columns of a window (k, j) to each row k."""
    k, j = window
    build.put(rows[k], columns[j], 1.0)


def _add_warm_starts(build: Builder, unit: Unit, start: Index, stop: Index) -> None:
    """A start soon enough after a stop is warm: it gets the difference back."""
    warm_h = unit.cold_after_h or 0.0
    cheaper = unit.start_cost - (unit.cold_start_cost or 0.0)
    warm = build.columns(f"{unit.id}.warm", 1.0, cheaper)
    build.start_columns.append(warm)
    began_warm = np.zeros(build.steps)
    if not unit.on_at_start:
        began_warm[build.problem.horizon.begins_h + unit.state_since_h < warm_h - MOMENT_H] = 1.0
    only = build.rows(f"{unit.id}.warm_start", -INFINITE, 0.0)
    build.start_rows.append(only)
    build.put(only, warm, 1.0)
    build.put(only, start, -1.0)
    soon = build.rows(f"{unit.id}.warm", -INFINITE, began_warm)
    build.start_rows.append(soon)
    build.put(soon, warm, 1.0)
    begins, steps = build.problem.horizon.begins_h, np.arange(build.steps)
    k, j = _pairs(np.searchsorted(begins, begins - warm_h + MOMENT_H, "right"), steps)
    build.put(soon[k[j < k]], stop[j[j < k]], -1.0)
