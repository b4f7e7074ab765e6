"""A device told one thing and measured doing another."""

from datetime import timedelta

import pytest

from services.alerting.domain.events import Outcome
from services.alerting.domain.incidents import IncidentKind, IncidentState
from tests.support.alerting import Watch, ceiling, outcome, power, read_until, target

BATTERY = (IncidentKind.COMMAND_MISMATCH, "battery")


@pytest.mark.parametrize("kind", [Outcome.PARTIAL, Outcome.REJECTED])
def test_a_set_point_that_was_not_followed_is_an_incident(kind: Outcome) -> None:
    watch = Watch()

    (incident,) = watch.hear(outcome(kind, 0))

    assert watch.open == [BATTERY]
    assert "250 kW" in incident.text.en
    assert "it is slow" in incident.text.en


def test_the_next_achieved_one_resolves_it() -> None:
    watch = Watch()
    watch.hear(outcome(Outcome.REJECTED, 0))

    (resolved,) = watch.hear(outcome(Outcome.ACHIEVED, 60))

    assert resolved.state is IncidentState.RESOLVED


def test_the_end_of_the_last_lease_resolves_it() -> None:
    watch = Watch()
    watch.hear(target(1000, 0, lease_s=600), outcome(Outcome.PARTIAL, 60))
    watch.hear(read_until(629))
    assert BATTERY in watch.open

    changed = watch.hear(read_until(630))  # the lease and 30 s to settle

    resolved = next(incident for incident in changed if incident.resolved_at)
    assert "nothing is asked" in resolved.text.en


def test_after_a_restart_without_set_points_it_ends_once_the_log_has_been_read() -> None:
    watch = Watch(start_grace=timedelta(seconds=100))
    watch.hear(outcome(Outcome.PARTIAL, 0))
    watch.restart()

    watch.hear(read_until(929))
    assert BATTERY in watch.open
    watch.hear(read_until(930))  # a quarter of an hour, and 30 s to settle

    assert BATTERY not in watch.open


@pytest.mark.parametrize("kind", [Outcome.EXPIRED, Outcome.SUPERSEDED])
def test_what_proves_nothing_changes_nothing(kind: Outcome) -> None:
    watch = Watch()

    assert watch.hear(outcome(kind, 0)) == []
    watch.hear(outcome(Outcome.PARTIAL, 10))
    assert watch.hear(outcome(kind, 20)) == []


def test_a_thousand_failures_of_a_device_are_one_incident_with_a_count() -> None:
    watch = Watch()

    made = watch.hear(*(outcome(Outcome.REJECTED, seconds) for seconds in range(1000)))

    assert watch.open == [BATTERY]
    assert [incident.occurrences for incident in made] == [1, 10, 100, 1000]
    assert "1000 times" in made[-1].text.en


def test_a_measurement_six_percent_off_for_half_a_minute_is_an_incident() -> None:
    watch = Watch()
    watch.hear(target(1000, 0))

    assert watch.hear(power("battery", 940, 40), power("battery", 940, 60)) == []
    (incident,) = watch.hear(power("battery", 940, 70))

    assert (incident.kind, incident.subject) == BATTERY
    assert "940 kW" in incident.text.en


def test_four_percent_off_is_good_enough() -> None:
    watch = Watch()
    watch.hear(target(1000, 0))

    assert watch.hear(*(power("battery", 960, s) for s in range(0, 600, 10))) == []


def test_a_device_may_take_half_a_minute_to_settle() -> None:
    watch = Watch()
    watch.hear(target(1000, 0))

    assert watch.hear(*(power("battery", 0, s) for s in (0, 10, 20, 29))) == []
    assert watch.hear(*(power("battery", 1000, s) for s in (30, 70, 110))) == []


def test_renewing_a_lease_does_not_start_the_settling_again() -> None:
    watch = Watch()

    made = watch.hear(
        *(
            event
            for s in range(0, 100, 10)
            for event in (target(1000, s, lease_s=30), power("battery", 0, s + 1))
        )
    )

    assert len(made) == 1


def test_below_a_ceiling_is_where_pv_should_be() -> None:
    watch = Watch()
    watch.hear(ceiling(1500, 0))

    assert watch.hear(*(power("pv", -900, s) for s in range(40, 600, 40))) == []
    assert len(watch.hear(*(power("pv", -1700, s) for s in (601, 640)))) == 0  # the lease is over


def test_above_a_ceiling_is_a_mismatch() -> None:
    watch = Watch()
    watch.hear(ceiling(1500, 0))

    (incident,) = watch.hear(*(power("pv", -1700, s) for s in (40, 80)))

    assert incident.subject == "pv"
    assert "at most 1,500 kW" in incident.text.en


def test_a_late_outcome_is_heard_though_newer_measurements_were_fine() -> None:
    watch = Watch()
    watch.hear(target(1000, 0), power("battery", 1000, 60), power("battery", 1000, 120))

    assert len(watch.hear(outcome(Outcome.PARTIAL, 90))) == 1
