"""The forecasting process against a real Kafka and PostgreSQL."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import numpy as np
import psycopg
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from parkflow.forecast.v1 import forecast_service_pb2 as wire
from parkflow.forecast.v1.forecast_pb2 import ForecastIssue
from parkflow.forecast.v1.forecast_service_pb2_grpc import ForecastServiceStub
from parkflow.forecast.v1.health_pb2 import GetForecastHealthRequest
from parkflow.forecast.v1.nowcast_pb2 import NowcastIssue, SeriesNowcast
from parkflow.forecast.v1.plan_pb2 import PLAN_KIND_AVAILABILITY, PushPlanRequest
from parkflow.forecast.v1.score_pb2 import ListScoresRequest
from parkflow.forecast.v1.weather_pb2 import (
    WEATHER_QUANTITY_TEMPERATURE_C,
    PushWeatherRequest,
)
from services.demo.service_process import ServiceProcess
from services.demo.stack import Kafka, StateFolder
from services.demo.stack.ports import free_port
from services.energy.time_grid import to_microseconds
from services.forecasting.domain.series import quarter_number, quarter_start
from services.runtime.consuming import read_back
from services.runtime.database import migrate
from services.runtime.frames import Frame, message_from
from services.runtime.publishing import Publisher
from services.runtime.topics import FORECASTS, READINGS
from tests.support.builders import DEMO_PARK_FILE, MORNING
from tests.support.charging import FLEET, recorded_frame
from tests.support.ingest import with_topics
from tests.support.patience import quickly, until
from tests.support.recorded import frames_between

DAYS = 21
SPEED = 60
CALL_S = 30
ISSUE_S = 150
"""After a start an issue waits a minute for readings that do not come."""
BORDER = quarter_number(MORNING)
ELECTRIC_LOADS = ("steel", "metalwork", "electroplating", "labs_a", "labs_b", "offices")
STEEL = "steel.active_power_w"


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
        await self.publish(frames)

    async def publish(self, frames: list[Frame]) -> None:
        publisher = Publisher("validation", self.kafka.address, {})
        await publisher.start()
        key = f"{self.park_id}/mqtt-site"
        await publisher.publish_all(READINGS, [(key, message_from(frame)) for frame in frames])
        await publisher.stop()

    async def feed_steel(self, at: datetime, power_w: float) -> None:
        """Publish one believed reading of the steel works."""
        frame = Frame(
            park_id=self.park_id,
            source_id="mqtt-site",
            frame_id=f"{self.park_id}/{at.isoformat()}",
            arrival_time=at + timedelta(seconds=1),
            point_ids=(STEEL,),
            point_index=np.zeros(1, np.uint32),
            event_time_us=np.array([to_microseconds(at)], np.int64),
            value=np.array([power_w]),
            verdict=np.ones(1, np.uint8),
            doubt=np.zeros(1, np.uint8),
        )
        publisher = Publisher("validation", self.kafka.address, {})
        await publisher.start()
        await publisher.publish(READINGS, f"{self.park_id}/mqtt-site", message_from(frame))
        await publisher.stop()

    @asynccontextmanager
    async def stub(self) -> AsyncIterator[ForecastServiceStub]:
        async with grpc.aio.insecure_channel(self.process.address) as channel:
            yield ForecastServiceStub(channel)

    async def issue(self, **request: Any) -> ForecastIssue:
        async with self.stub() as stub:
            call = wire.GetForecastRequest(park_id=self.park_id, **request)
            answer: wire.GetForecastResponse = await stub.GetForecast(call, timeout=CALL_S)
        return answer.issue

    async def issue_of(self, quarter: int) -> ForecastIssue:
        """Wait until the newest issue is that of `quarter` or later."""

        async def made() -> ForecastIssue | None:
            try:
                issue = await self.issue()
            except grpc.aio.AioRpcError as error:
                if error.code() is not grpc.StatusCode.NOT_FOUND:
                    raise
                return None
            made_for = quarter_number(issue.issue_time.ToDatetime(tzinfo=UTC))
            return issue if made_for >= quarter else None

        issue: ForecastIssue = await until(made, "an issue; see the log of the process", ISSUE_S)
        return issue

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

    async def until_quarters(self, count: int) -> None:
        await until(lambda: len(self.quarters()) >= count, f"{count} quarters")


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
    await with_topics(kafka)
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
    assert {series.point_id: series for series in issue.aggregates}.keys() >= {
        "park.load_w",
        "tenant.campus.load_w",
        "park.residual_w",
    }
    for series in issue.series:
        assert len(series.p10_w) == len(series.p50_w) == len(series.p90_w) == 192
        assert series.start == issue.issue_time
        assert all(
            low <= middle <= high
            for low, middle, high in zip(series.p10_w, series.p50_w, series.p90_w, strict=True)
        )
    by_point = {series.point_id: series for series in (*issue.series, *issue.aggregates)}
    loads = [one for one in issue.series if one.point_id.split(".")[0] in ELECTRIC_LOADS]
    sums_w = np.sum([series.p50_w for series in loads], axis=0)
    np.testing.assert_allclose(by_point["park.load_w"].p50_w, sums_w, atol=1.0)
    assert "plain models" in by_point["steel.active_power_w"].method
    pv = by_point["pv.active_power_w"]
    assert min(pv.p50_w) < -500_000
    assert max(pv.p90_w) <= 0
    on_topic = await forecasting.published()
    assert on_topic[issue.issue_time.ToJsonString()][-1] == issue


async def test_the_charging_fleet_is_forecast_from_what_ports_say_and_stands_in_its_sums(
    forecasting: Forecasting,
) -> None:
    frames = [
        recorded_frame(quarter_start(quarter), forecasting.park_id)
        for quarter in range(BORDER - 96, BORDER + 1)
    ]
    await forecasting.publish(frames)  # no first issue waits for a fleet: so it is there before
    await forecasting.until_quarters(97)
    await forecasting.feed(BORDER - 96, BORDER + 1)
    await forecasting.until_quarters(97 * 12)

    issue = await forecasting.issue_of(BORDER)

    by_point = {series.point_id: series for series in (*issue.series, *issue.aggregates)}
    fleet = by_point[FLEET]
    assert len(issue.series) == 12
    assert min(fleet.p10_w) >= 0.0
    assert 0.0 < max(fleet.p50_w) <= max(fleet.p90_w) <= 52 * 7_000.0
    assert fleet.caveat.startswith("only 1.0 days of history")
    assert by_point["park.charging_w"].p50_w == fleet.p50_w
    net_w = np.array(by_point["park.residual_w"].p50_w) + np.array(fleet.p50_w)
    np.testing.assert_allclose(by_point["park.net_w"].p50_w, net_w, atol=1.0)


async def test_after_kill_9_the_same_issue_is_served_within_5_s_and_no_mean_has_changed(
    forecasting: Forecasting,
) -> None:
    await forecasting.feed(BORDER - DAYS * 96, BORDER + 1)
    await forecasting.until_quarters(DAYS * 96 * 11 + 11)
    before = await forecasting.issue_of(BORDER)
    means = forecasting.quarters()

    async def killed_and_started(_: int) -> None:
        forecasting.process.kill()
        forecasting.process.start()
        assert await forecasting.issue(issued_by=before.issue_time) == before

    await quickly(killed_and_started, 5)
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
        second = (await asyncio.wait_for(call.read(), ISSUE_S)).issue
        call.cancel()

    assert second.issue_time.seconds > first.issue_time.seconds


async def test_a_nowcast_a_minute_holds_on_to_the_newest_reading(forecasting: Forecasting) -> None:
    await forecasting.feed(BORDER - 8 * 96, BORDER + 1)
    await forecasting.issue_of(BORDER)
    nowcasts: list[NowcastIssue] = []

    async with forecasting.stub() as stub:
        call = stub.WatchNowcasts(wire.WatchNowcastsRequest(park_id=forecasting.park_id))
        while not any(_anchored(nowcast) for nowcast in nowcasts[-1:]):
            nowcasts.append((await asyncio.wait_for(call.read(), 60)).nowcast)
            minute = nowcasts[-1].issue_time.ToDatetime(tzinfo=UTC)
            await forecasting.feed_steel(minute, 123_000.0)
        call.cancel()
        asked = wire.GetNowcastRequest(
            park_id=forecasting.park_id,
            point_ids=[STEEL],
            issued_by=nowcasts[-1].issue_time,
        )
        again = (await stub.GetNowcast(asked, timeout=5)).nowcast

    assert [series.point_id for series in again.series] == [STEEL]
    assert again.series[0] == _anchored(nowcasts[-1])
    (steel,) = again.series
    assert steel.anchor_age.seconds < 300
    assert len(steel.p50_minute_w) == 15
    assert len(steel.p50_quarter_w) == 16
    times = [nowcast.issue_time.seconds for nowcast in nowcasts]
    assert all(later - time >= 60 for time, later in pairwise(times))
    assert all(time % 60 == 0 for time in times)


def _anchored(nowcast: NowcastIssue) -> SeriesNowcast | None:
    """Return the steel works' nowcast where it begins at the reading just fed."""
    steel = (series for series in nowcast.series if series.point_id == STEEL)
    return next((one for one in steel if one.anchor_w == 123_000.0), None)


async def test_scenarios_of_an_issue_are_the_same_each_time_and_add_up(
    forecasting: Forecasting,
) -> None:
    await forecasting.feed(BORDER - DAYS * 96, BORDER + 1)
    issue = await forecasting.issue_of(BORDER)

    async with forecasting.stub() as stub:
        asked = wire.GetScenariosRequest(
            park_id=forecasting.park_id, issued_by=issue.issue_time, count=10
        )
        paths = await stub.GetScenarios(asked, timeout=10)
        forecasting.process.kill()
        forecasting.process.start()
    async with forecasting.stub() as stub:
        again = await stub.GetScenarios(asked, timeout=10, wait_for_ready=True)

    assert again == paths
    assert paths.issue_time == issue.issue_time
    drawn = {one.point_id: np.reshape(one.power_w, (10, 192)) for one in paths.series}
    assert len(drawn) == 11
    sums = {one.point_id: np.reshape(one.power_w, (10, 192)) for one in paths.aggregates}
    loads = np.sum([drawn[f"{name}.active_power_w"] for name in ELECTRIC_LOADS], axis=0)
    np.testing.assert_allclose(sums["park.load_w"], loads, atol=1.0)
    made = drawn["pv.active_power_w"] + drawn["wind.active_power_w"]
    np.testing.assert_allclose(sums["park.residual_w"], loads + made, atol=1.0)
    assert drawn["pv.active_power_w"].max() <= 0.0
    async with forecasting.stub() as stub:
        asked.point_ids.extend(["park.residual_w", STEEL])
        named = await stub.GetScenarios(asked, timeout=10)
    assert [one.point_id for one in (*named.series, *named.aggregates)] == [
        STEEL,
        "park.residual_w",
    ]
    assert named.aggregates[0] in paths.aggregates, "the same, only less of it"


async def test_more_quantiles_are_told_on_request_and_wrong_levels_refused(
    forecasting: Forecasting,
) -> None:
    await forecasting.feed(BORDER - 8 * 96, BORDER + 1)
    await forecasting.issue_of(BORDER)

    issue = await forecasting.issue(point_ids=[STEEL, "park.load_w"], quantiles=[0.5, 0.05, 0.95])
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await forecasting.issue(quantiles=[0.5, 1.0])

    middle, low, high = issue.series[0].quantiles
    assert [path.level for path in issue.series[0].quantiles] == [0.5, 0.05, 0.95]
    assert [one.point_id for one in issue.aggregates] == ["park.load_w"]
    np.testing.assert_allclose(middle.power_w, issue.series[0].p50_w)
    assert np.all(np.array(low.power_w) <= issue.series[0].p10_w)
    assert np.all(np.array(high.power_w) >= issue.series[0].p90_w)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    details = error_details_pb2.BadRequest()
    rpc_status.from_call(refused.value).details[0].Unpack(details)
    assert [one.field for one in details.field_violations] == ["quantiles"]


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


async def test_an_outage_that_is_pushed_is_in_the_issue_and_in_the_nowcasts_before_it_begins(
    forecasting: Forecasting,
) -> None:
    begin = quarter_start(BORDER + 8)
    outage = PushPlanRequest(park_id=forecasting.park_id, device_id="steel", user="shift leader")
    outage.kind = PLAN_KIND_AVAILABILITY
    outage.issue_time.FromDatetime(MORNING - timedelta(hours=1))
    one = outage.intervals.add(value=0.0)
    one.start.FromDatetime(begin)
    one.end.FromDatetime(begin + timedelta(hours=30))

    async with forecasting.stub() as stub:
        first = await stub.PushPlan(outage, timeout=5)
        again = await stub.PushPlan(outage, timeout=5)
        outage.device_id = "moon"
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.PushPlan(outage, timeout=5)
        await forecasting.feed(BORDER - 8 * 96, BORDER + 1)
        known = quarter_number(first.known_at.ToDatetime(tzinfo=UTC))
        issue = await forecasting.issue_of(known + 1)
        call = stub.WatchNowcasts(wire.WatchNowcastsRequest(park_id=forecasting.park_id))
        nowcasts = [(await asyncio.wait_for(call.read(), 60)).nowcast]
        while nowcasts[-1].outlook_time.seconds < issue.issue_time.seconds:
            nowcasts.append((await asyncio.wait_for(call.read(), 60)).nowcast)
        call.cancel()

    assert (first.kept_count, again.kept_count) == (120, 0)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    (steel,) = (series for series in issue.series if series.point_id == STEEL)
    out = quarter_number(begin) - quarter_number(issue.issue_time.ToDatetime(tzinfo=UTC))
    assert "planned availability 0%" in steel.caveat
    assert list(steel.p90_w[max(out, 0) : out + 120]) == [0.0] * min(120, out + 120)
    assert min(steel.p50_w[out + 120 :]) > 0.0
    (now,) = (series for series in nowcasts[-1].series if series.point_id == STEEL)
    quarters = nowcasts[-1].quarters_start.ToDatetime(tzinfo=UTC)
    out = max(quarter_number(begin) - quarter_number(quarters), 0)
    assert list(now.p90_quarter_w[out:]) == [0.0] * (16 - out)
    assert list(now.p10_quarter_w[out:]) == [0.0] * (16 - out)


async def test_weather_is_taken_once_and_every_mistake_of_a_run_is_named(
    forecasting: Forecasting,
) -> None:
    run = PushWeatherRequest(park_id=forecasting.park_id)
    run.issue_time.FromDatetime(MORNING - timedelta(hours=6))
    run.start.FromDatetime(MORNING)
    run.step.FromTimedelta(timedelta(hours=1))
    run.series.add(quantity=WEATHER_QUANTITY_TEMPERATURE_C, values=[20.0, float("nan"), 22.0])

    async with forecasting.stub() as stub:
        first = await stub.PushWeather(run, timeout=5)
        again = await stub.PushWeather(run, timeout=5)
        run.step.FromTimedelta(timedelta(days=1))
        run.series[0].values[2] = 300.0
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.PushWeather(run, timeout=5)

    assert (first.kept_count, again.kept_count) == (2, 0)
    assert first.known_at.ToDatetime(UTC) >= MORNING
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    bad = error_details_pb2.BadRequest()
    rpc_status.from_call(refused.value).details[0].Unpack(bad)
    assert [violation.field for violation in bad.field_violations] == [
        "step",
        "series[0].values[2]",
    ]


async def test_scores_of_an_unknown_series_are_not_found_and_of_a_new_park_there_are_none(
    forecasting: Forecasting,
) -> None:
    async with forecasting.stub() as stub:
        park = {"park_id": forecasting.park_id}
        none = await stub.ListScores(ListScoresRequest(**park), timeout=5)
        with pytest.raises(grpc.aio.AioRpcError) as unknown:
            await stub.ListScores(ListScoresRequest(**park, point_ids=["moon.x"]), timeout=5)
        health = await stub.GetForecastHealth(GetForecastHealthRequest(**park), timeout=5)

    assert list(none.scores) == []
    assert unknown.value.code() is grpc.StatusCode.NOT_FOUND
    assert not health.HasField("judged_until")
