"""What an incident is, whatever it is about."""

from pathlib import Path

import pytest

from parkflow.alert.v1 import incident_pb2
from services.alerting.domain.events import Acknowledged, Event, Outcome, StandIn, TroubleKind
from services.alerting.domain.incidents import (
    IncidentKind,
    IncidentState,
    Severity,
    acknowledged,
    incident_id,
    raised,
    resolved,
)
from services.alerting.messages import message_from
from services.energy.site import Text
from tests.support.alerting import (
    Watch,
    buffer,
    check,
    grid,
    judged,
    letter,
    outcome,
    plan,
    read_until,
    trouble,
)
from tests.support.builders import REPOSITORY, after

TEXT = Text("a", "甲")
ONE_OF_EACH: dict[IncidentKind, list[Event]] = {
    IncidentKind.LIMIT: [grid(2000, 0), grid(2000, 60)],
    IncidentKind.STALE_SOURCE: [grid(0, 0), read_until(200)],
    IncidentKind.COMMAND_MISMATCH: [outcome(Outcome.PARTIAL, 0)],
    IncidentKind.SERVICE_SILENT: [check(True, 0), *(check(False, s) for s in (4, 8, 12))],
    IncidentKind.NO_FRESH_PLAN: [plan(0, valid_s=60), read_until(60)],
    IncidentKind.DEAD_LETTERS: [letter(0)],
    IncidentKind.BUFFER_FILLING: [buffer(0.6, 0)],
    IncidentKind.FORECAST_SKILL: [judged(1, trouble(TroubleKind.LOST_SKILL))],
    IncidentKind.PLAN_FALLBACK: [
        plan(0, stands_in=StandIn.RULES),
        plan(900, stands_in=StandIn.RULES),
    ],
    IncidentKind.FORECAST_DRIFT: [judged(1, trouble(TroubleKind.ERROR_DRIFT))],
    IncidentKind.PLAN_REJECTED: [plan(0, rejected=("optimal: 7 kW too much (1 faults)",))],
}


@pytest.mark.parametrize("kind", IncidentKind)
def test_every_kind_says_what_is_wrong_and_what_to_do_in_both_languages(kind: IncidentKind) -> None:
    incident = next(i for i in Watch().hear(*ONE_OF_EACH[kind]) if i.kind is kind)

    assert any(character.isdigit() for character in incident.text.en + incident.subject)
    assert ": " in incident.text.en
    assert any("\u4e00" <= character <= "\u9fff" for character in incident.text.zh)
    assert "  " not in incident.text.en


@pytest.mark.parametrize("kind", IncidentKind)
def test_every_kind_has_a_runbook_that_exists(kind: IncidentKind) -> None:
    assert (Path(REPOSITORY) / kind.runbook).is_file()


def test_the_same_kind_subject_and_moment_is_the_same_incident() -> None:
    first = incident_id(IncidentKind.LIMIT, "grid.import", after(0))

    assert first == incident_id(IncidentKind.LIMIT, "grid.import", after(0))
    assert first != incident_id(IncidentKind.LIMIT, "grid.import", after(1))
    assert first != incident_id(IncidentKind.LIMIT, "grid.export", after(0))


def test_acknowledging_names_the_user_and_leaves_it_open() -> None:
    watch = Watch()
    (incident,) = watch.hear(letter(0))

    (seen,) = watch.hear(Acknowledged(incident.id, "li.wei", after(30)))

    assert (seen.acknowledged_by, seen.acknowledged_at) == ("li.wei", after(30))
    assert (seen.revision, seen.state) == (2, IncidentState.RAISED)


def test_the_first_user_stays() -> None:
    watch = Watch()
    (incident,) = watch.hear(letter(0))
    watch.hear(Acknowledged(incident.id, "li.wei", after(30)))

    assert watch.hear(Acknowledged(incident.id, "someone else", after(40))) == []


def test_an_unknown_incident_cannot_be_acknowledged() -> None:
    assert Watch().hear(Acknowledged("limit-0", "li.wei", after(0))) == []


def test_a_resolution_keeps_who_has_seen_it() -> None:
    watch = Watch()
    (incident,) = watch.hear(letter(0))
    watch.hear(Acknowledged(incident.id, "li.wei", after(30)))

    (over,) = [i for i in watch.hear(read_until(5000)) if i.id == incident.id]

    assert (over.acknowledged_by, over.revision) == ("li.wei", 3)


def test_nothing_is_resolved_before_it_was_raised() -> None:
    incident = raised(IncidentKind.LIMIT, "grid.import", Severity.CRITICAL, after(60), TEXT)

    assert resolved(incident, after(0), TEXT).resolved_at == after(60)
    assert acknowledged(incident, "li.wei", after(0)).acknowledged_at == after(60)


def test_the_message_carries_everything_and_leaves_out_what_is_not_so() -> None:
    incident = raised(IncidentKind.LIMIT, "grid.import", Severity.CRITICAL, after(60), TEXT)

    message = message_from(incident, "demo-park")

    assert message.kind == incident_pb2.INCIDENT_KIND_LIMIT
    assert message.severity == incident_pb2.SEVERITY_CRITICAL
    assert message.state == incident_pb2.INCIDENT_STATE_RAISED
    assert message.runbook_url == "docs/runbooks/limit.md"
    assert not message.HasField("resolved_at")
    assert not message.HasField("acknowledged_at")


def test_kinds_severities_and_states_have_the_numbers_of_the_wire() -> None:
    for kind in IncidentKind:
        assert incident_pb2.IncidentKind.Name(kind) == f"INCIDENT_KIND_{kind.name}"
    for severity in Severity:
        assert incident_pb2.Severity.Name(severity) == f"SEVERITY_{severity.name}"
    for state in IncidentState:
        assert incident_pb2.IncidentState.Name(state) == f"INCIDENT_STATE_{state.name}"
