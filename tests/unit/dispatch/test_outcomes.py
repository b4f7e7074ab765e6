"""Every set-point ends exactly once."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.dispatch.domain.outcomes import Delivery, Ended, Open, Outcome
from services.dispatch.domain.tracking import Tracker, opened
from tests.support.builders import MORNING, after
from tests.unit.dispatch.builders import PLANT


def a_tracker(device: str = "battery", kw: float = 400.0, number: int = 1) -> Tracker:
    tracker = Tracker(grace=timedelta(minutes=2))
    tracker.issue(a_setpoint(device, kw, number), MORNING)
    return tracker


def a_setpoint(device: str = "battery", kw: float = 400.0, number: int = 1) -> Open:
    return opened(PLANT, f"sp-{number}", device, kw * 1e3, MORNING, after(minutes=10))


def accepted(tracker: Tracker) -> Tracker:
    assert tracker.deliver("sp-1", Delivery.ACCEPTED, "", after(10)) == []
    return tracker


def outcome(ended: list[Ended]) -> Outcome:
    (one,) = ended
    return one.outcome


def test_a_battery_measured_within_five_percent_has_achieved_its_set_point() -> None:
    tracker = accepted(a_tracker(kw=400))

    ended = tracker.measure("battery", 381_000, after(60), after(61))

    assert outcome(ended) is Outcome.ACHIEVED
    assert ended[0].measured_w == 381_000


def test_a_reading_from_before_the_acceptance_proves_nothing() -> None:
    tracker = accepted(a_tracker(kw=400))

    assert tracker.measure("battery", 400_000, after(9), after(61)) == []


def test_a_limit_is_kept_by_any_power_below_it() -> None:
    tracker = accepted(a_tracker("pv", kw=1500))

    assert outcome(tracker.measure("pv", -200_000, after(60), after(61))) is Outcome.ACHIEVED


def test_a_charger_may_be_half_a_kilowatt_off() -> None:
    tracker = accepted(a_tracker("charger_01", kw=2))
    assert tracker.measure("charger_01", 2_600, after(60), after(61)) == []

    assert outcome(tracker.measure("charger_01", 2_400, after(120), after(121))) is Outcome.ACHIEVED


def test_a_ramping_battery_is_given_its_time() -> None:
    # 3,000 kW from end to end at 100 kW/s: 30 s
    tracker = accepted(a_tracker(kw=1500))
    for second in (12, 20, 30, 39):
        assert tracker.measure("battery", 100_000, after(second), after(second)) == []

    assert tracker.open["sp-1"].mismatches == 0


def test_accepted_but_measured_elsewhere_for_longer_is_partial() -> None:
    tracker = accepted(a_tracker(kw=400))
    assert tracker.measure("battery", 100_000, after(60), after(61)) == []
    assert tracker.measure("battery", 100_000, after(120), after(121)) == []

    assert outcome(tracker.measure("battery", 0, after(180), after(181))) is Outcome.PARTIAL


def test_a_refusal_is_rejected_with_the_devices_reason() -> None:
    ended = a_tracker().deliver("sp-1", Delivery.REJECTED, "local mode", after(5))

    assert outcome(ended) is Outcome.REJECTED
    assert ended[0].reason == "local mode"


def test_a_time_out_waits_for_the_lease_to_end() -> None:
    tracker = a_tracker()
    assert tracker.deliver("sp-1", Delivery.TIMEOUT, "", after(5)) == []
    assert tracker.tick(after(minutes=11)) == []  # its last readings may still arrive

    assert outcome(tracker.tick(after(minutes=12))) is Outcome.EXPIRED


def test_a_lease_that_ends_measured_elsewhere_is_partial() -> None:
    tracker = accepted(a_tracker(kw=400))
    tracker.measure("battery", 0, after(minutes=9), after(minutes=9))

    assert outcome(tracker.tick(after(minutes=12))) is Outcome.PARTIAL


def test_a_newer_set_point_supersedes_the_one_before() -> None:
    ended = a_tracker().issue(a_setpoint(kw=100, number=2), after(60))

    assert outcome(ended) is Outcome.SUPERSEDED
    assert ended[0].setpoint_id == "sp-1"


def test_nothing_that_comes_after_the_end_changes_it() -> None:
    tracker = accepted(a_tracker(kw=400))
    tracker.measure("battery", 400_000, after(60), after(61))

    assert tracker.deliver("sp-1", Delivery.REJECTED, "late", after(70)) == []
    assert tracker.measure("battery", 0, after(80), after(80)) == []
    assert tracker.tick(after(minutes=60)) == []


@given(st.lists(st.integers(0, 5), max_size=30))
def test_whatever_happens_each_set_point_ends_at_most_once_and_at_last_surely(
    events: list[int],
) -> None:
    tracker, ended, now, number = a_tracker(), [], MORNING, 1
    for event in events:
        now += timedelta(seconds=40)
        name = f"sp-{number}"
        match event:
            case 0:
                number += 1
                setpoint = opened(
                    PLANT, f"sp-{number}", "battery", 1e5, now, now + timedelta(minutes=10)
                )
                ended += tracker.issue(setpoint, now)
            case 1:
                ended += tracker.deliver(name, Delivery.ACCEPTED, "", now)
            case 2:
                ended += tracker.deliver(name, Delivery.REJECTED, "", now)
            case 3:
                ended += tracker.measure("battery", 1e5, now, now)
            case 4:
                ended += tracker.measure("battery", 0.0, now, now)
            case _:
                ended += tracker.tick(now)
    ended += tracker.tick(now + timedelta(hours=1))

    assert sorted(e.setpoint_id for e in ended) == sorted(f"sp-{n}" for n in range(1, number + 1))
