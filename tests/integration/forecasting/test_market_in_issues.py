"""Published prices and intensities, through a real Kafka, in the issues of forecasting."""

import random
import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC

import grpc
import numpy as np
import psycopg
import pytest

from parkflow.forecast.v1 import forecast_service_pb2 as wire
from parkflow.forecast.v1.forecast_pb2 import ForecastIssue, SignalForecast
from parkflow.market.v1.intensity_pb2 import IntensityCurve
from parkflow.market.v1.price_pb2 import PriceCurve
from services.demo.stack import Kafka, StateFolder
from services.runtime.database import migrate
from services.runtime.publishing import Publisher
from services.runtime.topics import INTENSITY, PRICES
from tests.integration.forecasting.test_forecasting_service import (
    BORDER,
    SPEED,
    STEEL,
    Forecasting,
    a_process,
)
from tests.support.builders import MORNING
from tests.support.ingest import with_topics
from tests.support.market import DAY, HOUR, an_hourly_price, days_of_prices, intensities, prices
from tests.support.patience import until

DAYS = 12
PRICE, CARBON = "market.import_price", "market.carbon_intensity"
Curve = PriceCurve | IntensityCurve


@pytest.fixture
async def forecasting(
    kafka: Kafka, fresh_database: str, stack_folder: StateFolder
) -> AsyncIterator[Forecasting]:
    await with_topics(kafka)
    await migrate("forecasting", fresh_database)
    clock = f"{MORNING.isoformat()}@{time.time()}x{SPEED}"
    with a_process(kafka, fresh_database, stack_folder, clock) as running:
        yield running


async def publish(kafka: Kafka, curves: Sequence[Curve]) -> None:
    """Publish curves as ingest does."""
    publisher = Publisher("ingest", kafka.address, {})
    await publisher.start()
    for curve in curves:
        topic = PRICES if isinstance(curve, PriceCurve) else INTENSITY
        await publisher.publish(topic, curve.park_id, curve)
    await publisher.stop()


def a_market(park_id: str) -> list[Curve]:
    """Return days of both curves that end on a midnight, 26 h after the first issue."""
    first = MORNING.replace(hour=0, minute=0) - (DAYS - 2) * DAY
    grams = [200.0 + hour for hour in range(24)]
    carbon = [intensities(park_id, first + day * DAY, grams) for day in range(DAYS)]
    return [*days_of_prices(park_id, first, DAYS), *carbon]


def words(forecasting: Forecasting) -> list[tuple[object, ...]]:
    with psycopg.connect(forecasting.database_url) as connection:
        query = "SELECT * FROM forecasting.market_word ORDER BY signal, quarter, known_at"
        return connection.execute(query).fetchall()


async def until_words(forecasting: Forecasting, count: int) -> list[tuple[object, ...]]:
    await until(lambda: len(words(forecasting)) >= count, f"{count} words")
    return words(forecasting)


def of(issue: ForecastIssue, signal_id: str) -> SignalForecast:
    (found,) = (one for one in issue.signals if one.signal_id == signal_id)
    return found


async def test_an_issue_carries_both_signals_published_first_and_then_foreseen(
    forecasting: Forecasting,
) -> None:
    await publish(forecasting.kafka, a_market(forecasting.park_id))
    await publish(forecasting.kafka, [prices("other-park", MORNING - DAY, [9.0] * 96)])
    await until_words(forecasting, 2 * DAYS * 96)
    await forecasting.feed(BORDER - 8 * 96, BORDER + 1)

    issue = await forecasting.issue_of(BORDER)

    price, carbon = of(issue, PRICE), of(issue, CARBON)
    assert (price.unit, carbon.unit) == ("GBP/kWh", "g/kWh")
    midnight = MORNING.replace(hour=0, minute=0) + 2 * DAY
    assert price.published_until.ToDatetime(tzinfo=UTC) == midnight
    told = (midnight - issue.issue_time.ToDatetime(tzinfo=UTC)) // (HOUR / 4)
    assert 0 < told < 192
    expected = np.repeat(an_hourly_price(DAYS - 1), 4)[-told:]
    for quantile in (price.p10, price.p50, price.p90):
        assert len(quantile) == 192
        np.testing.assert_allclose(quantile[told - len(expected) : told], expected, atol=1e-9)
    assert min(price.p50[told:]) < 0 < max(price.p50[told:]) < 1
    assert 150 < min(carbon.p10[told:]) <= max(carbon.p90[told:]) < 300
    assert "plain models" in price.method
    on_topic = await forecasting.published()
    assert on_topic[issue.issue_time.ToJsonString()][-1] == issue
    await _asked_by_name(forecasting, issue)


async def _asked_by_name(forecasting: Forecasting, issue: ForecastIssue) -> None:
    """A signal is asked for like a series; it has no part in joint paths."""
    only = await forecasting.issue(point_ids=[CARBON], issued_by=issue.issue_time)
    assert [one.signal_id for one in only.signals] == [CARBON]
    assert not only.series
    async with forecasting.stub() as stub:
        asked = wire.GetScenariosRequest(park_id=forecasting.park_id, point_ids=[STEEL, CARBON])
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.GetScenarios(asked)
    assert refused.value.code() is grpc.StatusCode.NOT_FOUND


async def test_curves_in_any_order_twice_and_over_a_kill_leave_the_same_words(
    forecasting: Forecasting,
) -> None:
    curves = a_market(forecasting.park_id)
    await publish(forecasting.kafka, curves)
    before = await until_words(forecasting, 2 * DAYS * 96)

    again = [*curves, *curves]
    random.Random(7).shuffle(again)
    await publish(forecasting.kafka, again)
    forecasting.process.kill()
    forecasting.process.start()
    newer = intensities(forecasting.park_id, MORNING + 3 * DAY, [1.0])
    await publish(forecasting.kafka, [newer])

    after = await until_words(forecasting, len(before) + 4)
    assert [row for row in after if row in before] == before
    assert len(after) == len(before) + 4
