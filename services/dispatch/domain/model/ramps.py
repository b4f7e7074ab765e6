"""How fast a unit's input may change while it is on (§7).

Rising: net[k] - net[k-1] <= allowed where on[k-1], else what is possible; falling likewise where
on[k]. Net is input without what standby draws.
"""

import numpy as np

from services.dispatch.domain.model.builder import INFINITE, Builder
from services.dispatch.domain.model.program import Index
from services.dispatch.domain.park.horizon import Floats
from services.dispatch.domain.park.units import Unit

Columns = tuple[Index, Index | None, Index | None]


def add_ramp(build: Builder, unit: Unit, possible: Floats, columns: Columns) -> None:
    """Bound how input rises and falls between steps in both of which the unit is on."""
    rise, fall = allowed_kw(unit, build.hours, possible)
    rows = _rows(build, f"{unit.id}.rise", columns[1], rise[1:], possible[1:], 0)
    _put_change(build, unit, rows, columns, 1.0)
    rows = _rows(build, f"{unit.id}.fall", columns[1], fall[1:], possible[:-1], 1)
    _put_change(build, unit, rows, columns, -1.0)
    if start_kw(unit) is not None:
        _add_first(build, unit, columns, float(rise[0]), float(fall[0]))


def start_kw(unit: Unit) -> float | None:
    """Return the input just before the horizon, if the unit was on and it is known."""
    return unit.input_at_start_kw if unit.on_at_start else None


def allowed_kw(unit: Unit, hours: Floats, possible: Floats) -> tuple[Floats, Floats]:
    """Return how much input may rise and fall into each step, (steps,) kW.

    It falls faster where what is possible falls, and rises freely after maintenance and from
    below the least.
    """
    before_h = np.concatenate([hours[:1], hours[:-1]])
    rise = (unit.ramp_kw_per_h or 0.0) * (before_h + hours) / 2
    start = start_kw(unit) or 0.0
    fall = np.maximum(rise, np.concatenate([[start], possible[:-1]]) - possible)
    rise[0] = max(rise[0], unit.least_kw - start)
    rise[1:][possible[:-1] <= 0] = unit.most_kw
    return rise, np.asarray(fall, np.float64)


def _put_change(build: Builder, unit: Unit, rows: Index, columns: Columns, sign: float) -> None:
    entering, _, standby = columns
    build.put(rows, entering[1:], sign)
    build.put(rows, entering[:-1], -sign)
    if standby is not None and unit.standby_kw:
        build.put(rows, standby[1:], -sign * unit.standby_kw)
        build.put(rows, standby[:-1], sign * unit.standby_kw)


def _rows(
    build: Builder, name: str, on: Index | None, allowed_kw: Floats, reach_kw: Floats, after: int
) -> Index:
    """Add rows that allow less where the unit is on in the step before (`after` 0) or this one."""
    if on is None:
        return build.rows(name, -INFINITE, allowed_kw, build.steps - 1)
    free_kw = np.maximum(allowed_kw, reach_kw)
    rows = build.rows(name, -INFINITE, free_kw, build.steps - 1)
    build.put(rows, on[after : build.steps - 1 + after], free_kw - allowed_kw)
    return rows


def _add_first(build: Builder, unit: Unit, columns: Columns, rise: float, fall: float) -> None:
    (entering, on, standby), start = columns, start_kw(unit) or 0.0
    highest = build.rows(f"{unit.id}.first_rise", -INFINITE, start + rise, 1)
    least = max(0.0, start - fall)
    lowest = build.rows(f"{unit.id}.first_fall", 0.0 if on is not None else least, INFINITE, 1)
    for row in (highest, lowest):
        build.put(row, entering[:1], 1.0)
        if standby is not None and unit.standby_kw:
            build.put(row, standby[:1], -unit.standby_kw)
    if on is not None:
        build.put(lowest, on[:1], -least)
