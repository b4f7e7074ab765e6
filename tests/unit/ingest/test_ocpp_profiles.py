"""Power limits as charging profiles: they end by themselves and never allow more than was said."""

import math
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.adapters.ocpp.profiles import Rate, fail_safe, held_w, lease
from tests.support.builders import MORNING

ONE_PHASE = {"limit": 10, "number_phases": 1}
AMPERES = Rate("A", phases=3, voltage_v=230.0)


def test_a_lease_ends_by_itself_and_lies_above_the_fail_safe() -> None:
    above = lease(Rate(), 2, 3_500.0, MORNING, MORNING + timedelta(minutes=10))
    below = fail_safe(Rate(), 2, 2_000.0, MORNING)

    schedule = above["charging_schedule"]
    assert schedule["duration"] == 600
    assert schedule["charging_schedule_period"] == [{"start_period": 0, "limit": 3500.0}]
    assert above["valid_to"] == "2019-06-03T22:10:00.000Z"
    assert above["stack_level"] > below["stack_level"]
    assert above["id"] != below["id"]
    assert "duration" not in below["charging_schedule"]
    assert "valid_to" not in below


def test_a_charger_that_counts_amperes_is_told_amperes_a_phase() -> None:
    period = lease(AMPERES, 1, 6_900.0, MORNING, MORNING + timedelta(minutes=1))[
        "charging_schedule"
    ]["charging_schedule_period"]

    assert period == [{"start_period": 0, "limit": 10.0, "number_phases": 3}]


@given(st.floats(0, 1e6), st.sampled_from([Rate(), AMPERES]))
def test_rounding_never_allows_more(power_w: float, rate: Rate) -> None:
    allowed_w = rate.power_of(rate.limit_of(power_w), rate.unit, None)

    assert allowed_w <= power_w + 1e-3
    assert allowed_w >= power_w - rate.step_w - 1e-3


@pytest.mark.parametrize(
    ("schedule", "power_w"),
    [
        ({"charging_rate_unit": "W", "charging_schedule_period": [{"limit": 3500}]}, 3500.0),
        ({"charging_rate_unit": "A", "charging_schedule_period": [{"limit": 10}]}, 6900.0),
        (
            {
                "charging_rate_unit": "A",
                "charging_schedule_period": [{"limit": 10, "number_phases": 1}],
            },
            2300.0,
        ),
        ({"charging_schedule_period": []}, None),
        (None, None),
        ({"charging_schedule_period": [{"limit": "ten"}]}, None),
        ({"charging_schedule_period": [{"limit": math.nan}]}, None),
        ({"charging_schedule_period": [{"limit": 10**400}]}, None),
    ],
)
def test_what_a_charger_holds_is_read_back_in_watts(
    schedule: object, power_w: float | None
) -> None:
    assert held_w(Rate(), schedule) == power_w
