"""What cannot be true is missing; what lasts is believed."""

import numpy as np
import pytest

from services.forecasting.domain.outlook.cleaning import believable
from tests.support.outlooks import an_hourly_task, shift_work, sunny_hours


def test_a_spike_is_missing_and_everything_else_stays() -> None:
    load = shift_work(21)
    spiky = load.copy()
    spiky[200] = 5_000.0

    seen = believable(spiky, an_hourly_task())

    assert np.flatnonzero(np.isnan(seen)).tolist() == [200]
    assert np.array_equal(np.delete(seen, 200), np.delete(load, 200))


def test_an_hour_in_the_wrong_unit_is_missing() -> None:
    load = shift_work(21)
    load[100:103] *= 1_000.0
    load[300:303] /= 1_000.0

    missing = np.flatnonzero(np.isnan(believable(load, an_hourly_task())))

    assert missing.tolist() == [100, 101, 102, 300, 301, 302]


def test_a_new_level_is_believed_once_it_lasts() -> None:
    load = shift_work(30)
    load[-48:] += 5_000.0

    assert not np.isnan(believable(load, an_hourly_task())).any()


def test_a_plant_that_starts_and_rests_at_night_is_believed_within_hours() -> None:
    standby = 2.0 + np.arange(21 * 24) % 3 * 0.1
    starting = np.append(standby, [90.0, 101.0, 99.0, 100.0])
    resting = np.append(starting, standby[:14])

    assert np.isnan(believable(starting[:-1], an_hourly_task())[-3:]).all()
    assert np.array_equal(believable(starting, an_hourly_task()), starting)
    assert np.array_equal(believable(resting, an_hourly_task()), resting)


def test_a_plant_that_stops_to_next_to_nothing_is_believed_within_hours() -> None:
    load = 400.0 + shift_work(21)
    stopped = np.append(load, [3.0, 3.2, 3.1, 2.9])

    assert np.isnan(believable(stopped[:-1], an_hourly_task())[-3:]).all()
    assert np.array_equal(believable(stopped, an_hourly_task()), stopped)


@pytest.mark.parametrize("stuck_or_slipped", [[99.0] * 6, [2_000.0, 2_100.0, 2_200.0] * 3])
def test_what_may_be_a_stuck_or_a_slipped_value_is_not_taken_for_a_start(
    stuck_or_slipped: list[float],
) -> None:
    standby = 2.0 + np.arange(21 * 24) % 3 * 0.1

    seen = believable(np.append(standby, stuck_or_slipped), an_hourly_task())

    assert np.isnan(seen[len(standby) :]).all()


def test_values_beyond_a_bound_are_missing_but_a_meters_own_error_is_at_the_bound() -> None:
    load = shift_work(21)
    load[50], load[60] = -0.5, -500.0

    seen = believable(load, an_hourly_task())

    assert seen[50] == 0.0
    assert np.isnan(seen[60])


def test_rare_short_loads_are_no_spikes() -> None:
    charging = np.zeros(21 * 24)
    charging[9::24] = 11.0

    assert np.array_equal(believable(charging, an_hourly_task()), charging)


def test_days_in_which_a_plant_was_dead_are_missing_once_it_is_lit_again() -> None:
    task, power = an_hourly_task(sun=True), sunny_hours(30)
    power[20 * 24 : 25 * 24 + 10] = 0.0

    dead, back = believable(power[: 25 * 24 + 10], task), believable(power, task)

    assert np.array_equal(dead, power[: 25 * 24 + 10])
    missing = np.flatnonzero(np.isnan(back))
    assert (missing[0], missing[-1]) == (19 * 24 + 19, 25 * 24 + 9)  # from dusk to the first light
    assert np.array_equal(believable(power, an_hourly_task()), power)  # no plant of the sun


def test_nights_between_days_that_nobody_knows_stay_dark() -> None:
    task, power = an_hourly_task(sun=True), sunny_hours(30)
    lit = power[20 * 24 : 23 * 24] > 0.0
    power[20 * 24 : 23 * 24][lit] = np.nan

    seen = believable(power, task)

    assert np.array_equal(seen, power, equal_nan=True)


def test_a_plant_that_tripped_for_less_than_a_day_keeps_its_zeros() -> None:
    task, power = an_hourly_task(sun=True), sunny_hours(30)
    power[20 * 24 + 9 : 20 * 24 + 20] = 0.0

    assert np.array_equal(believable(power, task), power)
