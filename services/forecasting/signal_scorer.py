"""Compares what was forecast of signals with what was published then: once all of an issue is past.

An issue is scored once, two days after it was made, with the word that stands then.
"""

from datetime import UTC

import numpy as np

from parkflow.forecast.v1.forecast_pb2 import ForecastIssue
from services.forecasting.board import Board
from services.forecasting.domain.due import FIRST_LOOK
from services.forecasting.domain.scoring import SCORED_AHEAD, WEEK, Scores, Truths
from services.forecasting.domain.series import quarter_number, quarter_start
from services.forecasting.domain.signal_scoring import signal_scores
from services.forecasting.domain.signals import Signal
from services.forecasting.issue_store import IssueStore
from services.forecasting.new_issues import new_issues
from services.forecasting.signal_messages import signals_said
from services.forecasting.signal_score_store import SignalScoreStore
from services.forecasting.signal_store import SignalStore
from services.forecasting.sparing import sparing_others
from services.runtime import metrics
from services.runtime.patience import patiently, waits
from services.runtime.progress import Stage
from services.runtime.telemetry import record


class SignalScorer:
    """Scores the signals of one park for ever; what it has done stands in the database."""

    def __init__(
        self,
        *,
        issues: IssueStore,
        signals: SignalStore,
        scores: SignalScoreStore,
        board: Board[ForecastIssue],
        stage: Stage,
    ) -> None:
        self._issues = issues
        self._signals = signals
        self._scores = scores
        self._board = board
        self._stage = stage

    async def run(self) -> None:
        """Score whenever an issue was made; what the one found at a start is due, with the next."""
        waits.set(self._stage.move)
        async for issue_time in new_issues(self._board, self._stage):
            border = quarter_number(issue_time)
            await patiently(lambda: self.score_until(border), "database")  # noqa: B023

    async def score_until(self, now: int) -> int:
        """Score the issues all of which is past at the border `now`; return how many scores."""
        end = now - SCORED_AHEAD + 1
        first = max(end - FIRST_LOOK, await self._scores.scored_until() or 0)
        count = 0
        wanted = [quarter_start(quarter) for quarter in range(first, end)]
        for moment in await self._issues.times_among(wanted):
            self._stage.move()
            quarter = quarter_number(moment)
            found: list[Scores] = []
            with sparing_others("score signals", moment.isoformat()):
                found = await self._scores_of(quarter, now)
            await self._scores.keep(found, quarter + 1)
            count += len(found)
        if wanted:
            await self._scores.keep([], end)
        record(metrics.FORECASTS_SCORED, count)
        return count

    async def _scores_of(self, quarter: int, now: int) -> list[Scores]:
        issues = await self._issues.made_at([quarter_start(quarter)])
        if not any(issue.signals for issue in issues):
            return []
        truths = await self._truths(quarter - WEEK, quarter + 1 + SCORED_AHEAD, now)
        return [
            one
            for issue in issues
            for said in signals_said(issue, quarter_number(issue.issue_time.ToDatetime(UTC)))
            for one in signal_scores(said, truths)
        ]

    async def _truths(self, first: int, end: int, now: int) -> Truths:
        signals = list(Signal)
        found = await self._signals.published(signals, first, end, quarter_start(now))
        rows = {signal.value: row for row, signal in enumerate(signals)}
        values = np.array([found[signal] for signal in signals])
        return Truths(first, rows, values, np.zeros(len(signals), bool))
