"""Signals on the wire: curves that can be used come in, and no price goes out as watts."""

from math import nan

import pytest

from services.forecasting.domain.signals import Signal
from services.forecasting.model_messages import model_message
from services.forecasting.signal_messages import curve_from
from tests.support.market import HOUR, intensities, prices
from tests.support.models import a_card
from tests.unit.forecasting.builders import MONDAY


def test_prices_come_in_as_money_and_intensities_as_grams() -> None:
    price = curve_from(prices("p", MONDAY, [0.123456, -0.05]), "GBP")
    carbon = curve_from(intensities("p", MONDAY, [200.0]), "GBP")

    assert (price.signal, price.values, price.step) == (
        Signal.IMPORT_PRICE,
        [0.123456, -0.05],
        HOUR,
    )
    assert (carbon.signal, carbon.values) == (Signal.CARBON_INTENSITY, [200.0])
    assert price.known_at == MONDAY - 12 * HOUR


def test_a_curve_in_other_money_or_of_no_known_time_cannot_be_used() -> None:
    undated = intensities("p", MONDAY, [nan])
    undated.ClearField("known_at")

    with pytest.raises(ValueError, match="the park counts in EUR"):
        curve_from(prices("p", MONDAY, [0.1]), "EUR")
    with pytest.raises(ValueError, match="since when it is known"):
        curve_from(undated, "EUR")


def test_the_errors_of_a_price_model_are_told_in_its_unit_and_never_in_watts() -> None:
    message = model_message(a_card(Signal.IMPORT_PRICE.value), "GBP/kWh")

    assert not message.scores
    assert message.unit == "GBP/kWh"
    first, longest = message.signal_scores
    assert (first.error, first.before_error, first.naive_error) == (9.0, 10.0, 12.0)
    assert not longest.HasField("naive_error")
    assert model_message(a_card()).scores
    assert not model_message(a_card()).signal_scores
