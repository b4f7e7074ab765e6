"""How a nowcaster begins: it remembers what issues said, and reads them one after the other."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

import numpy as np
import pytest

from parkflow.forecast.v1.forecast_pb2 import ForecastIssue
from parkflow.forecast.v1.nowcast_pb2 import NowcastIssue
from services.forecasting.board import Board
from services.forecasting.issue_store import IssueStore
from services.forecasting.minute_store import MinuteStore
from services.forecasting.nowcast_store import NowcastStore
from services.forecasting.nowcaster import Nowcaster
from services.forecasting.plan_store import PlanStore
from services.runtime.database import Database, migrate
from services.runtime.progress import Stage
from tests.support.issuing import Issuing
from tests.support.patience import until
from tests.support.training import NOW, STEEL

ISSUES = 6
QUARTER = timedelta(minutes=15)


class Watched(IssueStore):
    """Issues of which is noted how many were read at once."""

    read_at_once: list[int]

    async def made_at(self, moments: Sequence[datetime]) -> list[ForecastIssue]:
        found = await super().made_at(moments)
        self.read_at_once.append(len(found))
        return found


@pytest.fixture
async def issuing(fresh_database: str) -> AsyncIterator[Issuing]:
    await migrate("forecasting", fresh_database)
    database = Database("forecasting", fresh_database)
    await database.start()
    yield Issuing(database)
    await database.stop()


def an_issue(at: datetime, park_id: str) -> ForecastIssue:
    issue = ForecastIssue(park_id=park_id)
    issue.issue_time.FromDatetime(at)
    flat = np.full(192, 100.0)
    series = issue.series.add(point_id=STEEL, p10_w=flat - 9, p50_w=flat, p90_w=flat + 9)
    series.start.FromDatetime(at)
    series.step.FromTimedelta(QUARTER)
    return issue


async def test_a_nowcaster_remembers_two_days_of_issues_and_reads_one_at_a_time(
    issuing: Issuing,
) -> None:
    database, park = issuing.training.database, issuing.training.park
    issues = Watched(database, park.id)
    issues.read_at_once = []
    for place in range(ISSUES):
        issue = an_issue(NOW - place * QUARTER, park.id)
        await issues.keep(issue, NOW)
    issuing.board.newest = await issues.newest()
    issuing.clock.pass_by(timedelta(minutes=2))
    nowcaster = Nowcaster(
        park_id=park.id,
        zone=park.time_zone,
        targets=issuing.training.targets,
        minutes=MinuteStore(database, park.id),
        plans=PlanStore(database, park.id),
        issues=issues,
        nowcasts=NowcastStore(database, park.id),
        outlooks=issuing.board,
        board=(board := Board[NowcastIssue]()),
        publisher=issuing.log,
        clock=issuing.clock,
        stage=Stage("nowcast"),
    )

    running = asyncio.create_task(nowcaster.run())
    await until(lambda: board.newest is not None or running.done(), "a nowcast")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert board.newest is not None
    assert list(board.newest.series[0].p50_minute_w) == [100.0] * 15
    assert issues.read_at_once == [1] * ISSUES
