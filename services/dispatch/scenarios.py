"""Joint paths of a forecast, asked of the forecasting service once an issue."""

import grpc

from parkflow.forecast.v1.forecast_service_pb2 import GetScenariosRequest
from parkflow.forecast.v1.forecast_service_pb2_grpc import ForecastServiceStub
from services.dispatch.domain.expected import Forecast, ResidualPaths
from services.dispatch.messages import residual_paths_of, stamp
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

    async def of(self, forecast: Forecast) -> ResidualPaths | None:
        """Return an issue's paths of loads and generation; None where nobody tells them."""
        if self._kept is None or self._kept.issue_time != forecast.issue_time:
            self._kept = await self._asked(forecast)
        return self._kept

    async def _asked(self, forecast: Forecast) -> ResidualPaths | None:
        if self._channel is None or not forecast.series:
            return None
        request = GetScenariosRequest(
            park_id=self._park_id,
            point_ids=[min(forecast.series)],  # the sums come in any case
            issued_by=stamp(forecast.issue_time),
            count=COUNT,
        )
        stub = ForecastServiceStub(self._channel)
        try:
            answer = await stub.GetScenarios(request, timeout=ANSWER_S, metadata=trace_metadata())
        except grpc.aio.AioRpcError as error:
            log.warning("no_scenarios", code=error.code().name, details=error.details())
            return None
        paths = residual_paths_of(answer)
        if paths is None or paths.issue_time != forecast.issue_time:
            log.warning("no_scenarios", code="OTHERS", details="of another issue, or no numbers")
            return None
        return paths
