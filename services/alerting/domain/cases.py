"""Hysteresis for one subject: many observations, one incident.

An observation is `bad` (it deserves an incident), `good` (it is over) or `between` (neither).
A rule says how long `bad` must last before an incident is raised and how long `good` before it is
resolved. Observations older than the newest one seen are passed over, so that repeating or
reordering them changes nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import assert_never

from services.alerting.domain.incidents import (
    Incident,
    IncidentKind,
    Severity,
    raised,
    resolved,
    updated,
)
from services.alerting.domain.words import counted, over_text
from services.energy.site import Text


class Standing(Enum):
    """What one look at a subject says."""

    BAD = auto()
    BETWEEN = auto()
    GOOD = auto()


@dataclass(frozen=True, slots=True)
class Observation:
    """One look at one subject. `occurrences` counts events merged into one incident."""

    kind: IncidentKind
    subject: str
    at: datetime
    standing: Standing
    text: Text
    severity: Severity = Severity.WARNING
    occurrences: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """How long a standing must last before it counts."""

    raise_after: timedelta = timedelta(0)
    resolve_after: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Quiet:
    """Nothing is wrong. `seen_until` is the newest observation.

    `raised_at` is when the last incident began: another one of that moment would have its id.
    """

    seen_until: datetime | None = None
    raised_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Suspected:
    """Bad since `since`, not yet for long enough."""

    seen_until: datetime
    since: datetime


@dataclass(frozen=True, slots=True)
class Open:
    """An unresolved incident. `good_since` while it seems to be over."""

    seen_until: datetime
    incident: Incident
    good_since: datetime | None = None


Case = Quiet | Suspected | Open


def reopened(newest: Incident) -> Case:
    """Return the case as it stood after the newest incident of its subject was written down."""
    if newest.resolved_at is not None:
        return Quiet(newest.resolved_at, newest.raised_at)
    return Open(newest.raised_at, newest)


def advance(case: Case, seen: Observation, rule: Rule) -> tuple[Case, Incident | None]:
    """Return the case after one more observation, and the incident when it changed."""
    if _says_nothing_new(case, seen.at):
        return case, None
    match case:
        case Quiet():
            return _from_suspected(Suspected(seen.at, seen.at), seen, rule)
        case Suspected():
            return _from_suspected(case, seen, rule)
        case Open():
            return _from_open(replace(case, seen_until=seen.at), seen, rule)
    assert_never(case)


def _says_nothing_new(case: Case, at: datetime) -> bool:
    if case.seen_until is None:
        return False
    return at < case.seen_until or (isinstance(case, Quiet) and at == case.raised_at)


def _from_suspected(case: Suspected, seen: Observation, rule: Rule) -> tuple[Case, Incident | None]:
    if seen.standing is not Standing.BAD:
        return Quiet(seen.at), None
    if seen.at - case.since < rule.raise_after:
        return replace(case, seen_until=seen.at), None
    incident = raised(seen.kind, seen.subject, seen.severity, seen.at, seen.text, seen.occurrences)
    return Open(seen.at, incident), incident


def _from_open(case: Open, seen: Observation, rule: Rule) -> tuple[Case, Incident | None]:
    match seen.standing:
        case Standing.BAD:
            return _again(replace(case, good_since=None), seen)
        case Standing.BETWEEN:
            return replace(case, good_since=None), None
        case Standing.GOOD:
            since = case.good_since or seen.at
            if seen.at - since < rule.resolve_after:
                return replace(case, good_since=since), None
            incident = resolved(case.incident, seen.at, over_text(case.incident, seen.text))
            return Quiet(seen.at, incident.raised_at), incident
    assert_never(seen.standing)


def _again(case: Open, seen: Observation) -> tuple[Case, Incident | None]:
    before = case.incident.occurrences
    incident = replace(case.incident, occurrences=before + seen.occurrences)
    if not _worth_telling(before, incident.occurrences):
        return replace(case, incident=incident), None
    told = updated(incident, seen.at, counted(seen.text, incident.occurrences))
    return replace(case, incident=told), told


def _worth_telling(before: int, now: int) -> bool:
    """Whether the count has got one more digit: 1,000 events make 4 revisions, not 1,000."""
    return len(str(now)) > len(str(before))
