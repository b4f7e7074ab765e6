"""Joint paths of an issue, asked of a forecasting service over gRPC."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
import numpy as np

from parkflow.forecast.v1 import forecast_service_pb2 as wire
from parkflow.forecast.v1 import forecast_service_pb2_grpc as wire_grpc
from services.dispatch.domain.expected import Forecast, ResidualPaths, Series
from services.dispatch.messages import RESIDUAL
from services.dispatch.scenarios import COUNT, Scenarios
from services.dispatch.settings import Settings
from services.energy.time_grid import QUARTER
from tests.support.builders import MORNING


class Forecasting(wire_grpc.ForecastServiceServicer):
    """Answers what it is told to, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[wire.GetScenariosRequest] = []
        self.power_w: list[float] = np.arange(2.0 * COUNT).tolist()
        self.issue_time: datetime | None = None
        self.refuses: grpc.StatusCode | None = None
        self.has_step = True

    async def GetScenarios(  # noqa: N802
        self, request: wire.GetScenariosRequest, context: Any
    ) -> wire.GetScenariosResponse:
        self.asked.append(request)
        if self.refuses is not None:
            await context.abort(self.refuses, "not now")
        answer = wire.GetScenariosResponse(park_id=request.park_id, count=request.count)
        answer.issue_time.FromDatetime(self.issue_time or request.issued_by.ToDatetime(UTC))
        answer.start.CopyFrom(answer.issue_time)
        if self.has_step:
            answer.step.FromTimedelta(QUARTER)
        for name in request.point_ids:
            told = answer.aggregates if name == RESIDUAL else answer.series
            told.add(point_id=name, power_w=self.power_w)
        return answer


@asynccontextmanager
async def a_desk(forecasting: Forecasting) -> AsyncIterator[Scenarios]:
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    wire_grpc.add_ForecastServiceServicer_to_server(forecasting, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    settings = Settings(
        park=Path("parks/demo.yaml"), database_url="", forecasting_address=f"127.0.0.1:{port}"
    )
    scenarios = Scenarios("demo-park", settings)
    await scenarios.start()
    try:
        yield scenarios
    finally:
        await scenarios.stop()
        await server.stop(None)


def a_forecast(issue_time: datetime = MORNING) -> Forecast:
    nothing = np.zeros(0)
    series = Series(issue_time, QUARTER, nothing, nothing, nothing, "")
    return Forecast(issue_time, issue_time, {"pv": series, "wind": series}, residual=series)


async def told(scenarios: Scenarios, issue_time: datetime = MORNING) -> ResidualPaths | None:
    return await scenarios.of(a_forecast(issue_time))


async def test_paths_of_an_issue_are_asked_for_once() -> None:
    forecasting = Forecasting()
    async with a_desk(forecasting) as scenarios:
        paths = await told(scenarios)
        again = await told(scenarios)
        later = await told(scenarios, MORNING + QUARTER)

    assert paths is not None
    assert again is paths
    assert (paths.issue_time, paths.start, paths.step) == (MORNING, MORNING, QUARTER)
    assert paths.power_w[1].tolist() == [2.0, 3.0], "path by path, step by step"
    assert later is not None
    assert [one.issued_by.ToDatetime(UTC) for one in forecasting.asked] == [
        MORNING,
        MORNING + QUARTER,
    ]
    assert {(one.count, *one.point_ids) for one in forecasting.asked} == {(COUNT, RESIDUAL)}


async def test_series_beside_the_sum_are_asked_for_when_they_are_wanted() -> None:
    forecasting = Forecasting()
    async with a_desk(forecasting) as scenarios:
        assert await told(scenarios) is not None
        paths = await scenarios.of(a_forecast(), {"pv", "nobody forecasts this"})
        assert await scenarios.of(a_forecast(), {"pv"}) is paths

    assert paths is not None
    assert paths.parts_w.keys() == {"pv"}
    assert [list(one.point_ids) for one in forecasting.asked] == [[RESIDUAL], [RESIDUAL, "pv"]]


async def test_an_issue_that_lacks_a_series_has_no_sum_to_ask_for() -> None:
    forecasting = Forecasting()
    async with a_desk(forecasting) as scenarios:
        assert await scenarios.of(replace(a_forecast(), residual=None)) is None

    assert forecasting.asked == []


async def test_whoever_is_away_is_asked_again_for_the_next_plan() -> None:
    forecasting = Forecasting()
    forecasting.refuses = grpc.StatusCode.UNAVAILABLE
    async with a_desk(forecasting) as scenarios:
        assert await told(scenarios) is None
        forecasting.refuses = None
        assert await told(scenarios) is not None


async def test_nobody_at_the_address_costs_no_plan() -> None:
    settings = Settings(
        park=Path("parks/demo.yaml"), database_url="", forecasting_address="127.0.0.1:9"
    )
    scenarios = Scenarios("demo-park", settings)
    await scenarios.start()
    assert await told(scenarios) is None
    await scenarios.stop()


async def test_paths_of_another_issue_or_without_numbers_are_none() -> None:
    forecasting = Forecasting()
    async with a_desk(forecasting) as scenarios:
        forecasting.issue_time = MORNING - QUARTER
        assert await told(scenarios) is None
        forecasting.issue_time = None
        for power_w in ([], [1.0] * (COUNT + 1), [float("nan")] * COUNT):
            forecasting.power_w = power_w
            assert await told(scenarios) is None
        forecasting.power_w, forecasting.has_step = [1.0] * COUNT, False
        assert await told(scenarios) is None
