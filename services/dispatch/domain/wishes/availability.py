"""A device in maintenance: its powers are bounded in every step that the window touches."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.dispatch.domain.park.demand import Process
from services.dispatch.domain.park.horizon import MOMENT_H
from services.dispatch.domain.park.problem import GROUPS, ParkProblem
from services.dispatch.domain.park.quantities import Series
from services.dispatch.domain.wishes.laid import Laid, exchanged, found
from services.dispatch.domain.wishes.timeline import Timeline
from services.dispatch.domain.wishes.wish import Unavailability

Steps = NDArray[np.bool_]

SERIES_OF: dict[str, tuple[str, ...]] = {
    "lines": ("limit_kw", "back_limit_kw"),
    "grids": ("import_limit_kw", "export_limit_kw"),
    "contracts": ("power_kw",),
    "supplies": ("limit_kw",),
    "sinks": ("limit_kw",),
    "productions": ("available_kw",),
    "loads": ("power_kw",),
    "clusters": ("limit_kw",),
}
"""What is bounded as it is; a load that is not there takes nothing."""

POWERS_OF: dict[str, tuple[str, ...]] = {
    "stores": ("charge_kw", "discharge_kw"),
    "sessions": ("power_kw", "discharge_kw"),
    "units": ("most_kw",),
}
"""What is bounded by the share that is there of the largest of these."""


def lay(problem: ParkProblem, wish: Unavailability, line: Timeline) -> Laid:
    """Return the problem in which the device does no more than it can."""
    steps = line.steps_of(wish.window)
    if not steps.any():
        return Laid(problem)
    for group in (*GROUPS, "clusters"):
        part = found(getattr(problem, group), wish.device)
        if part is not None:
            return _bounded(problem, group, part, wish, line)
    return Laid(problem, (f"nothing of the name {wish.device} is planned now",))


def _bounded(
    problem: ParkProblem, group: str, part: Any, wish: Unavailability, line: Timeline
) -> Laid:
    steps = line.steps_of(wish.window)

    def at_most(series: Series, most: float) -> tuple[float, ...]:
        return line.at_most(series, most, steps)

    if group in SERIES_OF:
        limited = _limited(part, SERIES_OF[group], wish.available_kw, at_most)
        return Laid(exchanged(problem, group, limited))
    if group in POWERS_OF:
        largest_kw = max(getattr(part, name) for name in POWERS_OF[group])
        share = wish.available_kw / largest_kw if largest_kw > 0.0 else 1.0
        there = replace(part, availability=at_most(part.availability, share))
        return Laid(exchanged(problem, group, there))
    if isinstance(part, Process):
        return _kept_apart(problem, part, wish, line)
    return Laid(problem, (f"maintenance of {group} is not planned: {part.id} goes on",))


def _limited(
    part: Any,
    names: tuple[str, ...],
    most_kw: float,
    at_most: Callable[[Series, float], tuple[float, ...]],
) -> Any:
    given = {name: getattr(part, name) for name in names}
    return replace(part, **{n: at_most(kw, most_kw) for n, kw in given.items() if kw is not None})


def _kept_apart(
    problem: ParkProblem, process: Process, wish: Unavailability, line: Timeline
) -> Laid:
    """Return the problem in which the process runs before the maintenance or after it.

    Whichever leaves more time; one that runs already goes on.
    """
    if process.done_h > 0.0:
        return Laid(problem, (f"{process.id} has begun and goes on",))
    from_h, to_h = line.h(wish.window.start), line.h(wish.window.end)
    before_h, after_h = from_h - process.earliest_h, process.latest_end_h - to_h
    if to_h <= process.earliest_h or from_h >= process.latest_end_h:
        return Laid(problem)
    if max(before_h, after_h) < process.duration_h - MOMENT_H:
        kept = replace(process, latest_end_h=max(MOMENT_H, process.earliest_h))
        return Laid(exchanged(problem, "processes", kept), (f"no time is left for {process.id}",))
    if before_h > after_h:
        kept = replace(process, latest_end_h=from_h)
    else:
        kept = replace(process, earliest_h=to_h)
    return Laid(exchanged(problem, "processes", kept))
