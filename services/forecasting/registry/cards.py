"""What is known of a model beside its body."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Status(StrEnum):
    """Serves, has served, or was not good enough to."""

    CHAMPION = "champion"
    RETIRED = "retired"
    REJECTED = "rejected"


class Cause(StrEnum):
    """Why a model was trained."""

    FIRST = "first"
    SCHEDULE = "schedule"
    GROWN = "grown"
    DRIFT = "drift"
    REQUEST = "request"


@dataclass(frozen=True, slots=True)
class HeldBack:
    """Mean absolute errors on days held back, of horizons up to `horizon_hours` (beyond the last).

    In the unit of the series; `before` is the champion's then, None where none served.
    """

    horizon_hours: int
    cases: int
    error: float
    before: float | None
    naive: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A judged model; `version` is 0 until the registry has given it one."""

    point_id: str
    created_at: datetime
    trained_from: datetime
    trained_to: datetime
    rows: int
    features: tuple[str, ...]
    cases: int
    rounds: int
    cause: Cause
    scores: tuple[HeldBack, ...]
    status: Status
    reason: str
    version: int = 0
    status_since: datetime | None = None
    can_serve: bool = field(default=False)
