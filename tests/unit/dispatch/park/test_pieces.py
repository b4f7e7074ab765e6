"""What a large park's plan claims, and what it does when time or luck runs out."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from services.dispatch.domain.judge import faults
from services.dispatch.domain.model import coordination, planning, solving
from services.dispatch.domain.model import search as searching
from services.dispatch.domain.model.components import alone, components, together
from services.dispatch.domain.model.covers import covered
from services.dispatch.domain.model.planning import planned
from services.dispatch.domain.model.program import Program
from services.dispatch.domain.model.search import Aim, Found, Search, Solved, Solver, Wanted
from services.dispatch.domain.model.solving import coordinate, solved
from services.dispatch.domain.model.tying import hours_of, leaders
from services.dispatch.domain.model.whole import built
from services.dispatch.domain.park.demand import Load, Process
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


def test_where_each_step_is_a_piece_neighbours_are_planned_as_one() -> None:
    program = built(a_heated_park(steps=40)).program()
    pieces = list(components(program))

    few = together(pieces, 8)

    assert (len(pieces), len(few)) == (40, 8)
    assert sorted(np.concatenate([one.columns for one in few])) == sorted(
        np.concatenate([one.columns for one in pieces])
    )
    costs = program.cost
    apart = sum(least(alone(program, one, costs)) for one in pieces)
    assert sum(least(alone(program, one, costs)) for one in few) == pytest.approx(apart)


def test_few_pieces_stay_as_they_are() -> None:
    pieces = list(components(built(a_heated_park(steps=4)).program()))

    assert together(pieces, 8) == pieces
    assert together([], 8) == []


def least(program: Program) -> float:
    found = solve(program, 10.0)
    assert not isinstance(found, str)
    return float(program.cost @ found.values)


@pytest.mark.usefixtures("in_pieces")
def test_pieces_that_take_all_their_time_leave_some_for_the_plan(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now_s = [0.0]

    def slow(
        program: Program, time_limit_s: float, *_: Any, wanted: Wanted | None = None
    ) -> Found | str:
        """A second for a linear program; whole numbers take as long as they may, in vain."""
        if wanted is not None and wanted.aim is Aim.BOUND:  # beside the linear program
            return "no bound"
        takes_s = time_limit_s if len(program.integer) else 1.0
        now_s[0] += min(takes_s, time_limit_s)
        is_done = not len(program.integer) and takes_s <= time_limit_s
        return solve(program, 10.0) if is_done else "no time"

    for module in (coordination, searching, solving):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now_s[0]))
    monkeypatch.setattr(coordination, "SIDE_BY_SIDE", 1)
    monkeypatch.setattr(solving, "covered", lambda program, _: program)  # it would be the optimum

    best = in_time(a_heated_park(steps=24), slow, limit_s=20.0)

    assert now_s[0] <= 20.5
    assert best.cost > best.bound


def test_what_the_exact_solver_found_is_kept_where_no_time_is_left_for_its_duals() -> None:
    def late(program: Program, time_limit_s: float, *hints: Any, **wishes: Any) -> Found | str:
        """A solver that is done with whole numbers when the time is over."""
        whole = bool(len(program.integer))
        return solve(program, time_limit_s, *hints, **wishes) if whole else "no time"

    best = in_time(a_heated_park(), late)

    assert best.cost == pytest.approx(in_time(a_heated_park()).cost)
    assert not len(best.solution.duals)


def test_a_bound_that_a_plan_undercuts_proves_nothing() -> None:
    def bold(program: Program, time_limit_s: float, *hints: Any, **wishes: Any) -> Found | str:
        """A solver that says that nothing costs less than twice what it found."""
        found = solve(program, time_limit_s, *hints, **wishes)
        return found if isinstance(found, str) else replace(found, bound=2 * found.bound)

    best = in_time(a_heated_park(), bold)

    assert not best.proven
    assert best.bound == -np.inf


def test_processes_are_not_tied_to_whole_hours() -> None:
    """A quarter of an hour, and two and a half hours in pieces, at any time of six hours."""
    power: dict[str, Any] = {"flows_kw": {"electricity": (10.0,)}, "latest_end_h": 6.0}
    short = Process(id="short", duration_h=0.25, **power)
    split = Process(id="split", duration_h=2.5, most_starts=3, **power)
    problem = a_heated_park(steps=24, processes=(short, split))
    program = built(problem).program()

    follows = leaders(program, hours_of(problem.horizon.begins_h))

    begun, on, pump = (program.columns[name] for name in ("short.start", "split.on", "pump.on"))
    assert list(follows[begun]) == list(begun)
    assert list(follows[on]) == list(on)
    assert list(follows[pump[:5]]) == [pump[0]] * 4 + [pump[4]]


@pytest.mark.usefixtures("in_pieces")
def test_what_it_took_is_told_of_the_whole_park_and_not_of_a_piece(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(solving, "FEW_COLUMNS", 0)
    monkeypatch.setattr(planning, "PRICED_COLUMNS", 0)
    problem = a_heated_park(steps=12)
    program = covered(built(problem).program(), problem)

    effort = planned(problem, solve, 60.0, faults).effort

    assert (effort.columns, effort.rows) == program.matrix.shape[::-1]


@pytest.mark.usefixtures("in_pieces")
def test_a_relaxation_without_prices_still_bounds_the_plan() -> None:
    def without_duals(program: Program, time_limit_s: float, *_: Any, **__: Any) -> Found | str:
        """Linear programs are solved by one that tells no prices; nothing else is."""
        if len(program.integer):
            return "no time"
        found = solve(program, time_limit_s)
        return found if isinstance(found, str) else replace(found, duals=np.zeros(0))

    search = Search(built(a_heated_park()), without_duals, ends=np.inf)
    coordinate(search, search.build.program())

    assert search.best is None
    assert 0.0 < search.bound <= in_time(a_heated_park()).cost
