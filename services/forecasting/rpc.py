"""ForecastService: checks the request, looks it up, answers."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC
from typing import Any

from parkflow.forecast.v1 import forecast_service_pb2 as wire
from parkflow.forecast.v1 import health_pb2, score_pb2, weather_pb2
from parkflow.forecast.v1.forecast_pb2 import ForecastIssue
from parkflow.forecast.v1.forecast_service_pb2_grpc import ForecastServiceServicer
from parkflow.forecast.v1.nowcast_pb2 import NowcastIssue
from services.forecasting.board import Board
from services.forecasting.issue_store import IssueStore
from services.forecasting.joint import Joint
from services.forecasting.messages import only, with_quantiles
from services.forecasting.model_calls import ModelCalls
from services.forecasting.nowcast_messages import only as only_nowcasts
from services.forecasting.nowcast_store import NowcastStore
from services.forecasting.requests import (
    USUAL_SCENARIOS,
    check,
    count_mistakes,
    levels_mistakes,
    points_mistakes,
)
from services.forecasting.score_desk import ScoreDesk
from services.forecasting.weather_desk import WeatherDesk
from services.runtime import metrics
from services.runtime.refusals import NotFound
from services.runtime.telemetry import record


class ForecastRpc(ForecastServiceServicer):
    """Answers from what was issued and from the registry; makes nothing."""

    def __init__(
        self,
        park_id: str,
        issues: IssueStore,
        board: Board[ForecastIssue],
        nowcasts: NowcastStore,
        nowcast_board: Board[NowcastIssue],
        joint: Joint,
        scores: ScoreDesk,
        weather: WeatherDesk,
        models: ModelCalls,
    ) -> None:
        self._park_id = park_id
        self._issues = issues
        self._board = board
        self._scores = scores
        self._weather = weather
        self._nowcasts = nowcasts
        self._nowcast_board = nowcast_board
        self._joint = joint
        self._models = models
        self._watchers: dict[str, int] = {}

    async def GetForecast(  # noqa: N802
        self, request: wire.GetForecastRequest, context: Any
    ) -> wire.GetForecastResponse:
        """Return the newest issue, or the newest at or before `issued_by`."""
        mistakes = points_mistakes(request.point_ids) + levels_mistakes(request.quantiles)
        check(self._park_id, request.park_id, mistakes)
        issue = await self._issue(request)
        if request.point_ids:
            issue, missing = only(issue, request.point_ids)
            if missing:
                raise NotFound("forecast series", ", ".join(missing))
        if request.quantiles:
            issue = with_quantiles(issue, self._joint.spread, request.quantiles)
        return wire.GetForecastResponse(issue=issue)

    async def GetScenarios(  # noqa: N802
        self, request: wire.GetScenariosRequest, context: Any
    ) -> wire.GetScenariosResponse:
        """Return joint paths of the newest issue, or of the newest at or before `issued_by`."""
        mistakes = points_mistakes(request.point_ids) + count_mistakes(request.count)
        check(self._park_id, request.park_id, mistakes)
        issue = await self._issue(request)
        wanted = list(dict.fromkeys(request.point_ids))
        _, missing = only(issue, wanted)
        if missing:
            raise NotFound("forecast series", ", ".join(missing))
        issued_at = issue.issue_time.ToDatetime(tzinfo=UTC)
        if (known := await self._joint.known_at(issued_at)) is None:
            raise NotFound("scenarios", f"of the issue of {issued_at:%Y-%m-%dT%H:%MZ}: too old")
        count = request.count or USUAL_SCENARIOS
        return await asyncio.to_thread(self._joint.scenarios, issue, known, count, wanted)

    async def _issue(
        self, request: wire.GetForecastRequest | wire.GetScenariosRequest
    ) -> ForecastIssue:
        """Return the newest issue, or the newest at or before `issued_by`."""
        by = request.issued_by.ToDatetime(tzinfo=UTC) if request.HasField("issued_by") else None
        issue = self._board.newest if by is None else await self._issues.newest(by)
        if issue is None:
            raise NotFound("forecast", f"{self._park_id} issued by {by or 'now'}")
        return issue

    async def WatchForecasts(  # noqa: N802
        self, request: wire.WatchForecastsRequest, context: Any
    ) -> AsyncIterator[wire.WatchForecastsResponse]:
        """Yield the newest issue, then every new one."""
        check(self._park_id, request.park_id, [])
        self._count("WatchForecasts", 1)
        try:
            async for issue in self._board.watch():
                yield wire.WatchForecastsResponse(issue=issue)
        finally:
            self._count("WatchForecasts", -1)

    async def ListScores(  # noqa: N802
        self, request: score_pb2.ListScoresRequest, context: Any
    ) -> score_pb2.ListScoresResponse:
        """Return one page of scores."""
        return await self._scores.scores(request)

    async def GetPastForecasts(  # noqa: N802
        self, request: score_pb2.GetPastForecastsRequest, context: Any
    ) -> score_pb2.GetPastForecastsResponse:
        """Return what was said of a point some hours before, beside what came."""
        return await self._scores.past(request)

    async def GetForecastHealth(  # noqa: N802
        self, request: health_pb2.GetForecastHealthRequest, context: Any
    ) -> health_pb2.GetForecastHealthResponse:
        """Return which forecasts have drifted or lost their skill."""
        return self._scores.health(request)

    async def PushWeather(  # noqa: N802
        self, request: weather_pb2.PushWeatherRequest, context: Any
    ) -> weather_pb2.PushWeatherResponse:
        """Keep one run of a weather model."""
        return await self._weather.push(request)

    async def GetNowcast(  # noqa: N802
        self, request: wire.GetNowcastRequest, context: Any
    ) -> wire.GetNowcastResponse:
        """Return the newest nowcast, or the newest at or before `issued_by`."""
        check(self._park_id, request.park_id, points_mistakes(request.point_ids))
        by = request.issued_by.ToDatetime(tzinfo=UTC) if request.HasField("issued_by") else None
        newest = self._nowcast_board.newest if by is None else await self._nowcasts.newest(by)
        if newest is None:
            raise NotFound("nowcast", f"{self._park_id} issued by {by or 'now'}")
        if request.point_ids:
            newest, missing = only_nowcasts(newest, request.point_ids)
            if missing:
                raise NotFound("nowcast series", ", ".join(missing))
        return wire.GetNowcastResponse(nowcast=newest)

    async def ListModels(  # noqa: N802
        self, request: wire.ListModelsRequest, context: Any
    ) -> wire.ListModelsResponse:
        """Return which models serve, have served or were rejected, and why."""
        return await self._models.list_models(request)

    async def Retrain(  # noqa: N802
        self, request: wire.RetrainRequest, context: Any
    ) -> wire.RetrainResponse:
        """Ask training for new models."""
        return await self._models.retrain(request)

    async def RollBack(  # noqa: N802
        self, request: wire.RollBackRequest, context: Any
    ) -> wire.RollBackResponse:
        """Let an earlier model serve again."""
        return await self._models.roll_back(request)

    async def WatchNowcasts(  # noqa: N802
        self, request: wire.WatchNowcastsRequest, context: Any
    ) -> AsyncIterator[wire.WatchNowcastsResponse]:
        """Yield the newest nowcast, then every new one."""
        check(self._park_id, request.park_id, [])
        self._count("WatchNowcasts", 1)
        try:
            async for nowcast in self._nowcast_board.watch():
                yield wire.WatchNowcastsResponse(nowcast=nowcast)
        finally:
            self._count("WatchNowcasts", -1)

    def _count(self, method: str, change: int) -> None:
        self._watchers[method] = self._watchers.get(method, 0) + change
        record(metrics.WATCHERS, self._watchers[method], method=method)
