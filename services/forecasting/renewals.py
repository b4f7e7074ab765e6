"""Asks for a training where a champion is of no use here.

Idempotency key: (park, point, day): one training a point and day, however often it is found.
"""

from datetime import datetime

from services.forecasting.domain.training.due import Cause
from services.forecasting.drift_requests import ASKED_BY
from services.forecasting.registry.requests import Action, Asked, Request


def renewal(point_id: str, version: int, fault: str, now: datetime) -> Request:
    """Return the request of another model of a point."""
    return Request(
        request_id=f"unreadable/{point_id}/{now:%Y-%m-%d}",
        action=Action.RETRAIN,
        cause=Cause.REQUEST,
        user=ASKED_BY,
        reason=f"model {version} {fault}",
        requested_at=now,
        points=(Asked(point_id),),
    )
