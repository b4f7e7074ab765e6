"""The calls of ForecastService about issues: get one, watch them, draw joint paths of one."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC

from parkflow.forecast.v1 import forecast_service_pb2 as wire
from parkflow.forecast.v1.forecast_pb2 import ForecastIssue
from services.forecasting.board import Board
from services.forecasting.issue_store import IssueStore
from services.forecasting.joint import Joint
from services.forecasting.messages import only, with_quantiles
from services.forecasting.requests import (
    USUAL_SCENARIOS,
    count_mistakes,
    instants_mistakes,
    levels_mistakes,
    paths_mistakes,
    points_mistakes,
    quantiles_mistakes,
)
from services.runtime.refusals import NotFound, check_park
from services.runtime.requests import moment_of


class IssueDesk:
    """Answers from what was issued; makes nothing."""

    def __init__(
        self, park_id: str, issues: IssueStore, board: Board[ForecastIssue], joint: Joint
    ) -> None:
        self._park_id = park_id
        self._issues = issues
        self._board = board
        self._joint = joint

    async def get(self, request: wire.GetForecastRequest) -> wire.GetForecastResponse:
        """Return the newest issue, or the newest at or before `issued_by`."""
        mistakes = points_mistakes(request.point_ids) + levels_mistakes(request.quantiles)
        mistakes += instants_mistakes(request, "issued_by")
        check_park(request.park_id, self._park_id, mistakes)
        issue = await self._issue(request)
        if request.point_ids:
            issue, missing = only(issue, request.point_ids)
            _check_none(missing)
        if request.quantiles:
            asked = len(issue.series) + len(issue.aggregates)
            too_many = quantiles_mistakes(len(request.quantiles), asked)
            check_park(request.park_id, self._park_id, too_many)
            issue = await asyncio.to_thread(
                with_quantiles, issue, self._joint.spread, request.quantiles
            )
        return wire.GetForecastResponse(issue=issue)

    async def scenarios(self, request: wire.GetScenariosRequest) -> wire.GetScenariosResponse:
        """Return joint paths of the newest issue, or of the newest at or before `issued_by`."""
        mistakes = points_mistakes(request.point_ids) + count_mistakes(request.count)
        mistakes += instants_mistakes(request, "issued_by")
        check_park(request.park_id, self._park_id, mistakes)
        issue = await self._issue(request)
        wanted = list(dict.fromkeys(request.point_ids))
        _check_none([*only(issue, wanted)[1], *_signals_among(wanted, issue)])
        issued_at = issue.issue_time.ToDatetime(tzinfo=UTC)
        if (known := await self._joint.known_at(issued_at)) is None:
            raise NotFound("scenarios", f"of the issue of {issued_at:%Y-%m-%dT%H:%MZ}: too old")
        count = request.count or USUAL_SCENARIOS
        check_park(
            request.park_id, self._park_id, paths_mistakes(count, len(wanted or issue.series))
        )
        return await asyncio.to_thread(self._joint.scenarios, issue, known, count, wanted)

    async def watch(
        self, request: wire.WatchForecastsRequest
    ) -> AsyncIterator[wire.WatchForecastsResponse]:
        """Yield the newest issue, then every new one."""
        check_park(request.park_id, self._park_id)
        async for issue in self._board.watch():
            yield wire.WatchForecastsResponse(issue=issue)

    async def _issue(
        self, request: wire.GetForecastRequest | wire.GetScenariosRequest
    ) -> ForecastIssue:
        by = moment_of(request, "issued_by")
        issue = self._board.newest if by is None else await self._issues.newest(by)
        if issue is None:
            raise NotFound("forecast", f"{self._park_id} issued by {by or 'now'}")
        return issue


def _signals_among(wanted: list[str], issue: ForecastIssue) -> list[str]:
    """Return what is no power: it has no part in joint paths."""
    return [signal.signal_id for signal in issue.signals if signal.signal_id in wanted]


def _check_none(missing: list[str]) -> None:
    if missing:
        raise NotFound("forecast series", ", ".join(missing))
