"""The recorded month's plant: what is steered, what the control cycle does, what it comes to."""

from dataclasses import replace

import numpy as np
import pytest

from services.simulator.domain.sessions import Sessions
from tests.bench.month.fleet import Fleet
from tests.bench.month.hindsight import billed, lived, month_problem
from tests.bench.month.parts import Contract, battery
from tests.bench.month.plant import NOTHING, Plant, Wish
from tests.bench.month.rolling import lives
from tests.bench.month.truth import QUARTER_S, Span, Truth

CONTRACT = Contract(import_limit_kw=1000.0, export_limit_kw=500.0, export_price=0.05)
HALF_KWH = 1500.0


def a_fleet(*, wanted_wh: float = 3500.0, stays_s: int = 3600) -> Sessions:
    """One vehicle that comes as the span begins and stays an hour: it can get 7 kWh."""
    at = np.array([0])
    return Sessions.of(at, at, at + stays_s, at + stays_s, np.array([wanted_wh]))


def a_plant(*, base_kw: float = 400.0, pv_kw: float = 0.0, quarters: int = 4) -> Plant:
    steps = np.ones(quarters)
    truth = Truth(0, base_kw * steps, 0.0 * steps, pv_kw * steps, 0.2 * steps, a_fleet())
    fleet = Fleet(Span(0, quarters), truth.sessions)
    return Plant(truth, fleet, CONTRACT, truth.sessions.announced_s)


def test_without_steering_the_battery_rests_and_vehicles_charge_at_once() -> None:
    came = a_plant().after(0, HALF_KWH, {0: 3.5}, NOTHING)

    assert came.import_kw == pytest.approx(407.0)
    assert came.battery_kw == 0.0
    assert came.charged_kw == {0: pytest.approx(7.0)}


def test_a_wish_is_followed_with_the_batterys_losses() -> None:
    """100 kW for a quarter hour are 25 kWh, of which 95 % arrive."""
    came = a_plant().after(0, HALF_KWH, {}, Wish(battery_kw=100.0))

    assert came.import_kw == pytest.approx(500.0)
    assert came.level_kwh == pytest.approx(HALF_KWH + 25.0 * 0.95)


def test_the_battery_gives_where_the_import_would_pass_the_limit() -> None:
    came = a_plant(base_kw=1200.0).after(0, HALF_KWH, {}, Wish(battery_kw=100.0))

    assert came.import_kw == pytest.approx(1000.0)
    assert came.battery_kw == pytest.approx(-200.0)


def test_the_peak_that_the_plan_accepts_is_held_like_a_limit() -> None:
    came = a_plant(base_kw=900.0).after(0, HALF_KWH, {}, Wish(cap_kw=700.0))

    assert came.import_kw == pytest.approx(700.0)


def test_an_empty_battery_keeps_no_limit() -> None:
    came = a_plant(base_kw=1200.0).after(0, battery().lowest_kwh, {}, Wish(battery_kw=-200.0))

    assert came.import_kw == pytest.approx(1200.0)
    assert came.battery_kw == 0.0


def test_vehicles_wait_where_the_battery_cannot_help() -> None:
    """1,000 kW may come in, 998 are taken: 2 of the vehicle's 7 kW are left."""
    plant = a_plant(base_kw=998.0)

    came = plant.after(0, battery().lowest_kwh, {0: 3.5}, Wish(vehicle_kw={0: 7.0}))

    assert came.charged_kw == {0: pytest.approx(2.0)}


def test_without_steering_what_cannot_go_out_is_curtailed() -> None:
    """1,000 kW of sun on 400 of load: 600 are too much, 500 may go out."""
    came = a_plant(pv_kw=1000.0).after(0, HALF_KWH, {}, NOTHING)

    assert came.export_kw == pytest.approx(500.0)
    assert came.pv_kw == pytest.approx(900.0)


def test_steered_the_battery_takes_what_cannot_go_out() -> None:
    came = a_plant(pv_kw=1000.0).after(0, HALF_KWH, {}, Wish())

    assert came.export_kw == pytest.approx(500.0)
    assert came.battery_kw == pytest.approx(100.0)


def test_a_month_is_billed_as_it_went_and_the_judge_finds_no_fault() -> None:
    """400 kW for an hour and 3.5 kWh of a vehicle at 0.2; the battery's 1,500 kWh at 0.2 · 0.95.

    The highest quarter takes 407 kW, at 4.5 a kW.
    """
    plant = a_plant()
    problem = month_problem(plant.truth, plant.fleet.span, plant.fleet, CONTRACT)

    bill = billed(problem, lived(problem, lives(plant, None).quarters))

    assert bill.faults == ()
    assert bill.energy == pytest.approx(403.5 * 0.2 - 1500.0 * 0.2 * 0.95)
    assert bill.peak == pytest.approx(407.0 * 4.5)
    assert (bill.breaches, bill.missing_kwh) == (0, 0.0)


def test_quarters_above_the_limit_are_counted() -> None:
    plant = replace(a_plant(), contract=replace(CONTRACT, import_limit_kw=404.0))
    problem = month_problem(plant.truth, plant.fleet.span, plant.fleet, plant.contract)

    bill = billed(problem, lived(problem, lives(plant, None).quarters))

    assert bill.breaches == 2  # 3.5 kWh at 7 kW last two quarters, each 3 kW above
    assert bill.breach_kwh == pytest.approx(1.5)
    assert bill.missing_kwh == 0.0


def test_only_vehicles_that_come_and_leave_within_the_span_are_counted() -> None:
    fleet = Fleet(Span(0, 3), a_fleet())

    assert fleet.here(0).tolist() == []
    assert Fleet(Span(0, 4), a_fleet()).here(3).tolist() == [0]


def test_half_of_an_announced_stay_is_relied_on() -> None:
    """It wants 0.7 kWh, 0.1 h at 7 kW, and says it stays an hour."""
    fleet = Fleet(Span(0, 4), a_fleet(wanted_wh=700.0))

    (session,) = fleet.announced(0, {0: 0.7})

    assert session.leaves_h == pytest.approx(0.5)
    assert QUARTER_S == 900
