"""Judges once a park day whether forecasts have lost their skill or drifted, and keeps the verdict.

Nothing is remembered besides the newest verdict: it follows from the scores of the last weeks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from services.forecasting.domain.scoring import NAIVES, HorizonClass
from services.forecasting.domain.soundness import DAYS_NEEDED, Course, Trouble, judged, newest
from services.forecasting.score_store import DaySums, ScoreStore
from services.runtime import metrics
from services.runtime.telemetry import log_for, record

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
    """Looks at the scores of whole local days."""

    def __init__(self, scores: ScoreStore, zone: ZoneInfo) -> None:
        self._scores = scores
        self._zone = zone
        self.found = Findings()

    async def look(self, now: datetime) -> Findings:
        """Judge the days that are over, when one more is; return what stands."""
        until = midnight_before(now, self._zone)
        if self.found.until is None or until > self.found.until:
            last = until.astimezone(self._zone).date()
            sums = await self._scores.day_sums(last - timedelta(days=DAYS_NEEDED), last)
            self.found = Findings(until, findings(sums, last, self._zone))
            self._tell()
        return self.found

    def _tell(self) -> None:
        for trouble in Trouble:
            count = sum(one.trouble is trouble for one in self.found.troubles)
            record(metrics.FORECAST_TROUBLES, count, trouble=trouble.name.lower())
        for one in self.found.troubles:
            log.warning(
                "forecast_trouble",
                point=one.point_id,
                horizon=one.horizon.name.lower(),
                trouble=one.trouble.name.lower(),
                since=one.since.isoformat(),
                mean_error_w=round(one.mean_error_w, 1),
                compared_w=one.compared_w,
                coverage=round(one.coverage, 3),
            )


def findings(sums: Sequence[DaySums], last: date, zone: ZoneInfo) -> tuple[Found, ...]:
    """Return the troubles at the end of the day before `last`."""
    if not sums:
        return ()
    keys = sorted({(one.point_id, one.horizon) for one in sums})
    first = last - timedelta(days=DAYS_NEEDED)
    course = course_of(sums, keys, first)
    cases = np.maximum(newest(course.cases), 1.0)
    error_w, coverage = newest(course.error_w) / cases, newest(course.inside) / cases
    return tuple(
        Found(
            *keys[key],
            trouble,
            _midnight(first + timedelta(days=int(verdict.since[key]) + 1), zone),
            float(error_w[key]),
            float(verdict.compared_w[key]) if np.isfinite(verdict.compared_w[key]) else None,
            float(coverage[key]),
        )
        for trouble, verdict in judged(course).items()
        for key in np.flatnonzero(verdict.found)
    )


def course_of(
    sums: Sequence[DaySums], keys: Sequence[tuple[str, HorizonClass]], first: date
) -> Course:
    """Return daily sums in arrays: keys in their order, days from `first` on."""
    shape = (len(keys), DAYS_NEEDED)
    place = {key: row for row, key in enumerate(keys)}
    cases, inside, error_w, size_w = (np.zeros(shape) for _ in range(4))
    naive_w, rival_w = np.zeros((len(NAIVES), *shape)), np.zeros((len(NAIVES), *shape))
    for one in sums:
        at = place[one.point_id, one.horizon], (one.day - first).days
        tally = one.tally
        cases[at], inside[at] = tally.cases, tally.inside
        error_w[at], size_w[at] = tally.error_w, tally.size_w
        naive_w[:, *at], rival_w[:, *at] = tally.naive_w, tally.rival_w
    return Course(cases, inside, error_w, size_w, naive_w, rival_w)


def midnight_before(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the newest local midnight at or before a moment."""
    return _midnight(moment.astimezone(zone).date(), zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
