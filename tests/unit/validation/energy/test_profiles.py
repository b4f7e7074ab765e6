"""A gap between two register readings, spread like a like day."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from services.energy.like_days import SLOTS, LikeDay, slot_of
from services.energy.time_grid import to_microseconds
from services.validation.domain.energy.edits import EntryRuled
from services.validation.domain.energy.profiles import Profile, profile_of
from services.validation.domain.energy.steps import Method, Ruling
from tests.support.energy import Meter, a_rule, at, believed

UTC_ZONE = ZoneInfo("UTC")
SHANGHAI = ZoneInfo("Asia/Shanghai")


def a_profile(weights: dict[int, int]) -> Profile:
    """Return a profile that weighs 1 everywhere but in these quarters after noon (UTC)."""
    slots = [1] * SLOTS
    for number, weight in weights.items():
        slots[48 + number] = weight
    return Profile(UTC_ZONE, np.array([slots] * 3, np.uint32))


def a_meter(profile: Profile) -> Meter:
    return Meter(a_rule(profile=profile))  # type: ignore[arg-type]


def test_a_long_gap_has_the_shape_of_a_like_day_and_the_sum_of_its_register() -> None:
    meter = a_meter(a_profile({0: 5, 1: 3}))

    meter.reads(believed(0, 0), believed(180, 9001))  # twelve quarters that weigh 18

    assert [meter.at(k).estimated_wh for k in range(12)] == [2500, 1500] + [500] * 9 + [501]
    assert {meter.at(k).methods for k in range(12)} == {Method.PROFILE}


def test_a_short_gap_stays_a_straight_line() -> None:
    meter = a_meter(a_profile({0: 5}))

    meter.reads(believed(0, 0), believed(120, 8000))

    assert {(meter.at(k).estimated_wh, meter.at(k).methods) for k in range(8)} == {
        (1000, Method.LINEAR)
    }


def test_a_shape_without_weight_is_spread_evenly() -> None:
    meter = a_meter(Profile(UTC_ZONE, np.zeros((3, SLOTS), np.uint32)))

    meter.reads(believed(0, 0), believed(150, 10_000))

    assert {meter.at(k).estimated_wh for k in range(10)} == {1000}


def test_a_gap_begins_and_ends_within_a_quarter() -> None:
    meter = a_meter(a_profile({0: 3}))

    # five minutes that weigh three each, eight quarters of one, ten minutes of one: 145 in all
    meter.reads(believed(10, 0), believed(145, 1450), believed(150, 1450))

    assert [meter.at(k).estimated_wh for k in range(10)] == [150] * 9 + [100]


def test_slots_are_local_and_days_are_of_three_kinds() -> None:
    friday_evening = datetime(2019, 6, 7, 16, 15, tzinfo=UTC)  # 00:15 on Saturday in Shanghai

    assert slot_of(to_microseconds(friday_evening), SHANGHAI) == (LikeDay.SATURDAY, 1)
    assert LikeDay.of(datetime(2019, 6, 7)) is LikeDay.WORKDAY  # noqa: DTZ001 - a local day
    assert LikeDay.of(datetime(2019, 6, 9)) is LikeDay.SUNDAY  # noqa: DTZ001


def test_a_profile_is_the_mean_of_what_was_believed() -> None:
    profile = profile_of(np.array([0, 0, 1]), np.array([100, 300, 50]), UTC_ZONE)

    assert profile is not None
    workday, _, sunday = profile.weights_wh.tolist()
    assert workday[:3] == [200, 50, 150]  # unseen: the day's mean
    assert sunday[:3] == [200, 50, 150]  # unseen: like any day


def test_nothing_believed_gives_no_profile() -> None:
    assert profile_of(np.empty(0, np.int64), np.empty(0, np.int64), SHANGHAI) is None


def test_a_profile_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="3 days of 96 slots"):
        Profile(SHANGHAI, np.ones((2, SLOTS), np.uint32))


def test_an_accepted_jump_is_spread_like_a_like_day_too() -> None:
    meter = a_meter(a_profile({0: 5, 1: 3}))
    meter.reads(believed(0, 0), believed(180, 180_000))  # 40 kW move 130 kWh at most
    assert meter.balance_wh() == 180_000

    meter.is_edited(EntryRuled(at(0), at(180), 180_000, Ruling(accepted=True)))

    assert [meter.at(k).estimated_wh for k in range(3)] == [50_000, 30_000, 10_000]
    assert meter.balance_wh() == 0
