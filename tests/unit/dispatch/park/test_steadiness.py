"""Staying with the former plan (§9)."""

from dataclasses import replace
from typing import Any

import pytest

from services.dispatch.domain.judge import faults
from services.dispatch.domain.model.fallback import by_rules
from services.dispatch.domain.model.steadiness import not_counted
from services.dispatch.domain.model.whole import booked
from services.dispatch.domain.park.demand import Interruption, Load, Process, Session, WorkQueue
from services.dispatch.domain.park.network import Production
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.rules import Former
from services.dispatch.domain.park.storage import Store
from tests.support.tiny_parks import Planned, a_grid, a_park, planned


def a_day(prices: tuple[float, ...], former: Former | None = None) -> ParkProblem:
    """A battery of 10 kWh that buys where it is cheap and serves 10 kW in the last hour."""
    battery = Store(
        id="battery",
        highest_kwh=10,
        start_kwh=0,
        charge_kw=10,
        discharge_kw=10,
        end_value_per_kwh=0.0,
    )
    load = (0.0,) * (len(prices) - 1) + (10.0,)
    return a_park(
        hours=len(prices),
        grids=(a_grid(import_price=prices),),
        loads=(Load(id="load", power_kw=load),),
        stores=(battery,),
        former=former,
    )


def power_kw(plan: Planned, device: str = "battery") -> tuple[float, ...]:
    both = zip(plan.course(device, "charge_kw"), plan.course(device, "discharge_kw"), strict=True)
    return tuple(charge - discharge for charge, discharge in both)


def former_of(plan: Planned, **changes: Any) -> Former:
    return Former(power_kw={"battery": power_kw(plan)}, move_cost_per_kw=0.05, **changes)


def test_unchanged_input_gives_the_unchanged_plan_at_no_cost_of_moving() -> None:
    prices = (1.0, 1.0, 1.0, 3.0)
    first = planned(a_day(prices))

    second = planned(a_day(prices, former_of(first)))

    assert power_kw(second) == power_kw(first)
    assert second.books.money["moves"] == pytest.approx(0.0)
    assert second.books.total == pytest.approx(first.books.total, abs=0.01)


def test_a_former_plan_that_is_as_good_as_any_other_is_kept() -> None:
    """All hours before the last cost the same: the battery goes on buying in the second one."""
    former = Former(power_kw={"battery": (0.0, 10.0, 0.0, -10.0)}, move_cost_per_kw=0.05)

    plan = planned(a_day((1.0, 1.0, 1.0, 3.0), former))

    assert power_kw(plan) == (0.0, 10.0, 0.0, -10.0)


def test_a_price_that_changes_by_less_than_the_move_costs_does_not_move_the_battery() -> None:
    """To buy 10 kWh an hour later spares 0.2 and moves 20 kW at 0.05."""
    former = former_of(planned(a_day((1.0, 1.02, 3.0))))

    plan = planned(a_day((1.02, 1.0, 3.0), former))

    assert power_kw(plan) == (10.0, 0.0, -10.0)
    assert plan.books.money["moves"] == pytest.approx(0.0)


def test_a_price_that_changes_by_more_than_the_move_costs_moves_it() -> None:
    """Now 2.0 are spared for the same 1.0."""
    former = former_of(planned(a_day((1.0, 1.02, 3.0))))

    plan = planned(a_day((1.2, 1.0, 3.0), former))

    assert power_kw(plan) == (0.0, 10.0, -10.0)
    assert plan.books.money["moves"] == pytest.approx(1.0)


def test_a_vehicle_keeps_its_hour_in_the_part_of_the_day_that_it_is_there() -> None:
    """It is there in the second and third hour; to move its 7 kW costs 0.7 and spares 0.35."""
    park = a_park(
        hours=4,
        grids=(a_grid(import_price=(1.0, 1.05, 1.0, 1.0)),),
        sessions=(Session(id="van", arrives_h=1, leaves_h=3, power_kw=7, wanted_kwh=7),),
        former=Former(power_kw={"van": (0.0, 7.0, 0.0, 0.0)}, move_cost_per_kw=0.05),
    )

    assert power_kw(planned(park), "van") == (0.0, 7.0, 0.0, 0.0)


def test_sun_that_was_to_be_curtailed_stays_so_unless_it_is_worth_the_move() -> None:
    """20 of 50 kW were to go out at 0.1: the rest would earn 3.0 and cost 6.0 to move."""
    park = a_park(
        grids=(a_grid(export_price=0.1),),
        productions=(Production(id="sun", available_kw=50.0),),
        former=Former(power_kw={"sun": 20.0}, move_cost_per_kw=0.2),
    )

    assert planned(park).course("sun", "power_kw") == [20.0]


def test_a_vehicle_that_left_and_a_move_cost_of_nothing_count_nothing() -> None:
    former = Former(power_kw={"gone": 7.0, "battery": 0.0}, move_cost_per_kw=0.0)

    plan = planned(a_day((1.0, 1.02, 3.0), former))

    assert power_kw(plan) == (10.0, 0.0, -10.0)
    assert plan.books.money["moves"] == 0.0


KILN_PRICES = (1.0, 1.0, 0.5, 0.5, 1.0, 0.499, 0.499, 1.0)
KILN = Process(id="kiln", flows_kw={"electricity": (100.0,)}, duration_h=2, latest_end_h=8)
WAS = (0.0, 0.0, 100.0, 100.0, 0.0, 0.0, 0.0, 0.0)


def a_kiln(kiln: Process = KILN, was: tuple[float, ...] = WAS, **former: float) -> ParkProblem:
    """To fire it three hours later spares 0.2 of 100."""
    return a_park(
        hours=8,
        grids=(a_grid(import_price=KILN_PRICES),),
        processes=(kiln,),
        former=Former(power_kw={"kiln": was}, **former),
    )


def firing(problem: ParkProblem) -> list[float]:
    plan = planned(problem)
    books = plan.books
    assert faults(problem, plan.schedule, books.breaches, books.money) == []
    return plan.course("kiln", "on")


EARLY, LATE = [0, 0, 1, 1, 0, 0, 0, 0], [0, 0, 0, 0, 0, 1, 1, 0]
IN_PIECES = replace(KILN, most_starts=2)


@pytest.mark.parametrize("kiln", [KILN, IN_PIECES], ids=["whole", "in pieces"])
def test_a_batch_is_not_moved_for_less_than_the_move_costs(kiln: Process) -> None:
    """It moves 400 kW in all: 200 that are no more there and 200 that are new."""
    assert firing(a_kiln(kiln)) == LATE
    assert firing(a_kiln(kiln, move_cost_per_kw=0.0004)) == LATE
    assert firing(a_kiln(kiln, move_cost_per_kw=0.0006)) == EARLY


@pytest.mark.parametrize("kiln", [KILN, IN_PIECES], ids=["whole", "in pieces"])
def test_a_committed_batch_begins_when_it_was_to(kiln: Process) -> None:
    begun = EARLY if kiln is KILN else [0, 0, 1, 0, 0, 1, 0, 0]

    assert firing(a_kiln(kiln, committed_h=2.0)) == LATE
    assert firing(a_kiln(kiln, committed_h=3.0)) == begun
    assert firing(a_kiln(kiln, committed_h=4.0)) == EARLY


def test_a_committed_batch_does_not_begin_earlier() -> None:
    was = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 100.0, 100.0)

    assert firing(a_kiln(was=was, committed_h=8.0)) == [0, 0, 0, 0, 0, 0, 1, 1]


def test_a_part_of_a_step_at_the_end_of_a_run_is_no_other_run() -> None:
    kiln = replace(KILN, duration_h=1.5, flows_kw={"electricity": (100.0, 0.0, 20.0)})
    was = (0.0, 0.0, 50.0, 20.0, 0.0, 0.0, 0.0, 0.0)

    assert firing(a_kiln(kiln, was, committed_h=8.0)) == EARLY


def test_a_committed_batch_that_cannot_run_at_its_time_runs_at_another() -> None:
    plan = planned(a_kiln(replace(KILN, earliest_h=4.0), committed_h=8.0))

    assert plan.course("kiln", "on") == LATE
    assert plan.broken == {"committed": 2 * 100.0 + 2 * 50.0}


def test_by_rules_a_committed_batch_runs() -> None:
    problem = a_kiln(committed_h=3.0)
    schedule = by_rules(problem)
    books = booked(problem, schedule)

    assert schedule.devices["kiln"]["on"].tolist() == EARLY
    assert faults(problem, schedule, books.breaches, books.money) == []
    assert books.breaches == []


def a_pump(**former: float) -> ParkProblem:
    """Off in the dear hour before, and now another one is a little dearer."""
    rule = Interruption(price_per_kwh=1.5, most_h=1.0, most_starts=1)
    return a_park(
        hours=3,
        grids=(a_grid(import_price=(1.0, 2.0, 2.1)),),
        loads=(Load(id="pump", power_kw=10.0, interruption=rule),),
        former=Former(power_kw={"pump": (9.0, 0.0, 9.0)}, **former),
    )


@pytest.mark.parametrize(
    ("former", "off"),
    [
        ({}, [0, 0, 1]),
        ({"move_cost_per_kw": 0.04}, [0, 0, 1]),
        ({"move_cost_per_kw": 0.06}, [0, 1, 0]),
        ({"committed_h": 1.0}, [0, 0, 1]),
        ({"committed_h": 2.0}, [0, 1, 0]),
    ],
)
def test_an_interruption_stays_in_its_hour(former: dict[str, float], off: list[int]) -> None:
    """It spares 1.0; it moves 19 kW (10 and 9), and 1 kW less that is moved anyhow."""
    problem = a_pump(**former)

    plan = planned(problem)

    assert plan.course("pump", "off") == off
    assert faults(problem, plan.schedule, plan.books.breaches, plan.books.money) == []


def test_by_rules_a_committed_interruption_takes_place() -> None:
    assert by_rules(a_pump(committed_h=2.0)).devices["pump"]["off"].tolist() == [0, 1, 0]


def test_work_in_a_queue_stays_where_it_was() -> None:
    jobs = WorkQueue(id="jobs", arriving_kwh=(10.0, 0.0), patience_h=2.0, power_kw=10.0)
    park = a_park(
        hours=2,
        grids=(a_grid(import_price=(1.1, 1.0)),),
        queues=(jobs,),
        former=Former(power_kw={"jobs": (10.0, 0.0)}, move_cost_per_kw=0.06),
    )

    assert planned(park).course("jobs", "power_kw") == [10, 0]


def test_names_of_devices_of_which_nothing_counts_are_told() -> None:
    former = Former(power_kw={"grid": 5.0, "hall": 5.0, "kiln": 5.0, "who left": 5.0})
    hall = Load(id="hall", power_kw=10.0)

    park = a_park(grids=(a_grid(),), loads=(hall,), processes=(KILN,), former=former)

    assert not_counted(park) == ["grid", "hall"]
