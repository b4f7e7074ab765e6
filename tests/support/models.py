"""Cards and states for tests of the registry, small enough to check by eye."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from math import inf
from typing import Any

import numpy as np

from services.forecasting.domain.outlook.effort import PLAIN
from services.forecasting.domain.outlook.forecaster import learn
from services.forecasting.domain.series import quarter_number
from services.forecasting.domain.series_record import record_of, task_of
from services.forecasting.domain.targets import targets_of
from services.forecasting.domain.training.due import Cause
from services.forecasting.domain.training.scores import HeldBack
from services.forecasting.registry.bodies import body_of, columns_of
from services.forecasting.registry.cards import Card, Status
from services.forecasting.registry.models import Learnt
from tests.support.builders import a_park
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


@cache
def a_body(highest: float = inf) -> bytes:
    """Return the kept plain models of ten days of the steel works, in bounds up to `highest`."""
    (steel,) = (target for target in targets_of(a_park()) if target.point_id == STEEL)
    task = replace(task_of(steel, a_park()), highest=highest)
    days = np.where(np.arange(960) % 96 < 48, 20.0, 100.0)
    record = record_of(days, quarter_number(MONDAY) - 960, steel, task)
    return body_of(learn(record, task, PLAIN, None), columns_of(record, task))
