"""What ForecastService answers about scores, past issues and the soundness of forecasts."""

import asyncio
from collections.abc import Sequence

import numpy as np

from parkflow.forecast.v1 import health_pb2, score_pb2
from parkflow.forecast.v1.forecast_pb2 import ForecastIssue
from services.energy.time_grid import QUARTER
from services.forecasting.board import Board
from services.forecasting.domain.series import Floats, quarter_number, quarter_start
from services.forecasting.domain.targets import Target
from services.forecasting.health_messages import health_message
from services.forecasting.issue_store import IssueStore
from services.forecasting.requests import instants_mistakes, past_mistakes
from services.forecasting.score_messages import past_message, said_at, score_message
from services.forecasting.score_requests import (
    USUAL_PAGE,
    asked_from,
    page_token,
    past_from,
    place_from,
)
from services.forecasting.score_store import ScoreStore
from services.forecasting.store import QuarterStore
from services.forecasting.watchman import Watchman
from services.runtime.clock import ParkClock
from services.runtime.refusals import InvalidFields, NotFound, check_park

ISSUES_AT_ONCE = 2


class ScoreDesk:
    """Looks scores up; judges nothing itself."""

    def __init__(
        self,
        park_id: str,
        targets: Sequence[Target],
        quarters: QuarterStore,
        issues: IssueStore,
        scores: ScoreStore,
        board: Board[ForecastIssue],
        watchman: Watchman,
        clock: ParkClock,
    ) -> None:
        self._park_id = park_id
        self._targets = {target.point_id: target for target in targets}
        self._quarters = quarters
        self._issues = issues
        self._scores = scores
        self._board = board
        self._watchman = watchman
        self._clock = clock

    async def scores(self, request: score_pb2.ListScoresRequest) -> score_pb2.ListScoresResponse:
        """Return one page of scores."""
        asked = asked_from(request, self._park_id, self._clock.now())
        self._must_know(asked.points)
        after = place_from(request.page_token, asked) if request.page_token else None
        size = request.page_size or USUAL_PAGE
        rows = await self._scores.tallies(asked, after, size + 1)
        token = page_token(rows[size - 1].place, asked) if len(rows) > size else ""
        scores = [score_message(row) for row in rows[:size]]
        return score_pb2.ListScoresResponse(scores=scores, next_page_token=token)

    async def past(
        self, request: score_pb2.GetPastForecastsRequest
    ) -> score_pb2.GetPastForecastsResponse:
        """Return what was said of a point some hours before, beside what came."""
        newest = self._board.issue_time or self._clock.now()
        check_park(request.park_id, self._park_id, instants_mistakes(request, "since", "until"))
        leads, since, until = past_from(request, self._park_id, newest)
        self._must_know((request.point_id,))
        first, end = quarter_number(since), quarter_number(until)
        truths = await self._quarters.truths([self._targets[request.point_id]], first, end)
        answer = score_pb2.GetPastForecastsResponse(truth_w=truths.power_w[0])
        answer.start.FromDatetime(since)
        answer.step.FromTimedelta(QUARTER)
        said_w = await self._said(request.point_id, leads, first, end)
        answer.forecasts.extend(
            past_message(lead, *said_w[place]) for place, lead in enumerate(leads)
        )
        return answer

    async def _said(self, point_id: str, leads: Sequence[int], first: int, end: int) -> Floats:
        """Return P10, P50 and P90 said at each lead, `(leads, 3, quarters)`, NaN unsaid."""
        said_w = np.full((len(leads), 3, end - first), np.nan)
        wanted = sorted({quarter - lead for lead in leads for quarter in range(first, end)})
        if too_many := past_mistakes(len(wanted), len(self._targets)):
            raise InvalidFields(too_many)
        for place in range(0, len(wanted), ISSUES_AT_ONCE):
            moments = [quarter_start(quarter) for quarter in wanted[place:][:ISSUES_AT_ONCE]]
            for issue in await self._issues.made_at(moments):
                await asyncio.to_thread(_put_said, said_w, issue, point_id, leads, first)
        return said_w

    def health(
        self, request: health_pb2.GetForecastHealthRequest
    ) -> health_pb2.GetForecastHealthResponse:
        """Return what the watchman found at the end of the last day."""
        check_park(request.park_id, self._park_id)
        return health_message(self._watchman.found)

    def _must_know(self, point_ids: Sequence[str]) -> None:
        unknown = [point for point in point_ids if point not in self._targets]
        if unknown:
            raise NotFound("forecast series", ", ".join(unknown))


def _put_said(
    said_w: Floats, issue: ForecastIssue, point_id: str, leads: Sequence[int], first: int
) -> None:
    """Put what an issue said of a point at its leads where these quarters have their place."""
    for row, lead in enumerate(leads):
        said = said_at(issue, point_id, lead)
        if said is not None and 0 <= said[0] - first < said_w.shape[2]:
            said_w[row, :, said[0] - first] = said[1:]
