"""Leases, vehicles, triggers, money, curves, registers, orders: one rule each."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dispatch.domain.arbitration import Priority
from services.dispatch.domain.charging import Vehicle, allocated
from services.dispatch.domain.control import Command
from services.dispatch.domain.costing import MeteredSlot, cost_of
from services.dispatch.domain.curves import Book, Curve
from services.dispatch.domain.feed_in import Counter, FeedIn, counted
from services.dispatch.domain.leasing import issued
from services.dispatch.domain.orders import LIMIT, TARGET, mistakes_in
from services.dispatch.domain.park.rules import Balance, SupplyMode
from services.dispatch.domain.rules import self_consumption
from services.dispatch.domain.signals import Signal, Signals
from services.dispatch.domain.snapshot import Lease
from services.dispatch.domain.triggers import Watch, observed, planned, reason_to_plan, told
from services.dispatch.settings import Settings, cycle_wall_s
from tests.support.builders import DEMO_PARK_FILE, MORNING, after
from tests.unit.dispatch.builders import PLANT, a_lease

QUARTER = timedelta(minutes=15)


def told_again(kw: float, lease: Lease | None, device: str = "battery") -> bool:
    command = Command(device, kw * 1e3, Priority.PLAN, "plan")
    leases = {device: lease} if lease else {}
    return bool(issued(PLANT, [command], leases, snapshot_id="s", now=MORNING))


def test_a_device_without_a_lease_is_told() -> None:
    assert told_again(0, None)


def test_a_change_within_one_percent_of_the_rating_is_not_worth_telling() -> None:
    assert not told_again(414, a_lease(kw=400))
    assert told_again(416, a_lease(kw=400))


def test_a_port_is_told_when_its_limit_moves_by_more_than_a_kilowatt() -> None:
    assert not told_again(6.1, a_lease("charger_01", kw=7), "charger_01")
    assert told_again(5.9, a_lease("charger_01", kw=7), "charger_01")


def test_stopping_is_always_told() -> None:
    assert told_again(0, a_lease(kw=5))


def test_a_lease_is_renewed_when_half_of_it_is_gone() -> None:
    assert not told_again(400, a_lease(kw=400, minutes_ago=4.9))
    assert told_again(400, a_lease(kw=400, minutes_ago=5))


def test_the_same_decision_has_the_same_set_point_id() -> None:
    command = Command("battery", 1e3, Priority.PLAN, "plan")
    first, second = (
        issued(PLANT, [command], {}, snapshot_id="s", now=MORNING)[0].lease.setpoint_id
        for _ in range(2)
    )

    assert first == second


def a_vehicle(port: str, wanted_kwh: float, stays_h: float, *, charging: bool = False) -> Vehicle:
    return Vehicle(port, wanted_kwh * 1e3, stays_h * 3600, 7_000, 0.0, charging)


def test_the_vehicle_with_the_least_time_to_spare_charges_first() -> None:
    patient, hurried = a_vehicle("a", 7, 8), a_vehicle("b", 7, 2)

    assert allocated([patient, hurried], 10_000) == {"b": 7_000, "a": 3_000}


def test_a_vehicle_that_charges_goes_on_when_another_is_as_patient() -> None:
    vehicles = [a_vehicle("a", 7, 4.1), a_vehicle("b", 7, 4.2, charging=True)]

    assert allocated(vehicles, 7_000)["b"] == 7_000


@given(st.lists(st.tuples(st.floats(0, 60), st.floats(-2, 20)), max_size=10), st.floats(0, 8e4))
def test_ports_never_get_more_than_their_rating_or_the_fleet_together(
    wishes: list[tuple[float, float]], fleet_w: float
) -> None:
    limits = allocated([a_vehicle(str(k), *w) for k, w in enumerate(wishes)], fleet_w)

    assert sum(limits.values()) <= fleet_w + 1e-6
    assert all(0 <= limit <= 7_000 for limit in limits.values())


def test_a_plan_is_due_at_the_start_and_at_each_quarter_border() -> None:
    watch = Watch()
    assert reason_to_plan(watch, after(5), QUARTER) == "start"

    watch = planned(watch, after(5))

    assert reason_to_plan(watch, after(minutes=14), QUARTER) is None
    assert reason_to_plan(watch, after(minutes=15), QUARTER) == "quarter border"


def test_a_new_forecast_asks_for_a_new_plan_once() -> None:
    watch = told(planned(Watch(), after(5)), "new forecast")
    assert reason_to_plan(watch, after(10), QUARTER) == "new forecast"

    assert reason_to_plan(planned(watch, after(10)), after(11), QUARTER) is None


def test_a_load_far_off_the_plan_asks_for_a_new_one_after_three_cycles_and_five_minutes() -> None:
    watch = planned(Watch(), MORNING)
    for _ in range(3):
        assert reason_to_plan(watch, after(minutes=6), QUARTER) is None
        watch = observed(watch, 900_000, 600_000, 1_900_000)

    assert reason_to_plan(watch, after(minutes=4), QUARTER) is None
    assert reason_to_plan(watch, after(minutes=6), QUARTER) == "net load is off the plan"


def test_energy_costs_import_times_price_less_feed_in_exactly() -> None:
    cost = cost_of([MeteredSlot(1_000, 0, 123_457, 35_000), MeteredSlot(0, 2_000, 1, 35_000)])

    assert cost.net_micros == 123_457 - 70_000


def test_energy_without_a_price_is_set_aside() -> None:
    cost = cost_of([MeteredSlot(500, 0, None, 35_000)])

    assert (cost.net_micros, cost.unpriced_import_wh) == (0, 500)


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(-(10**6), 10**6)), max_size=20))
def test_the_parts_of_a_day_cost_what_the_day_costs(slots: list[tuple[int, int]]) -> None:
    metered = [MeteredSlot(wh, 0, price, 0) for wh, price in slots]
    whole = cost_of(metered)
    parts = [cost_of([slot]) for slot in metered]

    assert whole.paid_milli_micros == sum(part.paid_milli_micros for part in parts)


def a_curve(price: float, known_minutes: float = 0, hours: int = 1) -> Curve:
    return Curve(
        "agile", after(minutes=known_minutes), MORNING, timedelta(hours=1), (price,) * hours
    )


def test_an_hourly_price_holds_for_its_four_quarters() -> None:
    book = Book()
    assert book.learn(a_curve(0.1))

    assert [k.value for k in book.quarters.values()] == [0.1] * 4
    assert book.at(after(minutes=60)) is None


def test_the_curve_known_later_wins_whatever_the_order() -> None:
    book = Book()
    book.learn(a_curve(0.2, known_minutes=5))

    assert not book.learn(a_curve(0.1))
    assert (known := book.at(MORNING)) is not None
    assert known.value == 0.2


def test_an_unknown_value_of_a_curve_stays_unknown() -> None:
    book = Book()
    book.learn(a_curve(float("nan")))

    assert book.at(MORNING) is None


def test_a_price_stands_in_for_the_same_hour_of_the_next_day() -> None:
    book = Book()
    book.learn(a_curve(0.1))

    assert (known := book.same_hour_before(after(hours=24))) is not None
    assert known.value == 0.1
    assert book.same_hour_before(after(hours=25)) is None


def test_the_rules_feed_in_what_the_years_share_leaves_and_what_will_be_generated() -> None:
    from tests.unit.dispatch.builders import a_problem, line, the_sun

    year = Balance(generated_kwh=1000, fed_in_kwh=150)
    share = SupplyMode(feed_in_share=0.2, so_far=year)
    problem = a_problem(line(0, 0), productions=(the_sun(250, 250),), mode=share).park

    rules = self_consumption(problem)

    # a fifth of 1000 and 500 is 300, and 150 are fed in already; 100 an hour is the limit
    assert rules.production_kw["pv"] == pytest.approx([100, 50])


def test_the_rules_feed_in_what_each_year_leaves() -> None:
    """A fifth of 100 + 50 kWh less 10 are left in the old year, and of 50 in the new one."""
    from tests.unit.dispatch.builders import a_problem, line, the_sun

    year = Balance(generated_kwh=80, curtailed_kwh=20, fed_in_kwh=10)
    share = SupplyMode(feed_in_share=0.2, so_far=year, year_ends_h=1.0)
    problem = a_problem(line(0, 0), productions=(the_sun(50, 50),), mode=share).park

    rules = self_consumption(problem)

    assert rules.production_kw["pv"] == pytest.approx([20, 10])


def test_the_rules_turn_no_sun_down_for_what_wind_fed_in_beyond_the_share() -> None:
    """2 of 10 + 10 kWh may go out; the wind gives 10 in the first hour, 5 are used after it."""
    from tests.unit.dispatch.builders import a_problem, a_wind, line, the_sun

    share = SupplyMode(feed_in_share=0.1)
    made = (the_sun(0, 10), a_wind(10, 0))

    rules = self_consumption(a_problem(line(0, 5), productions=made, mode=share).park)

    assert rules.production_kw["pv"] == pytest.approx([0, 5])


def test_what_a_park_used_is_what_it_made_and_bought_and_did_not_feed_in() -> None:
    year = FeedIn(generated_wh=1000, exported_wh=150, imported_wh=500)

    assert year.share == 0.15
    assert year.used_wh == 1350


@given(st.permutations([(0, 100.0), (10, 160.0), (20, 180.0)]))
def test_a_register_counts_from_the_years_first_reading_in_any_order(
    readings: list[tuple[int, float]],
) -> None:
    counter: Counter | None = None
    for minutes, value in readings * 2:
        counter = counted(
            counter, "pv.generation_energy_wh", value, after(minutes=minutes), MORNING
        )

    assert counter is not None
    assert counter.counted_wh == 80


def test_what_was_read_before_the_year_does_not_count() -> None:
    assert counted(None, "p", 5.0, after(-1), MORNING) is None


def test_readings_in_any_order_leave_the_newest_and_what_was_true_then() -> None:
    signals = Signals()
    for minute in (3, 1, 2, 1):
        signals.believe("grid", Signal(float(minute), after(minutes=minute)))

    assert signals.newest()["grid"].value == 3
    assert signals.at(after(minutes=2.5))["grid"].value == 2


def mistakes(**more: object) -> set[str]:
    order: dict[str, object] = {
        "device_id": "battery",
        "quantity": TARGET,
        "value_w": 1e5,
        "expires_at": after(hours=1),
        "user": "li",
        "reason": "test",
        "now": MORNING,
    }
    return {field for field, _ in mistakes_in(PLANT, **(order | more))}  # type: ignore[arg-type]


def test_a_good_order_has_no_mistakes() -> None:
    assert mistakes() == set()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("device_id", "steel"),
        ("device_id", "nothing"),
        ("quantity", LIMIT),
        ("value_w", 1.6e6),
        ("value_w", float("nan")),
        ("expires_at", None),
        ("expires_at", MORNING),
        ("expires_at", after(hours=25)),
        ("user", " "),
        ("reason", ""),
    ],
)
def test_an_order_that_cannot_be_is_refused_by_its_field(field: str, value: object) -> None:
    assert mistakes(**{field: value}) == {field}


def test_a_charger_takes_a_limit_from_zero_to_its_rating() -> None:
    assert mistakes(device_id="charger_07", quantity=LIMIT, value_w=7e3) == set()
    assert mistakes(device_id="charger_07", quantity=LIMIT, value_w=-1.0) == {"value_w"}


def test_the_cycle_runs_every_second_and_faster_only_when_park_time_does() -> None:
    assert cycle_wall_s(1.0, 60.0) == 1.0
    assert cycle_wall_s(60.0, 60.0) == 1.0
    assert cycle_wall_s(120.0, 60.0) == 0.5
    assert cycle_wall_s(3600.0, 60.0) == 0.2


def test_a_wrong_setting_names_its_variable() -> None:
    with pytest.raises(ValueError, match="PARKFLOW_SAMPLE_PERIOD_S"):
        Settings(park=DEMO_PARK_FILE, sample_period_s=0.0)


def test_an_optimum_is_plain_numbers_for_its_way_between_processes() -> None:
    import pickle

    from services.dispatch.domain.solver import best_plan
    from tests.unit.dispatch.builders import a_problem, a_storage, line

    problem = pickle.loads(pickle.dumps(a_problem(line(5, 5), stores=(a_storage(),)).park))
    optimum = pickle.loads(pickle.dumps(best_plan(problem, 1.0)))

    assert np.allclose(optimum.schedule.devices["battery"]["charge_kw"], 0)
    assert optimum.solution.price("electricity.balance") == pytest.approx([0.1, 0.1])
