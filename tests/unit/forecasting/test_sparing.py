"""Whose fault ends what: a series' own ends its turn, the world being away ends the attempt."""

import pytest

from services.forecasting.sparing import sparing_others


def test_a_fault_of_one_series_ends_its_turn_only() -> None:
    with sparing_others("answer", "steel.active_power_w") as turn:
        raise ArithmeticError("nothing to divide by")

    assert turn.failed


def test_a_database_that_is_away_is_no_fault_of_a_series() -> None:
    with pytest.raises(ConnectionError), sparing_others("reckon", "steel.active_power_w"):
        raise ConnectionError("gone")
