"""Who reads waits for a turn, so that who makes forecasts never waits for readers."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from parkflow.forecast.v1 import forecast_service_pb2 as wire
from parkflow.forecast.v1.forecast_pb2 import ForecastIssue
from services.forecasting.issue_desk import IssueDesk
from services.forecasting.issue_store import IssueStore
from services.forecasting.rpc import ForecastRpc
from services.runtime.database import Database, migrate
from tests.support.issuing import Issuing
from tests.support.training import NOW

READERS = 2


class Busy(IssueStore):
    """Issues of which is noted how many are read at the same time."""

    reading, most = 0, 0

    async def newest(self, by: datetime | None = None) -> ForecastIssue | None:
        self.reading += 1
        self.most = max(self.most, self.reading)
        try:
            return await super().newest(by)
        finally:
            self.reading -= 1


@pytest.fixture
async def issuing(fresh_database: str) -> AsyncIterator[Issuing]:
    await migrate("forecasting", fresh_database)
    database = Database("forecasting", fresh_database)
    await database.start()
    yield Issuing(database)
    await database.stop()


async def test_few_read_at_once_and_the_newest_is_told_meanwhile(issuing: Issuing) -> None:
    park_id = issuing.training.park.id
    issue = ForecastIssue(park_id=park_id)
    issue.issue_time.FromDatetime(NOW)
    issues = Busy(issuing.training.database, park_id)
    await issues.keep(issue, NOW)
    issuing.board.newest = issue
    readers = asyncio.Semaphore(READERS)
    nobody: Any = None
    desk = IssueDesk(park_id, issues, issuing.board, issuing.joint)
    rpc = ForecastRpc(desk, *[nobody] * 6, readers)
    past = wire.GetForecastRequest(park_id=park_id)
    past.issued_by.FromDatetime(NOW + timedelta(hours=1))

    answers = await asyncio.gather(*(rpc.GetForecast(past, None) for _ in range(12)))
    for _ in range(READERS):
        await readers.acquire()
    newest = await rpc.GetForecast(wire.GetForecastRequest(park_id=park_id), None)

    assert [answer.issue for answer in answers] == [issue] * 12
    assert issues.most == READERS
    assert newest.issue == issue
