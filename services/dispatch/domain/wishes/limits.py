"""Limits of a window of time: carbon (§8.2), import (§4)."""

from dataclasses import replace

from services.dispatch.domain.park.network import Grid
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.rules import CarbonCap
from services.dispatch.domain.wishes.laid import Laid, exchanged
from services.dispatch.domain.wishes.timeline import Timeline
from services.dispatch.domain.wishes.wish import CarbonLimit, ImportLimit


def lay_carbon(problem: ParkProblem, wish: CarbonLimit, line: Timeline) -> Laid:
    """Return the problem with one cap more.

    What was emitted before the horizon is not known here: of a window that has begun the cap is
    taken by the share of time that is left.
    """
    from_h, to_h = line.h(wish.window.start), line.h(wish.window.end)
    if to_h <= 0.0 or from_h >= line.end_h:
        return Laid(problem)
    left_share = min(1.0, to_h / (to_h - from_h))
    cap = CarbonCap(from_h=max(0.0, from_h), to_h=to_h, limit_kg=wish.limit_kg * left_share)
    rule = replace(problem.carbon, caps=(*problem.carbon.caps, cap))
    caveats = (*_begun(wish, -from_h, cap), *_unknown(problem))
    return Laid(replace(problem, carbon=rule), caveats)


def _begun(wish: CarbonLimit, over_h: float, cap: CarbonCap) -> tuple[str, ...]:
    if over_h <= 0.0:
        return ()
    return (
        f"what was emitted in the {over_h:.2f} h that are over is not known here: of"
        f" {wish.limit_kg:g} kg {cap.limit_kg:.1f} kg stay for the rest, by time",
    )


def _unknown(problem: ParkProblem) -> tuple[str, ...]:
    blind = [grid.id for grid in problem.grids if grid.carbon_kg_per_kwh is None]
    return tuple(f"carbon intensity of {grid} is unknown: its import is not seen" for grid in blind)


def lay_import(problem: ParkProblem, wish: ImportLimit, line: Timeline) -> Laid:
    """Return the problem with the limit in every step that the window touches."""
    steps = line.steps_of(wish.window)
    if not steps.any():
        return Laid(problem)
    if len(problem.grids) != 1:
        return Laid(problem, (f"it needs one connection, the park has {len(problem.grids)}",))
    grid: Grid = problem.grids[0]
    limit_kw = line.at_most(grid.import_limit_kw, wish.limit_kw, steps)
    return Laid(exchanged(problem, "grids", replace(grid, import_limit_kw=limit_kw)))
