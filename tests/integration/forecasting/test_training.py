"""Training against a real PostgreSQL: what is due is learnt, judged and kept, once."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import numpy as np
import psycopg
import pytest

from services.forecasting.domain.outlook.answering import answer
from services.forecasting.domain.series import quarter_number
from services.forecasting.domain.series_record import record_of, task_of
from services.forecasting.domain.training.due import Cause
from services.forecasting.registry.bodies import state_of
from services.forecasting.registry.cards import Status
from services.forecasting.registry.models import Learnt
from services.forecasting.registry.requests import Action, Asked, Request
from services.runtime.clock import ParkClock
from services.runtime.database import Database, migrate
from tests.support.builders import REPOSITORY
from tests.support.training import METALWORK, NOW, STEEL, Training, shift_quarters


@pytest.fixture
async def training(fresh_database: str) -> AsyncIterator[Training]:
    await migrate("forecasting", fresh_database)
    database = Database("forecasting", fresh_database)
    await database.start()
    yield Training(database)
    await database.stop()


def a_request(*points: str, cause: Cause = Cause.REQUEST) -> Request:
    asked = tuple(Asked(point) for point in points)
    return Request("r1", Action.RETRAIN, cause, "ann", "new furnace", NOW, asked)


async def test_a_series_of_weeks_gets_a_champion_that_answers(training: Training) -> None:
    await training.know(STEEL, shift_quarters(60))

    trained = await training.trainer().train_due()

    (card,) = await training.cards()
    body = (await training.models.bodies([card.version]))[card.version]
    (target,) = training.targets
    past = record_of(shift_quarters(60), quarter_number(NOW) - 60 * 96, target, state_of(body).task)
    outlook = answer(past, state_of(body))
    assert len(trained) == 1
    assert (card.status, card.cause, card.rows) == (Status.CHAMPION, Cause.FIRST, 60 * 96)
    assert "less error than the plain models" in card.reason
    assert [score.horizon_hours for score in card.scores] == [1, 4, 24, 48]
    assert outlook.quantiles.shape == (3, 192)
    assert np.isfinite(outlook.quantiles).all()
    assert task_of(target, training.park) == state_of(body).task


async def test_hours_of_history_are_learnt_too_and_the_model_says_how_little_it_is(
    training: Training,
) -> None:
    await training.know(STEEL, shift_quarters(1)[-20:])

    await training.trainer().train_due()

    (card,) = await training.cards()
    assert (card.status, card.rows) == (Status.CHAMPION, 20)
    assert card.reason == "first model of a series too short to be compared"


async def test_what_was_trained_is_not_due_again_before_a_week_has_passed(
    training: Training,
) -> None:
    await training.know(STEEL, shift_quarters(60))
    await training.trainer().train_due()

    at_once = await training.trainer().train_due()
    week = replace(training, now=NOW + timedelta(days=7))
    await week.know(STEEL, shift_quarters(67))
    a_week_later = await week.trainer().train_due()

    causes = [card.cause for card in await training.cards()]
    assert (len(at_once), len(a_week_later)) == (0, 1)
    assert causes == [Cause.SCHEDULE, Cause.FIRST]
    assert len(await training.models.champions()) == 1


async def test_the_same_quarters_give_the_same_model_byte_for_byte(training: Training) -> None:
    await training.know(STEEL, shift_quarters(40))
    await training.trainer().train_due()
    once = await training.models.bodies([1])
    async with training.database.transaction() as connection:
        await connection.execute("TRUNCATE model RESTART IDENTITY CASCADE")

    await training.trainer().train_due()

    assert await training.models.bodies([1]) == once


async def test_a_request_is_trained_at_once_and_told_what_came_of_it(training: Training) -> None:
    await training.know(STEEL, shift_quarters(60))
    await training.trainer().train_due()
    await training.requests.ask(a_request(STEEL))

    await training.trainer().train_due()

    (kept,) = await training.requests.newest(9)
    newest = (await training.cards())[0]
    assert newest.cause is Cause.REQUEST
    assert kept.points[0].version == newest.version
    assert kept.points[0].outcome == f"{newest.status.value}: {newest.reason}"
    assert await training.requests.waiting() == {}


async def test_what_is_asked_for_goes_before_what_is_due(training: Training) -> None:
    both = replace(training, points=(STEEL, METALWORK))
    await both.know(STEEL, shift_quarters(2))
    await both.know(METALWORK, shift_quarters(2))
    await both.requests.ask(a_request(METALWORK, cause=Cause.DRIFT))

    await both.trainer().train_due()

    (steel,), (metalwork,) = await both.cards(STEEL), await both.cards(METALWORK)
    assert metalwork.version < steel.version
    assert metalwork.cause is Cause.DRIFT


async def test_what_is_due_is_looked_for_by_the_quarter_hour_and_who_asks_at_each_look(
    training: Training,
) -> None:
    both = replace(training, points=(STEEL, METALWORK))
    trainer = both.trainer()
    nothing_known = await trainer.train_due()
    await both.know(STEEL, shift_quarters(2))
    await both.know(METALWORK, shift_quarters(2))

    same_quarter = await trainer.train_due()
    await both.requests.ask(a_request(METALWORK))
    asked_for = await trainer.train_due()
    both.now += timedelta(minutes=15)
    next_quarter = await trainer.train_due()

    assert (nothing_known, same_quarter) == ([], [])
    assert [(card.point_id, card.cause) for card in asked_for] == [(METALWORK, Cause.REQUEST)]
    assert [(card.point_id, card.cause) for card in next_quarter] == [(STEEL, Cause.FIRST)]


async def test_a_request_for_a_point_nobody_measured_is_told_so(training: Training) -> None:
    await training.requests.ask(a_request(STEEL))

    await training.trainer().train_due()

    (kept,) = await training.requests.newest(9)
    assert kept.points[0].outcome.startswith("rejected: nothing to learn from")
    an_hour_later = replace(training, now=NOW + timedelta(hours=1))
    await an_hour_later.know(STEEL, shift_quarters(1)[:4])
    assert len(await an_hour_later.trainer().train_due()) == 1  # its first quarters are learnt


async def test_whoever_waits_for_a_point_that_left_the_park_file_is_told_so(
    training: Training,
) -> None:
    await training.know(STEEL, shift_quarters(2))
    await training.requests.ask(a_request(STEEL, "gone.active_power_w"))

    trained = await training.trainer().train_due()

    (kept,) = await training.requests.newest(9)
    outcomes = {asked.point_id: asked.outcome for asked in kept.points}
    assert [card.point_id for card in trained] == [STEEL]
    assert outcomes["gone.active_power_w"].startswith("not trained: the park file names no such")
    assert await training.requests.waiting() == {}


async def test_a_meter_with_the_wrong_sign_is_judged_once_and_not_again_at_once(
    training: Training,
) -> None:
    await training.issue()
    await training.know(STEEL, -shift_quarters(60))

    with suppress(TimeoutError):
        await asyncio.wait_for(training.trainer().run(look_every_s=0.01), 2.0)

    (card,) = await training.cards()
    assert (card.status, card.rows) == (Status.REJECTED, 0)


async def test_after_a_look_that_changed_nothing_training_rests_whatever_is_due(
    training: Training,
) -> None:
    await training.issue()
    await training.know(STEEL, -shift_quarters(1)[-20:])
    an_hour_a_second = ParkClock(NOW, time.time(), 3600.0)  # by then it is due again

    with suppress(TimeoutError):
        await asyncio.wait_for(training.trainer(clock=an_hour_a_second).run(60.0), 3.0)

    assert len(await training.cards()) == 1


async def test_a_roll_back_stands_until_the_data_of_a_week_has_come(training: Training) -> None:
    await training.know(STEEL, shift_quarters(60))
    await training.trainer().train_due()
    first = (await training.cards())[0]
    another = replace(first, training_id=uuid4())
    second = await training.models.promote(another, await _learnt(training, first.version))
    back = Request("r2", Action.ROLL_BACK, Cause.REQUEST, "ann", "worse at night", NOW)
    await training.requests.roll_back(back, STEEL, first.version)

    six_days = replace(training, now=NOW + timedelta(days=6))
    seven_days = replace(training, now=NOW + timedelta(days=7))

    assert await training.models.champions() == {STEEL: first.version}
    retired = await training.models.card(second)
    assert retired is not None
    assert retired.status is Status.RETIRED
    assert await six_days.trainer().train_due() == []
    assert len(await seven_days.trainer().train_due()) == 1


async def test_a_champion_whose_body_cannot_be_read_is_replaced_and_that_is_said(
    training: Training,
) -> None:
    await training.know(STEEL, shift_quarters(60))
    await training.trainer().train_due()
    async with training.database.transaction() as connection:
        await connection.execute("UPDATE model SET body = 'of another time'")
    await training.requests.ask(a_request(STEEL))

    await training.trainer().train_due()

    newest = (await training.cards())[0]
    assert newest.status is Status.CHAMPION
    assert "the champion cannot be read" in newest.reason


async def _learnt(training: Training, version: int) -> Learnt:
    body = (await training.models.bodies([version]))[version]
    ledger = await training.standings.ledger(STEEL)
    assert ledger is not None
    return Learnt(body, *ledger)


async def test_the_role_of_the_handbook_may_do_what_training_does_and_no_more(
    training: Training, fresh_database: str
) -> None:
    await training.know(STEEL, shift_quarters(60))
    await training.requests.ask(a_request(STEEL))
    async with training.database.transaction() as connection:
        await connection.execute("DROP ROLE IF EXISTS training")
        await connection.execute("CREATE ROLE training")
        for grant in grants_of_the_handbook():
            await connection.execute(grant.encode())
    least = Database("forecasting", fresh_database, options="-c role=training")
    await least.start()

    trained = await replace(training, database=least).trainer().train_due()

    assert len(trained) == 1
    assert (await training.cards())[0].status is Status.CHAMPION
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        await least.rows("DELETE FROM quarter RETURNING 1")
    await least.stop()


def grants_of_the_handbook() -> list[str]:
    """Return the statements of docs/deploying.md."""
    handbook = (REPOSITORY / "docs/deploying.md").read_text(encoding="utf-8")
    return re.findall(r"^GRANT .*$", handbook, re.MULTILINE)
