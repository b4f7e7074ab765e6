"""Units (§7): states, starts, least times, ramps, curves; and that rounding is near the optimum."""

import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import numpy as np
import pytest

from services.dispatch.domain.model import solving
from services.dispatch.domain.model.solution import Courses
from services.dispatch.domain.model.whole import booked, built, read
from services.dispatch.domain.park.demand import Load
from services.dispatch.domain.park.horizon import Horizon
from services.dispatch.domain.park.network import Carrier, Grid, Node, Supply
from services.dispatch.domain.park.problem import ParkProblem, mistakes_between
from services.dispatch.domain.park.storage import Store
from services.dispatch.domain.park.units import CurvePoint, Output, Unit
from services.dispatch.domain.solver import best_courses, solve

HEAT = Node(id="heat", carrier=Carrier.HEAT, surplus_price=0.0)


def a_boiler(**changes: object) -> Unit:
    """100 kW of gas to as much heat."""
    unit = Unit(
        id="boiler", input_node="gas", outputs=(Output(node="heat", ratio=1.0),), most_kw=100
    )
    return replace(unit, **changes)  # type: ignore[arg-type]


def a_park(*heat_kw: float, units: tuple[Unit, ...], dear: float = 10.0) -> ParkProblem:
    """Hourly steps: heat to serve from gas at 1 a kWh, or bought at `dear` a kWh."""
    return ParkProblem(
        horizon=Horizon(steps=len(heat_kw), step_h=1.0),
        nodes=(HEAT,),
        supplies=(
            Supply(id="gas", node="gas", price=1.0, limit_kw=1000.0),
            Supply(id="district", node="heat", price=dear, limit_kw=1000.0),
        ),
        loads=(Load(id="building", node="heat", power_kw=heat_kw),),
        units=units,
    )


def planned(problem: ParkProblem) -> tuple[dict[str, Courses], dict[str, float]]:
    """Return the courses by device, and the money by kind; the costs of both agree."""
    assert not mistakes_between(problem)
    best = best_courses(problem, 10.0)
    assert not isinstance(best, str), best
    schedule = read(best.solution)
    books = booked(problem, schedule)
    assert books.total == pytest.approx(best.cost, abs=0.05)
    assert not books.breaches
    return schedule.devices, dict(books.money)


def test_a_boiler_gives_its_least_or_nothing() -> None:
    devices, _ = planned(a_park(10, 60, units=(a_boiler(least_kw=50.0),)))

    assert devices["boiler"]["input_kw"] == pytest.approx([50, 60])  # 50 cost less than 10 bought


def test_below_its_least_a_boiler_is_off_where_buying_is_cheaper() -> None:
    devices, _ = planned(a_park(4, 60, units=(a_boiler(least_kw=50.0),)))

    assert devices["boiler"]["input_kw"] == pytest.approx([0, 60])  # 4 bought cost 40, 50 gas 50
    assert devices["boiler"]["on"].tolist() == [0, 1]


@pytest.mark.parametrize(("start_cost", "on"), [(15.0, [1, 1, 1]), (5.0, [1, 0, 1])])
def test_a_boiler_stays_on_where_that_costs_less_than_a_start(
    start_cost: float, on: list[int]
) -> None:
    boiler = a_boiler(least_kw=10.0, start_cost=start_cost, on_at_start=True)

    devices, money = planned(a_park(50, 0, 50, units=(boiler,)))

    assert devices["boiler"]["on"].tolist() == on
    assert money["starts"] == (0.0 if on[1] else 5.0)


def test_running_costs_are_paid_by_the_hour_and_by_the_kwh() -> None:
    boiler = a_boiler(running_cost_per_h=3.0, cost_per_kwh=0.5)

    _, money = planned(a_park(50, 0, 50, units=(boiler,)))

    assert money["running"] == pytest.approx(2 * 3 + 100 * 0.5)


def test_a_chp_gives_heat_and_electricity_of_one_input() -> None:
    chp = a_boiler(
        id="chp", outputs=(Output(node="heat", ratio=0.5), Output(node="electricity", ratio=0.4))
    )
    problem = replace(
        a_park(20, units=(chp,)),
        grids=(Grid(id="grid", import_price=1.0, import_limit_kw=100.0),),
        loads=(
            Load(id="building", node="heat", power_kw=20.0),
            Load(id="machines", power_kw=30.0),
        ),
    )

    devices, _ = planned(problem)

    assert devices["chp"]["input_kw"] == pytest.approx([40])
    assert devices["chp"]["output_kw.heat"] == pytest.approx([20])
    assert devices["chp"]["output_kw.electricity"] == pytest.approx([16])
    assert devices["grid"]["import_kw"] == pytest.approx([14])


def test_two_outputs_to_one_node_are_one_course() -> None:
    outputs = (Output(node="heat", ratio=0.5), Output(node="heat", ratio=0.25))

    devices, _ = planned(a_park(30, units=(a_boiler(outputs=outputs),)))

    assert devices["boiler"]["output_kw.heat"] == pytest.approx([30])
    assert devices["boiler"]["input_kw"] == pytest.approx([40])


def test_standby_is_cheaper_than_another_start() -> None:
    unit = a_boiler(least_kw=40.0, standby_kw=2.0, start_cost=30.0, on_at_start=True)

    devices, money = planned(a_park(50, 0, 50, units=(unit,)))

    assert devices["boiler"]["standby"].tolist() == [0, 1, 0]
    assert devices["boiler"]["on"].tolist() == [1, 0, 1]
    assert devices["boiler"]["input_kw"] == pytest.approx([50, 2, 50])
    assert devices["boiler"]["output_kw.heat"] == pytest.approx([50, 0, 50])
    assert money["starts"] == 0


def test_standby_is_no_way_around_a_start() -> None:
    unit = a_boiler(least_kw=40.0, standby_kw=2.0, start_cost=30.0)

    devices, money = planned(a_park(0, 50, units=(unit,)))

    assert devices["boiler"]["standby"].tolist() == [0, 0]
    assert money["starts"] == pytest.approx(30)


@pytest.mark.parametrize(("heat_kw", "paid"), [((50, 50), 20.0), ((0, 50), 70.0)])
def test_a_start_is_cold_after_three_hours_off(heat_kw: tuple[float, ...], paid: float) -> None:
    unit = a_boiler(
        least_kw=80.0, start_cost=20.0, cold_start_cost=70.0, cold_after_h=3.0, state_since_h=2.0
    )

    _, money = planned(a_park(*heat_kw, units=(unit,)))

    assert money["starts"] == pytest.approx(paid)


def test_a_cold_start_counts_the_hours_off_within_the_horizon() -> None:
    unit = a_boiler(
        least_kw=50.0, start_cost=20.0, cold_start_cost=45.0, cold_after_h=2.0, on_at_start=True
    )

    _, money = planned(a_park(50, 0, 50, 0, 0, 50, units=(unit,)))

    assert money["starts"] == pytest.approx(20 + 45)  # staying on for one or two hours: 50, 100


def test_input_changes_no_faster_than_the_ramp() -> None:
    unit = a_boiler(ramp_kw_per_h=10.0, on_at_start=True, input_at_start_kw=10.0)

    devices, _ = planned(replace(a_park(10, 50, 50, units=(unit,)), nodes=()))

    assert devices["boiler"]["input_kw"] == pytest.approx([10, 20, 30])


def test_a_start_is_free_of_the_ramp() -> None:
    unit = a_boiler(least_kw=5.0, ramp_kw_per_h=10.0)

    devices, _ = planned(a_park(0, 50, 100, units=(unit,)))

    assert devices["boiler"]["input_kw"][2] == pytest.approx(100)


def test_what_is_possible_falls_faster_than_the_ramp() -> None:
    unit = a_boiler(
        ramp_kw_per_h=10.0,
        least_kw=5.0,
        availability=(1.0, 0.2),
        on_at_start=True,
        input_at_start_kw=100.0,
        least_on_h=4.0,
        state_since_h=1.0,
    )

    devices, _ = planned(a_park(100, 100, units=(unit,)))

    assert devices["boiler"]["input_kw"] == pytest.approx([100, 20])


def test_maintenance_breaks_least_times() -> None:
    unit = a_boiler(least_on_h=4.0, least_off_h=3.0, availability=(1.0, 0.0, 1.0))

    devices, _ = planned(a_park(50, 50, 50, units=(unit,)))

    assert devices["boiler"]["input_kw"] == pytest.approx([50, 0, 50])


def test_once_started_it_is_on_for_its_least_time() -> None:
    unit = a_boiler(least_kw=20.0, least_on_h=3.0)

    devices, _ = planned(a_park(0, 50, 0, 0, 0, units=(unit,)))

    assert devices["boiler"]["on"].sum() == 3
    assert devices["boiler"]["on"][1] == 1


def test_once_stopped_it_is_off_for_its_least_time() -> None:
    unit = a_boiler(least_kw=90.0, least_off_h=3.0, on_at_start=True)

    devices, _ = planned(a_park(0, 0, 9, 50, units=(unit,)))

    assert devices["boiler"]["on"].tolist() == [0, 0, 0, 1]


def test_the_state_at_the_beginning_lasts_what_is_left_of_its_least_time() -> None:
    on = a_boiler(least_kw=20.0, least_on_h=3.0, on_at_start=True, state_since_h=1.0)
    off = a_boiler(least_off_h=3.0, state_since_h=1.0)

    kept_on, _ = planned(a_park(0, 0, 0, units=(on,)))
    kept_off, _ = planned(a_park(50, 50, 50, units=(off,)))

    assert kept_on["boiler"]["on"].tolist() == [1, 1, 0]
    assert kept_off["boiler"]["on"].tolist() == [0, 0, 1]


def test_it_starts_no_more_often_than_allowed() -> None:
    unit = a_boiler(least_kw=20.0, most_starts=1)

    devices, _ = planned(a_park(50, 0, 50, units=(unit,)))

    assert devices["boiler"]["on"].tolist() == [1, 1, 1]


PEAKS_OF_TWO_DAYS = (50, 0, 50, 0, 50, 0)
EVENING = datetime(2026, 6, 15, 21, tzinfo=timezone(timedelta(hours=8)))
"""Three hours before midnight in China; in UTC that is the afternoon."""


def test_each_calendar_day_has_its_starts() -> None:
    unit = a_boiler(least_kw=20.0, most_starts_per_day=1)
    park = a_park(*PEAKS_OF_TWO_DAYS, units=(unit,), dear=1.5)
    park = replace(park, horizon=Horizon(start=EVENING, steps=6, step_h=1.0))

    devices, _ = planned(park)

    # to run on for nothing costs 20, to buy a peak 25; after midnight there is a new start
    assert devices["boiler"]["on"].tolist() == [1, 1, 1, 0, 1, 0]


def test_without_a_start_days_are_24_h_from_the_beginning() -> None:
    unit = a_boiler(least_kw=20.0, most_starts_per_day=1)

    devices, _ = planned(a_park(*PEAKS_OF_TWO_DAYS, units=(unit,)))

    assert devices["boiler"]["on"].tolist() == [1, 1, 1, 1, 1, 0]


@pytest.mark.parametrize("today", [1, 5])
def test_starts_that_were_today_count_and_too_many_leave_none(today: int) -> None:
    unit = a_boiler(least_kw=20.0, most_starts_per_day=1, starts_today=today)
    park = a_park(*PEAKS_OF_TWO_DAYS, units=(unit,))
    park = replace(park, horizon=Horizon(start=EVENING, steps=6, step_h=1.0))

    devices, _ = planned(park)

    assert devices["boiler"]["on"].tolist() == [0, 0, 0, 0, 1, 0]


def test_starts_of_a_day_are_left_out_of_a_relaxation_with_all_that_starts_are() -> None:
    build = built(a_park(50, 0, 50, units=(a_boiler(least_kw=20.0, most_starts_per_day=1),)))

    rows = np.concatenate(build.program().roles.start_rows)

    assert build.row("boiler.most_starts_per_day")[0] in rows


FALLING = (
    CurvePoint(input_kw=0, output_kw=0),
    CurvePoint(input_kw=50, output_kw=40),
    CurvePoint(input_kw=100, output_kw=60),
)
RISING = (
    CurvePoint(input_kw=0, output_kw=0),
    CurvePoint(input_kw=50, output_kw=20),
    CurvePoint(input_kw=100, output_kw=60),
)


def test_a_falling_curve_needs_no_binaries() -> None:
    problem = a_park(50, units=(a_boiler(outputs=(Output(node="heat", curve=FALLING),)),))

    devices, _ = planned(problem)

    assert len(built(problem).program().integer) == 0
    assert devices["boiler"]["input_kw"] == pytest.approx([75])  # 40 of 50, 10 of 25 more


@pytest.mark.parametrize(("curve", "input_kw"), [(FALLING, 25.0), (RISING, 50.0)])
def test_what_comes_out_is_on_the_curve(curve: tuple[CurvePoint, ...], input_kw: float) -> None:
    problem = a_park(20, units=(a_boiler(outputs=(Output(node="heat", curve=curve),)),))

    devices, _ = planned(problem)

    assert devices["boiler"]["input_kw"] == pytest.approx([input_kw])
    assert devices["boiler"]["output_kw.heat"] == pytest.approx([20])


def test_who_is_paid_for_taking_stays_on_the_curve_all_the_same() -> None:
    paid = Supply(id="gas", node="gas", price=-1.0, limit_kw=1000.0)
    full = Node(id="heat", carrier=Carrier.HEAT, surplus_price=2.0)
    unit = a_boiler(outputs=(Output(node="heat", curve=FALLING),))
    problem = replace(a_park(20, units=(unit,)), supplies=(paid,), nodes=(full,))

    devices, _ = planned(problem)

    # beyond 20 kW of heat (25 in) a kWh earns 1 and 0.8 wasted cost 1.6; beyond 50 in: 1 and 0.8
    assert devices["boiler"]["input_kw"] == pytest.approx([25])
    assert devices["boiler"]["output_kw.heat"] == pytest.approx([20])


def a_random_park(seed: int) -> ParkProblem:
    """Twelve hours of three committed units and a heat store."""
    rng = np.random.default_rng(seed)
    heat_kw = tuple(float(kw) for kw in rng.uniform(20, 180, 12))
    units = tuple(
        a_boiler(
            id=f"boiler {i}",
            most_kw=float(rng.uniform(60, 120)),
            least_kw=float(rng.uniform(10, 40)),
            outputs=(Output(node="heat", ratio=float(rng.uniform(0.7, 0.95))),),
            start_cost=float(rng.uniform(0, 30)),
            least_on_h=float(rng.integers(0, 4)),
            least_off_h=float(rng.integers(0, 3)),
            on_at_start=bool(rng.integers(0, 2)),
        )
        for i in range(3)
    )
    tank = Store(
        id="tank", node="heat", highest_kwh=100.0, start_kwh=50.0, charge_kw=50.0, discharge_kw=50.0
    )
    return replace(a_park(*heat_kw, units=units), stores=(tank,))


@pytest.mark.parametrize("seed", range(5))
def test_rounding_comes_as_near_to_the_optimum_as_it_says(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = a_random_park(seed)
    exact = best_courses(problem, 20.0)

    monkeypatch.setattr(solving, "FEW_BINARIES", 0)
    rounded = best_courses(problem, 20.0)

    assert not isinstance(exact, str)
    assert not isinstance(rounded, str)
    assert rounded.bound <= exact.cost * (1 + 1e-4)
    assert exact.bound <= rounded.cost * (1 + 1e-6)
    assert rounded.cost <= exact.cost * (1 + solving.GOOD_ENOUGH)


def test_rounding_alone_serves_everybody() -> None:
    problem = a_random_park(7)
    search = solving.Search(built(problem), solve, ends=time.monotonic() + 20.0)

    solving.coordinate(search, search.build.program())

    assert search.best is not None
    assert not booked(problem, read(search.best.solution)).breaches


def a_large_park() -> ParkProblem:
    """Two days of quarter hours: the three boilers and the store of `a_random_park`."""
    problem = a_random_park(3)
    steps = np.arange(192)
    heat_kw = tuple((100 + 60 * np.sin(steps / 15)).tolist())
    load = Load(id="building", node="heat", power_kw=heat_kw)
    return replace(problem, horizon=Horizon(steps=192), loads=(load,))


def test_two_days_of_quarter_hours_are_near_what_is_possible() -> None:
    problem = a_large_park()

    best = best_courses(problem, 10.0)

    assert not isinstance(best, str)
    assert best.gap <= 2.5e-2
    assert not booked(problem, read(best.solution)).breaches


def test_without_time_there_is_a_word_or_a_plan_but_no_exception() -> None:
    best = best_courses(a_large_park(), 0.001)

    assert isinstance(best, str) or best.cost >= best.bound


def test_the_same_problem_has_the_same_plan() -> None:
    problem = a_random_park(4)

    first, second = best_courses(problem, 10.0), best_courses(problem, 10.0)

    assert not isinstance(first, str)
    assert not isinstance(second, str)
    assert first.solution.values.tolist() == second.solution.values.tolist()


def test_a_dual_is_the_price_of_one_more_kwh() -> None:
    boiler = a_boiler(least_kw=10.0, outputs=(Output(node="heat", ratio=0.5),))
    problem = a_park(30, units=(boiler,))

    best = best_courses(problem, 10.0)

    assert not isinstance(best, str)
    assert best.solution.price("heat.balance") == pytest.approx([2.0])  # 2 kWh of gas at 1
