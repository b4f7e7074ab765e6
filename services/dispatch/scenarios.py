"""Joint paths of a forecast, asked of the forecasting service once an issue."""

from collections.abc import Collection

import grpc

from parkflow.forecast.v1.forecast_service_pb2 import GetScenariosRequest
from parkflow.forecast.v1.forecast_service_pb2_grpc import ForecastServiceStub
from services.dispatch.domain.expected import Forecast, ResidualPaths
from services.dispatch.messages import RESIDUAL, residual_paths_of, stamp
from services.dispatch.settings import Settings
from services.runtime.grpc_client import open_channel, trace_metadata
from services.runtime.telemetry import log_for

COUNT = 60
ANSWER_S = 5.0
"""A plan waits for its paths as long, and is made without them then."""
log = log_for(__name__)


class Scenarios:
    """The paths of the newest issue that was asked for. What fails is asked again the next time."""

    def __init__(self, park_id: str, settings: Settings) -> None:
        self._park_id, self._settings = park_id, settings
        self._channel: grpc.aio.Channel | None = None
        self._kept: ResidualPaths | None = None

    async def start(self) -> None:
        """Open the channel; nobody is called yet."""
        self._channel = open_channel(self._settings.forecasting_address, self._settings)

    async def stop(self) -> None:
        """Close the channel."""
        if self._channel is not None:
            await self._channel.close()

    async def of(self, forecast: Forecast, points: Collection[str] = ()) -> ResidualPaths | None:
        """Return an issue's paths of loads and generation, and of these points of it.

        None where nobody tells them.
        """
        wanted = sorted(point for point in points if point in forecast.series)
        if self._kept is None or not _holds(self._kept, forecast, wanted):
            self._kept = await self._asked(forecast, wanted)
        return self._kept

    async def _asked(self, forecast: Forecast, points: list[str]) -> ResidualPaths | None:
        if self._channel is None or forecast.residual is None:
            return None
        request = GetScenariosRequest(
            park_id=self._park_id,
            point_ids=[RESIDUAL, *points],
            issued_by=stamp(forecast.issue_time),
            count=COUNT,
        )
        stub = ForecastServiceStub(self._channel)
        try:
            answer = await stub.GetScenarios(request, timeout=ANSWER_S, metadata=trace_metadata())
            paths = residual_paths_of(answer)
        except grpc.aio.AioRpcError as error:
            log.warning("no_scenarios", code=error.code().name, why=error.details())
            return None
        except (ValueError, OverflowError) as error:  # of an answer that makes no sense
            log.warning("no_scenarios", code="UNREADABLE", why=str(error))
            return None
        if paths.issue_time != forecast.issue_time:
            log.warning("no_scenarios", code="OTHERS", why=f"of the issue of {paths.issue_time}")
            return None
        return paths


def _holds(paths: ResidualPaths, forecast: Forecast, points: list[str]) -> bool:
    return paths.issue_time == forecast.issue_time and paths.parts_w.keys() >= set(points)
