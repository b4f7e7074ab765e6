"""The page of forecasts over a real forecasting: what was said, what came and how it is scored.

The other services are fakes.

`PARKFLOW_PICTURES` names a folder that gets `forecasts.png`, the picture of docs/forecasting.md.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import grpc
import psycopg
import pytest
from playwright.async_api import Page, expect

from parkflow.forecast.v1 import score_pb2 as wire
from parkflow.forecast.v1.forecast_pb2 import ForecastIssue
from parkflow.forecast.v1.forecast_service_pb2_grpc import ForecastServiceStub
from services.demo.service_process import ServiceProcess
from services.demo.stack import Kafka, StateFolder
from services.demo.stack.ports import free_port
from services.forecasting.domain.outlook.answering import answer
from services.forecasting.domain.outlook.effort import Effort
from services.forecasting.domain.outlook.forecaster import learn, reckon
from services.forecasting.domain.outlook.record import Record
from services.forecasting.domain.point_forecast import point_forecast
from services.forecasting.domain.series import Series, quarter_number, quarter_start
from services.forecasting.domain.series_record import record_of, task_of
from services.forecasting.issue_store import IssueStore
from services.forecasting.messages import issue_message
from services.runtime.clock import ParkClock
from services.runtime.database import Database, migrate
from services.runtime.frames import message_from
from services.runtime.publishing import Publisher
from services.runtime.topics import READINGS
from tests.support.builders import DEMO_PARK_FILE, MORNING, a_park
from tests.support.console_process import ConsoleProcess
from tests.support.fake_services import FakeServices
from tests.support.recorded import frames_between, recorded

STEEL = "steel.active_power_w"
DAYS, SAID_DAYS, LEARNT_DAYS = 28, 6, 120
LITTLE = Effort(cases=3_000, rounds=60)
NOW = MORNING + timedelta(hours=4, minutes=1)
BORDER = quarter_number(NOW)
SCORED_S = 150.0


@dataclass
class Desk:
    """A forecasting with a past, and a console that serves the page over it."""

    park_id: str
    url: str
    address: str
    database_url: str

    async def scores(self) -> list[wire.Score]:
        async with grpc.aio.insecure_channel(self.address) as channel:
            request = wire.ListScoresRequest(park_id=self.park_id, point_ids=[STEEL])
            answer = await ForecastServiceStub(channel).ListScores(request, timeout=10)
        return list(answer.scores)

    async def scored_until(self) -> datetime:
        """Return how far the scorer has come: it notes that last."""
        connect = psycopg.AsyncConnection.connect
        async with await connect(self.database_url) as connection:
            cursor = await connection.execute("SELECT max(quarter) FROM forecasting.scored_until")
            row = await cursor.fetchone()
        return quarter_start(row[0] if row and row[0] else 0)

    async def until_scored(self) -> None:
        """Wait until the issues of the past have been scored in every class."""
        newest = quarter_start(BORDER)
        async with asyncio.timeout(SCORED_S):
            while await self.scored_until() < newest:  # noqa: ASYNC110
                await asyncio.sleep(0.5)


def issues_of_the_past(park_id: str) -> Iterator[ForecastIssue]:
    """Yield what a model trained before these days would have issued at each of their quarters."""
    first, powers = recorded()
    [(target, power_w)] = [one for one in powers.items() if one[0].point_id == STEEL]
    task, learnt_at = task_of(target, a_park()), BORDER - SAID_DAYS * 96
    begin = learnt_at - LEARNT_DAYS * 96

    def known(quarter: int) -> Record:
        return record_of(power_w[begin - first : quarter - first], begin, target, task)

    state = learn(known(learnt_at), task, LITTLE, None)
    for quarter in range(learnt_at, BORDER):
        if (quarter - learnt_at) % 96 == 95:
            state = reckon(known(quarter), state)
        series = Series(begin, power_w[begin - first : quarter - first])
        said = answer(known(quarter), state)
        made = point_forecast(said, series, target, model="model 1", weakness="")
        yield issue_message(park_id, quarter_start(quarter), [made])


async def tell_the_past(kafka: Kafka, park_id: str, database_url: str) -> None:
    """Put the readings of three weeks into the log and the issues of six days into the database."""
    publisher = Publisher("validation", kafka.address, {})
    await publisher.start()
    frames = frames_between(park_id, BORDER - DAYS * 96, BORDER + 1)
    key = f"{park_id}/mqtt-site"
    await publisher.publish_all(READINGS, [(key, message_from(frame)) for frame in frames])
    await publisher.stop()
    database = Database("forecasting", database_url)
    await database.start()
    issues = IssueStore(database, park_id)
    for issue in issues_of_the_past(park_id):
        await issues.keep(issue, issue.issue_time.ToDatetime(tzinfo=UTC))
    await database.stop()


@pytest.fixture
async def desk(
    kafka_with_topics: Kafka, fresh_database: str, stack_folder: StateFolder, tmp_path: Path
) -> AsyncIterator[Desk]:
    park_id = f"park-{uuid4().hex[:8]}"
    park = tmp_path / "park.yaml"
    text = DEMO_PARK_FILE.read_text(encoding="utf-8")
    park.write_text(text.replace("id: demo-park", f"id: {park_id}"), encoding="utf-8")
    await migrate("forecasting", fresh_database)
    await tell_the_past(kafka_with_topics, park_id, fresh_database)
    clock = ParkClock(NOW, time.time(), 1.0)
    port, metrics_port = free_port(), free_port()
    forecasting = ServiceProcess(
        stack_folder,
        "forecasting",
        grpc_port=port,
        metrics_port=metrics_port,
        environment={
            "PARKFLOW_PARK": str(park),
            "PARKFLOW_KAFKA": kafka_with_topics.address,
            "PARKFLOW_DATABASE_URL": fresh_database,
            "PARKFLOW_CLOCK": str(clock),
            "PARKFLOW_GRPC_PORT": str(port),
            "PARKFLOW_METRICS_PORT": str(metrics_port),
        },
    )
    forecasting.start()
    async with FakeServices.at(clock) as fakes:
        ports = {**fakes.ports, "forecasting": port}
        console = ConsoleProcess(clock, ports, PARKFLOW_PARK=str(park))
        await console.start()
        try:
            yield Desk(park_id, console.url, forecasting.address, fresh_database)
        finally:
            await console.stop()
            forecasting.stop()


async def test_the_page_shows_what_forecasting_said_what_came_and_how_good_it_was(
    page: Page, desk: Desk
) -> None:
    await desk.until_scored()
    await page.goto(f"{desk.url}/forecasts?lang=en#{STEEL}")
    rows = page.locator("#score-list tbody tr")
    await expect(rows).to_have_count(6)

    await expect(page.locator("#choose option:checked")).to_have_text("Steel works")
    for row, score in zip(await rows.all(), await desk.scores(), strict=True):
        held = f"{score.coverage_share * 100:.0f} %"
        await expect(row.locator(".held")).to_have_text(held)
        less = "less" if score.skill_share >= 0 else "more"
        word = f"{abs(score.skill_share) * 100:.0f} % {less} error"
        await expect(row.locator(".skill")).to_have_text(word)
    lines = await page.evaluate(
        "echarts.getInstanceByDom(document.getElementById('past')).getOption().series"
        ".map((one) => one.data.filter(([, value]) => value !== null).length)"
    )
    assert lines[-1] == 192  # what came
    assert min(lines) >= 190
    if folder := os.environ.get("PARKFLOW_PICTURES"):
        await page.screenshot(path=Path(folder) / "forecasts.png")
