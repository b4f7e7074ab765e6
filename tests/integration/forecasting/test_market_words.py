"""What the database makes of curves: the same words in any order, told as they were known."""

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from math import nan

import numpy as np
import pytest

from parkflow.forecast.v1.forecast_pb2 import SignalForecast
from parkflow.market.v1.intensity_pb2 import IntensityCurve
from parkflow.market.v1.price_pb2 import PriceCurve
from services.forecasting.domain.series import Floats, quarter_number
from services.forecasting.domain.signals import Signal
from services.forecasting.signal_store import SignalStore
from services.forecasting.signal_stream import CurvesWriter
from services.runtime.database import Database, migrate
from services.runtime.received import Received
from services.runtime.topics import PRICES
from tests.support.builders import a_park
from tests.support.market import DAY, HOUR, an_hourly_price, days_of_prices, intensities, prices
from tests.support.signals import a_signal_issuer

PARK = "demo-park"
FIRST_DAY = datetime(2019, 6, 3, tzinfo=UTC)
DAYS = 20
NOON = FIRST_DAY + DAYS * DAY - 12 * HOUR
"""When the last of the days has just been published."""


@dataclass
class Market:
    """The words of one park on an empty database, the writer that feeds them, and who answers."""

    database: Database
    store: SignalStore
    writer: CurvesWriter

    async def take(self, *curves: PriceCurve | IntensityCurve) -> None:
        await self.writer.take([Received(curve, PRICES.name, 0, 0, "") for curve in curves])

    async def prices(self, by: datetime, first: datetime = FIRST_DAY, hours: int = 24) -> Floats:
        """Return the prices as known at a moment, an hour each."""
        begin = quarter_number(first)
        found = await self.store.published([Signal.IMPORT_PRICE], begin, begin + 4 * hours, by)
        return found[Signal.IMPORT_PRICE][::4]

    async def rows(self) -> list[tuple[object, ...]]:
        query = "SELECT * FROM market_word ORDER BY signal, quarter, known_at, source_id"
        return await self.database.rows(query, ())

    async def issued(self, at: datetime) -> list[SignalForecast]:
        """Return what a process that has just started issues."""
        issuer = a_signal_issuer(a_park(), self.database)
        await issuer.read()
        return await issuer.issued(at, lambda: None)


@pytest.fixture
async def market(fresh_database: str) -> AsyncIterator[Market]:
    await migrate("forecasting", fresh_database)
    database = Database("forecasting", fresh_database)
    await database.start()
    store = SignalStore(database, PARK)
    yield Market(database, store, CurvesWriter(a_park(), store))
    await database.stop()


async def test_curves_in_any_order_and_twice_leave_the_same_words(market: Market) -> None:
    corrected = prices(PARK, FIRST_DAY + 3 * HOUR, [0.5], known_at=FIRST_DAY)
    curves = [*days_of_prices(PARK, FIRST_DAY, 3), corrected]
    await market.take(*curves)
    before = await market.rows()

    shuffled = [*curves, *curves]
    random.Random(7).shuffle(shuffled)
    async with market.database.transaction() as connection:
        await connection.execute("TRUNCATE market_word")
    for curve in shuffled:
        await market.take(curve)

    assert len(before) == 3 * 96 + 4
    assert await market.rows() == before


async def test_the_later_known_price_wins_slot_by_slot_and_not_before_it_was_known(
    market: Market,
) -> None:
    later = prices(PARK, FIRST_DAY + 3 * HOUR, [0.5], known_at=FIRST_DAY, source="another")
    await market.take(later, *days_of_prices(PARK, FIRST_DAY, 1))

    before, after = an_hourly_price(0), an_hourly_price(0)
    after[3] = 0.5
    np.testing.assert_allclose(await market.prices(FIRST_DAY - HOUR), before, atol=1e-9)
    np.testing.assert_allclose(await market.prices(FIRST_DAY), after, atol=1e-9)


async def test_what_another_park_or_another_currency_pays_is_not_ours(market: Market) -> None:
    await market.take(prices("other-park", FIRST_DAY, [0.5]))
    with pytest.raises(ValueError, match="the park counts in"):
        await market.take(prices(PARK, FIRST_DAY, [0.5], currency="XXX"))

    assert await market.rows() == []


async def test_an_intensity_that_is_unknown_replaces_nothing(market: Market) -> None:
    await market.take(
        intensities(PARK, FIRST_DAY, [200.0, 210.0]),
        intensities(PARK, FIRST_DAY, [nan, 190.0], known_at=FIRST_DAY),
    )

    begin = quarter_number(FIRST_DAY)
    signal = Signal.CARBON_INTENSITY
    found = await market.store.published([signal], begin, begin + 12, FIRST_DAY)
    np.testing.assert_array_equal(found[signal], [200.0] * 4 + [190.0] * 4 + [nan] * 4)


async def test_an_issue_tells_published_prices_exactly_and_foresees_the_rest(
    market: Market,
) -> None:
    await market.take(*days_of_prices(PARK, FIRST_DAY, DAYS))

    (price,) = await market.issued(NOON)

    assert (price.signal_id, price.unit) == ("market.import_price", "GBP/kWh")
    assert price.start.ToDatetime(tzinfo=UTC) == NOON
    assert price.published_until.ToDatetime(tzinfo=UTC) == NOON + 12 * HOUR
    told = np.repeat(an_hourly_price(DAYS - 1)[12:], 4)
    for quantile in (price.p10, price.p50, price.p90):
        assert len(quantile) == 192
        np.testing.assert_allclose(quantile[:48], told, atol=1e-9)
    noon_tomorrow, evening = price.p50[48 + 48 : 48 + 52], price.p50[48 + 68 : 48 + 84]
    assert max(noon_tomorrow) < 0.05 < 0.2 < min(evening)


async def test_nothing_that_became_known_after_the_issue_changes_a_bit_of_it(
    market: Market,
) -> None:
    await market.take(*days_of_prices(PARK, FIRST_DAY, DAYS))
    await market.take(intensities(PARK, NOON, [200.0], known_at=NOON))
    issued = await market.issued(NOON)

    just_after = NOON + HOUR / 3600
    for day in range(DAYS + 3):
        poison = prices(PARK, FIRST_DAY + day * DAY, [999.0] * 24, known_at=just_after)
        await market.take(poison)
        hourly = [4_000.0] * 24
        await market.take(
            intensities(PARK, FIRST_DAY + day * DAY, hourly, known_at=just_after, source="zzz")
        )

    assert await market.issued(NOON) == issued
    assert await market.issued(NOON + HOUR) != issued


async def test_what_was_replaced_is_forgotten_only_once_no_issue_can_ask_for_it(
    market: Market,
) -> None:
    later = prices(PARK, FIRST_DAY, [0.5], known_at=FIRST_DAY)
    await market.take(*days_of_prices(PARK, FIRST_DAY, 1), later)

    await market.store.forget_replaced(FIRST_DAY - HOUR, lambda: None)
    assert len(await market.rows()) == 96 + 4
    await market.store.forget_replaced(FIRST_DAY, lambda: None)

    assert len(await market.rows()) == 96
    assert (await market.prices(FIRST_DAY))[0] == 0.5
