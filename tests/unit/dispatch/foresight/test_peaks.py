"""The peak to expect of what is left of a billing period, from former days."""

import numpy as np
import pytest

from services.dispatch.domain.foresight.peaks import Shaver, expected_peak_kw, lowest_peaks_kw

BATTERY = Shaver(room_kwh=40.0, charge_kw=20.0, discharge_kw=50.0)
NEAR = 1.0


def lowest(*net_kw: float, shaver: Shaver = BATTERY) -> float:
    return float(lowest_peaks_kw(np.array([net_kw]), 1.0, shaver)[0])


def test_a_battery_takes_its_energy_off_a_peak() -> None:
    """Two hours of 100 kW: 20 kWh in each leave 80 kW."""
    assert lowest(0.0, 100.0, 100.0, 0.0) == pytest.approx(80.0, abs=NEAR)


def test_two_peaks_are_shaved_where_it_is_filled_again_between() -> None:
    """40 kWh off the first hour; 20 kW of charging over two hours fill it again."""
    assert lowest(100.0, 0.0, 0.0, 100.0) == pytest.approx(60.0, abs=NEAR)


def test_without_time_to_fill_it_two_peaks_share_it() -> None:
    """40 kWh and at most 20 of one hour between: 30 off each of two peaks."""
    assert lowest(100.0, 0.0, 100.0) == pytest.approx(70.0, abs=NEAR)


def test_no_peak_is_lowered_by_more_than_the_power() -> None:
    weak = Shaver(room_kwh=40.0, charge_kw=20.0, discharge_kw=5.0)

    assert lowest(0.0, 100.0, 0.0, shaver=weak) == pytest.approx(95.0, abs=NEAR)


def test_losses_leave_less() -> None:
    """Of 40 kWh half arrive: 20 kW off the hour."""
    lossy = Shaver(room_kwh=40.0, charge_kw=20.0, discharge_kw=50.0, discharge_efficiency=0.5)

    assert lowest(0.0, 100.0, shaver=lossy) == pytest.approx(80.0, abs=NEAR)


def test_a_park_that_always_feeds_in_has_no_peak() -> None:
    assert lowest(-10.0, -20.0) == pytest.approx(0.0, abs=NEAR)


def test_what_is_expected_is_what_as_many_days_needed_before() -> None:
    """Four days of one step: peaks of 100, 10, 10, 10. Two days on end: 100, 10, 10."""
    none = Shaver(room_kwh=0.0, charge_kw=0.0, discharge_kw=0.0)
    past = np.array([100.0, 10.0, 10.0, 10.0])

    assert expected_peak_kw(past, 1, 2, none) == pytest.approx(10.0, abs=NEAR)
    assert expected_peak_kw(past, 1, 2, none, share=1.0) == pytest.approx(100.0, abs=NEAR)
    assert expected_peak_kw(past, 1, 30, none) == pytest.approx(100.0, abs=NEAR)


def test_days_that_nobody_knows_are_left_out() -> None:
    none = Shaver(room_kwh=0.0, charge_kw=0.0, discharge_kw=0.0)
    past = np.array([100.0, np.nan, 10.0, 10.0])

    assert expected_peak_kw(past, 1, 2, none) == pytest.approx(10.0, abs=NEAR)


def test_without_a_past_nothing_is_expected() -> None:
    assert expected_peak_kw(np.zeros(0), 96, 30, BATTERY) == 0.0
