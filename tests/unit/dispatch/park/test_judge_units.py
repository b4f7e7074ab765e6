"""The judge of units (§7): right plans written down by hand, and each rule broken in turn."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.dispatch.domain.park.network import Sink, Supply
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.units import CurvePoint, Output, Unit
from tests.support.judged_plans import Plan, by_hand, hours, some

BOILER = Unit(
    id="boiler",
    input_node="gas",
    outputs=(Output(node="heat", ratio=0.9),),
    least_kw=10.0,
    most_kw=50.0,
    standby_kw=2.0,
    start_cost=5.0,
    cold_start_cost=8.0,
    cold_after_h=6.0,
    running_cost_per_h=1.0,
    cost_per_kwh=0.1,
    ramp_kw_per_h=20.0,
    least_on_h=2.0,
    least_off_h=2.0,
    most_starts=1,
    state_since_h=3.0,
)


def a_boiler_plan(
    input_kw: Sequence[float],
    standby: Sequence[int] = (0,) * 6,
    *,
    unit: Unit = BOILER,
    starts: float = 0.0,
    output_kw: Sequence[float] | None = None,
) -> Plan:
    """Gas is bought and heat is sold for nothing; 1 an hour on and 0.1 a kWh are paid."""
    on = [float(kw > 0 and not by) for kw, by in zip(input_kw, standby, strict=True)]
    ratio = [0.9 * kw * is_on for kw, is_on in zip(input_kw, on, strict=True)]
    heat = list(output_kw or ratio)
    devices = {
        unit.id: {"input_kw": input_kw, "on": on, "standby": standby, "output_kw.heat": heat},
        "gas": {"power_kw": input_kw},
        "sold": {"power_kw": heat},
    }
    problem = ParkProblem(
        horizon=hours(6),
        supplies=(Supply(id="gas", node="gas", price=0.0, limit_kw=1000.0),),
        sinks=(Sink(id="sold", node="heat", limit_kw=1000.0),),
        units=(unit,),
    )
    running = unit.running_cost_per_h * sum(on) + unit.cost_per_kwh * sum(input_kw)
    return by_hand(problem, devices, starts=starts, running=running)


@pytest.mark.parametrize(
    ("input_kw", "standby", "starts"),
    [
        ((0, 0, 0, 0, 0, 0), (0, 0, 0, 0, 0, 0), 0.0),
        ((0, 20, 40, 30, 0, 0), (0, 0, 0, 0, 0, 0), 5.0),
        ((0, 0, 0, 20, 20, 20), (0, 0, 0, 0, 0, 0), 8.0),
        ((20, 20, 2, 20, 2, 0), (0, 0, 1, 0, 1, 0), 5.0),
    ],
    ids=["off", "a warm start", "a cold start: off for 6 h", "no start from standby"],
)
def test_a_boiler_that_keeps_its_rules_is_accepted(
    input_kw: Sequence[float], standby: Sequence[int], starts: float
) -> None:
    assert a_boiler_plan(input_kw, standby, starts=starts).faults == []


@pytest.mark.parametrize(
    ("input_kw", "standby", "starts", "said"),
    [
        ((0, 20, 9, 20, 0, 0), (0,) * 6, 5.0, "input_kw 9.0000 is not within 10.0000..50.0000"),
        ((0, 35, 51, 40, 0, 0), (0,) * 6, 5.0, "input_kw 51.0000 is not within 10.0000..50.0000"),
        ((0, 20, 45, 30, 0, 0), (0,) * 6, 5.0, "input changes by 25.0000 kW, at most 20.0000"),
        ((0, 20, 0, 0, 0, 0), (0,) * 6, 5.0, "on for 1 h, least_on_h is 2"),
        ((20, 20, 0, 20, 20, 0), (0,) * 6, 10.0, "off for 1 h, least_off_h is 2"),
        ((20, 20, 0, 0, 20, 20), (0,) * 6, 10.0, "2 starts, at most 1"),
        ((20, 20, 3, 20, 0, 0), (0, 0, 1, 0, 0, 0), 5.0, "input_kw 3.0000 should be 2.0000"),
        ((20, 20, 0, 2, 2, 0), (0, 0, 0, 1, 1, 0), 5.0, "step 3: stands by after it was off"),
        ((0, 20, 40, 30, 0, 0), (0,) * 6, 0.0, "money: 0.0000 for starts, it should be 5.0000"),
        ((0, 0, 0, 20, 20, 0), (0,) * 6, 5.0, "money: 5.0000 for starts, it should be 8.0000"),
    ],
)
def test_a_boiler_that_breaks_a_rule_is_told(
    input_kw: Sequence[float], standby: Sequence[int], starts: float, said: str
) -> None:
    assert some(a_boiler_plan(input_kw, standby, starts=starts).faults, said)


def test_what_comes_out_is_the_ratio_of_what_goes_in() -> None:
    plan = a_boiler_plan((0, 20, 20, 0, 0, 0), starts=5.0, output_kw=(0, 18, 19, 0, 0, 0))

    assert plan.faults == ["boiler in step 2: output_kw.heat 19.0000 should be 18.0000"]


def test_a_curve_is_a_line_between_its_points() -> None:
    points = ((10.0, 6.0), (30.0, 20.0), (50.0, 30.0))
    curve = tuple(CurvePoint(input_kw=x, output_kw=y) for x, y in points)
    unit = replace(BOILER, outputs=(Output(node="heat", curve=curve),), ramp_kw_per_h=None)

    right = a_boiler_plan(
        (0, 20, 40, 0, 0, 0), unit=unit, starts=5.0, output_kw=(0, 13, 25, 0, 0, 0)
    )

    assert right.faults == []
    spoiled = right.changed("boiler", "output_kw.heat", 2, 26.0)
    assert some(spoiled.faults, "output_kw.heat 26.0000 should be 25.0000")


def test_maintenance_switches_off_and_breaks_least_times() -> None:
    unit = replace(BOILER, availability=(1.0, 1.0, 0.0, 1.0, 1.0, 1.0), most_starts=2)

    right = a_boiler_plan((0, 20, 0, 20, 20, 0), unit=unit, starts=10.0)

    assert right.faults == []
    on = a_boiler_plan((0, 20, 20, 20, 20, 0), unit=unit, starts=5.0)
    assert some(on.faults, "boiler in step 2: is not off in maintenance")


EVENING = datetime(2026, 6, 15, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("today", "said"),
    [(0, []), (1, ["boiler: 1 starts on 2026-06-15, at most 1 a day may be and 1 were before"])],
)
def test_starts_are_counted_by_calendar_days(today: int, said: list[str]) -> None:
    unit = replace(
        BOILER, most_starts=None, most_starts_per_day=1, starts_today=today, least_off_h=0.0
    )

    plan = a_boiler_plan((20, 20, 0, 20, 20, 0), unit=unit, starts=10.0)
    in_the_evening = replace(plan.problem, horizon=replace(plan.problem.horizon, start=EVENING))

    assert some(plan.faults, "2 starts on 2026-01-01, at most 1 a day")
    assert replace(plan, problem=in_the_evening).faults == said


def test_a_boiler_that_was_just_started_or_stopped_stays_so() -> None:
    started = replace(BOILER, on_at_start=True, state_since_h=1.0, input_at_start_kw=20.0)
    stopped = replace(BOILER, state_since_h=1.0)

    assert a_boiler_plan((20, 0, 0, 0, 0, 0), unit=started).faults == []
    assert some(a_boiler_plan((0,) * 6, unit=started).faults, "least_on_h is not over")
    assert some(a_boiler_plan((45, 0, 0, 0, 0, 0), unit=started).faults, "changes by 25.0000")
    early = a_boiler_plan((20, 20, 0, 0, 0, 0), unit=stopped, starts=5.0)
    assert some(early.faults, "least_off_h is not over")


def test_a_unit_is_on_or_stands_by_and_not_both() -> None:
    plan = a_boiler_plan((0, 20, 20, 0, 0, 0), starts=5.0)

    both = plan.changed("boiler", "standby", 1, 1.0)
    cannot = a_boiler_plan(
        (20, 20, 0, 0, 0, 0), (0, 0, 1, 0, 0, 0), unit=replace(BOILER, standby_kw=None), starts=5.0
    )

    assert some(both.faults, "is on and stands by at once")
    assert some(cannot.faults, "stands by, which it cannot")


def test_running_is_paid_by_the_hour_and_the_kwh() -> None:
    plan = a_boiler_plan((0, 20, 20, 0, 0, 0), starts=5.0)

    assert plan.paying(running=5.0).faults == ["money: 5.0000 for running, it should be 6.0000"]
