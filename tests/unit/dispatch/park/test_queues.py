"""Work that comes and may wait (§5.5)."""

import itertools
from typing import Any

import numpy as np
import pytest

from services.dispatch.domain import solver
from services.dispatch.domain.park.demand import WorkQueue
from services.dispatch.domain.park.network import Grid
from services.dispatch.domain.park.problem import ParkProblem
from tests.support.parks_to_plan import a_park_at, planned

FALLING = (4.0, 3.0, 2.0, 1.0)


def a_queue(**more: Any) -> WorkQueue:
    """Up to 10 kW; 6 kWh come at the beginning and must be done within three hours."""
    given: dict[str, Any] = {
        "id": "jobs",
        "arriving_kwh": (6.0, 0.0, 0.0, 0.0),
        "patience_h": 3.0,
        "power_kw": 10.0,
    }
    return WorkQueue(**(given | more))


def test_work_waits_for_the_cheapest_hour_before_it_is_due() -> None:
    plan = planned(a_park_at(FALLING, queues=(a_queue(),)))

    assert plan.course("jobs", "power_kw") == [0, 0, 6, 0]
    assert plan.course("jobs", "backlog_kwh") == [6, 6, 0, 0]
    assert plan.course("jobs", "late_kwh") == [0, 0, 0, 0]
    assert plan.books.total == pytest.approx(12.0)


def test_work_is_not_done_before_it_comes() -> None:
    plan = planned(a_park_at((1.0, 2.0, 3.0, 4.0), queues=(a_queue(arriving_kwh=3.0),)))

    assert plan.course("jobs", "power_kw") == [3, 3, 0, 0]  # the last two are due after the horizon


def test_work_that_is_due_after_the_horizon_may_wait() -> None:
    plan = planned(a_park_at(FALLING, queues=(a_queue(patience_h=4.5),)))

    assert plan.course("jobs", "power_kw") == [0, 0, 0, 0]
    assert plan.course("jobs", "backlog_kwh") == [6, 6, 6, 6]
    assert plan.broken == []


def test_a_deadline_within_a_step_counts_at_the_end_of_it() -> None:
    plan = planned(a_park_at(FALLING, queues=(a_queue(patience_h=1.5),)))

    assert plan.course("jobs", "power_kw") == [0, 6, 0, 0]


def test_the_backlog_has_a_deadline_of_its_own() -> None:
    inherited = a_queue(arriving_kwh=0.0, backlog_kwh=5.0, backlog_patience_h=2.0)

    plan = planned(a_park_at(FALLING, queues=(inherited,)))

    assert plan.course("jobs", "power_kw") == [0, 5, 0, 0]


def test_what_cannot_be_done_in_time_is_late_for_as_long_as_it_waits() -> None:
    slow = a_queue(power_kw=2.0, patience_h=1.0)

    plan = planned(a_park_at(FALLING, queues=(slow,)))

    assert plan.course("jobs", "power_kw") == [2, 2, 2, 0]
    assert plan.course("jobs", "late_kwh") == [4, 2, 0, 0]
    assert plan.broken == [("late", "jobs", 0, 4.0), ("late", "jobs", 1, 2.0)]
    assert plan.books.money["violations"] == pytest.approx((4 + 2) * 40 * 4)


def test_late_work_counts_by_the_hour_however_short_the_steps_are() -> None:
    slow = a_queue(power_kw=2.0, patience_h=0.5)

    plan = planned(a_park_at(FALLING, (0.5, 0.5, 1.0, 1.0), queues=(slow,)))

    # 5 kWh are late for half an hour, 4 for another one, 2 for an hour
    assert plan.course("jobs", "late_kwh") == [5, 4, 2, 0]
    assert sum(size for *_, size in plan.broken) == pytest.approx(2.5 + 2.0 + 2.0)


def test_work_may_be_late_at_a_price_of_its_own() -> None:
    cheap = a_queue(patience_h=1.0, late_price_per_kwh=0.5)

    plan = planned(a_park_at((3.4, 2.4, 1.4, 0.4), queues=(cheap,)))

    # each hour of waiting saves 1.0 a kWh and costs 0.5
    assert plan.course("jobs", "power_kw") == [0, 0, 0, 6]
    assert plan.broken == []
    assert plan.books.money["late work"] == pytest.approx(3 * 6 * 0.5)


def test_work_is_late_for_many_hours_rather_than_beyond_the_connection() -> None:
    closed = Grid(id="grid", import_price=1.0, import_limit_kw=0.0)

    plan = planned(
        a_park_at(
            (1.0,) * 20, grids=(closed,), queues=(a_queue(arriving_kwh=0.0, backlog_kwh=6.0),)
        )
    )

    assert plan.course("jobs", "power_kw") == [0] * 20
    assert {limit for limit, *_ in plan.broken} == {"late"}


def test_while_there_is_work_a_queue_draws_its_least_power() -> None:
    busy = a_queue(least_kw=2.0, patience_h=4.0)

    plan = planned(a_park_at((4.0, 3.0, 1.0, 2.0), queues=(busy,)))

    assert plan.course("jobs", "power_kw") == [2, 2, 2, 0]


def test_the_last_of_the_work_may_be_less_than_the_least_power() -> None:
    busy = a_queue(arriving_kwh=(3.0, 0.0, 0.0, 1.0), least_kw=2.0, patience_h=9.0)

    plan = planned(a_park_at(FALLING, queues=(busy,)))

    assert plan.course("jobs", "power_kw") == [2, 1, 0, 1]


def test_a_queue_without_least_power_needs_no_whole_numbers() -> None:
    plan = planned(a_park_at(FALLING, queues=(a_queue(),)))

    assert len(plan.solved.solution.program.integer) == 0


# --- against every way there is ----------------------------------------------------------------


def cheapest_of_all(problem: ParkProblem) -> float:
    """Try every whole power in every hour."""
    (queue,), (grid,), n = problem.queues, problem.grids, len(problem.horizon)
    arriving, prices = np.array(queue.arriving_kwh), np.array(grid.import_price)
    powers = np.array(list(itertools.product(range(int(queue.power_kw) + 1), repeat=n)), np.float64)
    work = queue.backlog_kwh + np.cumsum(arriving) - np.cumsum(powers, axis=1) + powers
    wrong = (powers > work) | (powers < np.minimum(queue.least_kw, work))
    due = np.zeros(n)
    deadlines = [
        queue.backlog_patience_h or queue.patience_h,
        *(k + queue.patience_h for k in range(n)),
    ]
    for deadline_h, kwh in zip(deadlines, (queue.backlog_kwh, *arriving), strict=True):
        if deadline_h <= n:
            due[int(np.ceil(deadline_h)) - 1 :] += kwh
    late = np.maximum(0.0, due - np.cumsum(powers, axis=1)).sum(axis=1)
    late_price = 40.0 * max(1.0, float(np.abs(prices).max()))
    cost = powers @ prices + late * late_price
    return float(cost[~wrong.any(axis=1)].min())


def a_random_park(seed: int) -> ParkProblem:
    draw = np.random.default_rng(seed)
    queue = a_queue(
        arriving_kwh=tuple(draw.integers(0, 5, 6).astype(float).tolist()),
        patience_h=float(draw.choice([1.0, 1.5, 3.0, 5.0])),
        backlog_kwh=float(draw.integers(0, 4)),
        backlog_patience_h=float(draw.choice([0.5, 2.0])),
        power_kw=5.0,
        least_kw=float(draw.integers(0, 4)),
    )
    prices = tuple((draw.integers(-2, 9, 6) / 2).tolist())
    return a_park_at(prices, queues=(queue,))


@pytest.mark.parametrize("seed", range(30))
def test_no_course_of_whole_powers_is_cheaper(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solver, "GAP", 0.0)
    problem = a_random_park(seed)

    plan = planned(problem)

    assert plan.books.total == pytest.approx(cheapest_of_all(problem), abs=1e-6)
