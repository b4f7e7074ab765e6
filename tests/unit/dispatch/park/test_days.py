"""Which calendar day a step begins in (§1)."""

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from services.dispatch.domain.judge.case import Case
from services.dispatch.domain.model.schedule import Schedule
from services.dispatch.domain.park.horizon import Horizon
from services.dispatch.domain.park.problem import ParkProblem

CHINA, BERLIN = timezone(timedelta(hours=8)), ZoneInfo("Europe/Berlin")


def judged(horizon: Horizon) -> list[int]:
    """The days as the judge counts them."""
    day = Case(ParkProblem(horizon=horizon), Schedule()).day
    return [(one - day[0]).days for one in day]


@pytest.mark.parametrize(
    ("horizon", "days"),
    [
        (Horizon(start=datetime(2026, 6, 15, 22, tzinfo=CHINA), steps=4, step_h=1.0), [0, 0, 1, 1]),
        (Horizon(steps=3, step_h=12.0), [0, 0, 1]),
        (Horizon(start=datetime(2026, 6, 15, 23, 40, tzinfo=CHINA), steps=3), [0, 0, 1]),
        (Horizon(start=datetime(2026, 10, 25, tzinfo=BERLIN), steps=3, step_h=24.0), [0, 0, 1]),
        (Horizon(start=datetime(2026, 3, 28, 23, 30, tzinfo=BERLIN), steps=2, step_h=24), [0, 2]),
        (Horizon(start=datetime(2026, 6, 15, 23, tzinfo=CHINA), steps=13, step_h=1 / 12), [0] * 12),
    ],
    ids=["midnight of the zone", "no start", "a step over midnight", "25 h", "23 h", "twelfths"],
)
def test_a_step_is_of_the_day_in_which_it_begins(horizon: Horizon, days: list[int]) -> None:
    expected = days + [1] * (len(horizon) - len(days))

    assert horizon.days.tolist() == expected
    assert judged(horizon) == expected
