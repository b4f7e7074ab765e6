"""What a large park's plan claims, and what it does when time or luck runs out."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from services.dispatch.domain.model import solving
from services.dispatch.domain.model.program import Program
from services.dispatch.domain.model.search import Found, Solved, Solver
from services.dispatch.domain.model.solving import solved
from services.dispatch.domain.park.demand import Load
from services.dispatch.domain.park.horizon import Horizon
from services.dispatch.domain.park.network import Carrier, Grid, Node, Supply
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.units import Output, Unit
from services.dispatch.domain.solver import solve


def a_heated_park(steps: int = 8, **more: Any) -> ParkProblem:
    """A heat pump that is on with 40 kW at least, or district heat: each step decides alone."""
    horizon = Horizon(steps=steps, step_h=0.25)
    pump = Unit(
        id="pump",
        input_node="electricity",
        outputs=(Output(node="heat", ratio=3.0),),
        least_kw=40.0,
        most_kw=100.0,
    )
    price = tuple(0.30 + 0.10 * (step % 3) for step in range(steps))
    heat_kw = tuple(90.0 + 40.0 * (step % 4) for step in range(steps))
    given: dict[str, Any] = {
        "horizon": horizon,
        "nodes": (Node(id="heat", carrier=Carrier.HEAT),),
        "grids": (Grid(id="grid", import_price=price, import_limit_kw=500.0),),
        "supplies": (Supply(id="district", node="heat", price=0.12, limit_kw=500.0),),
        "loads": (Load(id="halls", power_kw=heat_kw, node="heat"),),
        "units": (pump,),
    }
    return ParkProblem(**(given | more))


def in_time(problem: ParkProblem, solver: Solver = solve, limit_s: float = 60.0) -> Solved:
    found = solved(problem, solver, limit_s)
    assert not isinstance(found, str)
    return found


@pytest.fixture
def in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every program with a whole number is a large one."""
    monkeypatch.setattr(solving, "FEW_BINARIES", 0)


def hasty(program: Program, time_limit_s: float, *hints: Any, **wishes: Any) -> Found | str:
    """A solver whose time is over before a linear program is done: any solution, no bound."""
    found = solve(program, time_limit_s, *hints, **wishes)
    if isinstance(found, str) or len(program.integer):
        return found
    any_other = solve(replace(program, cost=np.zeros_like(program.cost)), time_limit_s)
    assert not isinstance(any_other, str)
    return replace(found, values=any_other.values, proven=False, bound=-np.inf)


@pytest.mark.usefixtures("in_pieces")
def test_a_relaxation_that_is_not_proven_bounds_nothing() -> None:
    problem = a_heated_park()
    exact = in_time(problem)

    best = in_time(problem, hasty)

    assert best.cost > exact.cost * 1.01
    assert best.bound <= exact.cost * (1 + 1e-6)
    assert not best.proven
