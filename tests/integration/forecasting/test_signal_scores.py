"""Scores of prices: once an issue is past, in the price's unit, and apart from those of powers."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from parkflow.forecast.v1 import score_pb2 as wire
from parkflow.forecast.v1.forecast_pb2 import ForecastIssue
from services.forecasting.board import Board
from services.forecasting.domain.series import quarter_number
from services.forecasting.domain.words import words_of
from services.forecasting.issue_store import IssueStore
from services.forecasting.signal_messages import curve_from
from services.forecasting.signal_score_desk import SignalScoreDesk
from services.forecasting.signal_score_store import SignalScoreStore
from services.forecasting.signal_scorer import SignalScorer
from services.forecasting.signal_store import SignalStore
from services.runtime.clock import ParkClock
from services.runtime.database import Database, migrate
from services.runtime.progress import Stage
from services.runtime.refusals import InvalidFields
from tests.support.market import DAY, HOUR, prices

PARK, PRICE = "demo-park", "market.import_price"
FIRST_DAY = datetime(2019, 6, 3, tzinfo=UTC)
NOON = FIRST_DAY + 9 * DAY + 12 * HOUR
"""An issue that knew 12 h ahead."""
PAST = NOON + timedelta(hours=48)


@dataclass
class Scored:
    """Prices of 0.20 a kWh for twelve days, an issue that said 0.25, its scorer and the answers."""

    issues: IssueStore
    scorer: SignalScorer
    desk: SignalScoreDesk

    async def issue(self, at: datetime = NOON) -> None:
        issue = ForecastIssue(park_id=PARK)
        issue.issue_time.FromDatetime(at)
        told = [0.2] * 48
        price = issue.signals.add(
            signal_id=PRICE,
            p10=told + [0.19] * 144,
            p50=told + [0.25] * 144,
            p90=told + [0.3] * 144,
        )
        price.start.CopyFrom(issue.issue_time)
        price.step.FromTimedelta(HOUR / 4)
        price.published_until.FromDatetime(at + 12 * HOUR)
        await self.issues.keep(issue, at)

    async def scores(self, **asked: list[str]) -> list[wire.SignalScore]:
        request = wire.ListSignalScoresRequest(park_id=PARK, **asked)  # type: ignore[arg-type]
        request.since.FromDatetime(NOON - DAY)
        request.until.FromDatetime(PAST)
        return list((await self.desk.scores(request)).scores)


@pytest.fixture
async def scored(fresh_database: str) -> AsyncIterator[Scored]:
    await migrate("forecasting", fresh_database)
    database = Database("forecasting", fresh_database)
    await database.start()
    signals, scores = SignalStore(database, PARK), SignalScoreStore(database, PARK)
    for day in range(12):
        curve = prices(PARK, FIRST_DAY + day * DAY, [0.2] * 24)
        await signals.keep(words_of(curve_from(curve, "GBP")))
    issues, board = IssueStore(database, PARK), Board[ForecastIssue]()
    scorer = SignalScorer(
        issues=issues, signals=signals, scores=scores, board=board, stage=Stage("score")
    )
    desk = SignalScoreDesk(PARK, "GBP", scores, ParkClock.wall())
    yield Scored(issues, scorer, desk)
    await database.stop()


async def test_an_issue_is_scored_once_all_of_it_is_past_in_its_own_unit(scored: Scored) -> None:
    await scored.issue()

    assert await scored.scorer.score_until(quarter_number(PAST) - 1) == 0
    assert await scored.scorer.score_until(quarter_number(PAST)) == 2
    assert await scored.scorer.score_until(quarter_number(PAST)) == 0  # what is done is done

    day, two_days = await scored.scores()
    assert (day.signal_id, day.unit, day.horizon) == (PRICE, "GBP/kWh", wire.HORIZON_CLASS_24_H)
    assert (day.issue_count, day.case_count, two_days.case_count) == (1, 48, 96)
    assert day.mean_error == day.bias == pytest.approx(0.05)
    assert (day.coverage_share, day.mean_size) == (1.0, pytest.approx(0.2))
    assert [naive.mean_error for naive in day.naives] == [0.0, 0.0, 0.0]
    assert not day.HasField("skill_share")  # a constant price: the naive methods never err


async def test_scores_are_asked_for_by_signal_and_class_that_exist(scored: Scored) -> None:
    await scored.issue()
    await scored.scorer.score_until(quarter_number(PAST))

    assert await scored.scores(signal_ids=["market.carbon_intensity"]) == []
    with pytest.raises(InvalidFields):
        await scored.scores(signal_ids=["steel.active_power_w"])


async def test_a_scorer_that_was_away_scores_every_issue_of_the_meantime_once(
    scored: Scored,
) -> None:
    for quarter in range(5):
        await scored.issue(NOON - quarter * HOUR / 4)

    assert await scored.scorer.score_until(quarter_number(PAST) + 3) == 10

    day, _ = await scored.scores()
    assert day.issue_count == 5


async def test_scores_of_years_that_nothing_was_forecast_in_are_refused(scored: Scored) -> None:
    request = wire.ListSignalScoresRequest(park_id=PARK)
    request.until.FromDatetime(datetime(1, 1, 1, tzinfo=UTC))

    with pytest.raises(InvalidFields, match="1970"):
        await scored.desk.scores(request)
