"""What the park is forecast to consume, asked of the forecasting service now and then."""

import asyncio
from datetime import UTC, timedelta

import grpc

from parkflow.forecast.v1.forecast_pb2 import SeriesForecast
from parkflow.forecast.v1.forecast_service_pb2 import GetForecastRequest
from parkflow.forecast.v1.forecast_service_pb2_grpc import ForecastServiceStub
from services.carbon_accounting.live.foreseeing import Consumption
from services.carbon_accounting.settings import Settings
from services.energy.time_grid import Interval
from services.runtime.grpc_client import CALL_S, open_channel
from services.runtime.patience import tirelessly

LOAD, CHARGING = "park.load_w", "park.charging_w"
ASK_EVERY_S = 60.0
HOUR = timedelta(hours=1)


class Outlook:
    """The newest forecast of consumption; None while nobody answers."""

    def __init__(self, park_id: str, settings: Settings) -> None:
        self._park_id = park_id
        self._settings = settings
        self.consumption: Consumption | None = None

    async def run(self) -> None:
        """Ask for ever."""
        channel = open_channel(self._settings.forecasting_address, self._settings)
        stub = ForecastServiceStub(channel)
        try:
            while True:
                self.consumption = await tirelessly(lambda: self._asked(stub), "forecast")
                await asyncio.sleep(ASK_EVERY_S)
        finally:
            await channel.close()

    async def _asked(self, stub: ForecastServiceStub) -> Consumption | None:
        request = GetForecastRequest(park_id=self._park_id, point_ids=[LOAD, CHARGING])
        try:
            answer = await stub.GetForecast(request, timeout=CALL_S)
        except grpc.aio.AioRpcError:
            return None  # said in words where it would have been used
        return consumption_of({one.point_id: one for one in answer.issue.aggregates})


def consumption_of(sums: dict[str, SeriesForecast]) -> Consumption | None:
    """Return the medians of load and charging as energy; None without a forecast of load."""
    load = sums.get(LOAD)
    if load is None or not load.p50_w:
        return None
    steps = len(load.p50_w)
    power_w = sum(load.p50_w)
    if (charging := sums.get(CHARGING)) is not None:
        power_w += sum(charging.p50_w[:steps])
    start, step = load.start.ToDatetime(tzinfo=UTC), load.step.ToTimedelta()
    return Consumption(Interval(start, start + steps * step), round(power_w * (step / HOUR)))
