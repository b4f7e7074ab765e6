"""Judges once a park day whether forecasts have lost their skill or drifted, and keeps the verdict.

Nothing is remembered besides the newest verdict: it follows from the scores of the last weeks.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from services.forecasting.domain.local_days import midnight, midnight_before
from services.forecasting.domain.scoring import SCORES_KEPT, HorizonClass
from services.forecasting.domain.soundness import DAYS_NEEDED, Trouble, judged, newest
from services.forecasting.score_day_store import Days, ScoreDayStore
from services.runtime import metrics
from services.runtime.telemetry import log_for, record

LOGGED = 20
ONE_DAY = timedelta(days=1)
AGAIN = timedelta(days=2)
log = log_for(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """One trouble of one class of a point, with the numbers of the last week."""

    point_id: str
    horizon: HorizonClass
    trouble: Trouble
    since: datetime
    mean_error_w: float
    compared_w: float | None
    coverage: float


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found up to the end of a local day; None before any day was judged."""

    until: datetime | None = None
    troubles: tuple[Found, ...] = ()


class Watchman:
    """Looks at the scores of whole local days, of the points that are forecast now.

    A point that left the park file has scores for weeks, and nobody to put them right.
    """

    def __init__(self, days: ScoreDayStore, zone: ZoneInfo, point_ids: Collection[str]) -> None:
        self._days = days
        self._zone = zone
        self._point_ids = frozenset(point_ids)
        self.found = Findings()

    async def look(self, now: datetime) -> Findings:
        """Judge the days that are over, when one more is; return what stands."""
        until = midnight_before(now, self._zone)
        if self.found.until is None or until > self.found.until:
            end = until.astimezone(self._zone).date()
            first = end - timedelta(days=DAYS_NEEDED)
            await self._roll_up(first, end)
            days = await self._days.days(first, DAYS_NEEDED)
            self.found = Findings(until, self._of_now(findings(days, self._zone)))
            await self._days.forget_before(end - SCORES_KEPT)
            self._tell()
        return self.found

    def _of_now(self, found: tuple[Found, ...]) -> tuple[Found, ...]:
        return tuple(one for one in found if one.point_id in self._point_ids)

    async def _roll_up(self, first: date, end: date) -> None:
        """Sum up the days up to `end`, the newest again: late readings are scored a day later."""
        known = await self._days.rolled_up_to()
        begin = first if known is None else max(first, min(known + ONE_DAY, end - AGAIN))
        for place in range((end - begin).days):
            await self._days.roll_up(begin + place * ONE_DAY)

    def _tell(self) -> None:
        for trouble in Trouble:
            count = sum(one.trouble is trouble for one in self.found.troubles)
            record(metrics.FORECAST_TROUBLES, count, trouble=trouble.name.lower())
        if self.found.troubles:
            log.warning(
                "forecasts_in_trouble",
                count=len(self.found.troubles),
                troubles=[_in_short(one) for one in self.found.troubles[:LOGGED]],
            )


def _in_short(found: Found) -> str:
    what = f"{found.point_id} {found.horizon.name} {found.trouble.name}".lower()
    return f"{what} since {found.since:%Y-%m-%d}: error {found.mean_error_w:.0f} W"


def findings(days: Days, zone: ZoneInfo) -> tuple[Found, ...]:
    """Return the troubles at the end of the days."""
    if not days.keys:
        return ()
    course = days.course
    cases = np.maximum(newest(course.cases), 1.0)
    error_w, coverage = newest(course.error_w) / cases, newest(course.inside) / cases
    return tuple(
        Found(
            *days.keys[key],
            trouble,
            midnight(days.first + timedelta(days=int(verdict.since[key]) + 1), zone),
            float(error_w[key]),
            float(verdict.compared_w[key]) if np.isfinite(verdict.compared_w[key]) else None,
            float(coverage[key]),
        )
        for trouble, verdict in judged(course).items()
        for key in np.flatnonzero(verdict.found)
    )
