"""The judge of lines (§3): losses, limits and Kirchhoff's laws, by plans written by hand."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from services.dispatch.domain.model.prices import Limit
from services.dispatch.domain.park.demand import Load
from services.dispatch.domain.park.network import Carrier, Grid, Line, Node
from services.dispatch.domain.park.problem import ParkProblem
from tests.support.judged_plans import Plan, a_breach, by_hand, hours, some

FREE = Grid(id="grid", import_price=0.0, import_limit_kw=1000.0, export_limit_kw=1000.0)


def a_feeder_plan(flow_kw: float, arriving_kw: float, load_kw: float, **line: float) -> Plan:
    """A feeder from the grid's node to the north, where a load takes (or gives) power."""
    feeder = Line(
        id="feeder", from_node="electricity", to_node="north", **{"limit_kw": 50.0, **line}
    )
    sent_kw = flow_kw if flow_kw >= 0 else arriving_kw
    devices = {
        "feeder": {"flow_kw": [flow_kw], "arriving_kw": [arriving_kw]},
        "grid": {"import_kw": [max(0.0, sent_kw)], "export_kw": [max(0.0, -sent_kw)]},
        "north load": {"power_kw": [load_kw]},
    }
    problem = ParkProblem(
        horizon=hours(1),
        nodes=(Node(id="north", carrier=Carrier.ELECTRICITY),),
        lines=(feeder,),
        grids=(FREE,),
        loads=(Load(id="north load", node="north", power_kw=load_kw),),
    )
    return by_hand(problem, devices)


@pytest.mark.parametrize(("flow_kw", "arriving_kw", "load_kw"), [(40, 36, 36), (-40, -36, -40)])
def test_of_what_is_sent_a_share_is_lost_both_ways(
    flow_kw: float, arriving_kw: float, load_kw: float
) -> None:
    assert a_feeder_plan(flow_kw, arriving_kw, load_kw, loss_share=0.1).faults == []


def test_a_line_that_loses_less_than_it_must_is_told() -> None:
    plan = a_feeder_plan(40, 38, 38, loss_share=0.1)

    assert plan.faults == ["feeder in step 0: arriving_kw 38.0000 should be 36.0000"]


@pytest.mark.parametrize(
    ("flow_kw", "limits", "over_kwh"),
    [(60, {}, 10.0), (-60, {}, 10.0), (-60, {"back_limit_kw": 20.0}, 40.0)],
)
def test_a_line_beyond_its_limit_must_be_listed(
    flow_kw: float, limits: dict[str, float], over_kwh: float
) -> None:
    plan = a_feeder_plan(flow_kw, flow_kw, flow_kw, **limits)

    listed = plan.listing(a_breach(Limit.LINE, "feeder", 0, over_kwh, 1000.0))

    assert some(plan.faults, f"line_limit is broken by {over_kwh:.4f}, the plan lists 0.0000")
    assert listed.faults == []


def a_triangle_plan(flows_kw: Sequence[float], losses: float = 0.0) -> Plan:
    """30 kW go from the grid's node to the south: by the long way, and by the direct line."""
    ends = (("electricity", "north"), ("north", "south"), ("electricity", "south"))
    lines = tuple(
        Line(
            id=f"{one}-{other}",
            from_node=one,
            to_node=other,
            limit_kw=100.0,
            reactance=0.1,
            loss_share=losses,
        )
        for one, other in ends
    )
    arriving_kw = [kw * (1.0 - losses) for kw in flows_kw]
    load_kw = arriving_kw[1] + arriving_kw[2]
    devices = {
        line.id: {"flow_kw": [flow], "arriving_kw": [arriving]}
        for line, flow, arriving in zip(lines, flows_kw, arriving_kw, strict=True)
    }
    devices["grid"] = {"import_kw": [flows_kw[0] + flows_kw[2]], "export_kw": [0.0]}
    devices["south load"] = {"power_kw": [load_kw]}
    nodes = tuple(Node(id=name, carrier=Carrier.ELECTRICITY) for name in ("north", "south"))
    problem = ParkProblem(
        horizon=hours(1),
        nodes=nodes,
        lines=lines,
        grids=(FREE,),
        loads=(Load(id="south load", node="south", power_kw=load_kw),),
    )
    return by_hand(problem, devices)


def test_a_way_of_twice_the_reactance_takes_half_the_flow() -> None:
    assert a_triangle_plan((10, 10, 20)).faults == []


def test_with_losses_the_mean_of_both_ends_counts() -> None:
    """10 and 9 kW are sent along the long way, 9.5 and 8.55 on average: 18.05 kW; 19 kW sent."""
    assert a_triangle_plan((10, 9, 19), losses=0.1).faults == []


def test_flows_that_share_a_mesh_as_they_like_are_told() -> None:
    assert some(a_triangle_plan((15, 15, 15)).faults, "Kirchhoff's laws say")


def test_lines_without_reactance_may_share_as_they_like() -> None:
    plan = a_triangle_plan((15, 15, 15))
    free = tuple(replace(line, reactance=None) for line in plan.problem.lines)

    assert replace(plan, problem=replace(plan.problem, lines=free)).faults == []
