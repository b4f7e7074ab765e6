"""What the meter's clock says of a document: where its intervals begin (§4.1, §4.2)."""

from typing import Any

import pytest

from services.dispatch.domain.model.planning import Planned, Status
from tests.unit.dispatch.solve.documents import a_document, a_plan, mistakes_in

SEVEN_PAST = "2026-06-15T10:07:30+08:00"


def a_grid(**charge: Any) -> dict[str, Any]:
    """100 a kW of the highest quarter of an hour."""
    return {
        "id": "grid",
        "import_price": 0.1,
        "import_limit_kw": 1000,
        "demand_charge": {"price_per_kw": 100} | charge,
    }


def a_metered_plan(start: str | None, kw: list[float], step_h: float, **charge: Any) -> Planned:
    horizon = {"start": start, "steps": len(kw), "step_h": step_h}
    return a_plan(horizon=horizon, grids=[a_grid(**charge)], loads=[{"id": "l", "power_kw": kw}])


def peak_kw(plan: Planned) -> float:
    assert (plan.status, plan.caveats) == (Status.OPTIMAL, ())
    return plan.books.money["demand charge"] / 100


def test_a_horizon_that_begins_within_a_quarter_is_metered_by_the_clock() -> None:
    kw = [0.0, 100.0, 100.0, 0.0]  # from 10:15 to 10:30

    assert peak_kw(a_metered_plan(SEVEN_PAST, kw, 0.125)) == pytest.approx(100.0)
    assert peak_kw(a_metered_plan(None, kw, 0.125)) == pytest.approx(50.0)


def test_the_running_quarter_holds_what_was_metered_of_it() -> None:
    plan = a_metered_plan(SEVEN_PAST, [100.0, 0.0, 0.0, 0.0], 0.125, metered_kwh=12.5)

    assert peak_kw(plan) == pytest.approx(100.0)


@pytest.mark.parametrize(
    ("start", "kw"),
    [
        ("2026-06-15T10:30:00+08:00", 50.0),
        ("2026-06-15T10:30:00+05:30", 50.0),  # 05:00 UTC, and half past by the clock
        ("2026-06-15T05:00:00+00:00", 100.0),
    ],
)
def test_hours_are_those_of_the_local_clock(start: str, kw: float) -> None:
    plan = a_metered_plan(start, [100.0, 100.0, 0.0], 0.5, interval_h=1.0)

    assert peak_kw(plan) == pytest.approx(kw)
    assert peak_kw(a_metered_plan(start, [0.0, 100.0, 100.0], 0.5, interval_h=1.0)) == (
        pytest.approx(150.0 - kw)
    )


@pytest.mark.parametrize("interval_h", [1 / 12, 0.0833333, 0.0833334])
def test_five_minutes_may_be_rounded(interval_h: float) -> None:
    """Ten o'clock is a whole number of five minutes after midnight."""
    on_the_hour = "2026-06-15T10:00:00+08:00"
    plan = a_metered_plan(on_the_hour, [100.0, 0.0], 0.0833333, interval_h=interval_h)

    assert peak_kw(plan) == pytest.approx(100.0, rel=1e-5)


def test_what_is_told_against_the_start_is_refused() -> None:
    horizon = {"start": SEVEN_PAST, "steps": 2, "step_h": 0.125}
    path = "grids[0].demand_charge.elapsed_h"

    told = mistakes_in(a_document(horizon=horizon, loads=[], grids=[a_grid(elapsed_h=0)]))

    assert told == {
        path: "0 h contradicts the start at 10:07:30: the clock's interval began 0.125 h before: "
        "say so, or leave it out"
    }
    for right in (0.125, 0.12505, None):
        assert not mistakes_in(
            a_document(horizon=horizon, loads=[], grids=[a_grid(elapsed_h=right)])
        )


def test_nearly_a_whole_interval_is_none() -> None:
    horizon = {"start": "2026-06-15T10:00:00+08:00", "steps": 2, "step_h": 0.5}

    assert not mistakes_in(a_document(horizon=horizon, loads=[], grids=[a_grid(elapsed_h=0.24999)]))


def test_of_intervals_that_do_not_fill_a_day_the_clock_says_nothing() -> None:
    horizon = {"start": SEVEN_PAST, "steps": 2, "step_h": 0.5}
    grid = a_grid(interval_h=7, elapsed_h=2)

    assert not mistakes_in(a_document(horizon=horizon, loads=[], grids=[grid]))


# --- contracted capacity (§4.1) ----------------------------------------------------------------


FIVE_MINUTES = [1 / 12] * 3 + [0.25, 0.25]


def excess_kw(**grid: Any) -> float:
    """Above 50 kW, of 150 kW for five minutes and 70 kW for a quarter of an hour later on."""
    given = a_grid(price_per_kw=0) | {"contracted_kw": 50, "excess_price_per_kw": 30} | grid
    load = {"id": "l", "power_kw": [150, 0, 0, 40, 70]}
    plan = a_plan(horizon={"steps_h": FIVE_MINUTES}, grids=[given], loads=[load])

    assert (plan.status, plan.caveats) == (Status.OPTIMAL, ())
    return plan.books.money["contracted capacity"] / 30


def test_excess_is_of_the_metering_interval() -> None:
    assert excess_kw() == pytest.approx(20.0)  # the first quarter's mean is 50 kW
    assert excess_kw(demand_charge=None) == pytest.approx(100.0)


def test_excess_that_was_charged_already_is_not_charged_again() -> None:
    assert excess_kw(excess_so_far_kw=15) == pytest.approx(5.0)
    assert excess_kw(excess_so_far_kw=25) == pytest.approx(0.0)


def test_the_next_billing_period_remembers_nothing() -> None:
    charge = {"price_per_kw": 0, "period_ends_h": 0.5}

    assert excess_kw(demand_charge=charge, excess_so_far_kw=25) == pytest.approx(20.0)
    assert excess_kw(demand_charge=charge, contracted_kw=30) == pytest.approx(20.0 + 40.0)


def test_what_was_metered_of_the_running_interval_counts() -> None:
    charge = {"price_per_kw": 0, "elapsed_h": 1 / 6, "metered_kwh": 10}

    # ten minutes of 60 kW and five of 150 kW, then ten of none and five of 40 kW
    assert excess_kw(demand_charge=charge) == pytest.approx(90.0 - 50.0)


def test_headroom_of_the_demand_charge_is_no_excess() -> None:
    assert excess_kw(demand_charge={"price_per_kw": 0, "headroom_kw": 30}) == pytest.approx(20.0)


def test_excess_so_far_needs_a_contracted_capacity() -> None:
    told = mistakes_in(a_document(loads=[], grids=[a_grid() | {"excess_so_far_kw": 3}]))

    assert told == {"grids[0]": "excess_so_far_kw 3 is above no contracted_kw: give that too"}


def test_a_battery_spares_no_excess_that_is_none_by_the_meter() -> None:
    """Five minutes of 150 kW in a quarter of an hour are 50 kW, and cycling costs."""
    battery = {"id": "b", "highest_kwh": 20, "start_kwh": 10, "charge_kw": 99, "discharge_kw": 99}
    grid = a_grid(price_per_kw=0) | {"contracted_kw": 50, "excess_price_per_kw": 30}

    plan = a_plan(
        horizon={"steps_h": [1 / 12] * 3},
        grids=[grid],
        loads=[{"id": "l", "power_kw": [150, 0, 0]}],
        stores=[battery | {"wear_per_kwh": 0.5, "end_value_per_kwh": 0.1}],
    )

    assert plan.books.money["contracted capacity"] == pytest.approx(0.0)
    assert plan.schedule.devices["b"]["discharge_kw"].tolist() == pytest.approx([0.0, 0.0, 0.0])
