"""A disk buffer that fills is told before it is full, and once more when it is."""

from dataclasses import replace
from datetime import timedelta

from parkflow.telemetry.v1.telemetry_service_pb2 import GetSpoolResponse, SpoolPolicy
from services.alerting.domain.incidents import IncidentKind, IncidentState, Severity
from services.alerting.messages import buffer_from
from tests.support.alerting import Watch, buffer
from tests.support.builders import MORNING

FILLING = (IncidentKind.BUFFER_FILLING, "ingest")
FULL = (IncidentKind.BUFFER_FILLING, "ingest.full")
FOR_EVER = timedelta(days=1)


def a_watch() -> Watch:
    return Watch(start_grace=FOR_EVER)


def test_a_half_full_buffer_is_a_warning_while_there_is_time_to_act() -> None:
    watch = a_watch()
    watch.hear(buffer(0.49, 0))
    assert watch.open == []

    (incident,) = watch.hear(buffer(0.5, 4))

    assert watch.open == [FILLING]
    assert incident.severity is Severity.WARNING
    assert "2,500 frames (500/1,000 MiB, the oldest 90 s)" in incident.text.en
    assert "50%" in incident.text.zh


def test_a_full_buffer_is_critical_and_says_what_is_lost_first() -> None:
    watch = a_watch()

    made = watch.hear(buffer(0.6, 0), buffer(0.95, 4, drops_oldest=True, dropped=7))

    assert watch.open == [FILLING, FULL]
    assert made[-1].severity is Severity.CRITICAL
    assert "7 are lost so far" in made[-1].text.en


def test_one_that_refuses_says_that_the_devices_keep_what_is_new() -> None:
    (incident,) = a_watch().hear(buffer(0.6, 0))

    assert "nothing more is acknowledged" in incident.text.en


def test_it_is_resolved_once_a_quarter_or_less_is_left() -> None:
    watch = a_watch()
    watch.hear(buffer(0.97, 0))
    watch.hear(buffer(0.3, 4))
    assert watch.open == [FILLING]

    (resolved,) = watch.hear(buffer(0.2, 8))

    assert resolved.state is IncidentState.RESOLVED
    assert watch.open == []


def test_an_old_frame_fills_it_as_many_bytes_do() -> None:
    watch = a_watch()

    watch.hear(replace(buffer(0.01, 0), oldest_age=timedelta(hours=12)))

    assert watch.open == [FILLING]


def test_an_ingest_without_a_buffer_is_no_incident() -> None:
    assert buffer_from(GetSpoolResponse(enabled=False), "ingest", MORNING) is None


def test_the_answer_on_the_wire_is_read_with_its_units() -> None:
    answer = GetSpoolResponse(
        enabled=True,
        policy=SpoolPolicy.SPOOL_POLICY_DROP_OLDEST,
        frame_count=5,
        stored_bytes=50,
        limit_bytes=100,
        oldest_age_seconds=3,
        longest_age_seconds=60,
        dropped_frame_count=2,
    )

    check = buffer_from(answer, "ingest", MORNING)

    assert check is not None
    assert (check.share, check.frames, check.dropped_frames, check.drops_oldest) == (
        0.5,
        5,
        2,
        True,
    )
    assert check.oldest_age == timedelta(seconds=3)
