"""Loads that may be switched off as a whole (§5.2)."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from services.dispatch.domain import solver
from services.dispatch.domain.judge import faults
from services.dispatch.domain.model.fallback import by_rules
from services.dispatch.domain.model.whole import booked
from services.dispatch.domain.park.demand import Interruption, Load
from services.dispatch.domain.park.horizon import Horizon
from services.dispatch.domain.park.network import Grid
from services.dispatch.domain.park.problem import ParkProblem
from tests.support.parks_to_plan import a_park_at, planned

PEAKS = (1.0, 5.0, 1.0, 4.0, 1.0, 1.0)


def a_load(power_kw: Any = 10.0, **interruption: Any) -> Load:
    """10 kW that may be switched off at 2.0 for each kWh that is not served."""
    return Load(
        id="pumps",
        power_kw=power_kw,
        interruption=Interruption(**({"price_per_kwh": 2.0} | interruption)),
    )


def test_a_load_is_off_where_energy_costs_more_than_its_interruption() -> None:
    plan = planned(a_park_at(PEAKS, loads=(a_load(),)))

    assert plan.course("pumps", "off") == [0, 1, 0, 1, 0, 0]
    assert plan.course("pumps", "power_kw") == [10, 0, 10, 0, 10, 10]
    assert plan.books.money["interruption"] == pytest.approx(2 * 10 * 2.0)
    assert plan.books.total == pytest.approx(40.0 + 40.0)


def test_a_load_is_never_served_in_part() -> None:
    half = Grid(id="grid", import_price=1.0, import_limit_kw=5.0)

    plan = planned(a_park_at((1.0,), grids=(half,), loads=(a_load(),)))

    assert plan.course("pumps", "power_kw") == [0]
    assert plan.broken == []


def test_an_interruption_lasts_long_enough() -> None:
    plan = planned(a_park_at(PEAKS, loads=(a_load(least_h=2.0, most_starts=1),)))

    # hours 0 and 1, or 1 and 2, save (1 - 2) + (5 - 2) a kW; 1 to 3 save 4
    assert plan.course("pumps", "off") == [0, 1, 1, 1, 0, 0]


def test_an_interruption_that_begins_late_lasts_until_the_horizon_ends() -> None:
    plan = planned(a_park_at((1.0, 1.0, 5.0), loads=(a_load(least_h=2.0),)))

    assert plan.course("pumps", "off") == [0, 0, 1]


def test_an_interruption_lasts_no_longer_than_it_may() -> None:
    plan = planned(a_park_at((5.0, 4.0, 3.0, 5.0), loads=(a_load(most_h=2.0),)))

    assert plan.course("pumps", "off") == [1, 1, 0, 1]


def test_a_load_is_not_off_in_a_step_that_is_longer_than_an_interruption_may_last() -> None:
    load = a_load(most_h=0.5)

    plan = planned(a_park_at((5.0, 5.0, 5.0), (0.25, 0.25, 1.0), loads=(load,)))

    assert plan.course("pumps", "off") == [1, 1, 0]


def test_interruptions_are_no_more_than_they_may_be() -> None:
    plan = planned(a_park_at(PEAKS, loads=(a_load(most_starts=1, most_h=1.0),)))

    assert plan.course("pumps", "off") == [0, 1, 0, 0, 0, 0]


def test_each_day_has_its_interruptions_and_the_first_had_some_before() -> None:
    horizon = Horizon(start=datetime(2026, 6, 15, 22, tzinfo=UTC), steps=6, step_h=1.0)
    prices = (5.0, 1.0, 5.0, 1.0, 5.0, 1.0)
    fresh, used = (
        a_load(most_h=1.0, most_starts_per_day=1, starts_today=today) for today in (0, 1)
    )

    first = planned(a_park_at(prices, loads=(fresh,), horizon=horizon))
    second = planned(a_park_at(prices, loads=(used,), horizon=horizon))

    assert first.course("pumps", "off")[:2] == [1, 0]
    assert second.course("pumps", "off")[:2] == [0, 0]
    assert sum(first.course("pumps", "off")[2:]) == sum(second.course("pumps", "off")[2:]) == 1


@pytest.mark.parametrize(
    ("off_h", "rule", "off"),
    [
        (1.0, {"most_h": 1.0}, [0, 1, 0]),
        (1.0, {"most_h": 2.0}, [1, 0, 1]),
        (0.5, {"most_h": 1.0}, [0, 1, 0]),
        (3.0, {"most_starts": 0}, [1, 1, 1]),
        (3.0, {"price_per_start": 100.0}, [1, 1, 1]),
        (3.0, {"price_per_start": 100.0, "most_h": 4.0}, [1, 0, 0]),
    ],
)
def test_an_interruption_that_goes_on_has_lasted_and_is_no_start(
    off_h: float, rule: dict[str, float], off: list[int]
) -> None:
    """Each hour off spares more than it costs, the earlier the more."""
    plan = planned(a_park_at((4.0, 3.5, 3.0), loads=(a_load(off_h=off_h, **rule),)))

    assert plan.course("pumps", "off") == off


@pytest.mark.parametrize(
    ("off_h", "rule", "off"),
    [
        (1.0, {"least_h": 3.0}, [1, 1, 0]),
        (3.0, {"least_h": 3.0}, [0, 0, 0]),
        (0.5, {"least_h": 1.0, "most_h": 1.0}, [0, 0, 0]),
    ],
)
def test_an_interruption_that_goes_on_lasts_long_enough(
    off_h: float, rule: dict[str, float], off: list[int]
) -> None:
    """It is not worth it; a whole step more would be too long where it has lasted 0.5 of 1.0 h."""
    problem = a_park_at((1.0, 1.0, 1.0), loads=(a_load(off_h=off_h, **rule),))

    plan, ruled = planned(problem), by_rules(problem)

    assert plan.course("pumps", "off") == ruled.devices["pumps"]["off"].tolist() == off
    for schedule in (plan.schedule, ruled):
        books = booked(problem, schedule)
        assert faults(problem, schedule, books.breaches, books.money) == []


def test_each_interruption_has_its_price() -> None:
    plan = planned(a_park_at(PEAKS, loads=(a_load(price_per_start=25.0),)))

    # off at 5 saves 30, off at 4 another 20, and an hour between them at 1 costs 10 more
    assert plan.course("pumps", "off") == [0, 1, 1, 1, 0, 0]
    assert plan.books.money["interruption"] == pytest.approx(3 * 10 * 2.0 + 25.0)


def test_a_load_without_power_is_not_switched_off_for_nothing() -> None:
    plan = planned(a_park_at((5.0, 5.0), loads=(a_load((0.0, 10.0)),)))

    assert plan.course("pumps", "off") == [0, 1]


# --- against every way there is ----------------------------------------------------------------


def cheapest_of_all(problem: ParkProblem) -> float:
    """Try every pattern of on and off."""
    (load,), (grid,), hours = problem.loads, problem.grids, problem.horizon.hours
    costs = []
    for off in itertools.product((False, True), repeat=len(hours)):
        rule = load.interruption or Interruption()
        if not (off[0] or goes_on_rightly(rule, 0.0, float(hours[0]))):
            continue
        interruptions = list(lasting_h(off, hours))
        if off[0] and rule.off_h:
            first_h, to_the_end = interruptions.pop(0)
            next_h = float(hours[off.index(False)]) if not to_the_end else np.inf
            if not goes_on_rightly(rule, first_h, next_h):
                continue
        if not all(may_last(load, *one) for one in interruptions):
            continue
        if len(interruptions) > (rule.most_starts or len(hours)):
            continue
        if not all(few_enough(rule, off, day) for day in range(2)):
            continue
        served = np.where(off, 0.0, np.array(load.power_kw))
        lost_kwh = float((np.array(load.power_kw) - served) @ hours)
        peak = max(0.0, float(served.max()) - (grid.contracted_kw or 0.0))
        cost = float(served * np.array(grid.import_price) @ hours)
        cost += lost_kwh * rule.price_per_kwh + len(interruptions) * rule.price_per_start
        costs.append(cost + peak * grid.excess_price_per_kw)
    return min(costs)


MIDNIGHT = 5
"""The step that begins at midnight in the random parks with a start."""


def few_enough(rule: Interruption, off: tuple[bool, ...], day: int) -> bool:
    """Whether interruptions that begin before (day 0) or after midnight are as few as allowed."""
    if rule.most_starts_per_day is None:
        return True
    was_off = (rule.off_h > 0, *off[:-1])
    starts = [k for k in range(len(off)) if off[k] and not was_off[k]]
    count = sum((k >= MIDNIGHT) == bool(day) for k in starts)
    return count == 0 or count + (0 if day else rule.starts_today) <= rule.most_starts_per_day


def lasting_h(off: tuple[bool, ...], hours: Any) -> Any:
    """Yield how long each interruption lasts, and whether it reaches the horizon's end."""
    for is_off, steps in itertools.groupby(range(len(off)), key=lambda k: off[k]):
        if is_off:
            each = list(steps)
            yield sum(float(hours[k]) for k in each), each[-1] == len(off) - 1


def goes_on_rightly(rule: Interruption, lasts_h: float, next_h: float) -> bool:
    """Whether one that goes on is long enough, or too long with the next step, but not too long."""
    if not rule.off_h:
        return True
    whole_h, most_h = rule.off_h + lasts_h, rule.most_h or np.inf
    long_enough = whole_h >= rule.least_h - 1e-9 or whole_h + next_h > min(most_h, 1e9) + 1e-9
    return long_enough and (not lasts_h or whole_h <= most_h + 1e-9)


def may_last(load: Load, lasts_h: float, until_the_end: bool) -> bool:
    rule = load.interruption or Interruption()
    long_enough = until_the_end or lasts_h >= rule.least_h - 1e-9
    return long_enough and lasts_h <= (rule.most_h or np.inf) + 1e-9


def a_random_park(seed: int) -> ParkProblem:
    draw = np.random.default_rng(seed)
    steps_h = [(1.0,) * 8, (0.25, 0.25, 0.5, 0.5, 0.5, 1.0, 1.0, 1.0)][seed % 2]
    load = a_load(
        tuple(draw.integers(1, 9, 8).astype(float).tolist()),
        price_per_start=float(draw.choice([0.0, 3.0])),
        least_h=float(draw.choice([0.0, 1.0, 2.0])),
        most_h=float(draw.choice([2.0, 3.0])) if draw.random() < 0.6 else None,
        most_starts=int(draw.integers(1, 4)) if draw.random() < 0.6 else None,
        most_starts_per_day=int(draw.integers(0, 3)) if draw.random() < 0.4 else None,
        starts_today=int(draw.integers(0, 3)) if draw.random() < 0.4 else 0,
        off_h=float(draw.choice([0.0, 0.0, 0.5, 1.0, 2.5])),
    )
    midnight = datetime(2026, 6, 16, tzinfo=UTC)
    start = midnight - timedelta(hours=sum(steps_h[:MIDNIGHT]))
    prices = tuple((draw.integers(0, 12, 8) / 2).tolist())
    grid = Grid(
        id="grid",
        import_price=prices,
        import_limit_kw=1000.0,
        contracted_kw=4.0,
        excess_price_per_kw=3.0,
    )
    horizon = Horizon(start=start, steps_h=steps_h)
    return a_park_at(prices, loads=(load,), grids=(grid,), horizon=horizon)


@pytest.mark.parametrize("seed", range(40))
def test_no_pattern_of_on_and_off_is_cheaper(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solver, "GAP", 0.0)
    problem = a_random_park(seed)

    plan = planned(problem)

    assert plan.books.total == pytest.approx(cheapest_of_all(problem), abs=1e-6)
    assert faults(problem, plan.schedule, plan.books.breaches, plan.books.money) == []
