"""Training goes on, whatever one series or one worker does: real workers, a real PostgreSQL."""

import os
import signal
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import psycopg
import pytest
from lightgbm.basic import LightGBMError

from services.forecasting.registry.cards import Status
from services.forecasting.training.work import Work
from services.forecasting.training.workers import Workers, workers_for
from services.runtime.database import Connection, Database, migrate
from tests.support.training import METALWORK, STEEL, Training, shift_quarters


@pytest.fixture
async def both(fresh_database: str) -> AsyncIterator[Training]:
    """Return the training of two series of weeks; the first of them is going to break things."""
    await migrate("forecasting", fresh_database)
    database = Database("forecasting", fresh_database)
    await database.start()
    training = Training(database, points=(METALWORK, STEEL))
    await training.know(METALWORK, shift_quarters(60))
    await training.know(STEEL, shift_quarters(60))
    yield training
    await database.stop()


class BreaksAt(Executor):
    """Workers who do something else with one series than to learn it."""

    def __init__(self, point: str, instead: Callable[[], Any], workers: Executor) -> None:
        self._point = point
        self._instead = instead
        self._workers = workers

    def submit(self, act: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        work: Work = given[0]
        if work.target.point_id == self._point:
            return self._workers.submit(self._instead)
        return self._workers.submit(act, *given, **named)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._workers.shutdown(wait, cancel_futures=cancel_futures)


def in_a_thread(instead: Callable[[], Any]) -> Workers:
    return Workers(1, lambda _: BreaksAt(METALWORK, instead, ThreadPoolExecutor(1)))


def raises(mistake: BaseException) -> Callable[[], None]:
    def act() -> None:
        raise mistake

    return act


@pytest.mark.parametrize(
    ("instead", "reason"),
    [
        (partial(np.linalg.cholesky, np.zeros((2, 3))), "training failed: LinAlgError: "),
        (raises(LightGBMError("no splits")), "training failed: LightGBMError: no splits"),
        (raises(MemoryError("4 GB")), "training failed: MemoryError: 4 GB"),
        (raises(RuntimeError("a\x00b")), "training failed: RuntimeError: ab"),
    ],
)
async def test_a_series_that_breaks_our_code_is_told_and_keeps_no_other_from_being_trained(
    both: Training, instead: Callable[[], Any], reason: str
) -> None:
    trainer = both.trainer(workers=in_a_thread(instead))

    trained = await trainer.train_due()
    again = await trainer.train_due()

    (broken,), (whole,) = await both.cards(METALWORK), await both.cards(STEEL)
    assert (len(trained), len(again)) == (2, 0)
    assert broken.status is Status.REJECTED
    assert broken.reason.startswith(reason)
    assert broken.rows == 60 * 96
    assert whole.status is Status.CHAMPION


async def test_a_worker_that_is_killed_costs_its_own_series_only_and_is_replaced(
    both: Training,
) -> None:
    workers = Workers(2, lambda count: BreaksAt(METALWORK, killed, workers_for(count)))
    trainer = both.trainer(workers=workers)

    trained = await trainer.train_due()

    (dead,), (whole,) = await both.cards(METALWORK), await both.cards(STEEL)
    workers.stop()
    assert len(trained) == 2
    assert dead.status is Status.REJECTED
    assert dead.reason.startswith("training failed: BrokenProcessPool: ")
    assert whole.status is Status.CHAMPION


def killed() -> None:
    """Die as a process does that takes too much memory."""
    os.kill(os.getpid(), signal.SIGKILL)


class LosesAnswers(Database):
    """A database of which every first answer to a COMMIT is lost on the way."""

    lost = False

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        async with super().transaction() as connection:
            yield connection
        self.lost = not self.lost
        if self.lost:
            raise psycopg.OperationalError("server closed the connection unexpectedly")


async def test_a_training_whose_commit_was_not_heard_of_is_kept_once(
    both: Training, fresh_database: str
) -> None:
    await both.know(METALWORK, -shift_quarters(60))  # nothing to learn from: is rejected
    database = LosesAnswers("forecasting", fresh_database)
    await database.start()

    trained = await replace(both, database=database).trainer().train_due()

    await database.stop()
    (rejected,), (champion,) = await both.cards(METALWORK), await both.cards(STEEL)
    assert len(trained) == 2
    assert (rejected.status, champion.status) == (Status.REJECTED, Status.CHAMPION)
    assert await both.models.champions() == {STEEL: champion.version}
