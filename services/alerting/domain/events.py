"""What the desk hears of: one small value per thing that can happen."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum


@dataclass(frozen=True, slots=True)
class PowerReading:
    """A believed power of one device, positive into it."""

    device_id: str
    event_time: datetime
    power_w: float


@dataclass(frozen=True, slots=True)
class ReadingsArrived:
    """What one frame tells alerting: how fresh each device is, and the powers in time order."""

    newest: dict[str, datetime]
    powers: tuple[PowerReading, ...]


@dataclass(frozen=True, slots=True)
class SetpointIssued:
    """A lease; `quantity` is a target (active power) or a ceiling (see `is_ceiling`)."""

    device_id: str
    value_w: float
    is_ceiling: bool
    issued_at: datetime
    expires_at: datetime


class Outcome(IntEnum):
    """How a set-point ended; the numbers are those of `dispatch.v1`."""

    ACHIEVED = 1
    PARTIAL = 2
    REJECTED = 3
    EXPIRED = 4
    SUPERSEDED = 5


@dataclass(frozen=True, slots=True)
class OutcomeDecided:
    """Dispatch says how a set-point ended."""

    device_id: str
    outcome: Outcome
    value_w: float
    measured_w: float | None
    reason: str
    decided_at: datetime


class StandIn(IntEnum):
    """What serves instead of a plan of the solver; the numbers are those of `dispatch.v1`."""

    LAST_PLAN = 3
    RULES = 4


@dataclass(frozen=True, slots=True)
class PlanIssued:
    """A plan is in force until `valid_until`.

    `stands_in`: it is not the solver's, for the reason `why`; None: it is. `rejected`: what the
    checker found wrong with plans made for this one; this one it accepted.
    """

    plan_id: str
    issue_time: datetime
    valid_until: datetime
    stands_in: StandIn | None = None
    why: str = ""
    rejected: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeadLetterArrived:
    """Something could not be used by `writer`."""

    writer: str
    origin: str
    reason: str
    detail: str
    arrival_time: datetime


@dataclass(frozen=True, slots=True)
class HealthChecked:
    """A peer was asked whether it serves."""

    service: str
    serving: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class BufferChecked:
    """How full the disk buffer of a service is while Kafka is away. Ages are park time."""

    service: str
    frames: int
    stored_bytes: int
    limit_bytes: int
    oldest_age: timedelta
    longest_age: timedelta
    drops_oldest: bool
    dropped_frames: int
    at: datetime

    @property
    def share(self) -> float:
        """Return how full it is by bytes or by age, whichever is more; 1 is full."""
        return max(self.stored_bytes / self.limit_bytes, self.oldest_age / self.longest_age)


class TroubleKind(IntEnum):
    """What is wrong with forecasts; the numbers are those of `forecast.v1`."""

    LOST_SKILL = 1
    ERROR_DRIFT = 2
    COVERAGE_DRIFT = 3


@dataclass(frozen=True, slots=True)
class ForecastTrouble:
    """One trouble of the forecasts of a point, up to `horizon_min` minutes ahead.

    `compared_w` is the best naive method's error, or that of the weeks before; None for coverage.
    """

    point_id: str
    kind: TroubleKind
    horizon_min: int
    error_w: float
    compared_w: float | None
    coverage: float


@dataclass(frozen=True, slots=True)
class ForecastsJudged:
    """Forecasting judged the forecasts of all points up to a moment; the others are well."""

    until: datetime
    troubles: tuple[ForecastTrouble, ...]


@dataclass(frozen=True, slots=True)
class LogRead:
    """Everything the log held at park time `until` has been read: time may be judged up to here."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A user has seen an unresolved incident."""

    incident_id: str
    user: str
    at: datetime


Event = (
    ReadingsArrived
    | SetpointIssued
    | OutcomeDecided
    | PlanIssued
    | DeadLetterArrived
    | HealthChecked
    | BufferChecked
    | ForecastsJudged
    | LogRead
    | Acknowledged
)
