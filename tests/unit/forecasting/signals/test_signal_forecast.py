"""What an issue says of a price: what was published, and an outlook counted from its end."""

from math import nan

import numpy as np

from services.forecasting.domain.outlook.answering import Outlook, answer
from services.forecasting.domain.outlook.cleaning import cleaned
from services.forecasting.domain.outlook.effort import PLAIN
from services.forecasting.domain.outlook.forecaster import learn
from services.forecasting.domain.series import Floats, quarter_start
from services.forecasting.domain.series_record import HORIZONS, record_of, task_of
from services.forecasting.domain.signal_forecast import (
    Published,
    SignalForecast,
    signal_forecast,
)
from services.forecasting.domain.signals import Signal
from tests.support.builders import a_park
from tests.unit.forecasting.builders import FIRST

ISSUE = FIRST + 20 * 96 + 48  # noon
PRICE = Signal.IMPORT_PRICE


def a_price(days: int) -> Floats:
    """Return quarters of 0.10 by day and -0.05 by night, a little dearer every day."""
    quarter = np.arange(days * 96)
    day = (quarter % 96 >= 24) & (quarter % 96 < 80)
    return np.where(day, 0.10, -0.05) + 0.001 * (quarter // 96)


def published(ahead: int, past: int = 20 * 96 + 48) -> Published:
    """Return what is known at the issue: `past` quarters and `ahead` quarters from it on."""
    value = np.full(past + HORIZONS, nan)
    value[: past + ahead] = a_price(30)[: past + ahead]
    return Published(ISSUE, value)


def an_outlook() -> Outlook:
    """Return an outlook whose median counts its horizons: 1, 2, 3…"""
    steps = np.arange(1.0, HORIZONS + 1)
    return Outlook(np.array([steps - 0.5, steps, steps + 0.5]), {"usual": 1.0})


def made(one: Published) -> SignalForecast:
    return signal_forecast(PRICE, one, an_outlook(), model="model 7", weakness="")


def foreseen(one: Published) -> SignalForecast:
    """Return the forecast by plain models that were weighed on what was known."""
    target, park, known = PRICE.target, a_park(), one.known
    task = task_of(target, park)
    record = cleaned(record_of(known.power_w, known.first_quarter, target, task), task)
    outlook = answer(record, learn(record, task, PLAIN, None))
    return signal_forecast(PRICE, one, outlook, model="plain models", weakness="")


def test_the_record_ends_at_the_last_published_quarter() -> None:
    assert published(ahead=48).known.end_quarter == ISSUE + 48
    assert published(ahead=48).known.power_w[-1] == a_price(21)[-1]


def test_the_record_ends_at_the_issue_where_nothing_was_published_beyond() -> None:
    stale = published(ahead=-8)

    assert stale.known.end_quarter == stale.until == ISSUE
    assert np.isnan(stale.known.power_w[-8:]).all()


def test_what_was_published_is_told_exactly_and_horizons_count_from_its_end() -> None:
    forecast = made(published(ahead=48))

    for quantile in (forecast.p10, forecast.p50, forecast.p90):
        np.testing.assert_array_equal(quantile[:48], a_price(21)[-48:])
    assert forecast.p50[48:51].tolist() == [1.0, 2.0, 3.0]
    assert (forecast.p10[48], forecast.p90[48], forecast.p50[-1]) == (0.5, 1.5, 144.0)
    assert forecast.published_until == ISSUE + 48
    assert forecast.method == "usual 100%; model 7"


def test_a_hole_in_what_was_published_is_forecast_and_what_stands_behind_it_is_told() -> None:
    holed = published(ahead=48)
    holed.ahead[10:14] = nan

    forecast = made(holed)

    assert forecast.published_until == ISSUE + 10 == holed.known.end_quarter
    assert forecast.p50[10:14].tolist() == [1.0, 2.0, 3.0, 4.0]
    np.testing.assert_array_equal(forecast.p90[14:48], a_price(21)[-34:])


def test_a_hole_in_the_past_stays_a_hole() -> None:
    holed = published(ahead=0)
    holed.value[100:104] = nan

    assert np.isnan(holed.known.power_w[100:104]).all()


def test_nothing_is_forecast_where_all_was_published() -> None:
    forecast = made(published(ahead=HORIZONS))

    np.testing.assert_array_equal(forecast.p50, published(ahead=HORIZONS).ahead)
    assert forecast.method == "published"


def test_beyond_publication_day_and_night_are_foreseen_and_prices_may_be_negative() -> None:
    forecast = foreseen(published(ahead=48))

    night, day = forecast.p50[48 : 48 + 24], forecast.p50[48 + 30 : 48 + 74]
    assert (night < 0).all()
    assert (day > 0.08).all()
    assert (forecast.p10 <= forecast.p50).all()
    assert (forecast.p50 <= forecast.p90).all()


def test_few_days_and_a_silent_market_are_said() -> None:
    young = made(published(ahead=-96, past=3 * 96))

    ended = quarter_start(ISSUE - 96)
    assert young.caveat == (
        f"only 2.0 days of history; nothing published from {ended:%Y-%m-%dT%H:%MZ} on"
    )


def test_an_intensity_is_never_negative_and_named_in_grams() -> None:
    assert Signal.CARBON_INTENSITY.target.lowest_w == 0.0
    assert Signal.CARBON_INTENSITY.unit("GBP") == "g/kWh"
    assert PRICE.unit("GBP") == "GBP/kWh"
