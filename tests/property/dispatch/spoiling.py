"""Wishes that nothing can fulfil; what is physical stays so."""

from dataclasses import replace

from services.dispatch.domain.park.demand import (
    Load,
)
from services.dispatch.domain.park.network import (
    Production,
)
from services.dispatch.domain.park.problem import ParkProblem
from tests.property.dispatch.draw import Draw


def spoiled(problem: ParkProblem, draw: Draw) -> ParkProblem:
    """Return the park with wishes in it that nothing can fulfil; what is physical stays so."""
    for spoil in (stormy, without_grid, without_feed_in, overloaded, ill_stored, rushed, unpaid):
        if draw.maybe(0.4):
            problem = spoil(problem, draw)
    return problem


def stormy(problem: ParkProblem, draw: Draw) -> ParkProblem:
    """Power that cannot be turned down, in a park with other things to do."""
    must_run = Production(id="must run", available_kw=draw.series(0.0, 900.0), curtailable=False)
    return replace(problem, productions=(*problem.productions, must_run))


def without_grid(problem: ParkProblem, draw: Draw) -> ParkProblem:
    """An island, with or without sources."""
    return replace(problem, mode=replace(problem.mode, island=True))


def without_feed_in(problem: ParkProblem, draw: Draw) -> ParkProblem:
    """Connections that carry nothing, or nothing out."""
    no_limits = tuple(
        replace(grid, import_limit_kw=draw.pick(0.0, 10.0), export_limit_kw=0.0)
        for grid in problem.grids
    )
    return replace(problem, grids=no_limits, mode=replace(problem.mode, no_feed_in=True))


def overloaded(problem: ParkProblem, draw: Draw) -> ParkProblem:
    """A load beyond every limit, at a node that may have no source, and one that gives."""
    huge = Load(id="huge", power_kw=draw.series(0.0, 5000.0), node=draw.pick("electricity", "cold"))
    gives = Load(id="gives", power_kw=draw.series(-40.0, 0.0), node=draw.pick("heat", "hydrogen"))
    return replace(problem, loads=(*problem.loads, huge, gives))


def ill_stored(problem: ParkProblem, draw: Draw) -> ParkProblem:
    """Stores that begin outside their windows, leak, or cannot be filled."""
    stores = tuple(
        replace(
            store,
            lowest_kwh=draw.pick(0.0, 30.0, store.highest_kwh),
            start_kwh=draw.pick(0.0, 5.0, 30.0, 140.0),
            loss_share_per_h=draw.pick(0.0, 0.05, 1.0),
            charge_kw=draw.pick(0.0, 20.0),
            discharge_kw=draw.pick(0.0, 20.0),
            most_cycles=draw.pick(None, 0.0),
        )
        for store in problem.stores
    )
    return replace(problem, stores=stores)


def rushed(problem: ParkProblem, draw: Draw) -> ParkProblem:
    """Vehicles that cannot be served: too short, too much, no power, a dead cable, a full one."""
    sessions = tuple(
        replace(
            session,
            wanted_kwh=draw.pick(0.0, 500.0),
            leaves_h=session.arrives_h + 0.05,
            power_kw=draw.pick(0.0, 7.0),
            stored_kwh=draw.pick(0.0, 100.0),
        )
        for session in problem.sessions
    )
    clusters = tuple(replace(one, limit_kw=0.0) for one in problem.clusters)
    return replace(problem, sessions=sessions, clusters=clusters)


def unpaid(problem: ParkProblem, draw: Draw) -> ParkProblem:
    """Prices below nothing, both ways, and ones that invite to buy and sell at once.

    Few steps only: burning energy in all vehicles and stores at once takes solvers long.
    """
    if len(problem.horizon) > 6:
        return problem
    grids = tuple(
        replace(grid, import_price=draw.series(-3.0, 0.1), export_price=draw.series(-3.0, 0.5))
        for grid in problem.grids
    )
    return replace(problem, grids=grids)
