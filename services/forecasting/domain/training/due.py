"""When a series' model is to be learnt anew, and why."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.forecasting.domain.series import QUARTERS_A_DAY

EVERY = timedelta(days=7)
AT_THE_SOONEST = timedelta(days=1)
GROWN = 1.5
YOUNG_QUARTERS = 90 * QUARTERS_A_DAY
"""A series that knew more is no longer young: it is learnt by the week."""
FEWEST_QUARTERS = 4
AGAIN = timedelta(hours=1)
"""After a training that found nothing to learn from: an hour more may be the first one.

A series that has known a day and none of it usable (a meter with the wrong sign) is looked at by
the day, AT_THE_SOONEST.
"""


class Cause(StrEnum):
    """Why a model is trained."""

    FIRST = "first"
    SCHEDULE = "schedule"
    GROWN = "grown"
    WEATHER = "weather"
    DRIFT = "drift"
    REQUEST = "request"


@dataclass(frozen=True, slots=True)
class Attempt:
    """The newest training or roll-back of a series; a roll-back learns from no quarters (None).

    `weather` is what it was taught with.
    """

    at: datetime
    quarters: int | None
    weather: frozenset[str] = frozenset()


def cause_to_train(
    now: datetime, known_quarters: int, last: Attempt | None, weather: Collection[str] = ()
) -> Cause | None:
    """Return why the schedule wants a training now, None when it does not.

    `weather` is what the series could be taught with now. A roll-back is an attempt like any
    other: what was rolled back comes again only with the data of another week.
    """
    if known_quarters < FEWEST_QUARTERS:
        return None
    if last is None:
        return Cause.FIRST
    age = now - last.at
    if last.quarters in range(FEWEST_QUARTERS):
        rest = AGAIN if known_quarters <= QUARTERS_A_DAY else AT_THE_SOONEST
        return Cause.FIRST if age >= rest else None
    if age >= EVERY:
        return Cause.SCHEDULE
    if last.quarters is None or age < AT_THE_SOONEST:
        return None
    if last.quarters < YOUNG_QUARTERS and known_quarters >= GROWN * last.quarters:
        return Cause.GROWN
    return None if last.weather.issuperset(weather) else Cause.WEATHER
