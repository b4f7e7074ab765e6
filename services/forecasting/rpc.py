"""ForecastService: checks the request, looks it up, answers."""

from collections.abc import AsyncIterator
from datetime import UTC
from typing import Any

from parkflow.forecast.v1 import forecast_service_pb2 as wire
from parkflow.forecast.v1 import health_pb2, score_pb2, weather_pb2
from parkflow.forecast.v1.forecast_service_pb2_grpc import ForecastServiceServicer
from services.forecasting.board import Board
from services.forecasting.issue_store import IssueStore
from services.forecasting.messages import only
from services.forecasting.score_desk import ScoreDesk
from services.forecasting.weather_desk import WeatherDesk
from services.runtime import metrics
from services.runtime.refusals import FieldMistake, InvalidFields, NotFound
from services.runtime.telemetry import record

MAX_POINTS = 1_000


class ForecastRpc(ForecastServiceServicer):
    """Answers from what was issued; makes nothing."""

    def __init__(
        self,
        park_id: str,
        issues: IssueStore,
        board: Board,
        scores: ScoreDesk,
        weather: WeatherDesk,
    ) -> None:
        self._park_id = park_id
        self._issues = issues
        self._board = board
        self._scores = scores
        self._weather = weather
        self._watchers = 0

    async def GetForecast(  # noqa: N802
        self, request: wire.GetForecastRequest, context: Any
    ) -> wire.GetForecastResponse:
        """Return the newest issue, or the newest at or before `issued_by`."""
        mistakes = []
        if len(request.point_ids) > MAX_POINTS:
            text = f"{len(request.point_ids)} points; ask for at most {MAX_POINTS}"
            mistakes.append(FieldMistake("point_ids", text))
        if "" in request.point_ids:
            mistakes.append(FieldMistake("point_ids", "an id is empty; name a point or none"))
        self._check(request.park_id, mistakes)
        by = request.issued_by.ToDatetime(tzinfo=UTC) if request.HasField("issued_by") else None
        issue = self._board.newest if by is None else await self._issues.newest(by)
        if issue is None:
            raise NotFound("forecast", f"{self._park_id} issued by {by or 'now'}")
        if request.point_ids:
            issue, missing = only(issue, request.point_ids)
            if missing:
                raise NotFound("forecast series", ", ".join(missing))
        return wire.GetForecastResponse(issue=issue)

    async def WatchForecasts(  # noqa: N802
        self, request: wire.WatchForecastsRequest, context: Any
    ) -> AsyncIterator[wire.WatchForecastsResponse]:
        """Yield the newest issue, then every new one."""
        self._check(request.park_id, [])
        self._count(1)
        try:
            async for issue in self._board.watch():
                yield wire.WatchForecastsResponse(issue=issue)
        finally:
            self._count(-1)

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

    def _count(self, change: int) -> None:
        self._watchers += change
        record(metrics.WATCHERS, self._watchers, method="WatchForecasts")

    def _check(self, park_id: str, mistakes: list[FieldMistake]) -> None:
        if not park_id:
            mistakes.append(FieldMistake("park_id", f"is empty; this is {self._park_id!r}"))
        if mistakes:
            raise InvalidFields(mistakes)
        if park_id != self._park_id:
            raise NotFound("park", park_id)
