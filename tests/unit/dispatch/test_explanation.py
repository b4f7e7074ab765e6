"""Why a device does what it does, in numbers and in two languages."""

from dataclasses import replace
from datetime import timedelta
from itertools import chain, repeat

import numpy as np
import pytest

from services.dispatch.domain.curves import Book, Curve
from services.dispatch.domain.explaining.because import Kind
from services.dispatch.domain.explanation import Explanation, explained, reasons_of
from services.dispatch.domain.feed_in import FeedIn
from services.dispatch.domain.framing import Knowledge
from services.dispatch.domain.ladder import NoPlan, Origin
from services.dispatch.domain.model.planning import Planned, planned
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.planning import Made, plan_at
from services.dispatch.domain.plant import Plant
from services.dispatch.domain.solver import best_plan, solve
from services.dispatch.messages import plan_from, plan_message
from services.dispatch.plan_record import packed, unpacked
from services.dispatch.rpc import reason_message
from tests.support.builders import MORNING, after
from tests.unit.dispatch.builders import PLANT, SAMPLE, a_snapshot


def known(level_pct: float = 50.0) -> Knowledge:
    """A park at rest whose energy costs 0.10 in the first six hours and 0.40 in the next."""
    prices = Book()
    hours = (100_000.0,) * 6 + (400_000.0,) * 6 + (200_000.0,) * 14
    prices.learn(Curve("agile", MORNING, MORNING, timedelta(hours=1), hours))
    readings = dict(a_snapshot(level_pct=level_pct).readings)
    for device in ("steel", "metalwork", "electroplating", "labs_a", "labs_b", "offices"):
        readings[f"{device}.active_power_w"] = type(readings["grid.active_power_w"])(
            100_000.0, MORNING
        )
    return Knowledge(readings, None, prices, Book(), Book(), FeedIn(0.0, 0.0))


def explained_at(hours: float, device_id: str = "battery") -> tuple[Made, Explanation]:
    knowledge = known()
    made = plan_at(PLANT, knowledge, MORNING, best_plan)
    reasons = reasons_of(made.framed, knowledge)
    device = PLANT.park.device(device_id)
    kept = unpacked(packed(made.settled.planned))
    return made, explained(made.plan, reasons, kept, device, after(hours=hours))


def test_the_battery_charges_because_energy_will_be_dearer() -> None:
    _, explanation = explained_at(0)

    assert explanation.power_w >= 0
    assert "Grid energy costs 0.100" in explanation.text_en
    assert "one more stored kWh is worth" in explanation.text_en
    assert "储能电池" in explanation.text_zh
    assert explanation.marginal_micros_per_kwh is not None


def test_every_input_names_its_source_and_what_is_unknown_has_no_value() -> None:
    _, explanation = explained_at(0)
    inputs = {i.name: i for i in explanation.inputs}

    assert inputs["import_price"].source == "agile"
    assert inputs["net_load"].source == "persistence of the last reading"
    assert inputs["carbon_intensity"].value is None


def test_a_full_battery_names_its_upper_limit_as_binding() -> None:
    made, _ = explained_at(0)
    levels = made.plan.courses["battery"].stored_pct
    full = [k for k, level in enumerate(levels) if level > 94.9]

    limits = [one for k in full for one in explained_at(k / 4)[1].limits if one.what == "level"]

    limit = limits[0]  # where more room would save something: not in each step that it stays full
    assert limit.en == "stored energy at its limit of 2850 kWh"  # 95 % of 3000
    assert limit.zh == "储能电量达到上限 2850 kWh"
    assert limit.worth > 0


def test_the_next_best_action_is_the_cheapest_of_the_others() -> None:
    _, explanation = explained_at(0)

    moves = [one for one in explanation.because if one.kind is Kind.MOVE]
    assert moves
    assert [one.worth for one in moves] == sorted(one.worth for one in moves)
    assert "Next best: " in explanation.text_en
    assert "次优动作：" in explanation.text_zh


@pytest.mark.parametrize(
    ("device_id", "kw"), [("grid", None), ("steel", 100.0), ("wind", 0.0), ("pv", 0.0)]
)
def test_every_device_is_explained_with_what_a_kwh_costs_where_it_is(
    device_id: str, kw: float | None
) -> None:
    made, explanation = explained_at(0, device_id)

    assert "One more kWh used at electricity costs 0.1" in explanation.text_en
    expected = made.plan.grid_w[0] if kw is None else kw * 1e3
    assert explanation.power_w == pytest.approx(expected)


def test_a_port_without_a_vehicle_is_not_in_the_plan_and_says_so() -> None:
    _, explanation = explained_at(0, "charger_01")

    assert explanation.power_w == 0.0
    assert "not in this plan" in explanation.text_en
    assert "不在该计划中" in explanation.text_zh


def test_a_plan_of_the_rules_is_explained_without_prices() -> None:
    knowledge = known()
    made = plan_at(PLANT, knowledge, MORNING, lambda problem, limit_s: NoPlan("away"))
    battery = PLANT.park.device("battery")
    kept = unpacked(packed(made.settled.planned))

    explanation = explained(made.plan, reasons_of(made.framed, knowledge), kept, battery, MORNING)

    assert explanation.because == ()
    assert explanation.marginal_micros_per_kwh is None
    assert "no prices are known for this plan" in explanation.text_en


@pytest.mark.parametrize("device_id", ["grid", "battery", "steel"])
def test_where_one_more_kwh_would_break_a_limit_nobody_knows_its_price(device_id: str) -> None:
    connection = replace(PLANT.park.connection, import_limit_w=600_000.0)
    narrow = Plant.of(replace(PLANT.park, connection=connection), SAMPLE)
    knowledge = known(level_pct=10.0)  # empty; six loads of 100 kW take all of the connection
    made = plan_at(narrow, knowledge, MORNING, best_plan)
    kept = unpacked(packed(made.settled.planned))
    device = narrow.park.device(device_id)

    explanation = explained(made.plan, reasons_of(made.framed, knowledge), kept, device, MORNING)
    answers = [reason_message(one) for one in explanation.because]
    (priced,) = plan_message(made.plan).node_prices

    assert made.plan.violations == ()
    assert "would break a limit that is kept" in explanation.text_en
    assert explanation.marginal_micros_per_kwh is None
    assert (answers[0].worth_is_unknown, answers[0].worth_micros) == (True, 0)
    assert not any(one.worth_is_unknown for one in answers[1:])
    assert (priced.unknown_steps[0], priced.price_micros_per_kwh[0]) == (0, 0)
    assert np.isnan(plan_from(plan_message(made.plan)).prices["electricity"][0])


def test_a_record_gives_back_the_problem_the_courses_and_the_margins() -> None:
    planned = explained_at(0)[0].settled.planned

    again = unpacked(packed(planned))

    assert again.problem == planned.problem
    assert again.books.total == pytest.approx(planned.books.total)
    for device, courses in planned.schedule.devices.items():
        for series, values in courses.items():
            assert (again.schedule.devices[device][series] == values).all()
    assert planned.solution is not None
    assert again.solution is not None
    was, now = planned.solution.program, again.solution.program
    assert (was.matrix != now.matrix).nnz == 0
    assert all((was.columns[name] == now.columns[name]).all() for name in was.columns)
    assert all((was.rows[name] == now.rows[name]).all() for name in was.rows)
    assert (planned.solution.duals == again.solution.duals).all()
    assert planned.prices is not None
    assert again.prices is not None
    assert (planned.prices.at("electricity") == again.prices.at("electricity")).all()


def test_unchanged_input_leaves_the_plan_as_it_is() -> None:
    first = plan_at(PLANT, known(), MORNING, best_plan).plan

    second = plan_at(PLANT, known(), MORNING, best_plan, former=first).plan

    for device, course in first.courses.items():
        assert second.courses[device].power_w == pytest.approx(course.power_w, abs=1e-3)


def test_a_plan_without_forecast_or_intensity_says_so() -> None:
    made, _ = explained_at(0)

    assert "no forecast: the last believed values persist" in made.plan.caveats
    assert any("carbon intensities unknown" in caveat for caveat in made.plan.caveats)


def test_a_plan_comes_back_from_the_wire_as_it_went() -> None:
    made, _ = explained_at(0)

    again = plan_from(plan_message(made.plan))

    assert again.plan_id == made.plan.plan_id
    assert plan_message(again) == plan_message(made.plan)


def test_what_the_judge_rejected_is_told_with_the_plan_that_serves_instead() -> None:
    verdicts = chain([[]], repeat(["the battery is overcharged"]))  # of the rules, then of the rest

    def judged(problem: ParkProblem, limit_s: float) -> Planned:
        return planned(problem, solve, limit_s, lambda *_: next(verdicts))

    plan = plan_at(PLANT, known(), MORNING, judged).plan
    again = plan_from(plan_message(plan))

    assert again.origin is Origin.RULES
    assert again.rejected[0] == "optimal: the battery is overcharged (1 faults)"
    assert {*again.rejected} <= {*again.caveats}


def test_of_a_plan_that_was_accepted_at_once_nothing_was_rejected() -> None:
    made, _ = explained_at(0)

    assert made.plan.rejected == ()
    assert not plan_message(made.plan).rejected


def test_the_same_knowledge_at_the_same_time_is_the_same_plan() -> None:
    first, second = (plan_at(PLANT, known(), MORNING, best_plan).plan for _ in range(2))

    assert first.plan_id == second.plan_id
    assert plan_message(first) == plan_message(second)
