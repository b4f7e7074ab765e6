"""Columns say which weather a kept model needs, and refuse what this code makes no more."""

from dataclasses import replace

import numpy as np
import pytest

from services.forecasting.domain.outlook.forecaster import learn
from services.forecasting.domain.outlook.record import Record
from services.forecasting.domain.outlook.state import State
from services.forecasting.registry.bodies import body_of, columns_of, kept_of
from services.forecasting.registry.codec import UnreadableBody
from services.forecasting.registry.columns import weather_in
from tests.support.outlooks import LITTLE, a_record, an_hourly_task, shift_work

TASK = an_hourly_task()
BARE = a_record(shift_work(20), TASK)
WEATHER = np.random.default_rng(3).normal(10.0, 4.0, (len(BARE.days), 2))
WITH_WEATHER = replace(BARE, foreseen=WEATHER)
BOTH = ("wind_speed_m_s", "temperature_c")


def a_state(record: Record = BARE) -> State:
    return learn(record, TASK, LITTLE, None)


def test_columns_of_weather_have_the_names_of_their_quantities() -> None:
    names = columns_of(WITH_WEATHER, TASK, BOTH)

    assert {"wind_speed_m_s", "temperature_c", "temperature_c_rise", "fx", "last"} <= set(names)
    assert not {"f0", "f1", "f1_rise"} & set(names)
    assert len(names) == len(columns_of(WITH_WEATHER, TASK))


def test_a_kept_model_tells_which_weather_it_was_taught_with_in_its_order() -> None:
    kept = kept_of(body_of(a_state(WITH_WEATHER), columns_of(WITH_WEATHER, TASK, BOTH)))

    assert kept.weather == BOTH


def test_plain_models_look_at_no_weather_though_the_series_had_some() -> None:
    young = WITH_WEATHER.until(2 * 24, TASK.reach)

    kept = kept_of(body_of(a_state(young), columns_of(young, TASK, BOTH)))

    assert kept.weather == ()


def test_a_model_without_weather_needs_none_and_its_columns_are_named_as_ever() -> None:
    names = columns_of(BARE, TASK)

    assert weather_in(names) == ()
    assert kept_of(body_of(a_state(), names)).weather == ()
    assert columns_of(BARE, TASK, ()) == names


def test_a_column_that_this_code_does_not_make_is_refused() -> None:
    names = tuple(
        name for name in columns_of(WITH_WEATHER, TASK, BOTH) if name != "temperature_c_rise"
    )

    with pytest.raises(UnreadableBody, match="columns that are gone"):
        kept_of(body_of(a_state(), names))
