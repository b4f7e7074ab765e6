"""A state finds its points again when the park file has changed meanwhile."""

from __future__ import annotations

import pytest

from services.energy.quantities import Quantity
from services.energy.readings import Doubt
from services.energy.site import Point
from services.energy.time_grid import to_microseconds
from services.validation.domain import checkpoint
from services.validation.domain.advancing import advance
from services.validation.domain.batch import Judged, batch_of
from services.validation.domain.checkpoint import state_from_bytes, state_to_bytes
from services.validation.domain.rules import Rules
from services.validation.domain.state import State, new_state
from tests.support.builders import MORNING


def a_meter(name: str) -> Point:
    return Point(f"{name}.import_energy_wh", name, Quantity.IMPORT_ENERGY, 0.0, 1e12)


def rules_of(*meters: Point) -> Rules:
    """Return the rules of these meters, each of 40 kW."""
    powers = [
        Point(f"{m.device_id}.active_power_w", m.device_id, Quantity.ACTIVE_POWER, 0.0, 40_000.0)
        for m in meters
    ]
    return Rules.of([*meters, *powers])


OLD, KEPT, NEW = a_meter("old"), a_meter("kept"), a_meter("new")
BEFORE, NOW = rules_of(OLD, KEPT), rules_of(NEW, KEPT)
MINUTE = 60_000_000
NOON = to_microseconds(MORNING)


def read(state: State, rules: Rules, point: Point, minute: int, wh: float) -> tuple[State, Judged]:
    at_us = NOON + minute * MINUTE
    return advance(state, batch_of([(point.id, at_us, wh)], arrival_us=at_us), rules)


def a_morning() -> State:
    """Return what two meters said in twenty minutes; the second one is doubted in the end."""
    state = new_state(BEFORE)
    for minute in range(20):
        state, _ = read(state, BEFORE, OLD, minute, 5_000.0 + minute)
        state, _ = read(state, BEFORE, KEPT, minute, 90_000.0 + 10 * minute)
    state, judged = read(state, BEFORE, KEPT, 20, 40_000.0)
    assert judged.doubt.tolist() == [Doubt.REGISTER_BACKWARDS]
    return state


def test_a_point_that_is_still_there_goes_on_where_it_was() -> None:
    moved = state_from_bytes(state_to_bytes(a_morning()), NOW)

    moved, fits = read(moved, NOW, KEPT, 21, 90_300.0)
    moved, falls = read(moved, NOW, KEPT, 22, 50_000.0)

    assert fits.doubt.tolist() == [Doubt.NONE]
    assert falls.doubt.tolist() == [Doubt.REGISTER_BACKWARDS]


def test_a_new_point_knows_nothing_of_the_one_whose_place_it_has() -> None:
    moved = state_from_bytes(state_to_bytes(a_morning()), NOW)

    _, judged = read(moved, NOW, NEW, 21, 7.0)

    assert judged.doubt.tolist() == [Doubt.NONE]


def test_there_and_back_is_the_same_state_but_for_what_was_left_out() -> None:
    state = a_morning()
    moved = state_from_bytes(state_to_bytes(state), rules_of(KEPT, OLD))

    assert state_to_bytes(state_from_bytes(state_to_bytes(moved), BEFORE)) == state_to_bytes(state)


def test_a_checkpoint_of_another_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    content = state_to_bytes(a_morning())
    monkeypatch.setattr(checkpoint, "VERSION", checkpoint.VERSION + 1)

    with pytest.raises(ValueError, match="replay from the raw log"):
        state_from_bytes(content, BEFORE)
