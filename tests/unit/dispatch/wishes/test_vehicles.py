"""What somebody says of a vehicle counts instead of what the charger says."""

from typing import Any

from services.dispatch.domain.wishes.wish import ChargingNeeds
from tests.support.tiny_parks import planned
from tests.unit.dispatch.wishes.wishes import a_car, a_park, at, respecting


def needs(hour: float, wanted_kwh: float, **more: Any) -> ChargingNeeds:
    return ChargingNeeds(
        wish_id="n", port="port 1", departs=at(hour), wanted_kwh=wanted_kwh, **more
    )


def test_a_vehicle_that_leaves_sooner_with_more_gets_it() -> None:
    problem, caveats = respecting(needs(8, 20.0), park=a_park(sessions=(a_car(),)))

    plan = planned(problem)

    assert plan.course("port 1", "charge_kw") == [10.0, 10.0, 0.0, 0.0]
    assert plan.broken == {}
    assert caveats == []


def test_what_a_port_cannot_give_in_time_is_a_violation_and_is_named() -> None:
    problem, caveats = respecting(needs(7, 25.0), park=a_park(sessions=(a_car(),)))

    assert planned(problem).broken == {"vehicle": 15.0}
    assert caveats == ["charging needs at port 1 [n]: 25 kWh wanted, 10.0 kWh possible at most"]


def test_a_vehicle_that_the_charger_says_wants_nothing_gets_what_is_wanted() -> None:
    problem, _ = respecting(needs(8, 5.0, power_kw=10.0))

    assert sum(planned(problem).course("port 1", "charge_kw")) == 5.0


def test_a_vehicle_that_has_got_all_of_it_is_planned_no_more() -> None:
    problem, caveats = respecting(needs(8, 0.0), park=a_park(sessions=(a_car(),)))

    assert problem.sessions == ()
    assert caveats == []


def test_needs_without_a_vehicle_are_named() -> None:
    assert respecting(needs(8, 5.0)) == (
        a_park(),
        ["charging needs at port 1 [n]: no vehicle is known at port 1 now"],
    )


def test_needs_of_a_vehicle_that_should_have_left_are_nothing() -> None:
    park = a_park(sessions=(a_car(),))

    assert respecting(needs(6, 5.0), park=park) == (park, [])
