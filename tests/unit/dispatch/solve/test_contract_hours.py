"""Green power is matched by the hour of the clock, and what is due is paid (§4.3)."""

from itertools import groupby
from typing import Any

import numpy as np
import pytest

from services.dispatch.domain.model.planning import Planned, Status
from tests.support.judged_plans import a_solved_plan, some
from tests.unit.dispatch.solve.documents import a_document, a_plan, mistakes_in, nothing

GREEN = {"id": "green", "grid": "grid", "power_kw": 100, "price_per_kwh": 0.2}
QUARTERS = [0.25] * 4


def a_green_plan(
    kw: list[float], steps_h: list[float] = QUARTERS, start: str | None = None, **more: Any
) -> Planned:
    """Market 0.5 a kWh, 100 kW of green power at 0.2."""
    grid = {"id": "grid", "import_price": 0.5, "import_limit_kw": 1000, "carbon_kg_per_kwh": 0.6}
    given: dict[str, Any] = {"grids": [grid], "contracts": [GREEN]}
    horizon = {"steps_h": steps_h, "start": start}
    plan = a_plan(horizon=horizon, loads=[{"id": "l", "power_kw": kw}], **(given | more))
    assert plan.caveats == () or "solver" in more
    return plan


def taken_kwh(plan: Planned) -> float:
    return float(plan.schedule.devices["green"]["taken_kw"] @ plan.problem.horizon.hours)


def test_what_an_hour_offers_may_be_taken_in_any_part_of_it() -> None:
    plan = a_green_plan([0, 200, 0, 200], contracts=[GREEN | {"take_or_pay_share": 1.0}])

    assert plan.status is Status.OPTIMAL
    assert taken_kwh(plan) == pytest.approx(100.0)
    assert plan.books.total == pytest.approx(20.0)


def test_no_more_is_taken_than_is_imported_and_than_is_offered() -> None:
    assert taken_kwh(a_green_plan([0, 200, 0, 0])) == pytest.approx(50.0)
    assert taken_kwh(a_green_plan([0, 300, 0, 300])) == pytest.approx(100.0)


def test_what_is_left_of_an_hour_is_not_there_in_the_next() -> None:
    plan = a_green_plan([0, 0, 0, 0, 200, 200, 200, 200], QUARTERS * 2)

    assert taken_kwh(plan) == pytest.approx(100.0)


def test_hours_are_those_of_the_clock() -> None:
    kw, halves = [0.0, 200.0, 200.0, 0.0], [0.5] * 4

    assert taken_kwh(a_green_plan(kw, halves)) == pytest.approx(200.0)
    half_past = "2026-06-15T10:30:00+08:00"  # the second and third step make the hour from 11:00
    assert taken_kwh(a_green_plan(kw, halves, half_past)) == pytest.approx(100.0)


def test_steps_that_reach_over_an_hour_are_matched_by_themselves() -> None:
    assert taken_kwh(a_green_plan([0, 200], [1.0, 1.0])) == pytest.approx(100.0)
    assert taken_kwh(a_green_plan([0, 200], [0.75, 0.75])) == pytest.approx(75.0)
    half_past = "2026-06-15T10:30:00+08:00"
    assert taken_kwh(a_green_plan([0, 200], [1.0, 1.0], half_past)) == pytest.approx(100.0)
    assert taken_kwh(a_green_plan([0, 150], [2.0, 2.0])) == pytest.approx(200.0)


def test_what_is_taken_stands_for_the_dearest_import_of_the_hour() -> None:
    grid = {"id": "grid", "import_price": [0.1, 0.9, 0.5, 0.3], "import_limit_kw": 1000}

    plan = a_green_plan([200, 200, 200, 200], grids=[grid])

    assert plan.schedule.devices["green"]["taken_kw"].tolist() == pytest.approx([0, 200, 200, 0])


def test_carbon_is_of_the_energy_that_was_matched() -> None:
    plan = a_green_plan([0, 200, 0, 400], carbon={"price_per_kg": 1.0})

    assert plan.books.money["carbon"] == pytest.approx(50 * 0.6)


def test_the_judge_refuses_what_an_hour_does_not_offer() -> None:
    problem = a_green_plan([0, 200, 200, 200]).problem
    plan = a_solved_plan(problem)
    assert plan.faults == []

    beyond = plan.changed("green", "taken_kw", 1, 200.0).changed("green", "taken_kw", 2, 200.0)

    assert some(beyond.changed("green", "taken_kw", 3, 1.0).faults, "100.2500 kWh of 100.0000 kWh")
    assert not some(beyond.changed("green", "taken_kw", 3, 0.0).faults, "in the hour")
    assert some(plan.changed("green", "taken_kw", 0, 1.0).faults, "contracts take")
    assert some(plan.changed("green", "taken_kw", 0, -1.0).faults, "is not within 0.0000..inf")


def test_rules_match_by_the_hour_too() -> None:
    grid = {"id": "grid", "import_price": [0.1, 0.9, 0.5, 0.3], "import_limit_kw": 1000}
    dear = GREEN | {"id": "dear", "price_per_kwh": 0.4}

    plan = a_green_plan([200, 200, 100, 200], grids=[grid], contracts=[dear, GREEN], solver=nothing)

    assert plan.status is Status.RULES
    assert plan.schedule.devices["green"]["taken_kw"].tolist() == pytest.approx([0, 200, 100, 100])
    assert plan.schedule.devices["dear"]["taken_kw"].tolist() == pytest.approx([0, 0, 0, 0])


@pytest.mark.parametrize("seed", range(20))
def test_each_hour_takes_the_least_of_what_is_offered_and_imported(seed: int) -> None:
    rng = np.random.default_rng(seed)
    kw, offered_kw = rng.integers(0, 200, 12).astype(float), rng.integers(0, 200, 12).astype(float)
    minutes = int(rng.choice([0, 15, 45]))

    plan = a_green_plan(
        kw.tolist(),
        [0.25] * 12,
        f"2026-06-15T10:{minutes:02}:00+08:00",
        contracts=[GREEN | {"power_kw": offered_kw.tolist()}],
    )

    by_hour = groupby(range(12), lambda k: (k + minutes // 15) // 4)
    hours = [list(steps) for _, steps in by_hour]
    matched = sum(min(kw[steps].sum(), offered_kw[steps].sum()) / 4 for steps in hours)
    assert taken_kwh(plan) == pytest.approx(matched)
    assert plan.books.total == pytest.approx(kw.sum() / 4 * 0.5 - matched * 0.3)


# --- take or pay -------------------------------------------------------------------------------


DEAR = GREEN | {"price_per_kwh": 0.7, "take_or_pay_share": 0.8}  # the market's 0.5 is cheaper


def a_due_plan(**contract: float) -> Planned:
    """An hour of 200 kW, of which green power is taken only where it is paid all the same."""
    return a_green_plan([200], [1.0], contracts=[DEAR | contract])


@pytest.mark.parametrize(
    ("contract", "due_kwh"),
    [
        ({}, 80.0),
        ({"offered_so_far_kwh": 100, "taken_so_far_kwh": 100}, 60.0),
        ({"offered_so_far_kwh": 100, "taken_so_far_kwh": 70}, 90.0),
        ({"offered_so_far_kwh": 100, "taken_so_far_kwh": 20}, 100.0),  # 40 kWh are lost
        ({"offered_so_far_kwh": 400, "taken_so_far_kwh": 400}, 0.0),
        ({"offered_later_kwh": 100}, 60.0),
        ({"offered_later_kwh": 400}, 0.0),
        ({"offered_so_far_kwh": 300, "taken_so_far_kwh": 190, "offered_later_kwh": 100}, 100.0),
        ({"offered_so_far_kwh": 300, "taken_so_far_kwh": 250, "offered_later_kwh": 100}, 50.0),
    ],
)
def test_due_is_what_cannot_be_taken_afterwards(contract: dict[str, float], due_kwh: float) -> None:
    plan = a_due_plan(**contract)

    assert taken_kwh(plan) == pytest.approx(due_kwh)
    assert plan.books.total == pytest.approx(due_kwh * 0.7 + (200 - due_kwh) * 0.5)


def test_what_is_due_and_not_imported_is_paid() -> None:
    plan = a_green_plan([50], [1.0], contracts=[DEAR | {"offered_later_kwh": 100}])

    assert plan.books.total == pytest.approx(60 * 0.7)


def test_rules_take_nothing_dear_that_is_not_due() -> None:
    paid = DEAR | {"offered_so_far_kwh": 400, "taken_so_far_kwh": 400}

    assert taken_kwh(a_green_plan([200], [1.0], contracts=[paid], solver=nothing)) == 0.0
    assert taken_kwh(a_green_plan([200], [1.0], contracts=[DEAR], solver=nothing)) == 100.0


def test_no_more_was_taken_than_was_offered() -> None:
    told = mistakes_in(a_document(contracts=[GREEN | {"taken_so_far_kwh": 5}]))

    assert told == {
        "contracts[0]": "taken_so_far_kwh 5 is more than offered_so_far_kwh 0: "
        "give both of the same period"
    }
