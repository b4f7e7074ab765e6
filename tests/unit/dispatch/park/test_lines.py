"""Lines between nodes (§3)."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.dispatch.domain.park.demand import Load
from services.dispatch.domain.park.network import Line, Production
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.storage import Store
from tests.support.tiny_parks import a_grid, a_park, buses, planned


def a_line(name: str, ends: str, limit_kw: float = 1000.0, **changes: float) -> Line:
    begin, end = ends
    return Line(id=name, from_node=begin, to_node=end, limit_kw=limit_kw, **changes)


def a_mesh(*lines: Line, load_kw: float = 90.0, at: str = "c") -> ParkProblem:
    """A grid at a and a load at another node of a, b, c."""
    nodes = tuple(sorted({end for line in lines for end in (line.from_node, line.to_node)}))
    return a_park(
        nodes=buses(*nodes),
        lines=lines,
        grids=(a_grid(node="a"),),
        loads=(Load(id="load", node=at, power_kw=load_kw),),
    )


def test_where_one_of_two_feeders_is_narrow_the_other_one_carries_the_rest() -> None:
    plan = planned(a_mesh(a_line("narrow", "ac", 30.0), a_line("wide", "ac")))

    assert plan.course("narrow", "flow_kw")[0] + plan.course("wide", "flow_kw")[0] == 90.0
    assert plan.course("narrow", "flow_kw")[0] <= 30.0
    assert plan.broken == {}


def test_flows_split_against_reactance() -> None:
    """Straight over x = 1, or around over x = 1 + 1: two thirds go straight."""
    mesh = a_mesh(
        a_line("ab", "ab", reactance=0.1),
        a_line("bc", "bc", reactance=0.1),
        a_line("ac", "ac", reactance=0.1),
    )

    plan = planned(mesh)

    assert plan.course("ac", "flow_kw") == [60.0]
    assert plan.course("ab", "flow_kw") == plan.course("bc", "flow_kw") == [30.0]


def test_a_line_drawn_the_other_way_around_carries_a_negative_flow() -> None:
    mesh = a_mesh(
        a_line("ab", "ab", reactance=1.0),
        a_line("cb", "cb", reactance=1.0),
        a_line("ca", "ca", reactance=1.0),
    )

    plan = planned(mesh)

    assert plan.course("ca", "flow_kw") == plan.course("ca", "arriving_kw") == [-60.0]
    assert plan.course("cb", "flow_kw") == [-30.0]


def test_one_narrow_line_of_a_mesh_bounds_what_the_whole_mesh_carries() -> None:
    """With 40 kW straight only 20 kW go around: the last 30 of 90 kW come from the battery."""
    mesh = a_mesh(
        a_line("ab", "ab", reactance=1.0),
        a_line("bc", "bc", reactance=1.0),
        a_line("ac", "ac", 40.0, reactance=1.0),
    )
    battery = Store(
        id="battery",
        node="c",
        highest_kwh=100,
        start_kwh=100,
        charge_kw=50,
        discharge_kw=50,
        end_value_per_kwh=5.0,
    )

    plan = planned(a_park(**{**parts_of(mesh), "stores": (battery,)}))

    assert plan.course("battery", "discharge_kw") == [30.0]
    assert plan.course("ac", "flow_kw") == [40.0]
    assert plan.broken == {}


def parts_of(park: ParkProblem) -> dict[str, object]:
    return {name: getattr(park, name) for name in ("nodes", "lines", "grids", "loads")}


def test_without_reactance_the_same_mesh_carries_all_that_fits() -> None:
    plan = planned(a_mesh(a_line("ab", "ab"), a_line("bc", "bc"), a_line("ac", "ac", 40.0)))

    assert plan.course("ac", "flow_kw")[0] <= 40.0
    assert plan.broken == {}


def test_what_is_lost_on_the_way_is_sent_beside_what_is_needed() -> None:
    plan = planned(a_mesh(a_line("feeder", "ac", loss_share=0.1)))

    assert plan.course("feeder", "flow_kw") == [100.0]
    assert plan.course("feeder", "arriving_kw") == [90.0]
    assert plan.course("grid", "import_kw") == [100.0]


def test_what_flows_back_loses_on_the_way_back() -> None:
    plan = planned(a_mesh(a_line("feeder", "ca", loss_share=0.1)))

    assert plan.course("feeder", "flow_kw") == [-100.0]
    assert plan.course("feeder", "arriving_kw") == [-90.0]


def test_a_line_may_carry_less_back_than_forward() -> None:
    mesh = a_mesh(a_line("feeder", "ca", 1000.0, back_limit_kw=60.0))

    plan = planned(mesh)

    assert plan.course("feeder", "flow_kw") == [-90.0]
    assert plan.broken == {"line_limit": 30.0}


def test_what_a_line_carries_beyond_its_limit_is_told_with_its_price() -> None:
    plan = planned(a_mesh(a_line("feeder", "ac", 60.0)))

    (breach,) = plan.books.breaches
    assert (breach.limit, breach.who, breach.step, breach.unit) == (
        "line_limit",
        "feeder",
        0,
        "kWh",
    )
    assert breach.size == pytest.approx(30.0)
    assert breach.cost == pytest.approx(30.0 * 1000.0)
    assert plan.books.total == pytest.approx(plan.cost)


def test_a_limit_may_change_by_the_step() -> None:
    """In the second hour the feeder may carry 60 of 90 kW: the first one is not told of."""
    mesh = a_mesh(a_line("feeder", "ac"))
    feeder = Line(id="feeder", from_node="a", to_node="c", limit_kw=(90.0, 60.0))

    plan = planned(a_park(hours=2, **{**parts_of(mesh), "lines": (feeder,)}))

    assert [(one.step, round(one.size, 3)) for one in plan.books.breaches] == [(1, 30.0)]


def test_nobody_sends_in_a_circle_to_be_paid_for_losses() -> None:
    """At −1 a kWh a circle over 10 % of losses would burn 200 kW; so would one beyond limits."""
    mesh = a_mesh(a_line("feeder", "ac", loss_share=0.1), load_kw=9.0)
    paid = a_park(**{**parts_of(mesh), "grids": (a_grid(node="a", import_price=-1.0),)})

    plan = planned(paid)

    assert plan.course("feeder", "flow_kw") == [10.0]
    assert plan.course("grid", "import_kw") == [10.0]


def test_energy_that_nobody_can_take_is_not_burnt_in_a_circle_beyond_the_limits() -> None:
    """Circling beyond the limits costs 1000 P a kWh, burns 0.8 of it and would spare 3000 P."""
    park = a_park(
        nodes=buses("a", "c"),
        lines=(a_line("feeder", "ac", 10.0, loss_share=0.4),),
        productions=(Production(id="sun", node="a", available_kw=100.0, curtailable=False),),
    )

    plan = planned(park)

    sent = plan.course("feeder", "flow_kw")[0]
    lost = sent - plan.course("feeder", "arriving_kw")[0]
    left = plan.node("a", "surplus_kw")[0] + plan.node("c", "surplus_kw")[0]
    assert left + lost == pytest.approx(100.0)


def test_losses_of_a_mesh_split_by_the_mean_of_both_ends() -> None:
    """The way around loses nothing; straight 100 sent are a mean flow of 90 kW."""
    mesh = a_mesh(
        a_line("around", "ac", reactance=1.0),
        a_line("straight", "ac", reactance=1.0, loss_share=0.2),
        load_kw=170.0,
    )

    plan = planned(mesh)

    assert plan.course("straight", "flow_kw") == [100.0]
    assert plan.course("straight", "arriving_kw") == [80.0]
    assert plan.course("around", "flow_kw") == [90.0]


def test_two_meshes_that_a_plain_line_joins_have_angles_of_their_own() -> None:
    mesh = a_mesh(
        a_line("ab1", "ab", reactance=1.0),
        a_line("ab2", "ab", reactance=2.0),
        a_line("bc", "bc"),
        a_line("cd1", "cd", reactance=2.0),
        a_line("cd2", "cd", reactance=1.0),
        at="d",
    )

    plan = planned(mesh)

    flows = [plan.course(line, "flow_kw")[0] for line in ("ab1", "ab2", "bc", "cd1", "cd2")]
    assert flows == [60.0, 30.0, 90.0, 30.0, 60.0]


reactances = st.floats(0.1, 10.0)


@settings(max_examples=25, deadline=None)
@given(st.lists(reactances, min_size=6, max_size=6), st.permutations(range(6)))
def test_flows_of_any_mesh_are_those_of_angles_that_are_solved_for(
    reactance: Sequence[float], order: Sequence[int]
) -> None:
    """All six lines between four nodes, in any order: against the nodes' susceptance matrix."""
    ends = ["ab", "ac", "ad", "bc", "bd", "cd"]
    lines = [a_line(ends[i], ends[i], reactance=reactance[i]) for i in order]

    plan = planned(a_mesh(*lines, at="d"))

    matrix = np.zeros((4, 4))
    for x, (one, other) in zip(reactance, ends, strict=True):
        i, k = "abcd".index(one), "abcd".index(other)
        matrix[[i, k], [i, k]] += 1 / x
        matrix[[i, k], [k, i]] -= 1 / x
    angles = np.append(np.linalg.solve(matrix[:3, :3], [90.0, 0.0, 0.0]), 0.0)
    for x, (one, other) in zip(reactance, ends, strict=True):
        drop = angles["abcd".index(one)] - angles["abcd".index(other)]
        assert plan.course(one + other, "flow_kw") == [pytest.approx(drop / x, abs=0.01)]
