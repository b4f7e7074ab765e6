"""Devices that are not there, or in part."""

import pytest

from services.dispatch.domain.park.demand import Process
from services.dispatch.domain.park.network import Production, Supply
from services.dispatch.domain.park.units import Output, Unit
from services.dispatch.domain.wishes.wish import Unavailability
from tests.support.tiny_parks import planned
from tests.unit.dispatch.wishes.wishes import a_car, a_park, between, respecting

BOILER = Unit(id="boiler", input_node="gas", outputs=(Output(node="heat", ratio=0.9),), most_kw=40)
SUN = Production(id="sun", available_kw=(5.0, 10.0, 20.0, 30.0))


def away(device: str, first: float, last: float, available_kw: float = 0.0) -> Unavailability:
    return Unavailability(
        wish_id="u", device=device, window=between(first, last), available_kw=available_kw
    )


def test_a_store_is_left_alone_in_every_step_that_the_window_touches() -> None:
    problem, _ = respecting(away("battery", 6.5, 7.1))

    assert problem.stores[0].availability == (0.0, 0.0, 1.0, 1.0)
    assert planned(problem).course("battery", "discharge_kw")[:2] == [0.0, 0.0]


def test_a_store_with_less_power_keeps_to_it() -> None:
    problem, _ = respecting(away("battery", 6, 8, available_kw=4.0))

    assert max(planned(problem).course("battery", "discharge_kw")[:2]) <= 4.0
    assert problem.stores[0].availability == (0.08, 0.08, 1.0, 1.0)  # 4 of 50 kW


def test_a_vehicle_waits_for_its_port() -> None:
    problem, _ = respecting(away("port 1", 6, 9), park=a_park(sessions=(a_car(),)))

    assert planned(problem).course("port 1", "charge_kw") == [0.0, 0.0, 0.0, 10.0]


def test_a_unit_has_the_share_that_is_there() -> None:
    gas = Supply(id="gas", node="gas", price=0.1, limit_kw=100.0)

    problem, _ = respecting(
        away("boiler", 7, 8, available_kw=10.0), park=a_park(units=(BOILER,), supplies=(gas,))
    )

    assert problem.units[0].availability == (1.0, 0.25, 1.0, 1.0)


def test_production_loads_and_connections_are_bounded_as_they_are() -> None:
    park = a_park(productions=(SUN,))

    problem, caveats = respecting(
        away("sun", 8, 10, available_kw=15.0), away("works", 7, 8), away("grid", 9, 10), park=park
    )

    assert problem.productions[0].available_kw == (5.0, 10.0, 15.0, 15.0)
    assert problem.loads[0].power_kw == (20.0, 0.0, 20.0, 20.0)
    assert problem.grids[0].import_limit_kw == (1000.0, 1000.0, 1000.0, 0.0)
    assert problem.grids[0].export_limit_kw == (1000.0, 1000.0, 1000.0, 0.0)
    assert caveats == []


@pytest.mark.parametrize(
    ("window", "kept"),
    [((6, 7), (1.0, 4.0)), ((8, 10), (0.0, 2.0)), ((7, 8), (2.0, 4.0)), ((4, 6), (0.0, 4.0))],
    ids=["begins later", "ends sooner", "after it: there is more time", "before it all"],
)
def test_a_batch_runs_before_the_maintenance_or_after_it(
    window: tuple[float, float], kept: tuple[float, float]
) -> None:
    wash = Process(id="wash", flows_kw={"electricity": (5.0,)}, duration_h=1.0, latest_end_h=4.0)

    problem, _ = respecting(away("wash", *window), park=a_park(processes=(wash,)))

    assert (problem.processes[0].earliest_h, problem.processes[0].latest_end_h) == kept


def test_a_batch_that_maintenance_leaves_no_time_is_a_violation_and_is_named() -> None:
    wash = Process(id="wash", flows_kw={"electricity": (5.0,)}, duration_h=3.0, latest_end_h=4.0)

    problem, caveats = respecting(away("wash", 7.5, 8), park=a_park(processes=(wash,)))

    assert planned(problem).broken == {"process": 15.0}
    assert caveats == ["unavailability of wash [u]: no time is left for wash"]


def test_a_device_of_which_nothing_is_planned_is_named() -> None:
    assert respecting(away("crane", 6, 8)) == (
        a_park(),
        ["unavailability of crane [u]: nothing of the name crane is planned now"],
    )


@pytest.mark.parametrize("hours", [(4, 6), (10, 12)], ids=["over", "after the horizon"])
def test_maintenance_outside_the_horizon_is_nothing(hours: tuple[float, float]) -> None:
    assert respecting(away("battery", *hours)) == (a_park(), [])
