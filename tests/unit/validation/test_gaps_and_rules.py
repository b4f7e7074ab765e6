"""Silent points are named, and thresholds are checked."""

from math import inf

import numpy as np
import pytest

from services.energy.quantities import Quantity
from services.energy.site import DeviceKind, Point
from services.validation.domain.batch import batch_of
from services.validation.domain.gaps import Gaps, Heard, gaps, heard, silent
from services.validation.domain.point_rules import PointRules
from services.validation.domain.quality import Sources
from services.validation.domain.rules import Rules, rules_of
from services.validation.domain.silence import MOST_NAMED, SilentPoint, silence_of
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


def test_readings_of_one_time_teach_no_period() -> None:
    player = Player(RULES)
    for minute in range(20):
        at_us = NOW + minute * MINUTE_US
        player.takes(batch_of([(A, at_us, 1.0)], arrival_us=at_us))
        if minute % 4 == 0:
            player.takes(batch_of([(A, at_us, 2.0)], arrival_us=at_us + 1))

    last_us = NOW + 19 * MINUTE_US
    assert gaps(player.state, RULES, last_us + 4 * MINUTE_US).period_us.tolist() == [MINUTE_US]


def test_fewer_than_nine_readings_teach_no_period() -> None:
    for readings, known in ((8, False), (9, True)):
        told = heard(after_minutes(readings).state, NOW)

        assert np.isfinite(told.period_us[0]) == known


def test_a_period_that_is_off_makes_a_point_never_silent() -> None:
    rules = Rules.of(POINTS, overrides={A: {"period_s": inf}})

    assert not len(gaps(after_minutes(20, rules).state, rules, NOW + 10_000 * MINUTE_US))


# ---- what several partitions heard


def heard_at(minute: int, *, period_min: float = 1.0, until: int) -> Heard:
    """Return what a partition knows of A, in minutes from NOW."""
    newest_us, period_us = np.array([NOW + minute * MINUTE_US]), np.array([period_min * MINUTE_US])
    return Heard((A,), newest_us, period_us, NOW + until * MINUTE_US)


def test_a_point_that_another_partition_still_hears_is_not_silent() -> None:
    imported, live = heard_at(0, until=100), heard_at(98, until=100)

    for both in ([imported, live], [live, imported]):
        assert not len(silent(both, RULES))


def test_a_partition_that_was_told_nothing_yet_makes_nothing_silent() -> None:
    older, newer = heard_at(0, until=100), heard_at(50, until=51)  # its checkpoint is of minute 51

    for both in ([older, newer], [newer, older]):
        assert not len(silent(both, RULES))


def test_the_period_is_that_of_the_partition_that_heard_the_point_last_and_knows_one() -> None:
    seconds, quarters = heard_at(0, period_min=0.02, until=9), heard_at(5, period_min=15, until=9)
    one_reading = heard_at(6, period_min=inf, until=60)

    assert not len(silent([seconds, quarters], RULES))
    assert silent([quarters, one_reading], RULES).period_us.tolist() == [15 * MINUTE_US]


def test_a_period_declared_later_reaches_what_was_kept_before() -> None:
    slower = Rules.of(POINTS, overrides={A: {"period_s": 900.0}})
    faster = Rules.of(POINTS, overrides={A: {"period_s": 1.0}})

    assert len(silent([heard_at(0, until=10)], RULES))
    assert not len(silent([heard_at(0, until=10)], slower))
    assert silent([heard_at(0, until=1)], faster).period_us.tolist() == [1e6]


def test_a_period_switched_off_later_makes_nothing_silent_that_was_kept_before() -> None:
    off = Rules.of(POINTS, overrides={A: {"period_s": inf}})
    older, newer = heard_at(0, until=100), heard_at(5, period_min=inf, until=100)

    for kept in ([older], [older, newer], [newer, older]):
        assert not len(silent(kept, off))


def test_a_point_that_left_the_park_file_is_not_silent() -> None:
    gone = Heard(("gone.active_power_w",), np.array([NOW]), np.array([1.0]), NOW + MINUTE_US)

    assert not len(silent([gone], RULES))


def test_the_silent_points_of_a_source_are_counted_and_the_longest_silent_named() -> None:
    points = tuple(f"p{k}.active_power_w" for k in range(30))
    since_us = np.arange(30)[::-1] * MINUTE_US + NOW
    sources = Sources(("far", "near", "quiet"), np.array([0, 0] + [1] * 28))

    silences = silence_of(Gaps(np.arange(30), since_us, np.full(30, 1e6)), points, sources)

    assert {name: one.count for name, one in silences.items()} == {"far": 2, "near": 28, "quiet": 0}
    assert len(silences["near"].longest) == MOST_NAMED
    assert silences["near"].longest[0] == SilentPoint("p29.active_power_w", NOW, 1e6)
    assert [point.point_id[:2] for point in silences["far"].longest] == ["p1", "p0"]


# ---- thresholds


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
