"""Compares what was forecast with what came, issue by issue, as truth arrives."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from parkflow.forecast.v1.forecast_pb2 import ForecastIssue
from services.forecasting.board import Board
from services.forecasting.domain.due import OLDEST_SCORED, borders_due, issues_due
from services.forecasting.domain.scoring import (
    WEEK,
    HorizonClass,
    Scores,
    Truths,
    scored,
)
from services.forecasting.domain.series import QUARTERS_A_DAY, quarter_number, quarter_start
from services.forecasting.domain.targets import Target
from services.forecasting.drift_requests import DriftRequests
from services.forecasting.issue_store import IssueStore
from services.forecasting.new_issues import new_issues
from services.forecasting.score_messages import said_from
from services.forecasting.score_store import Asked, ScoreStore
from services.forecasting.store import QuarterStore
from services.forecasting.watchman import Findings, Watchman
from services.runtime import metrics, spans
from services.runtime.patience import patiently, waits
from services.runtime.progress import Stage
from services.runtime.telemetry import log_for, record, span

BORDERS_AT_ONCE = QUARTERS_A_DAY
ISSUES_AT_ONCE = 2  # one of a thousand points has 5 MB, twice while it is read
TOLD = timedelta(days=3)  # the first of them have come true two days ahead
LABELS = dict(zip(HorizonClass, ("15min", "1h", "4h", "12h", "24h", "48h"), strict=True))
log = log_for(__name__)


class Scorer:
    """Scores for ever; what it has done stands in the database, so a restart goes on from there."""

    def __init__(
        self,
        *,
        targets: Sequence[Target],
        quarters: QuarterStore,
        issues: IssueStore,
        scores: ScoreStore,
        board: Board[ForecastIssue],
        watchman: Watchman,
        drift: DriftRequests,
        stage: Stage,
    ) -> None:
        self._targets = targets
        self._quarters = quarters
        self._issues = issues
        self._scores = scores
        self._board = board
        self._watchman = watchman
        self._drift = drift
        self._stage = stage
        self._judged: Findings | None = None

    async def run(self) -> None:
        """Score whenever an issue was made: the quarter before it is complete then.

        The issue found at a start is left to the next one: the log may not have been read yet.
        """
        waits.set(self._stage.move)
        if (found := self._board.issue_time) is not None:
            await self._look(found)
        async for issue_time in new_issues(self._board, self._stage):
            border = quarter_number(issue_time)
            await patiently(lambda: self.score_until(border), "database")  # noqa: B023
            await self._look(issue_time)

    async def _look(self, now: datetime) -> None:
        """Judge the days that are over, and ask for trainings where that finds trouble."""
        found = await patiently(lambda: self._watchman.look(now), "database")
        if found is not self._judged:
            await patiently(lambda: self._drift.ask(found), "database")
            self._judged = found

    async def score_until(self, now: int) -> int:
        """Score what has come true by the border `now`; return how many scores were kept."""
        self._stage.move()
        kept = 0
        due = borders_due(await self._scores.scored_until(), now)
        for first in range(due.start, due.stop, BORDERS_AT_ONCE):
            kept += await self._score_at(due[first - due.start :][:BORDERS_AT_ONCE])
        if due:
            await self._tell(now)
        return kept

    async def _score_at(self, borders: range) -> int:
        with span(spans.SCORE, borders=len(borders)):
            first = borders.start - OLDEST_SCORED - WEEK
            truths = await self._quarters.truths(self._targets, first, borders.stop - 1)
            due = issues_due(borders)
            count = 0
            made = await self._issues.times_among([quarter_start(quarter) for quarter in due])
            for part in _parts(made, ISSUES_AT_ONCE):
                self._stage.move()
                issues = await self._issues.made_at(part)
                found = await asyncio.to_thread(_scores_of, issues, due, truths)
                await self._scores.keep(found)
                count += sum(len(one) for one in found)
            await self._scores.note_scored_until(borders.stop - 1)
        record(metrics.FORECASTS_SCORED, count)
        return count

    async def _tell(self, now: int) -> None:
        """Tell how the newest issues that came true did."""
        until = quarter_start(now)
        asked = Asked(until - TOLD, until)
        for row in await self._scores.tallies(asked):
            labels = {"point": row.point_id, "horizon": LABELS[row.horizon]}
            tally = row.tally
            record(metrics.FORECAST_ERROR, tally.mean(tally.error_w), **labels)
            record(metrics.FORECAST_COVERAGE, tally.coverage, **labels)
            if (best := tally.best) is not None and (naive_w := tally.naive_mean(best)) is not None:
                record(metrics.NAIVE_ERROR, naive_w, **labels)


def _scores_of(
    issues: list[ForecastIssue], due: Mapping[int, set[HorizonClass]], truths: Truths
) -> list[Scores]:
    """Return the scores of issues in the classes that are due."""
    found = []
    for issue in issues:
        for horizon in due[quarter_number(issue.issue_time.ToDatetime(tzinfo=UTC))]:
            if (said := said_from(issue, horizon)) is not None:
                found.append(scored(said, horizon, truths))
    return [one for one in found if len(one)]


def _parts(moments: list[datetime], size: int) -> list[list[datetime]]:
    return [moments[i : i + size] for i in range(0, len(moments), size)]
