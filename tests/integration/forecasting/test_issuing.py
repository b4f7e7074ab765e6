"""How an issuer goes on when the world is away or time is odd: nothing twice, nothing kept back."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from services.forecasting.domain.plans import NOTHING_PLANNED, Planned
from services.forecasting.domain.series import Series
from services.forecasting.domain.weather import Foreseen
from services.forecasting.learner import Learner
from services.forecasting.registry.requests import Asked
from services.forecasting.serving import Serving
from services.forecasting.weather_store import WeatherStore
from services.runtime.database import Database, migrate
from tests.support.issuing import Counted, Hands, Issuing
from tests.support.patience import until
from tests.support.training import METALWORK, NOW, STEEL, shift_quarters

QUARTER = timedelta(minutes=15)
STANDING = timedelta(seconds=20)
"""Longer than an issuer waits for readings that do not come."""


@pytest.fixture
async def issuing(fresh_database: str) -> AsyncIterator[Issuing]:
    await migrate("forecasting", fresh_database)
    database = Database("forecasting", fresh_database)
    await database.start()
    found = Issuing(database)
    await found.training.know(STEEL, shift_quarters(20))
    yield found
    await database.stop()


async def until_issued(issuing: Issuing) -> None:
    """Let park time pass until something is shown."""

    def shown() -> bool:
        issuing.clock.pass_by(STANDING)
        return issuing.board.newest is not None

    await until(shown, "an issue on the board")


class Cut(Learner):
    """A learner whose reckoning the database always cuts off."""

    tries = 0

    async def reckon_some(
        self,
        series: Mapping[str, Series],
        weather: Foreseen,
        planned: Planned = NOTHING_PLANNED,
    ) -> None:
        self.tries += 1
        raise psycopg.errors.QueryCanceled("canceling statement due to statement timeout")


class GoneForAnHour(WeatherStore):
    """A store whose database goes away while an issue is made."""

    def at(self, clock: Hands) -> "GoneForAnHour":
        self.clock, self.was_away = clock, False
        return self

    async def known(self, *asked: Any) -> Any:
        if not self.was_away:
            self.was_away = True
            self.clock.pass_by(timedelta(hours=1))
            raise ConnectionError("the server closed the connection")
        return await super().known(*asked)


async def test_an_issue_is_published_once_though_its_reckoning_is_cut_off(issuing: Issuing) -> None:
    learner = Cut(issuing.states, issuing.training.standings)

    async with issuing.running(issuing.issuer(learner=learner)):
        await until_issued(issuing)
        await until(lambda: learner.tries == 1, "the first reckoning")
        issuing.board.newest = None
        issuing.clock.pass_by(QUARTER)
        await until_issued(issuing)
        await until(lambda: learner.tries == 2, "the next issue, and its reckoning")

    times = [message.issue_time.ToJsonString() for message in issuing.log.messages]  # type: ignore[attr-defined]
    assert len(times) == len(set(times)) == 2


async def test_a_champion_that_fails_costs_the_other_points_nothing(issuing: Issuing) -> None:
    both = Issuing(issuing.training.database, points=(METALWORK, STEEL))
    for point in (METALWORK, STEEL):
        await both.training.know(point, shift_quarters(20))
    issuer = both.issuer()
    await issuer.issue(NOW)
    served = both.states.serving(STEEL)
    assert served is not None

    both.states.serve(STEEL, Serving(replace(served.state, fitted=None), version=7))  # type: ignore[arg-type]
    await issuer.issue(NOW + QUARTER)
    (metalwork,) = both.newest()
    await issuer.issue(NOW + 2 * QUARTER)
    steel = next(one for one in both.newest() if one.point_id == STEEL)

    assert metalwork.point_id == METALWORK
    assert metalwork.caveat == ""
    assert steel.caveat == "model 7 failed to answer: plain models serve"
    (asked,) = await both.training.requests.newest(9)
    assert asked.points == (Asked(STEEL),)


async def test_what_was_kept_is_shown_though_its_publication_waits(issuing: Issuing) -> None:
    issuing.log.there.clear()

    async with issuing.running(issuing.issuer()):
        await until_issued(issuing)
        before = list(issuing.log.messages)
        issuing.log.there.set()
        await until(lambda: issuing.log.messages, "the publication")

    assert before == []
    assert issuing.log.messages == [issuing.board.newest]


async def test_a_park_without_anything_to_forecast_lives_on_and_says_so_once(
    issuing: Issuing, capsys: pytest.CaptureFixture[str]
) -> None:
    empty, stage = Issuing(issuing.training.database, points=()), Counted("issue forecasts")

    async with empty.running(empty.issuer(stage=stage)) as running:
        for _ in range(3):
            moves = stage.moves
            empty.clock.pass_by(QUARTER)
            await until(lambda: stage.moves > moves, "another round")  # noqa: B023
        assert not running.done()

    assert empty.board.newest is None
    assert capsys.readouterr().out.count("nothing_to_forecast") == 1


async def test_a_park_clock_that_was_set_back_is_told(
    issuing: Issuing, capsys: pytest.CaptureFixture[str]
) -> None:
    issuer, said = issuing.issuer(), [""]
    await issuer.issue(NOW)
    issuing.clock.pass_by(-timedelta(hours=1))

    def told() -> bool:
        said[0] += capsys.readouterr().out
        return "park_clock_set_back" in said[0]

    async with issuing.running(issuer):
        await until(told, "the log says it")

    assert "newest_issue" in said[0]


async def test_after_an_outage_only_the_newest_issue_is_made(issuing: Issuing) -> None:
    weather = GoneForAnHour(issuing.training.database, issuing.training.park.id)

    async with issuing.running(issuing.issuer(weather=weather.at(issuing.clock))):
        await until_issued(issuing)

    assert issuing.board.issue_time is not None
    assert issuing.board.issue_time >= NOW + timedelta(hours=1)
    assert await issuing.issues.newest(NOW + timedelta(minutes=59)) is None
