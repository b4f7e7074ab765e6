"""Scores on a real database: what was said, what came, and readings that came late."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from parkflow.forecast.v1.forecast_pb2 import ForecastIssue
from parkflow.forecast.v1.score_pb2 import GetPastForecastsRequest
from services.energy.time_grid import QUARTER
from services.forecasting.board import Board
from services.forecasting.domain.due import FIRST_LOOK
from services.forecasting.domain.local_days import midnight
from services.forecasting.domain.scoring import HorizonClass
from services.forecasting.domain.series import quarter_number, quarter_start
from services.forecasting.domain.targets import targets_of
from services.forecasting.domain.training.due import Cause
from services.forecasting.drift_requests import DriftRequests
from services.forecasting.issue_store import IssueStore
from services.forecasting.registry.models import ModelStore
from services.forecasting.registry.requests import RequestStore
from services.forecasting.score_day_store import ScoreDayStore
from services.forecasting.score_desk import ScoreDesk
from services.forecasting.score_store import Asked, Row, ScoreStore
from services.forecasting.scorer import Scorer
from services.forecasting.store import QuarterStore
from services.forecasting.watchman import Watchman
from services.runtime.clock import ParkClock
from services.runtime.database import Database, migrate
from services.runtime.progress import Progress
from services.runtime.refusals import InvalidFields
from tests.support.builders import MORNING, a_park

STEEL, PV = "steel.active_power_w", "pv.active_power_w"
NOW = quarter_number(MORNING)
PARK = a_park()
TARGETS = tuple(t for t in targets_of(PARK) if t.point_id in (STEEL, PV))


@dataclass
class Scoring:
    """The stores on an empty database, and the scorer between them."""

    database: Database
    issues: IssueStore
    scores: ScoreStore
    scorer: Scorer
    quarters: QuarterStore
    requests: RequestStore
    days: ScoreDayStore

    async def measure(self, point: str, first: int, means_w: list[float]) -> None:
        """Say what came, a mean a quarter; again replaces."""
        quarters = list(range(first, first + len(means_w)))
        async with self.database.transaction() as connection:
            await connection.execute(
                "INSERT INTO quarter SELECT %s, *, 1 FROM unnest(%s::int[], %s::float8[])"
                " ON CONFLICT (point_id, quarter) DO UPDATE SET mean_w = excluded.mean_w",
                (self.quarters.numbers[point], quarters, means_w),
            )

    async def say(self, quarter: int, p50_w: float, *, steps: int = 192) -> None:
        """Make an issue that says the same for all its steps."""
        issue = ForecastIssue(park_id=PARK.id)
        issue.issue_time.FromDatetime(quarter_start(quarter))
        flat = np.full(steps, p50_w)
        series = issue.series.add(point_id=STEEL, p10_w=flat - 5, p50_w=flat, p90_w=flat + 5)
        series.start.CopyFrom(issue.issue_time)
        series.step.FromTimedelta(QUARTER)
        await self.issues.keep(issue, quarter_start(quarter))

    def desk(self, board: Board[ForecastIssue]) -> ScoreDesk:
        watchman = Watchman(self.days, PARK.time_zone, (STEEL, PV))
        stores = (self.quarters, self.issues, self.scores, board, watchman)
        return ScoreDesk(PARK.id, TARGETS, *stores, ParkClock.wall())

    async def found(self, *, by_day: bool = False, by_hour: bool = False) -> list[Row]:
        since = quarter_start(NOW - FIRST_LOOK)
        asked = Asked(since, MORNING + timedelta(days=9), by_day=by_day, by_hour=by_hour)
        return await self.scores.tallies(asked)


@pytest.fixture
async def scoring(fresh_database: str) -> AsyncIterator[Scoring]:
    await migrate("forecasting", fresh_database)
    database = Database("forecasting", fresh_database)
    await database.start()
    quarters = QuarterStore(database, PARK.id)
    await quarters.learn([target.source_point_id for target in TARGETS])
    issues = IssueStore(database, PARK.id)
    scores = ScoreStore(database, PARK.id, PARK.time_zone)
    days = ScoreDayStore(database, PARK.id, PARK.time_zone)
    watchman = Watchman(days, PARK.time_zone, (STEEL, PV))
    requests = RequestStore(database, PARK.id, ModelStore(database, PARK.id))
    scorer = Scorer(
        targets=TARGETS,
        quarters=quarters,
        issues=issues,
        scores=scores,
        board=Board(),
        watchman=watchman,
        drift=DriftRequests(requests, PARK.time_zone),
        stage=Progress().stage("score"),
    )
    yield Scoring(database, issues, scores, scorer, quarters, requests, days)
    await database.stop()


async def test_a_class_is_scored_when_its_last_quarter_hour_has_come(scoring: Scoring) -> None:
    await scoring.say(NOW, 100.0)
    await scoring.measure(STEEL, NOW - 700, [90.0] * 704)

    await scoring.scorer.score_until(NOW + 1)
    at_first = [row.horizon for row in await scoring.found()]
    await scoring.scorer.score_until(NOW + 4)
    quarter, hour = await scoring.found()

    assert at_first == [HorizonClass.QUARTER]
    assert (hour.point_id, hour.horizon) == (STEEL, HorizonClass.HOUR)
    assert (quarter.tally.cases, hour.tally.cases) == (1, 3)
    assert hour.tally.mean(hour.tally.error_w) == 10.0
    assert hour.tally.naive_cases == (3, 3, 3)


async def test_a_late_reading_changes_the_score_and_repeating_changes_nothing(
    scoring: Scoring,
) -> None:
    await scoring.say(NOW, 100.0)
    await scoring.measure(STEEL, NOW - 700, [90.0] * 701)
    await scoring.scorer.score_until(NOW + 1)
    before = await scoring.found()

    await scoring.measure(STEEL, NOW, [97.0])
    await scoring.scorer.score_until(NOW + 5)  # an hour later it is looked at again
    after = await scoring.found()
    again = await scoring.scorer.score_until(NOW + 5)

    assert before[0].tally.error_w == 10.0
    assert after[0].tally.error_w == 3.0
    assert again == 0
    assert await scoring.found() == after


async def test_issues_of_one_day_and_of_two_days_are_scored_alike(scoring: Scoring) -> None:
    await scoring.say(NOW, 100.0, steps=96)
    await scoring.say(NOW + 1, 100.0, steps=192)
    await scoring.measure(STEEL, NOW - 700, [90.0] * 900)

    await scoring.scorer.score_until(NOW + 193)
    by_class = {row.horizon: row.tally for row in await scoring.found()}

    assert by_class[HorizonClass.DAY].issues == 2
    assert by_class[HorizonClass.TWO_DAYS].issues == 1
    assert sum(tally.cases for tally in by_class.values()) == 96 + 192


async def test_after_an_outage_of_the_scorer_everything_is_made_up_for(scoring: Scoring) -> None:
    for quarter in range(NOW, NOW + 20):
        await scoring.say(quarter, 100.0)
    await scoring.measure(STEEL, NOW - 700, [90.0] * 740)
    for border in range(NOW + 1, NOW + 21):
        await scoring.scorer.score_until(border)
    stepwise = await scoring.found()

    async with scoring.database.transaction() as connection:
        await connection.execute("DELETE FROM score")
        await connection.execute("DELETE FROM scored_until")
    await scoring.scorer.score_until(NOW + 20)

    assert await scoring.found() == stepwise


async def test_sums_by_hour_and_by_day_add_up_to_the_whole(scoring: Scoring) -> None:
    for quarter in range(NOW, NOW + 120):
        await scoring.say(quarter, 100.0)
    await scoring.measure(STEEL, NOW - 700, [90.0] * 840)
    await scoring.scorer.score_until(NOW + 121)

    whole = {row.horizon: row.tally for row in await scoring.found()}
    by_hour = await scoring.found(by_hour=True)
    by_day = await scoring.found(by_day=True)

    for rows in (by_hour, by_day):
        quarter = [row.tally.cases for row in rows if row.horizon is HorizonClass.QUARTER]
        assert sum(quarter) == whole[HorizonClass.QUARTER].cases == 120
    zone = PARK.time_zone
    hours = {row.hour for row in by_hour if row.horizon is HorizonClass.QUARTER}
    assert hours == {quarter_start(NOW + i).astimezone(zone).hour for i in range(120)}


async def test_pages_follow_each_other_without_gap_or_repetition(scoring: Scoring) -> None:
    for quarter in range(NOW, NOW + 110):
        await scoring.say(quarter, 100.0)
    await scoring.measure(STEEL, NOW - 700, [90.0] * 820)
    await scoring.scorer.score_until(NOW + 111)
    asked = Asked(MORNING, MORNING + timedelta(days=9), by_day=True)
    whole = await scoring.scores.tallies(asked)

    paged: list[Row] = []
    while page := await scoring.scores.tallies(asked, paged[-1].place if paged else None, 3):
        paged += page

    assert len(whole) > 6
    assert paged == whole


async def test_production_is_scored_in_the_published_sign(scoring: Scoring) -> None:
    await scoring.measure("pv.available_power_w", NOW - 4, [500.0] * 4)

    truths = await scoring.quarters.truths(TARGETS, NOW - 4, NOW + 1)

    assert truths.power_w[truths.row[PV], :4].tolist() == [-500.0] * 4
    assert np.isnan(truths.power_w[truths.row[PV], 4])


async def test_forecasts_that_turn_bad_are_found_at_the_end_of_a_day(scoring: Scoring) -> None:
    rng = np.random.default_rng(3)
    days = 30
    first = NOW - days * 96
    came = 100.0 + rng.normal(0.0, 1.0, days * 96 + 700)
    await scoring.measure(STEEL, first - 700, came.tolist())
    for quarter in range(first, NOW, 8):  # the last ten days 60 W beside it
        await scoring.say(quarter, 100.0 if quarter < NOW - 960 else 160.0, steps=1)
    for quarter in range(first + FIRST_LOOK, NOW + 1, FIRST_LOOK):
        await scoring.scorer.score_until(quarter)
    await scoring.scorer.score_until(NOW)

    watchman = Watchman(scoring.days, PARK.time_zone, (STEEL, PV))
    without_steel = Watchman(scoring.days, PARK.time_zone, (PV,))
    found = await watchman.look(quarter_start(NOW))

    assert found.until is not None
    assert found.until.astimezone(PARK.time_zone).hour == 0
    troubles = {one.trouble.name: one for one in found.troubles}
    assert set(troubles) == {"LOST_SKILL", "ERROR_DRIFT", "COVERAGE_DRIFT"}
    lost = troubles["LOST_SKILL"]
    assert (lost.point_id, lost.horizon) == (STEEL, HorizonClass.QUARTER)
    assert lost.mean_error_w == pytest.approx(60.0, abs=1.0)
    assert lost.compared_w == pytest.approx(1.1, abs=0.3)
    assert lost.since.tzinfo is UTC

    left_the_park = await without_steel.look(quarter_start(NOW))
    assert (left_the_park.until, left_the_park.troubles) == (found.until, ())

    drift = DriftRequests(scoring.requests, PARK.time_zone)
    await drift.ask(found)
    await drift.ask(found)
    assert await scoring.requests.waiting() == {STEEL: Cause.DRIFT}
    [asked] = await scoring.requests.newest(10)
    assert "lost_skill at quarter" in asked.reason


async def test_a_day_is_the_sum_of_what_came_true_on_it_and_is_summed_up_again(
    scoring: Scoring,
) -> None:
    day = MORNING.astimezone(PARK.time_zone).date()
    begin = quarter_number(midnight(day, PARK.time_zone))
    for quarter in range(begin - 200, begin + 100):
        await scoring.say(quarter, 100.0, steps=4)
    await scoring.measure(STEEL, begin - 900, [90.0] * 1_000)
    await scoring.scorer.score_until(begin + 100)

    await scoring.days.roll_up(day)
    first = await scoring.days.days(day, 1)
    await scoring.days.roll_up(day)
    again = await scoring.days.days(day, 1)

    keys = ((STEEL, HorizonClass.QUARTER), (STEEL, HorizonClass.HOUR))
    assert first.keys == again.keys == keys
    assert first.course.cases[:, 0].tolist() == [96.0, 3 * 96.0]
    assert first.course.error_w.tobytes() == again.course.error_w.tobytes()
    assert first.course.naive_w[:, 0, 0].tolist() == [0.0, 0.0, 0.0]


async def test_what_was_said_before_is_told_beside_what_came(scoring: Scoring) -> None:
    await scoring.say(NOW, 100.0)
    await scoring.say(NOW + 4, 120.0)
    await scoring.measure(STEEL, NOW, [90.0] * 16)
    board = Board[ForecastIssue]()
    (board.newest,) = await scoring.issues.made_at([quarter_start(NOW + 4)])
    request = GetPastForecastsRequest(park_id=PARK.id, point_id=STEEL)
    request.since.FromDatetime(quarter_start(NOW + 4))
    request.until.FromDatetime(quarter_start(NOW + 8))

    answer = await scoring.desk(board).past(request)

    an_hour, four_hours, a_day = answer.forecasts
    assert list(answer.truth_w) == [90.0] * 4
    np.testing.assert_array_equal(an_hour.p50_w, [100.0, np.nan, np.nan, np.nan])
    assert np.isnan([*four_hours.p50_w, *a_day.p50_w]).all()


@pytest.mark.parametrize("year", [1, 9999])
async def test_a_past_at_the_ends_of_the_calendar_is_refused_by_its_field(
    scoring: Scoring, year: int
) -> None:
    request = GetPastForecastsRequest(park_id=PARK.id, point_id=STEEL)
    request.until.FromDatetime(datetime(year, 1, 1, tzinfo=UTC))

    with pytest.raises(InvalidFields) as refused:
        await scoring.desk(Board()).past(request)

    assert [mistake.field for mistake in refused.value.mistakes] == ["until"]
