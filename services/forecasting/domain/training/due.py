"""When a series' model is to be learnt anew, and why."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

EVERY = timedelta(days=7)
AT_THE_SOONEST = timedelta(days=1)
GROWN = 1.5
FEWEST_QUARTERS = 4


class Cause(StrEnum):
    """Why a model is trained."""

    FIRST = "first"
    SCHEDULE = "schedule"
    GROWN = "grown"
    DRIFT = "drift"
    REQUEST = "request"


@dataclass(frozen=True, slots=True)
class Attempt:
    """The newest training or roll-back of a series; a roll-back learns from no quarter."""

    at: datetime
    quarters: int


def cause_to_train(now: datetime, known_quarters: int, last: Attempt | None) -> Cause | None:
    """Return why the schedule wants a training now, None when it does not.

    A roll-back is an attempt like any other: what was rolled back comes again only with the data
    of another week.
    """
    if known_quarters < FEWEST_QUARTERS:
        return None
    if last is None:
        return Cause.FIRST
    age = now - last.at
    if age >= EVERY:
        return Cause.SCHEDULE
    grown = last.quarters > 0 and known_quarters >= GROWN * last.quarters
    return Cause.GROWN if grown and age >= AT_THE_SOONEST else None
