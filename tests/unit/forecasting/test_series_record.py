"""How a park's series meets the outlook core: signs, bounds, calendar, and where it begins."""

from dataclasses import replace

import numpy as np
import pytest

from services.forecasting.domain.outlook.holiday_kinds import HOLIDAY, UnknownCountry
from services.forecasting.domain.series import quarter_number
from services.forecasting.domain.series_record import (
    HORIZONS,
    published_w,
    record_of,
    task_of,
)
from services.forecasting.domain.targets import targets_of
from tests.support.builders import MORNING, a_park

PARK = a_park()
TARGETS = {target.point_id: target for target in targets_of(PARK)}
STEEL, PV = TARGETS["steel.active_power_w"], TARGETS["pv.active_power_w"]
WIND = TARGETS["wind.active_power_w"]
FIRST = quarter_number(MORNING)


def test_a_load_is_asked_for_48_hours_and_is_never_negative() -> None:
    task = task_of(STEEL, PARK)

    assert task.horizons == tuple(range(1, 193))
    assert (task.step_min, task.lowest, task.highest) == (15, 0.0, np.inf)
    assert not task.sun


@pytest.mark.parametrize("target", [PV, WIND])
def test_production_is_positive_in_the_core_and_at_most_the_plants_rating(target: object) -> None:
    task = task_of(target, PARK)  # type: ignore[arg-type]

    assert task.lowest == 0.0
    assert task.highest == -target.lowest_w  # type: ignore[attr-defined]
    assert task.size == task.highest


def test_published_production_is_turned_over_on_its_way_in_and_out() -> None:
    record = record_of(np.array([-5.0, -7.0]), FIRST, PV, task_of(PV, PARK))
    quantiles = np.array([[1.0, 0.0], [2.0, 4.0], [3.0, 9.0]])  # P10, P50, P90 of production

    assert record.value.tolist() == [5.0, 7.0]
    assert published_w(quantiles, PV).tolist() == [[-3.0, -9.0], [-2.0, -4.0], [-1.0, 0.0]]


def test_a_loads_quantiles_are_published_as_they_are() -> None:
    quantiles = np.array([[1.0], [2.0], [3.0]])

    assert published_w(quantiles, STEEL).tolist() == [[1.0], [2.0], [3.0]]


def test_a_record_begins_with_the_first_known_quarter_and_keeps_later_gaps() -> None:
    power = np.array([np.nan, np.nan, 4.0, np.nan, 6.0])

    record = record_of(power, FIRST, STEEL, task_of(STEEL, PARK))

    assert np.isnan(record.value).tolist() == [False, True, False]
    assert record.days.minute[0] == (FIRST + 2) * 15
    assert len(record.days) == 3 + HORIZONS


def test_weather_is_cut_at_the_first_known_quarter_like_everything_else() -> None:
    power = np.array([np.nan, np.nan, 4.0, 5.0])
    quarter = np.arange(4.0 + HORIZONS)

    record = record_of(power, FIRST, STEEL, task_of(STEEL, PARK), quarter[:, None])

    assert record.foreseen[:, 0].tolist() == quarter[2:].tolist()
    assert len(record.foreseen) == len(record.days) == 2 + HORIZONS


def test_weather_of_other_quarters_is_refused() -> None:
    with pytest.raises(ValueError, match="weather of 4 quarters beside 196"):
        record_of(np.ones(4), FIRST, STEEL, task_of(STEEL, PARK), np.ones((4, 1)))


def test_without_weather_a_record_has_no_columns_of_it() -> None:
    task, none = task_of(STEEL, PARK), np.empty((4 + HORIZONS, 0))

    bare = record_of(np.ones(4), FIRST, STEEL, task)
    asked_for_none = record_of(np.ones(4), FIRST, STEEL, task, none)

    assert bare.foreseen.shape == asked_for_none.foreseen.shape == (4 + HORIZONS, 0)


def test_a_series_without_any_reading_is_a_record_of_no_rows_that_still_knows_its_calendar() -> (
    None
):
    record = record_of(np.full(4, np.nan), FIRST, STEEL, task_of(STEEL, PARK))

    assert len(record) == 0
    assert record.days.minute[0] == (FIRST + 4) * 15


def test_holidays_are_those_of_the_parks_country() -> None:
    chinese = replace(PARK, holidays="CN")
    first = quarter_number(MORNING.replace(month=10, day=2))  # the National Day week

    record = record_of(np.ones(96), first, STEEL, task_of(STEEL, chinese))

    assert (record.days[:96].kind == HOLIDAY).all()


def test_a_country_that_nobody_knows_is_told() -> None:
    task = task_of(STEEL, replace(PARK, holidays="XX"))

    with pytest.raises(UnknownCountry, match="'XX'"):
        record_of(np.ones(4), FIRST, STEEL, task)
