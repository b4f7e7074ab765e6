"""Asks for a training of the points whose forecasts are in trouble.

Idempotency key: (park, point, ISO week): one training a point and week, however long it lasts.
"""

from collections import defaultdict
from datetime import datetime
from zoneinfo import ZoneInfo

from services.forecasting.domain.training.due import Cause
from services.forecasting.registry.requests import Action, Asked, Request, RequestStore
from services.forecasting.watchman import Findings

ASKED_BY = "forecasting"


class DriftRequests:
    """Puts what the watchman found where the training process looks."""

    def __init__(self, requests: RequestStore, zone: ZoneInfo) -> None:
        self._requests = requests
        self._zone = zone

    async def ask(self, findings: Findings) -> None:
        """Ask for what was found; asking again in the same week changes nothing."""
        if findings.until is not None:
            for request in requests_of(findings, findings.until, self._zone):
                await self._requests.ask(request)


def requests_of(findings: Findings, until: datetime, zone: ZoneInfo) -> list[Request]:
    """Return one request a point in trouble, with everything that was found of it."""
    reasons: dict[str, list[str]] = defaultdict(list)
    for found in findings.troubles:
        reasons[found.point_id].append(
            f"{found.trouble.name.lower()} at {found.horizon.name.lower()}"
        )
    week = f"{until.astimezone(zone):%G-W%V}"
    return [
        Request(
            f"drift/{point_id}/{week}",
            Action.RETRAIN,
            Cause.DRIFT,
            ASKED_BY,
            ", ".join(why),
            until,
            (Asked(point_id),),
        )
        for point_id, why in sorted(reasons.items())
    ]
