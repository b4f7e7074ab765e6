"""Silent points are named, and thresholds are checked."""

import pytest

from services.energy.quantities import Quantity
from services.energy.site import DeviceKind, Point
from services.validation.domain.batch import batch_of
from services.validation.domain.gaps import gaps
from services.validation.domain.point_rules import PointRules
from services.validation.domain.rules import Rules, rules_of
from services.validation.domain.state import new_state
from tests.support.builders import a_park
from tests.support.validation import MINUTE_US, Player

A, B = "a.active_power_w", "b.active_power_w"
POINTS = [Point(name, name[0], Quantity.ACTIVE_POWER, 0.0, 1e6) for name in (A, B)]
RULES = Rules.of(POINTS)
NOW = 1_559_599_200_000_000


def after_minutes(minutes: int, rules: Rules = RULES) -> Player:
    """Return what is known when A has spoken every minute and B once."""
    player = Player(rules)
    for minute in range(minutes):
        at_us = NOW + minute * MINUTE_US
        readings = [(A, at_us, 1.0)] + ([(B, at_us, 1.0)] if minute == 0 else [])
        player.takes(batch_of(readings, arrival_us=at_us))
    return player


def test_a_point_is_silent_once_three_of_its_periods_have_passed() -> None:
    player, last_us = after_minutes(20), NOW + 19 * MINUTE_US

    assert not len(gaps(player.state, RULES, last_us + 3 * MINUTE_US))
    silent = gaps(player.state, RULES, last_us + 3 * MINUTE_US + 1)
    assert (silent.row.tolist(), silent.since_us.tolist()) == ([0], [last_us])
    assert silent.period_us.tolist() == [MINUTE_US]


def test_a_declared_period_needs_no_learning() -> None:
    rules = Rules.of(POINTS, overrides={B: {"period_s": 60.0}})

    silent = gaps(after_minutes(20, rules).state, rules, NOW + 19 * MINUTE_US)

    assert silent.row.tolist() == [1]


def test_a_point_never_heard_of_has_no_gap() -> None:
    rules = Rules.of(POINTS, overrides={A: {"period_s": 60.0}})

    assert not len(gaps(new_state(rules), rules, NOW))


def test_thresholds_are_changed_per_point() -> None:
    rules = Rules.of(POINTS, {"a": DeviceKind.LOAD}, {A: {"spike_above": 7.0}})

    assert rules.of_point[0].spike_above == 7.0
    assert rules.of_point[0].unit_slip_above == 50_000.0  # a twentieth of the largest value


@pytest.mark.parametrize(
    ("overrides", "says"),
    [
        ({A: {"spike": 1.0}}, "no rule spike"),
        ({"c.active_power_w": {"spike_above": 1.0}}, "the park has no such point"),
        ({A: {"spike_above": -1.0}}, "spike_above is -1.0"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(
    overrides: dict[str, dict[str, float]], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        Rules.of(POINTS, overrides=overrides)


def test_a_range_upside_down_is_refused() -> None:
    with pytest.raises(ValueError, match="swap them"):
        PointRules(2.0, 1.0)


def test_every_point_of_the_demo_park_has_rules() -> None:
    rules = rules_of(a_park())

    assert rules.ids == tuple(point.id for point in a_park().points)
