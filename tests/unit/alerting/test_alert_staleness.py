"""Battery and grid may be silent for 3 min, most others for 5, the weather for 30."""

from datetime import timedelta

from services.alerting.domain.events import ReadingsArrived
from services.alerting.domain.incidents import IncidentKind, Severity
from tests.support.alerting import Watch, only_fresh, read_until
from tests.support.builders import after

STALE = IncidentKind.STALE_SOURCE
NO_PLAN = (IncidentKind.NO_FRESH_PLAN, "dispatch.plan")


def stale(watch: Watch) -> list[str]:
    return [subject for kind, subject in watch.open if kind is STALE]


def test_a_device_that_is_silent_beyond_its_time_to_live_is_stale() -> None:
    watch = Watch()
    watch.hear(only_fresh(at=after(0)))
    for seconds in range(0, 300, 10):
        watch.hear(only_fresh(but=["battery"], at=after(seconds)), read_until(seconds))

    assert stale(watch) == ["battery"]


def test_it_is_known_by_ttl_plus_five_seconds_and_not_before_the_ttl() -> None:
    watch = Watch()
    watch.hear(only_fresh(at=after(0)), only_fresh(but=["battery"], at=after(180)))

    watch.hear(read_until(180))
    assert stale(watch) == []
    watch.hear(read_until(185))

    assert stale(watch) == ["battery"]
    assert watch.desk.unresolved[0].raised_at == after(183)


def test_a_fresh_reading_resolves_it() -> None:
    watch = Watch()
    watch.hear(only_fresh(at=after(0)), only_fresh(but=["battery"], at=after(240)))
    watch.hear(read_until(250))
    assert stale(watch) == ["battery"]

    watch.hear(ReadingsArrived({"battery": after(255)}, ()), read_until(260))

    assert stale(watch) == []


def test_a_backfill_of_old_readings_does_not_resolve_it() -> None:
    watch = Watch()
    watch.hear(only_fresh(at=after(0)), only_fresh(but=["battery"], at=after(600)))
    watch.hear(read_until(600))

    watch.hear(ReadingsArrived({"battery": after(60)}, ()), read_until(601))

    assert stale(watch) == ["battery"]


def test_an_old_reading_does_not_make_a_fresh_device_stale() -> None:
    watch = Watch()
    watch.hear(only_fresh(at=after(600)), read_until(610))

    watch.hear(only_fresh(at=after(60)), read_until(620))

    assert stale(watch) == []


def test_an_alerting_that_is_behind_blames_nobody() -> None:
    watch = Watch()
    watch.hear(only_fresh(at=after(0)), read_until(60))

    # An hour passes at the wall; the log has only been read up to two minutes after the start.
    watch.hear(only_fresh(at=after(120)), read_until(120))

    assert stale(watch) == []


def test_a_whole_source_that_is_silent_is_one_incident() -> None:
    watch = Watch()
    watch.hear(only_fresh(at=after(0)))
    mqtt = [d.id for d in watch.setup.park.devices_from("mqtt-site")]
    assert len(mqtt) == 13

    watch.hear(only_fresh(but=mqtt, at=after(2400)), read_until(2400))

    assert stale(watch) == ["mqtt-site"]
    assert "13 devices" in watch.desk.unresolved[0].text.en


def test_a_device_that_stays_silent_after_its_source_is_back_gets_its_own_incident() -> None:
    watch = Watch()
    watch.hear(only_fresh(at=after(0)), read_until(2400))
    assert "mqtt-site" in stale(watch)

    watch.hear(only_fresh(but=["steel"], at=after(2410)), read_until(2411))

    assert stale(watch) == ["steel"]


def test_a_silent_grid_meter_is_critical() -> None:
    watch = Watch()
    watch.hear(only_fresh(at=after(0)), only_fresh(but=["grid"], at=after(190)), read_until(190))

    (incident,) = watch.desk.unresolved
    assert (incident.subject, incident.severity) == ("modbus-grid", Severity.CRITICAL)


def test_what_was_never_heard_of_is_due_after_the_start_grace() -> None:
    watch = Watch(start_grace=timedelta(minutes=10))

    watch.hear(read_until(700))
    assert stale(watch) == []
    watch.hear(read_until(10 * 60 + 5 * 60 + 3))

    assert set(stale(watch)) == {"mqtt-site", "modbus-grid"} | {
        f"modbus-cabinet-{number}" for number in range(1, 5)
    }
    assert "nothing yet" in watch.desk.unresolved[0].text.en


def test_a_backfill_at_start_is_no_silence() -> None:
    watch = Watch(start_grace=timedelta(minutes=30))
    month_ago = after(-30 * 86_400)
    watch.hear(only_fresh(at=month_ago), read_until(600))
    assert stale(watch) == []

    watch.hear(only_fresh(at=after(700)), read_until(710))

    assert stale(watch) == []


def test_a_backfill_that_never_reaches_the_present_is_stale_after_the_start_grace() -> None:
    watch = Watch(start_grace=timedelta(minutes=30))
    watch.hear(only_fresh(at=after(-86_400)), read_until(1799))
    assert stale(watch) == []

    watch.hear(read_until(1800))

    assert "mqtt-site" in stale(watch)
    assert {incident.raised_at for incident in watch.desk.unresolved} == {after(1800)}


def test_who_was_fresh_once_has_no_start_grace() -> None:
    watch = Watch(start_grace=timedelta(minutes=30))
    watch.hear(only_fresh(at=after(0)), read_until(10))

    watch.hear(read_until(183))

    assert "modbus-grid" in stale(watch)


def test_an_open_incident_is_not_resolved_by_the_start_grace() -> None:
    watch = Watch(start_grace=timedelta(minutes=30))
    watch.hear(only_fresh(at=after(0)), read_until(10), read_until(400))
    open_before = stale(watch)
    assert "mqtt-site" in open_before

    watch.restart()
    watch.hear(only_fresh(at=after(0)), read_until(410), read_until(4000))

    assert stale(watch) == open_before


def test_the_same_silence_after_a_restart_is_the_same_incident() -> None:
    watch = Watch()
    watch.hear(only_fresh(at=after(0)), read_until(400))
    before = dict(watch.revisions)

    watch.restart()
    watch.hear(only_fresh(at=after(0)), read_until(500))

    assert watch.revisions == before


def test_an_incident_that_was_open_survives_a_restart_without_readings() -> None:
    watch = Watch()
    watch.hear(only_fresh(at=after(0)), read_until(400))
    open_before = stale(watch)

    watch.restart()
    watch.hear(read_until(410))

    assert stale(watch) == open_before
