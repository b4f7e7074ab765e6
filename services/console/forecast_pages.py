"""The page of forecasts over HTTP: the page itself, and what forecasting says of one point.

The newest issue comes with the event stream; what was said before and how good it was are asked
when a point is chosen and when a newer issue came.
"""

import asyncio
from pathlib import Path

import grpc
from aiohttp import web

from parkflow.forecast.v1 import score_pb2
from parkflow.forecast.v1.forecast_service_pb2 import ListModelsRequest, ListModelsResponse
from parkflow.forecast.v1.forecast_service_pb2_grpc import ForecastServiceStub
from services.console.actions import BadOrder
from services.console.forecast_messages import (
    model_json,
    past_json,
    score_json,
    signal_score_json,
)
from services.console.requests import json_response
from services.runtime.grpc_client import CALL_S, trace_metadata

PAGE = Path(__file__).parent / "static" / "forecasts.html"
LONGEST_NAME = 200
MODELS_SHOWN = 6


class ForecastPages:
    """Its handlers; forecasting's refusals become HTTP's at the border."""

    def __init__(self, park_id: str, forecasting: grpc.aio.Channel) -> None:
        self._park_id = park_id
        self._forecasting = ForecastServiceStub(forecasting)

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Add the routes."""
        router.add_get("/forecasts", self._page)
        router.add_get("/api/past-forecasts", self._past)
        router.add_get("/api/signal-scores", self._signal)

    async def _page(self, _: web.Request) -> web.StreamResponse:
        return web.FileResponse(PAGE)

    async def _past(self, request: web.Request) -> web.StreamResponse:
        """Return what was said of a point 1, 4 and 24 h before, what came, scores and models."""
        point = _named(request, "point")
        said, scores, models = await asyncio.gather(
            self._forecasting.GetPastForecasts(
                score_pb2.GetPastForecastsRequest(park_id=self._park_id, point_id=point),
                timeout=CALL_S,
                metadata=trace_metadata(),
            ),
            self._forecasting.ListScores(
                score_pb2.ListScoresRequest(park_id=self._park_id, point_ids=[point]),
                timeout=CALL_S,
                metadata=trace_metadata(),
            ),
            self._models(point),
        )
        body = {
            "point": point,
            **past_json(said),
            "scores": [score_json(score) for score in scores.scores],
            "models": [model_json(model) for model in models.models],
        }
        return json_response(body)

    async def _signal(self, request: web.Request) -> web.StreamResponse:
        """Return how good the forecasts of a price or intensity were, and its models."""
        signal = _named(request, "signal")
        scores, models = await asyncio.gather(
            self._forecasting.ListSignalScores(
                score_pb2.ListSignalScoresRequest(park_id=self._park_id, signal_ids=[signal]),
                timeout=CALL_S,
                metadata=trace_metadata(),
            ),
            self._models(signal),
        )
        body = {
            "point": signal,
            "scores": [signal_score_json(score) for score in scores.scores],
            "models": [model_json(model) for model in models.models],
        }
        return json_response(body)

    async def _models(self, point: str) -> ListModelsResponse:
        answer: ListModelsResponse = await self._forecasting.ListModels(
            ListModelsRequest(park_id=self._park_id, point_ids=[point], page_size=MODELS_SHOWN),
            timeout=CALL_S,
            metadata=trace_metadata(),
        )
        return answer


def _named(request: web.Request, field: str) -> str:
    name: str = request.query.get(field, "")
    if not 0 < len(name) <= LONGEST_NAME:
        raise BadOrder(f"{field} must name one of the forecasts")
    return name
