"""Who serves where the weather is foreseen, where it is not, and who is named for it."""

from dataclasses import replace

import numpy as np
import pytest

from services.forecasting.domain.outlook.answering import answer
from services.forecasting.domain.outlook.forecaster import learn
from services.forecasting.domain.outlook.record import Record
from services.forecasting.domain.outlook.state import State
from services.forecasting.domain.series import Floats
from tests.support.outlooks import LITTLE, a_record, an_hourly_task, sunny_hours

DAYS = 60
TASK = an_hourly_task(sun=True, highest=1_000.0)
SEEING = {"ridge", "boosted", "boosted-share", "boosted-lately", "boosted-weather"}


def a_plants_past() -> Record:
    """Return a plant whose sky was foreseen exactly."""
    sky = sunny_hours(DAYS + 1)
    return a_record(sky[: DAYS * 24], TASK, foreseen=sky[:, None] / 3.0)


@pytest.fixture(scope="module")
def state() -> State:
    return learn(a_plants_past(), TASK, LITTLE, None)


def unforeseen(first_row: int, last_row: int) -> Record:
    record = a_plants_past()
    foreseen: Floats = record.foreseen.copy()
    foreseen[first_row:last_row] = np.nan
    return replace(record, foreseen=foreseen)


def test_where_the_sky_is_foreseen_those_who_see_it_serve_and_are_right(state: State) -> None:
    outlook = answer(a_plants_past(), state)

    came = sunny_hours(DAYS + 1)[DAYS * 24 :]
    assert sum(share for name, share in outlook.weight.items() if name in SEEING) > 0.5
    assert np.abs(outlook.quantiles[1] - came).mean() < 0.1 * came.mean()


def test_where_the_weather_is_away_the_blind_serve_and_are_named(state: State) -> None:
    outlook = answer(unforeseen(DAYS * 24, (DAYS + 1) * 24), state)

    assert not SEEING & outlook.weight.keys()
    assert sum(outlook.weight.values()) == pytest.approx(1.0)
    assert np.isfinite(outlook.quantiles).all()


def test_where_it_is_foreseen_for_half_of_the_time_both_are_named_by_their_half(
    state: State,
) -> None:
    outlook = answer(unforeseen(DAYS * 24 + 12, (DAYS + 1) * 24), state)

    blind = answer(unforeseen(DAYS * 24, (DAYS + 1) * 24), state).weight
    seeing = answer(a_plants_past(), state).weight
    assert sum(outlook.weight.values()) == pytest.approx(1.0)
    assert outlook.weight == pytest.approx(
        {name: (blind.get(name, 0.0) + seeing.get(name, 0.0)) / 2 for name in {*blind, *seeing}}
    )


def test_an_answer_asks_what_was_foreseen_of_the_last_days_only(state: State) -> None:
    whole = answer(a_plants_past(), state)

    lately = answer(unforeseen(0, (DAYS - 4) * 24), state)

    np.testing.assert_allclose(lately.quantiles, whole.quantiles, atol=1e-6)
