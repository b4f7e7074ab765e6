"""ForecastService: each call goes to the desk that knows its matter."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

from parkflow.forecast.v1 import forecast_service_pb2 as wire
from parkflow.forecast.v1 import health_pb2, plan_pb2, score_pb2, weather_pb2
from parkflow.forecast.v1.forecast_service_pb2_grpc import ForecastServiceServicer
from services.forecasting.issue_desk import IssueDesk
from services.forecasting.model_calls import ModelCalls
from services.forecasting.nowcast_desk import NowcastDesk
from services.forecasting.plan_desk import PlanDesk
from services.forecasting.score_desk import ScoreDesk
from services.forecasting.signal_score_desk import SignalScoreDesk
from services.forecasting.weather_desk import WeatherDesk
from services.runtime import metrics
from services.runtime.telemetry import record


class ForecastRpc(ForecastServiceServicer):
    """Hands calls on and counts who watches.

    `readers` holds the turns of those who read what is not on a board: few at once, so that who
    makes forecasts finds a connection and a processor.
    """

    def __init__(
        self,
        issues: IssueDesk,
        nowcasts: NowcastDesk,
        scores: ScoreDesk,
        weather: WeatherDesk,
        plans: PlanDesk,
        models: ModelCalls,
        signal_scores: SignalScoreDesk,
        readers: asyncio.Semaphore,
    ) -> None:
        self._issues = issues
        self._nowcasts = nowcasts
        self._scores = scores
        self._weather = weather
        self._plans = plans
        self._models = models
        self._signal_scores = signal_scores
        self._readers = readers
        self._watchers: dict[str, int] = {}

    async def GetForecast(  # noqa: N802
        self, request: wire.GetForecastRequest, context: Any
    ) -> wire.GetForecastResponse:
        """Return the newest issue, or the newest at or before `issued_by`."""
        if not (request.HasField("issued_by") or request.quantiles):
            return await self._issues.get(request)
        async with self._readers:
            return await self._issues.get(request)

    async def GetScenarios(  # noqa: N802
        self, request: wire.GetScenariosRequest, context: Any
    ) -> wire.GetScenariosResponse:
        """Return joint paths of an issue."""
        async with self._readers:
            return await self._issues.scenarios(request)

    async def WatchForecasts(  # noqa: N802
        self, request: wire.WatchForecastsRequest, context: Any
    ) -> AsyncIterator[wire.WatchForecastsResponse]:
        """Yield the newest issue, then every new one."""
        with self._watching("WatchForecasts"):
            async for answer in self._issues.watch(request):
                yield answer

    async def GetNowcast(  # noqa: N802
        self, request: wire.GetNowcastRequest, context: Any
    ) -> wire.GetNowcastResponse:
        """Return the newest nowcast, or the newest at or before `issued_by`."""
        if not request.HasField("issued_by"):
            return await self._nowcasts.get(request)
        async with self._readers:
            return await self._nowcasts.get(request)

    async def WatchNowcasts(  # noqa: N802
        self, request: wire.WatchNowcastsRequest, context: Any
    ) -> AsyncIterator[wire.WatchNowcastsResponse]:
        """Yield the newest nowcast, then every new one."""
        with self._watching("WatchNowcasts"):
            async for answer in self._nowcasts.watch(request):
                yield answer

    async def ListScores(  # noqa: N802
        self, request: score_pb2.ListScoresRequest, context: Any
    ) -> score_pb2.ListScoresResponse:
        """Return one page of scores."""
        async with self._readers:
            return await self._scores.scores(request)

    async def ListSignalScores(  # noqa: N802
        self, request: score_pb2.ListSignalScoresRequest, context: Any
    ) -> score_pb2.ListSignalScoresResponse:
        """Return how good forecasts of prices and intensities were."""
        async with self._readers:
            return await self._signal_scores.scores(request)

    async def GetPastForecasts(  # noqa: N802
        self, request: score_pb2.GetPastForecastsRequest, context: Any
    ) -> score_pb2.GetPastForecastsResponse:
        """Return what was said of a point some hours before, beside what came."""
        async with self._readers:
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

    async def PushPlan(  # noqa: N802
        self, request: plan_pb2.PushPlanRequest, context: Any
    ) -> plan_pb2.PushPlanResponse:
        """Keep a plan of a device."""
        return await self._plans.push(request)

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

    @contextmanager
    def _watching(self, method: str) -> Iterator[None]:
        self._count(method, 1)
        try:
            yield
        finally:
            self._count(method, -1)

    def _count(self, method: str, change: int) -> None:
        self._watchers[method] = self._watchers.get(method, 0) + change
        record(metrics.WATCHERS, self._watchers[method], method=method)
