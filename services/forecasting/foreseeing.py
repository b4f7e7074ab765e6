"""Weather columns for a record: what was foreseen of a window, as known at an issue time.

The live issuer and training take it from here, so that both see the weather as it was known.
"""

from datetime import datetime, timedelta

import numpy as np

from services.energy.time_grid import QUARTER, to_microseconds
from services.forecasting.domain.samples import MINUTE_US, QUARTER_US
from services.forecasting.domain.series import QUARTERS_A_DAY
from services.forecasting.domain.series_record import HORIZONS
from services.forecasting.domain.weather import (
    MOST_GAP_MIN,
    WHOLE_PLACE,
    Foreseen,
    Weather,
    foreseen_from,
)
from services.forecasting.domain.weather_columns import QUANTITIES
from services.forecasting.past import KEPT_DAYS
from services.forecasting.weather_store import WeatherStore

USUAL_LEAD = timedelta(hours=24)
"""How long before their time values of the past were known: as long as those a day ahead."""

LOOKED_BACK = timedelta(days=4)
"""Of the past, for an issue: answers ask how wrong the weather was a day ago, daily reckoning what
had been foreseen in the two days before it."""


async def foreseen_at_issue(store: WeatherStore, issue_time: datetime) -> Foreseen:
    """Return the columns for the quarters of `past.Past` and those that are issued."""
    return await foreseen(
        store,
        begin=issue_time - timedelta(days=KEPT_DAYS),
        rows=KEPT_DAYS * QUARTERS_A_DAY + HORIZONS,
        issue_time=issue_time,
        since=issue_time - LOOKED_BACK,
    )


async def foreseen(
    store: WeatherStore,
    *,
    begin: datetime,
    rows: int,
    issue_time: datetime,
    quantities: tuple[Weather, ...] = QUANTITIES,
    lead: timedelta = USUAL_LEAD,
    since: datetime | None = None,
) -> Foreseen:
    """Return the columns for `rows` quarters from `begin` on; a row is its quarter's middle.

    Nothing that was issued or came to us after `issue_time` is used. The rows before the issue hold
    what had been foreseen `lead` ahead of them, so that models learn from what they will be given;
    those before `since` stay unknown and are not read.
    """
    gap = timedelta(minutes=MOST_GAP_MIN)
    end = begin + rows * QUARTER
    first = begin if since is None else max(begin, since)
    runs = await store.known(WHOLE_PLACE, quantities, first - gap, end + gap, issue_time, lead)
    middles = (to_microseconds(begin) + np.arange(rows) * QUARTER_US + QUARTER_US // 2) // MINUTE_US
    return foreseen_from(runs, quantities, middles, to_microseconds(issue_time) // MINUTE_US)
