"""Rows of what must be on: no whole solution breaks one, and a relaxation is nearer with them."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from services.dispatch.domain.model.covers import MOST_UNITS, covered
from services.dispatch.domain.model.program import Program
from services.dispatch.domain.model.search import Found
from services.dispatch.domain.model.whole import built
from services.dispatch.domain.park.demand import Load
from services.dispatch.domain.park.horizon import Horizon
from services.dispatch.domain.park.network import Carrier, Grid, Line, Node, Supply
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.units import Output, Unit
from services.dispatch.domain.solver import solve
from tests.support.reference_plants import plants, thermal_stores

STEPS = 3
NOISE = 1e-6


def a_plant_park(seed: int, **more: Any) -> ParkProblem:
    """The reference park's five units and two stores over three steps, with loads of a seed."""
    rng = np.random.default_rng(seed)

    def load(node: str, most_kw: float) -> Load:
        power_kw = tuple(float(one) for one in rng.uniform(0.0, most_kw, STEPS).round(1))
        return Load(id=f"{node}_load", power_kw=power_kw, node=node)

    given: dict[str, Any] = {
        "horizon": Horizon(steps=STEPS, step_h=0.25),
        "nodes": (Node(id="heat", carrier=Carrier.HEAT, surplus_price=0.005),),
        "grids": (Grid(id="grid", import_price=0.7, import_limit_kw=5000.0),),
        "supplies": (Supply(id="gas", node="gas", price=0.35, limit_kw=9000.0),),
        "loads": (load("heat", 3500.0), load("cold", 1200.0), load("hydrogen", 500.0)),
        "units": plants(np.full(STEPS, 8.0), *3 * ("electricity",)),
        "stores": thermal_stores(rng),
    }
    return ParkProblem(**(given | more))


def least(program: Program, cost: np.ndarray[Any, Any]) -> float:
    """Return the least that no whole solution can undercut, by `cost`."""
    found = solve(replace(program, cost=cost), 60.0)
    assert isinstance(found, Found)
    assert found.proven
    return found.bound


@pytest.mark.parametrize("seed", range(4))
def test_no_whole_solution_breaks_a_row_of_what_must_be_on(seed: int) -> None:
    park = a_plant_park(seed)
    program = built(park).program()
    rows = covered(program, park).matrix[len(program.row_lower) :].toarray()

    assert len(rows) > 0
    assert min(least(program, row) for row in rows) >= 1.0 - NOISE


@pytest.mark.parametrize("seed", range(4))
def test_a_relaxation_is_nearer_to_the_optimum_with_them(seed: int) -> None:
    park = a_plant_park(seed)
    program = built(park).program()
    optimum = least(program, program.cost)

    def relaxed(one: Program) -> float:
        return least(replace(one, integer=np.zeros(0, np.int64)), one.cost)

    noise = NOISE * abs(optimum)
    nearer = relaxed(covered(program, park))
    assert relaxed(program) + noise < nearer <= optimum + noise


def test_what_three_units_must_give_is_said_for_each_way_to_take_them() -> None:
    heat_pump, boiler = (
        Unit(
            id=name,
            input_node=carrier,
            outputs=(Output(node="heat", ratio=ratio),),
            most_kw=most_kw,
            least_kw=20.0,
        )
        for name, carrier, ratio, most_kw in (
            ("heat_pump", "electricity", 3.0, 100.0),
            ("boiler", "gas", 0.9, 1000.0),
        )
    )
    halls = Load(id="halls", power_kw=(200.0, 500.0, 0.0), node="heat")
    park = a_plant_park(0, units=(heat_pump, boiler), stores=(), loads=(halls,))
    program = built(park).program()
    columns = program.columns

    rows = covered(program, park).matrix[len(program.row_lower) :].toarray()

    # 500 kW: the heat pump gives 300 at most, so 200 are the boiler's, which could give 900.
    needs_the_boiler = np.zeros(len(program.cost))
    needs_the_boiler[[columns["boiler.on"][1], columns["heat.unserved"][1]]] = 1.0, 1.0 / 200.0
    assert any(np.allclose(row, needs_the_boiler) for row in rows)
    # 0 kW: nobody must be on.
    assert not rows[:, columns["boiler.on"][2]].any()
    assert not rows[:, columns["heat_pump.on"][2]].any()


def test_where_too_many_units_serve_a_node_nothing_is_said() -> None:
    boiler = plants(np.full(STEPS, 8.0), *3 * ("electricity",))[1]
    boilers = tuple(replace(boiler, id=f"boiler_{k}") for k in range(MOST_UNITS + 1))
    park = a_plant_park(0, units=boilers, stores=(), loads=())
    program = built(park).program()

    assert covered(program, park) is program


def test_where_a_flow_may_go_both_ways_nothing_is_said() -> None:
    """A mesh's flows are below zero one way: what the others give is not known from below."""
    boiler = plants(np.full(STEPS, 8.0), *3 * ("electricity",))[1]
    names = ("north", "east", "south")
    park = a_plant_park(
        0,
        nodes=tuple(Node(id=name, carrier=Carrier.HEAT) for name in names),
        lines=tuple(
            Line(id=f"{a}_{b}", from_node=a, to_node=b, limit_kw=900.0)
            for a, b in zip(names, names[1:] + names[:1], strict=True)
        ),
        units=(replace(boiler, outputs=(Output(node="north", ratio=0.92),)),),
        stores=(),
        loads=(Load(id="halls", power_kw=300.0, node="south"),),
    )
    program = built(park).program()

    assert (program.lower < 0.0).any()
    assert covered(program, park) is program
