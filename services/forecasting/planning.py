"""Plans as known at an issue, of the quarters that it looks back on and speaks of."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from services.energy.time_grid import QUARTER
from services.forecasting.domain.plans import Planned
from services.forecasting.domain.series import QUARTERS_A_DAY, Floats, quarter_number
from services.forecasting.domain.series_record import HORIZONS
from services.forecasting.domain.targets import Target
from services.forecasting.foreseeing import LOOKED_BACK
from services.forecasting.past import KEPT_DAYS
from services.forecasting.plan_store import PlanStore


def devices_of(targets: Sequence[Target]) -> list[str]:
    """Return the devices of targets."""
    return [target.point_id.rpartition(".")[0] for target in targets]


def shares_of(
    planned: Planned, targets: Sequence[Target], first_quarter: int, count: int
) -> Floats:
    """Return how much of each target's device can run in each quarter, `(targets, count)`."""
    shares = [planned.share(target.point_id, first_quarter, count) for target in targets]
    return np.array([np.ones(count) if share is None else share for share in shares])


async def planned_at_issue(
    store: PlanStore, targets: Sequence[Target], issue_time: datetime
) -> Planned:
    """Return what is planned for the quarters of `past.Past` and those that are issued.

    Productions of the past are read as far back as the weather is.
    """
    now = quarter_number(issue_time)
    return await store.known(
        devices_of(targets),
        now - KEPT_DAYS * QUARTERS_A_DAY,
        now + HORIZONS,
        issue_time,
        since=now - LOOKED_BACK // QUARTER,
    )
