"""Prices in the registry: learnt by the week like any series, judged, and served in issues."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from services.forecasting.domain.signals import Signal
from services.forecasting.domain.training.due import Cause
from services.forecasting.domain.words import Curve, words_of
from services.forecasting.registry.cards import Status
from services.forecasting.signal_messages import curve_from
from services.runtime.database import Database, migrate
from tests.support.market import DAY, HOUR, an_hourly_price, prices
from tests.support.signals import a_signal_issuer
from tests.support.training import Training

PRICE = Signal.IMPORT_PRICE
FIRST_DAY = datetime(2019, 4, 1, tzinfo=UTC)
DAYS = 40
NOON = FIRST_DAY + DAYS * DAY - 12 * HOUR


@pytest.fixture
async def training(fresh_database: str) -> AsyncIterator[Training]:
    await migrate("forecasting", fresh_database)
    database = Database("forecasting", fresh_database)
    await database.start()
    yield Training(database, points=(PRICE.value,), now=NOON)
    await database.stop()


async def publish(training: Training, first_day: int, days: int, *, noise: float = 0.02) -> None:
    """Publish days of prices, each known at the noon before it."""
    rng = np.random.default_rng(first_day)
    for day in range(first_day, first_day + days):
        hourly = an_hourly_price(day % 7) + rng.normal(0.0, noise, 24)
        message = prices(training.park.id, FIRST_DAY + day * DAY, hourly.tolist())
        curve = curve_from(message, training.park.currency)
        await training.signals.keep(words_of(curve))


async def test_a_price_is_learnt_up_to_where_publication_ends_and_its_model_serves(
    training: Training,
) -> None:
    await publish(training, 0, DAYS)

    await training.trainer().train_due()

    (card,) = await training.cards(PRICE.value)
    assert (card.cause, card.status) == (Cause.FIRST, Status.CHAMPION)
    assert card.trained_to == NOON + 12 * HOUR
    assert card.rows == DAYS * 96
    assert all(score.error < 1.0 for score in card.scores)
    issuer = a_signal_issuer(training.park, training.database)
    await issuer.read()
    (price,) = await issuer.issued(NOON, lambda: None)
    assert price.method.endswith(f"model {card.version}")
    assert price.published_until.ToDatetime(tzinfo=UTC) == NOON + 12 * HOUR


async def test_what_was_published_after_the_training_teaches_it_nothing(
    training: Training,
) -> None:
    await publish(training, 0, DAYS)
    after = Curve(PRICE, "poison", NOON + HOUR, FIRST_DAY, HOUR, [99.0] * 24 * (DAYS + 3))
    await training.signals.keep(words_of(after))

    await training.trainer().train_due()

    (card,) = await training.cards(PRICE.value)
    assert card.trained_to == NOON + 12 * HOUR
    assert all(score.error < 1.0 for score in card.scores)


async def test_a_week_later_a_challenger_is_judged_against_the_champion(
    training: Training,
) -> None:
    await publish(training, 0, DAYS)
    await training.trainer().train_due()
    issuer = a_signal_issuer(training.park, training.database)
    await issuer.read()
    await issuer.issued(NOON, lambda: None)
    await issuer.reckon()
    await publish(training, DAYS, 7)

    training.now = NOON + timedelta(days=7)
    await training.trainer().train_due()

    newest, first = await training.cards(PRICE.value)
    assert (newest.cause, first.cause) == (Cause.SCHEDULE, Cause.FIRST)
    assert "than the champion" in newest.reason
    assert len(newest.scores) > 0


async def test_a_signal_that_nobody_publishes_is_not_trained(training: Training) -> None:
    await training.trainer().train_due()

    assert await training.cards(PRICE.value) == []
