"""The desk where everything comes together: one event in, the incidents it changed out.

`advance(desk, event, setup) -> (desk, changes)` is all alerting decides. Replay is a `for` loop.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import assert_never

from services.alerting.domain import (
    buffers,
    cases,
    commands,
    dead_letters,
    forecasts,
    incidents,
    limits,
    peers,
    plans,
    staleness,
)
from services.alerting.domain.cases import Case, Observation, Open, Quiet, Rule
from services.alerting.domain.events import (
    Acknowledged,
    BufferChecked,
    DeadLetterArrived,
    Event,
    ForecastsJudged,
    HealthChecked,
    LogRead,
    OutcomeDecided,
    PlanIssued,
    PowerReading,
    ReadingsArrived,
    SetpointIssued,
)
from services.alerting.domain.incidents import Incident, IncidentKind
from services.energy.site import Park

Subject = tuple[IncidentKind, str]
Changes = tuple[Incident, ...]


@dataclass(frozen=True, slots=True)
class Setup:
    """What does not change: the park, since when it is watched, how long a start may take."""

    park: Park
    began_at: datetime
    start_grace: timedelta = timedelta(0)

    @property
    def first_due(self) -> datetime:
        """Return from when on the clock runs for what was never heard of."""
        return self.began_at + self.start_grace


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything alerting knows. Rebuilt from its incidents and the newest part of the log."""

    cases: Mapping[Subject, Case] = field(default_factory=dict)
    freshness: staleness.Freshness = field(default_factory=staleness.Freshness)
    told: commands.Commands = field(default_factory=commands.Commands)
    plan: plans.NewestPlan = field(default_factory=plans.NewestPlan)
    health: peers.Peers = field(default_factory=peers.Peers)
    letters: dead_letters.NewestLetters = field(default_factory=dead_letters.NewestLetters)
    judged_until: datetime | None = None

    @property
    def unresolved(self) -> Changes:
        """Return the open incidents, oldest first."""
        found = [case.incident for case in self.cases.values() if isinstance(case, Open)]
        return tuple(sorted(found, key=lambda incident: (incident.raised_at, incident.id)))


def restored(newest: Iterable[Incident]) -> Desk:
    """Return the desk after a restart, from the newest incident of each kind and subject."""
    kept = list(newest)
    letters = {
        incident.subject: incident.changed_at
        for incident in kept
        if incident.kind is IncidentKind.DEAD_LETTERS and incident.resolved_at is None
    }
    return Desk(
        cases={(i.kind, i.subject): cases.reopened(i) for i in kept},
        letters=dead_letters.NewestLetters(letters),
    )


def advance(desk: Desk, event: Event, setup: Setup) -> tuple[Desk, Changes]:
    """Return the desk after one event and every incident revision the event made."""
    match event:
        case ReadingsArrived():
            return _read(desk, event, setup.park)
        case SetpointIssued():
            return replace(desk, told=commands.tell(desk.told, event)), ()
        case OutcomeDecided():
            return _weigh(desk, [(commands.observe(event), commands.RULE)])
        case PlanIssued():
            desk = replace(desk, plan=plans.planned(desk.plan, event))
            return _weigh(desk, _plan_judged(event, setup.park))
        case DeadLetterArrived():
            return _bury(desk, event)
        case HealthChecked():
            desk = replace(desk, health=peers.checked(desk.health, event))
            return _weigh(desk, [(peers.judge(desk.health, event), peers.RULE)])
        case BufferChecked():
            return _weigh(desk, [(seen, buffers.RULE) for seen in buffers.judge(event)])
        case ForecastsJudged():
            seen = forecasts.judge(event, desk.unresolved, setup.park)
            return _weigh(desk, [(one, forecasts.RULE) for one in seen])
        case LogRead():
            return _pass_time(desk, event.until, setup)
        case Acknowledged():
            return _acknowledge(desk, event)
    assert_never(event)


def _read(desk: Desk, arrived: ReadingsArrived, park: Park) -> tuple[Desk, Changes]:
    desk = replace(desk, freshness=staleness.heard(desk.freshness, arrived))
    judged: list[tuple[Observation | None, Rule]] = []
    for reading in arrived.powers:
        if reading.device_id == park.connection.meter_id:
            seen = limits.observe(reading, park.connection, park.time_zone)
            judged += [(observation, limits.RULE) for observation in seen]
        else:
            desk, mismatch = _measure(desk, reading)
            judged.append((mismatch, commands.RULE))
    return _weigh(desk, judged)


def _plan_judged(plan: PlanIssued, park: Park) -> list[tuple[Observation | None, Rule]]:
    return [
        (plans.observe(plan, park), plans.FALLBACK_RULE),
        (plans.observe_rejected(plan, park), plans.REJECTED_RULE),
    ]


def _measure(desk: Desk, reading: PowerReading) -> tuple[Desk, Observation | None]:
    known, mismatch = commands.measure(desk.told, reading)
    return (desk if known is desk.told else replace(desk, told=known)), mismatch


def _bury(desk: Desk, letter: DeadLetterArrived) -> tuple[Desk, Changes]:
    judged_until = desk.judged_until or letter.arrival_time
    desk = replace(desk, letters=dead_letters.arrived(desk.letters, letter, judged_until))
    return _weigh(desk, [(dead_letters.observe(letter, desk.letters), dead_letters.RULE)])


def _pass_time(desk: Desk, until: datetime, setup: Setup) -> tuple[Desk, Changes]:
    stale = list(staleness.judge(desk.freshness, setup.park, until, setup.first_due))
    plan = plans.judge(desk.plan, setup.park, until, setup.first_due)
    judged: list[tuple[Observation | None, Rule]] = [(seen, staleness.RULE) for seen in stale]
    judged.append((plan, plans.RULE))
    judged += [(seen, dead_letters.RULE) for seen in dead_letters.judge(desk.letters, until)]
    unasked = commands.judge(desk.told, _mismatches(desk), until, setup.first_due)
    judged += [(seen, commands.RULE) for seen in unasked]
    known = replace(desk, judged_until=until, freshness=staleness.met(desk.freshness, stale))
    return _weigh(known, judged)


def _mismatches(desk: Desk) -> list[Incident]:
    """Return the open mismatches."""
    return [i for i in desk.unresolved if i.kind is IncidentKind.COMMAND_MISMATCH]


def _weigh(desk: Desk, judged: Iterable[tuple[Observation | None, Rule]]) -> tuple[Desk, Changes]:
    weighed: dict[Subject, Case] = {}
    changes: list[Incident] = []
    for seen, rule in judged:
        if seen is None:
            continue
        subject = (seen.kind, seen.subject)
        case = weighed.get(subject) or desk.cases.get(subject, Quiet())
        weighed[subject], incident = cases.advance(case, seen, rule)
        if incident is not None:
            changes.append(incident)
    if not weighed:
        return desk, ()
    return replace(desk, cases={**desk.cases, **weighed}), tuple(changes)


def _acknowledge(desk: Desk, order: Acknowledged) -> tuple[Desk, Changes]:
    for subject, case in desk.cases.items():
        if isinstance(case, Open) and case.incident.id == order.incident_id:
            seen = incidents.acknowledged(case.incident, order.user, order.at)
            if seen == case.incident:
                return desk, ()
            known = {**desk.cases, subject: replace(case, incident=seen)}
            return replace(desk, cases=known), (seen,)
    return desk, ()
