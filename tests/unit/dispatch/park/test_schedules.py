"""The cheapest path through a unit's states equals the best of all sequences (§7)."""

import itertools

import numpy as np
import pytest

from services.dispatch.domain.model.schedules import MILLI, NEVER, StateCosts, cheapest_states
from services.dispatch.domain.park.horizon import Horizon
from services.dispatch.domain.park.units import Output, Unit

STEPS = 7
OFF, ON, STANDBY = range(3)
HOURLY = Horizon(steps=STEPS, step_h=1.0)
EVERYWHERE = np.ones(STEPS, bool)


def a_unit(**changes: object) -> Unit:
    fields = {"id": "unit", "input_node": "gas", "most_kw": 1.0, **changes}
    return Unit(outputs=(Output(node="heat", ratio=1.0),), **fields)  # type: ignore[arg-type]


def costs_of(*on: float) -> StateCosts:
    """What being on costs in each hour, currency units; being off costs nothing."""
    return StateCosts(MILLI * np.array(on), np.full(len(on), NEVER), np.zeros(len(on)))


def test_an_hour_that_costs_less_than_a_start_is_run_through() -> None:
    unit = a_unit(start_cost=10.0)

    on, _ = cheapest_states(unit, HOURLY, EVERYWHERE, costs_of(0.1, 0.1, -20, 5, -20, 0.1, 0.1))

    assert on.tolist() == [0, 0, 1, 1, 1, 0, 0]


def test_standby_bridges_an_hour_after_the_least_time_on() -> None:
    unit = a_unit(start_cost=10.0, standby_kw=0.1)
    costs = costs_of(0.5, 0.5, -20, 5, -20, 0.5, 0.5)
    costs = StateCosts(costs.on, np.full(STEPS, MILLI), costs.off)

    on, standby = cheapest_states(unit, HOURLY, EVERYWHERE, costs)

    assert on.tolist() == [0, 0, 1, 0, 1, 0, 0]
    assert standby.tolist() == [0, 0, 0, 1, 0, 0, 0]


def price_of(unit: Unit, states: tuple[int, ...], costs: StateCosts) -> float:
    """What a sequence of hourly states costs; endless where it breaks a rule."""
    rows = {OFF: costs.off, ON: costs.on, STANDBY: costs.standby}
    total = sum(float(rows[state][k]) for k, state in enumerate(states))
    before, lasted = (ON if unit.on_at_start else OFF), unit.state_since_h
    must_be_on, off_h = 0.0, 0.0 if unit.on_at_start else unit.state_since_h
    for state in states:
        if before == OFF and state != OFF:
            if state == STANDBY or lasted < unit.least_off_h:
                return np.inf
            cold = unit.cold_after_h is not None and off_h >= unit.cold_after_h
            total += MILLI * ((unit.cold_start_cost or 0.0) if cold else unit.start_cost)
            must_be_on = unit.least_on_h
        if must_be_on > 0 and state != ON:
            return np.inf
        must_be_on -= 1.0
        lasted = lasted + 1.0 if (state == OFF) == (before == OFF) else 1.0
        off_h = lasted if state == OFF else 0.0
        before = state
    return total


@pytest.mark.parametrize("seed", range(20))
def test_no_sequence_of_states_is_cheaper(seed: int) -> None:
    rng = np.random.default_rng(seed)
    unit = a_unit(
        start_cost=float(rng.integers(0, 5)),
        cold_start_cost=8.0,
        cold_after_h=2.0,
        least_on_h=float(rng.integers(0, 4)),
        least_off_h=float(rng.integers(0, 4)),
        standby_kw=0.1,
        on_at_start=bool(seed % 2),
    )
    costs = StateCosts(*(MILLI * rng.uniform(-3, 3, (3, STEPS))))

    on, standby = cheapest_states(unit, HOURLY, EVERYWHERE, costs)

    states = tuple((on * ON + standby * STANDBY).astype(int).tolist())
    every = itertools.product((OFF, ON, STANDBY), repeat=STEPS)
    best = min(price_of(unit, states, costs) for states in every)
    assert price_of(unit, states, costs) == pytest.approx(best)
