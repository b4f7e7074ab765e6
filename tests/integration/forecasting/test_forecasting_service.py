"""The forecasting process against a real Kafka and PostgreSQL."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import psycopg
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from parkflow.forecast.v1 import forecast_service_pb2 as wire
from parkflow.forecast.v1.forecast_pb2 import ForecastIssue
from parkflow.forecast.v1.forecast_service_pb2_grpc import ForecastServiceStub
from services.demo.service_process import ServiceProcess
from services.demo.stack import Kafka, StateFolder
from services.demo.stack.ports import free_port
from services.forecasting.domain.series import quarter_number
from services.runtime.consuming import read_back
from services.runtime.database import migrate
from services.runtime.frames import message_from
from services.runtime.publishing import Publisher
from services.runtime.topics import FORECASTS, READINGS, create_missing
from tests.support.builders import DEMO_PARK_FILE, MORNING
from tests.support.recorded import frames_between

DAYS = 21
SPEED = 60
BORDER = quarter_number(MORNING)


@dataclass
class Forecasting:
    """A forecasting process, its park, and hands to feed and ask it."""

    park_id: str
    kafka: Kafka
    database_url: str
    process: ServiceProcess

    async def feed(self, first_quarter: int, end_quarter: int, *, shuffled: bool = False) -> None:
        frames = frames_between(self.park_id, first_quarter, end_quarter)
        if shuffled:
            random.Random(7).shuffle(frames)
        publisher = Publisher("validation", self.kafka.address, {})
        await publisher.start()
        key = f"{self.park_id}/mqtt-site"
        await publisher.publish_all(READINGS, [(key, message_from(frame)) for frame in frames])
        await publisher.stop()

    @asynccontextmanager
    async def stub(self) -> AsyncIterator[ForecastServiceStub]:
        async with grpc.aio.insecure_channel(self.process.address) as channel:
            yield ForecastServiceStub(channel)

    async def issue(self, **request: Any) -> ForecastIssue:
        async with self.stub() as stub:
            call = wire.GetForecastRequest(park_id=self.park_id, **request)
            answer: wire.GetForecastResponse = await stub.GetForecast(call, timeout=5)
        return answer.issue

    async def issue_of(self, quarter: int, within_s: float = 60) -> ForecastIssue:
        """Wait until the newest issue is that of `quarter` or later."""
        ends = time.monotonic() + within_s
        while time.monotonic() < ends:
            try:
                issue = await self.issue()
                if quarter_number(issue.issue_time.ToDatetime(tzinfo=UTC)) >= quarter:
                    return issue
            except grpc.aio.AioRpcError as error:
                if error.code() is not grpc.StatusCode.NOT_FOUND:
                    raise
            await asyncio.sleep(0.2)
        raise AssertionError(f"no issue within {within_s} s; see the log of the process")

    async def published(self) -> dict[str, list[ForecastIssue]]:
        issues: dict[str, list[ForecastIssue]] = {}
        async for received in read_back(FORECASTS, bootstrap=self.kafka.address, security={}):
            if received.message.park_id == self.park_id:
                moment = received.message.issue_time.ToJsonString()
                issues.setdefault(moment, []).append(received.message)
        return issues

    def quarters(self) -> list[tuple[object, ...]]:
        with psycopg.connect(self.database_url) as connection:
            query = (
                "SELECT point_id, quarter, mean_w, readings FROM forecasting.quarter ORDER BY 1, 2"
            )
            return connection.execute(query).fetchall()

    async def until_quarters(self, count: int, within_s: float = 60) -> None:
        ends = time.monotonic() + within_s
        while len(self.quarters()) < count and time.monotonic() < ends:  # noqa: ASYNC110
            await asyncio.sleep(0.2)
        assert len(self.quarters()) >= count


@contextmanager
def a_process(
    kafka: Kafka, database_url: str, folder: StateFolder, clock: str
) -> Iterator[Forecasting]:
    park_id = f"park-{uuid4().hex[:8]}"
    park_file = Path(folder.path) / f"{park_id}.yaml"
    text = DEMO_PARK_FILE.read_text(encoding="utf-8")
    park_file.write_text(text.replace("id: demo-park", f"id: {park_id}"), encoding="utf-8")
    port, metrics_port = free_port(), free_port()
    process = ServiceProcess(
        folder,
        "forecasting",
        grpc_port=port,
        metrics_port=metrics_port,
        environment={
            "PARKFLOW_PARK": str(park_file),
            "PARKFLOW_KAFKA": kafka.address,
            "PARKFLOW_DATABASE_URL": database_url,
            "PARKFLOW_CLOCK": clock,
            "PARKFLOW_GRPC_PORT": str(port),
            "PARKFLOW_METRICS_PORT": str(metrics_port),
        },
    )
    process.start()
    try:
        yield Forecasting(park_id, kafka, database_url, process)
    finally:
        process.stop()


@pytest.fixture
async def forecasting(
    kafka: Kafka, fresh_database: str, stack_folder: StateFolder
) -> AsyncIterator[Forecasting]:
    await create_missing(kafka.address)
    await migrate("forecasting", fresh_database)
    clock = f"{MORNING.isoformat()}@{time.time()}x{SPEED}"
    with a_process(kafka, fresh_database, stack_folder, clock) as running:
        yield running


async def test_readings_become_one_issue_of_all_series_on_topic_and_service(
    forecasting: Forecasting,
) -> None:
    await forecasting.feed(BORDER - DAYS * 96, BORDER + 1)

    issue = await forecasting.issue_of(BORDER)

    assert len(issue.series) == 11
    for series in issue.series:
        assert len(series.p10_w) == len(series.p50_w) == len(series.p90_w) == 192
        assert series.start == issue.issue_time
        assert all(
            low <= middle <= high
            for low, middle, high in zip(series.p10_w, series.p50_w, series.p90_w, strict=True)
        )
    pv = next(series for series in issue.series if series.point_id == "pv.active_power_w")
    assert min(pv.p50_w) < -500_000
    assert max(pv.p90_w) <= 0
    on_topic = await forecasting.published()
    assert on_topic[issue.issue_time.ToJsonString()][-1] == issue


async def test_after_kill_9_the_same_issue_is_served_within_5_s_and_no_mean_has_changed(
    forecasting: Forecasting,
) -> None:
    await forecasting.feed(BORDER - DAYS * 96, BORDER + 1)
    await forecasting.until_quarters(DAYS * 96 * 11 + 11)
    before = await forecasting.issue_of(BORDER)
    means = forecasting.quarters()

    forecasting.process.kill()
    began = time.monotonic()
    forecasting.process.start()
    by = before.issue_time
    again = await forecasting.issue(issued_by=by)
    took_s = time.monotonic() - began

    assert again == before
    assert took_s < 5
    await forecasting.feed(BORDER - DAYS * 96, BORDER + 1, shuffled=True)
    await forecasting.feed(BORDER + 1, BORDER + 2)
    await forecasting.until_quarters(len(means) + 11)
    kept = [row for row in forecasting.quarters() if row[1] <= BORDER]  # type: ignore[operator]
    assert kept == means


async def test_a_watcher_gets_the_newest_issue_and_then_the_next(forecasting: Forecasting) -> None:
    await forecasting.feed(BORDER - 8 * 96, BORDER + 1)
    await forecasting.issue_of(BORDER)

    async with forecasting.stub() as stub:
        call = stub.WatchForecasts(wire.WatchForecastsRequest(park_id=forecasting.park_id))
        first = (await call.read()).issue
        await forecasting.feed(BORDER + 1, BORDER + 4)
        second = (await asyncio.wait_for(call.read(), 40)).issue
        call.cancel()

    assert second.issue_time.seconds > first.issue_time.seconds


async def test_what_does_not_exist_is_not_found_and_says_what(forecasting: Forecasting) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as nothing_yet:
        await forecasting.issue()
    assert nothing_yet.value.code() is grpc.StatusCode.NOT_FOUND
    await forecasting.feed(BORDER - 96, BORDER + 1)
    await forecasting.issue_of(BORDER)

    with pytest.raises(grpc.aio.AioRpcError) as unknown:
        await forecasting.issue(point_ids=["pv.active_power_w", "moon.active_power_w"])

    status = rpc_status.from_call(unknown.value)
    resource = error_details_pb2.ResourceInfo()
    status.details[0].Unpack(resource)
    assert (resource.resource_type, resource.resource_name) == (
        "forecast series",
        "moon.active_power_w",
    )
