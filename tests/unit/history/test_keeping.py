"""What is kept how long: a rollup outlives what it is made of, or the settings are refused."""

from __future__ import annotations

import pytest

from services.history.settings import Keeping


def test_for_ever_is_the_default() -> None:
    assert set(Keeping().days().values()) == {0}


def test_each_level_may_be_kept_longer_than_what_it_is_made_of() -> None:
    assert Keeping(raw_days=30, quarter_days=40, hour_days=400)
    assert Keeping(raw_days=30, quarter_days=0, hour_days=0)


def test_quarters_that_go_before_their_readings_are_refused_with_the_cure() -> None:
    with pytest.raises(ValueError, match="KEEP_QUARTER_DAYS is 30; it must be at least 37, or 0"):
        Keeping(raw_days=30, quarter_days=30)


def test_hours_that_go_while_quarters_stay_are_refused() -> None:
    with pytest.raises(ValueError, match="KEEP_HOUR_DAYS is 400; it must be 0"):
        Keeping(hour_days=400)
