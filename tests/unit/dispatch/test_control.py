"""What one control cycle decides."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.dispatch.domain.arbitration import Priority
from services.dispatch.domain.control import Command, Decision, Mode, decide
from services.dispatch.domain.snapshot import Needs, Snapshot, Trims, as_json, from_json, frozen
from tests.support.builders import MORNING
from tests.unit.dispatch.builders import PLANT, a_guide, a_lease, a_snapshot, an_order

MINUTE = timedelta(minutes=1)


def commanded(decision: Decision, device_id: str) -> Command:
    return next(c for c in decision.commands if c.device_id == device_id)


def kw(decision: Decision, device_id: str) -> float:
    return commanded(decision, device_id).value_w / 1e3


def test_the_battery_follows_the_plan_while_the_limits_are_far() -> None:
    decision = decide(PLANT, a_snapshot(guide=a_guide(battery_kw=300)))

    assert decision.mode is Mode.FRESH_PLAN
    assert kw(decision, "battery") == 300
    assert commanded(decision, "battery").won_by is Priority.PLAN
    assert decision.predicted_grid_w == pytest.approx(800_000)  # 500 measured + 300


def test_charging_stops_short_of_the_import_limit_less_its_margin() -> None:
    # 1,750 kW unsteered; 1,900 less 50 margin leaves 100 kW for the battery
    decision = decide(PLANT, a_snapshot(grid_kw=1750, guide=a_guide(battery_kw=300)))

    assert kw(decision, "battery") == pytest.approx(100)
    assert commanded(decision, "battery").won_by is Priority.SAFETY
    assert commanded(decision, "battery").reason == "import limit"


def test_the_measured_battery_power_is_not_counted_twice() -> None:
    # the grid shows 1,750 with 300 of it already the battery: 1,450 unsteered
    snapshot = a_snapshot(grid_kw=1750, battery_kw=300, guide=a_guide(battery_kw=300))

    assert kw(decide(PLANT, snapshot), "battery") == 300


def test_a_load_above_the_limit_makes_the_battery_discharge_against_its_plan() -> None:
    decision = decide(PLANT, a_snapshot(grid_kw=2000, guide=a_guide(battery_kw=0)))

    assert kw(decision, "battery") == pytest.approx(-150)


def test_vehicles_wait_when_the_battery_is_empty_and_import_is_at_its_limit() -> None:
    vehicles = {"charger_01": (7.0, 20.0, 8.0), "charger_02": (7.0, 20.0, 3.0)}
    snapshot = a_snapshot(
        grid_kw=1854, level_pct=10, vehicles=vehicles, guide=a_guide(session_kw=_full(vehicles))
    )

    decision = decide(PLANT, snapshot)

    assert kw(decision, "charger_02") == 7.0  # leaves first
    assert kw(decision, "charger_01") == pytest.approx(3.0)  # 4 kW too much
    assert commanded(decision, "charger_01").won_by is Priority.SAFETY


def _full(vehicles: dict[str, tuple[float, float, float]]) -> dict[str, float]:
    return dict.fromkeys(vehicles, 7.0)


def test_export_beyond_the_limit_goes_into_the_battery_first() -> None:
    decision = decide(PLANT, a_snapshot(grid_kw=-1000, pv_kw=2000, guide=a_guide()))

    assert kw(decision, "battery") == pytest.approx(250)  # 800 less 50 margin
    assert kw(decision, "pv") == 3000


def test_production_is_curtailed_when_battery_and_vehicles_can_take_no_more() -> None:
    snapshot = a_snapshot(grid_kw=-1000, level_pct=95, pv_kw=2000, guide=a_guide())

    decision = decide(PLANT, snapshot)

    assert kw(decision, "battery") == 0
    assert kw(decision, "pv") == pytest.approx(1750)
    assert commanded(decision, "pv").reason == "export limit"


def test_curtailed_production_is_released_before_the_battery_is_asked_for_import() -> None:
    snapshot = a_snapshot(
        grid_kw=1950, pv_kw=500, pv_available_kw=900, guide=a_guide(pv_limit_kw=500)
    )

    decision = decide(PLANT, snapshot)

    assert kw(decision, "pv") == 3000
    assert kw(decision, "battery") == 0


def test_a_stale_grid_meter_puts_every_device_on_its_fail_safe() -> None:
    vehicles = {"charger_01": (7.0, 20.0, 8.0)}
    snapshot = a_snapshot(grid_age=4 * MINUTE, vehicles=vehicles, guide=a_guide(battery_kw=300))

    decision = decide(PLANT, snapshot)

    assert decision.mode is Mode.FAIL_SAFE
    assert decision.grid_w is None
    assert (kw(decision, "battery"), kw(decision, "pv"), kw(decision, "charger_01")) == (0, 1500, 2)
    assert decision.stand_ins[0] == "grid meter is stale: counts as import at the limit"


def test_a_stale_state_of_charge_holds_the_battery() -> None:
    decision = decide(PLANT, a_snapshot(level_pct=None, guide=a_guide(battery_kw=300)))

    assert kw(decision, "battery") == 0
    assert commanded(decision, "battery").won_by is Priority.SAFETY
    assert "battery state of charge is stale: it holds" in decision.stand_ins


def test_a_plan_past_its_validity_is_followed_as_the_last_plan() -> None:
    old = a_guide(battery_kw=300, valid_until=MORNING - MINUTE)

    decision = decide(PLANT, a_snapshot(guide=old))

    assert decision.mode is Mode.LAST_PLAN
    assert kw(decision, "battery") == 300


def test_without_a_plan_the_battery_serves_the_deficit() -> None:
    decision = decide(PLANT, a_snapshot(grid_kw=400))

    assert decision.mode is Mode.RULES
    assert kw(decision, "battery") == pytest.approx(-400)


def test_without_a_plan_patient_vehicles_charge_gently_and_urgent_ones_fully() -> None:
    vehicles = {"charger_01": (0.0, 7.0, 8.0), "charger_02": (0.0, 7.0, 1.5)}

    decision = decide(PLANT, a_snapshot(vehicles=vehicles, level_pct=10))

    # 7 kWh take an hour: one has 7 h to spare, the other half an hour; 9 kW in all, urgent first
    assert kw(decision, "charger_02") == 7
    assert kw(decision, "charger_01") == pytest.approx(2)


def test_an_operators_order_beats_the_plan() -> None:
    decision = decide(PLANT, a_snapshot(guide=a_guide(battery_kw=300), orders=(an_order(kw=-200),)))

    assert kw(decision, "battery") == -200
    assert commanded(decision, "battery").won_by is Priority.OPERATOR
    assert commanded(decision, "battery").reason == "li: test run"


def test_an_expired_order_has_no_say() -> None:
    snapshot = a_snapshot(guide=a_guide(battery_kw=300), orders=(an_order(hours=-0.1),))

    assert kw(decide(PLANT, snapshot), "battery") == 300


def test_safety_beats_an_operators_order_when_nothing_else_can_help() -> None:
    snapshot = a_snapshot(grid_kw=1800, guide=a_guide(), orders=(an_order(kw=1500),))

    decision = decide(PLANT, snapshot)

    assert kw(decision, "battery") == pytest.approx(50)
    assert commanded(decision, "battery").won_by is Priority.SAFETY


def test_others_are_asked_before_a_battery_that_an_operator_holds() -> None:
    snapshot = a_snapshot(grid_kw=-900, pv_kw=2000, guide=a_guide(), orders=(an_order(kw=0),))

    decision = decide(PLANT, snapshot)

    assert kw(decision, "battery") == 0
    assert kw(decision, "pv") == pytest.approx(1850)


def test_protection_is_immediate_and_release_takes_several_cycles() -> None:
    first = decide(PLANT, a_snapshot(grid_kw=2250, guide=a_guide()))
    # the load has gone, the battery still discharges: unsteered 500
    calm = a_snapshot(grid_kw=100, battery_kw=-400, guide=a_guide(), trims=first.trims)
    second = decide(PLANT, calm)

    assert kw(first, "battery") == pytest.approx(-400)
    assert kw(second, "battery") == pytest.approx(-200)


def test_a_new_target_below_what_the_guard_allows_is_taken_at_once() -> None:
    # the plan's 1,500 had been held at 490; the operator wants 123
    snapshot = a_snapshot(
        guide=a_guide(battery_kw=1500),
        orders=(an_order(kw=123),),
        trims=Trims(battery_ceiling_w=490_000),
    )

    assert kw(decide(PLANT, snapshot), "battery") == 123


def test_a_slow_release_is_given_up_when_it_would_break_the_other_limit() -> None:
    snapshot = a_snapshot(grid_kw=-700, guide=a_guide(), trims=Trims(battery_ceiling_w=-400_000))

    assert kw(decide(PLANT, snapshot), "battery") == 0


def test_a_battery_that_does_not_follow_counts_with_what_it_is_measured_to_do() -> None:
    # told to discharge 400 five minutes ago, does nothing: the vehicles have to help
    vehicles = {"charger_01": (7.0, 20.0, 8.0)}
    snapshot = a_snapshot(
        grid_kw=1853,
        vehicles=vehicles,
        guide=a_guide(battery_kw=-400, session_kw=_full(vehicles)),
        leases=(a_lease(kw=-400, minutes_ago=5),),
    )

    decision = decide(PLANT, snapshot)

    assert "battery does not follow: counts with 0 kW measured" in decision.stand_ins
    assert kw(decision, "charger_01") == pytest.approx(4.0)


def test_stale_charging_ports_get_no_new_set_points() -> None:
    snapshot = a_snapshot(age=6 * MINUTE, guide=a_guide())

    decision = decide(PLANT, snapshot)

    assert not [c for c in decision.commands if c.device_id.startswith("charger")]
    assert any("52 charging ports are stale" in text for text in decision.stand_ins)


def test_every_connected_port_is_told_its_limit() -> None:
    vehicles = {"charger_01": (0.0, 0.0, 8.0), "charger_07": (0.0, 9.0, 8.0)}

    decision = decide(PLANT, a_snapshot(vehicles=vehicles, guide=a_guide()))

    ports = {c.device_id for c in decision.commands if c.device_id.startswith("charger")}
    assert ports == {"charger_01", "charger_07"}


def test_a_vehicle_that_somebody_says_leaves_earlier_charges_before_the_others() -> None:
    vehicles = {"charger_01": (0.0, 7.0, 12.0), "charger_02": (0.0, 14.0, 5.0)}
    snapshot = a_snapshot(vehicles=vehicles, guide=a_guide(session_kw={"charger_01": 5.0}))
    earlier = {"charger_01": Needs(7_000.0, MORNING + 60 * MINUTE)}

    by_charger = decide(PLANT, snapshot)
    by_word = decide(PLANT, frozen(replace(snapshot, needs=earlier)))

    assert kw(by_charger, "charger_01") == 0.0
    assert kw(by_word, "charger_01") == 7.0


def test_a_vehicle_charges_as_somebody_says_though_its_charger_says_that_it_wants_nothing() -> None:
    guide = a_guide(session_kw={"charger_01": 7.0})
    snapshot = a_snapshot(vehicles={"charger_01": (0.0, 0.0, 12.0)}, guide=guide)
    needs = {"charger_01": Needs(7_000.0, MORNING + 60 * MINUTE)}

    assert commanded(decide(PLANT, snapshot), "charger_01").reason == "vehicle wants nothing"
    told = decide(PLANT, frozen(replace(snapshot, needs=needs)))
    assert kw(told, "charger_01") == 7.0


def test_what_somebody_said_of_a_vehicle_is_replayed_too() -> None:
    needs = {"charger_01": Needs(7_000.0, MORNING + 60 * MINUTE)}
    snapshot = frozen(replace(a_snapshot(), needs=needs))

    again = from_json(as_json(snapshot))

    assert (again.id, again.needs) == (snapshot.id, needs)
    assert snapshot.id != a_snapshot().id


def test_a_decision_is_replayed_from_its_stored_snapshot() -> None:
    vehicles = {"charger_01": (7.0, 20.0, 8.0)}
    snapshot = a_snapshot(
        grid_kw=1854,
        vehicles=vehicles,
        guide=a_guide(battery_kw=50),
        orders=(an_order(kw=100),),
        leases=(a_lease(kw=10, minutes_ago=1),),
        trims=Trims(-3.0, 2.0, 1.0),
    )

    again = from_json(as_json(snapshot))

    assert again.id == snapshot.id
    assert decide(PLANT, again) == decide(PLANT, snapshot)


@settings(max_examples=150, deadline=None)
@given(
    grid=st.floats(-4000, 4000),
    battery=st.floats(-1500, 1500),
    level=st.floats(0, 100),
    pv=st.floats(0, 3000),
    wish=st.floats(-1500, 1500),
    trim=st.floats(-1500, 1500),
)
def test_what_is_expected_lies_within_the_limits_or_everything_has_been_done(
    grid: float, battery: float, level: float, pv: float, wish: float, trim: float
) -> None:
    snapshot = a_snapshot(
        grid_kw=grid,
        battery_kw=battery,
        level_pct=level,
        pv_kw=pv,
        guide=a_guide(battery_kw=wish),
        trims=Trims(battery_ceiling_w=trim * 1e3),
    )

    decision = decide(PLANT, snapshot)

    assert decision.predicted_grid_w is not None
    if decision.predicted_grid_w > PLANT.import_cap_w + 1:
        assert kw(decision, "battery") <= 0
    if decision.predicted_grid_w < -PLANT.export_cap_w - 1:
        assert min(kw(decision, "pv"), pv) < 0.001
    _within_ratings(snapshot, decision)


def _within_ratings(snapshot: Snapshot, decision: Decision) -> None:
    for command in decision.commands:
        device = PLANT.park.device(command.device_id)
        rating = device.battery.power_w if device.battery else device.rating_w
        assert rating is not None
        assert abs(command.value_w) <= rating
