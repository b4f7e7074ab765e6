"""What a store shall hold at a time."""

import pytest

from services.dispatch.domain.wishes.wish import StorageTarget, Unavailability
from tests.support.tiny_parks import planned
from tests.unit.dispatch.wishes.wishes import a_battery, a_park, at, between, respecting


def a_target(hour: float, least_kwh: float | None = None, **more: float) -> StorageTarget:
    return StorageTarget(wish_id="t", store="battery", at=at(hour), least_kwh=least_kwh, **more)


def test_a_target_is_kept_by_then() -> None:
    problem, caveats = respecting(a_target(8, 70.0))

    plan = planned(problem)

    assert plan.course("battery", "level_kwh")[1] == 70.0
    assert plan.broken == {}
    assert caveats == []


def test_a_share_is_of_what_the_store_can_hold() -> None:
    problem, _ = respecting(a_target(8, least_share=0.5))

    assert problem.stores[0].targets[0].least_kwh == 50.0


def test_a_target_out_of_reach_is_a_violation_and_is_named() -> None:
    problem, caveats = respecting(a_target(7, 90.0))

    plan = planned(problem)

    assert plan.broken == {"target": 20.0}  # 20 kWh and 50 more in an hour
    assert caveats == ["target of battery [t]: 90 kWh wanted, 70.0 kWh possible by then at most"]


def test_a_target_during_maintenance_is_a_violation_not_a_lost_plan() -> None:
    away = Unavailability(wish_id="m", device="battery", window=between(5, 9))

    problem, _ = respecting(a_target(8, 50.0), away)

    plan = planned(problem)
    assert plan.course("battery", "charge_kw")[:3] == [0.0, 0.0, 0.0]
    assert plan.broken == {"target": 30.0}


@pytest.mark.parametrize(
    ("hour", "due_kwh"), [(11, 40.0), (12, None)], ids=["an hour later", "two hours later"]
)
def test_of_a_target_after_the_horizon_only_what_cannot_come_later_is_due(
    hour: float, due_kwh: float | None
) -> None:
    problem, _ = respecting(a_target(hour, 90.0))  # the horizon ends at ten, 50 kWh an hour

    dues = [(target.at_h, target.least_kwh) for target in problem.stores[0].targets]
    assert dues == ([] if due_kwh is None else [(4.0, due_kwh)])


def test_a_target_of_the_past_is_nothing() -> None:
    problem, caveats = respecting(a_target(6, 90.0))

    assert problem == a_park()
    assert caveats == []


def test_a_store_that_nobody_knows_now_is_named() -> None:
    problem, caveats = respecting(a_target(8, 50.0), park=a_park(stores=()))

    assert problem == a_park(stores=())
    assert caveats == ["target of battery [t]: no store battery is planned now"]


def test_targets_of_a_store_count_together() -> None:
    problem, _ = respecting(
        a_target(7, 60.0), a_target(9, 30.0), park=a_park(stores=(a_battery(end_value_per_kwh=0),))
    )

    level = planned(problem).course("battery", "level_kwh")
    assert level[0] >= 60.0
    assert level[2] >= 30.0
