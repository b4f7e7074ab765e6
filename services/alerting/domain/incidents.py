"""An incident and its revisions: raised, updated, acknowledged, resolved."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum

from services.energy.site import Text
from services.energy.time_grid import to_microseconds


class IncidentKind(IntEnum):
    """What is wrong; the numbers are those of `alert.v1`."""

    LIMIT = 1
    STALE_SOURCE = 2
    COMMAND_MISMATCH = 3
    SERVICE_SILENT = 4
    NO_FRESH_PLAN = 5
    DEAD_LETTERS = 6
    BUFFER_FILLING = 7
    FORECAST_SKILL = 8
    FORECAST_DRIFT = 9
    PLAN_FALLBACK = 10
    PLAN_REJECTED = 11

    @property
    def runbook(self) -> str:
        """Return where it is written what to do."""
        return f"docs/runbooks/{self.name.lower()}.md"


class Severity(IntEnum):
    """How urgent; the numbers are those of `alert.v1`."""

    INFO = 1
    WARNING = 2
    CRITICAL = 3


class IncidentState(IntEnum):
    """Where an incident stands; the numbers are those of `alert.v1`."""

    RAISED = 1
    RESOLVED = 2


@dataclass(frozen=True, slots=True)
class Incident:
    """One revision of one incident. `changed_at` is the event that made this revision."""

    id: str
    kind: IncidentKind
    subject: str
    severity: Severity
    raised_at: datetime
    changed_at: datetime
    text: Text
    revision: int = 1
    occurrences: int = 1
    resolved_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""

    def __post_init__(self) -> None:
        if self.revision < 1 or self.occurrences < 1:
            raise ValueError(
                f"revision and occurrences start at 1, got {self.revision} and {self.occurrences}"
            )
        if self.resolved_at is not None and self.resolved_at < self.raised_at:
            raise ValueError(
                f"incident {self.id} cannot be resolved at {self.resolved_at}, "
                f"before it was raised at {self.raised_at}"
            )

    @property
    def state(self) -> IncidentState:
        """Return where it stands."""
        return IncidentState.RAISED if self.resolved_at is None else IncidentState.RESOLVED


def incident_id(kind: IncidentKind, subject: str, raised_at: datetime) -> str:
    """Return the same id for the same kind, subject and moment, whoever computes it."""
    natural_key = f"{kind.name}|{subject}|{to_microseconds(raised_at)}"
    return f"{kind.name.lower()}-{hashlib.sha256(natural_key.encode()).hexdigest()[:20]}"


def raised(
    kind: IncidentKind,
    subject: str,
    severity: Severity,
    at: datetime,
    text: Text,
    occurrences: int = 1,
) -> Incident:
    """Return the first revision of a new incident."""
    return Incident(
        id=incident_id(kind, subject, at),
        kind=kind,
        subject=subject,
        severity=severity,
        raised_at=at,
        changed_at=at,
        text=text,
        occurrences=max(1, occurrences),
    )


def updated(incident: Incident, at: datetime, text: Text) -> Incident:
    """Return the next revision with new numbers."""
    return replace(incident, revision=incident.revision + 1, changed_at=at, text=text)


def resolved(incident: Incident, at: datetime, text: Text) -> Incident:
    """Return the last revision: what was wrong is over."""
    return replace(
        incident,
        revision=incident.revision + 1,
        changed_at=at,
        text=text,
        resolved_at=max(at, incident.raised_at),
    )


def acknowledged(incident: Incident, user: str, at: datetime) -> Incident:
    """Return the revision that says who has seen it; the first user stays."""
    if incident.acknowledged_at is not None:
        return incident
    return replace(
        incident,
        revision=incident.revision + 1,
        changed_at=max(at, incident.changed_at),
        acknowledged_at=max(at, incident.raised_at),
        acknowledged_by=user,
    )
