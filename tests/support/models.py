"""Cards and states for tests of the registry, small enough to check by eye."""

from datetime import datetime, timedelta
from typing import Any

from services.forecasting.domain.training.due import Cause
from services.forecasting.domain.training.scores import HeldBack
from services.forecasting.registry.cards import Card, Status
from services.forecasting.registry.models import Learnt
from tests.support.outlooks import MONDAY

STEEL = "steel.active_power_w"


def a_card(point: str = STEEL, **changes: Any) -> Card:
    """Return a model judged on Monday that was a tenth better than the one before."""
    given: dict[str, Any] = {
        "point_id": point,
        "created_at": MONDAY,
        "trained_from": MONDAY - timedelta(days=365),
        "trained_to": MONDAY,
        "rows": 35_040,
        "features": ("last", "day_ago"),
        "cases": 3_000,
        "rounds": 60,
        "cause": Cause.SCHEDULE,
        "scores": (HeldBack(1, 100, 9.0, 10.0, 12.0), HeldBack(48, 100, 18.0, 20.0, None)),
        "status": Status.CHAMPION,
        "reason": "10 % better",
    }
    return Card(**(given | changes))


def learnt(body: bytes = b"body", ledger: bytes = b"ledger", at: datetime = MONDAY) -> Learnt:
    return Learnt(body, ledger, at)
