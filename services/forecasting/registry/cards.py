"""What is known of a model beside its body."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.forecasting.domain.training.due import Cause
from services.forecasting.domain.training.scores import HeldBack


class Status(StrEnum):
    """Serves, has served, or was not good enough to."""

    CHAMPION = "champion"
    RETIRED = "retired"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A judged model; `version` is 0 until the registry has given it one.

    `training_id` names the training that made it; versions from before there were any have none.
    """

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
    can_serve: bool = False
    training_id: UUID | None = None
