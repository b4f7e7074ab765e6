"""Compares what was forecast with what came, quarter by quarter, as truth arrives."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from services.energy.time_grid import QUARTER
from services.forecasting.domain.scoring import PastForecast, Score, score_quarter
from services.forecasting.domain.series import QUARTERS_A_DAY, Series, quarter_number
from services.forecasting.issue_store import IssueStore
from services.forecasting.messages import past_forecasts
from services.runtime import metrics
from services.runtime.telemetry import record

# The newest quarters are scored again at each issue, for readings that came late.
SCORED_AGAIN = 4
LOOK_BACK = timedelta(days=1) + SCORED_AGAIN * QUARTER


class Scorer:
    """Scores the last quarters; what it remembers of past issues can be read again."""

    def __init__(self, issues: IssueStore) -> None:
        self._issues = issues
        self._past: dict[datetime, dict[str, PastForecast]] = {}

    async def score(self, now: datetime, series: Mapping[str, Series]) -> None:
        """Score the quarters that ended at or before `now` and tell the mean of the last day."""
        await self._remember(now)
        end = quarter_number(now)
        scores: list[Score] = []
        for point_id, truth in series.items():
            said = [issue[point_id] for issue in self._past.values() if point_id in issue]
            for quarter in range(end - SCORED_AGAIN, end):
                scores += score_quarter(point_id, quarter, truth, said)
        if scores:
            await self._issues.keep_scores(scores)
        await self._tell(end - QUARTERS_A_DAY)

    async def _remember(self, now: datetime) -> None:
        since = now - LOOK_BACK
        self._past = {at: said for at, said in self._past.items() if at > since}
        newest = max(self._past, default=since)
        for issue in await self._issues.since(newest):
            self._past[issue.issue_time.ToDatetime(tzinfo=now.tzinfo)] = past_forecasts(issue)

    async def _tell(self, since_quarter: int) -> None:
        for point, hours, error_w, naive_w in await self._issues.errors_w(since_quarter):
            horizon = f"{hours}h"
            record(metrics.FORECAST_ERROR, error_w, point=point, horizon=horizon)
            if naive_w is not None:
                record(metrics.NAIVE_ERROR, naive_w, point=point, horizon=horizon)
