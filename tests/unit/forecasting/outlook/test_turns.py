"""A shutdown and its end are recognised within hours by models that never saw one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.forecasting.domain.outlook.effort import PLAIN, Effort
from services.forecasting.domain.outlook.rolling import rolled
from services.forecasting.domain.outlook.two_outcomes import of_both
from services.forecasting.domain.series import Floats
from tests.support.outlooks import LITTLE, a_record, an_hourly_task, shift_work

TASK = an_hourly_task()
WEDNESDAY = 58 * 24 + 6  # six in the morning, when work begins
EFFORTS = pytest.mark.parametrize("effort", [LITTLE, PLAIN], ids=["trained", "plain"])
RNG = np.random.default_rng(3)


def said_at(value: Floats, origin: int, effort: Effort, learnt: int = WEDNESDAY - 24) -> Floats:
    """Return the quantiles at an origin by models that learnt a day before that Wednesday."""
    *_, (_, last) = rolled(a_record(value, TASK), TASK, [learnt, origin], effort)
    return last.quantiles


def closed_from_wednesday(days: int) -> Floats:
    value = shift_work(90)
    value[WEDNESDAY : WEDNESDAY + days * 24] = 2.0 + RNG.uniform(0.0, 0.4, days * 24)
    return value


@EFFORTS
@pytest.mark.parametrize("hours", [6, 8, 24, 30])
def test_the_next_hours_of_a_shutdown_are_no_worse_than_by_its_last_value(
    hours: int, effort: Effort
) -> None:
    said = said_at(closed_from_wednesday(5), WEDNESDAY + hours, effort)

    assert said[1, :4].max() < 6.0  # a working hour is 100, closed ones are 2


@EFFORTS
def test_a_shutdown_of_a_day_is_believed_for_the_day_ahead(effort: Effort) -> None:
    said = said_at(closed_from_wednesday(5), WEDNESDAY + 24, effort)

    assert said[1].mean() < 6.0


@EFFORTS
def test_after_some_hours_the_next_day_may_be_closed_or_worked(effort: Effort) -> None:
    said = said_at(closed_from_wednesday(5), WEDNESDAY + 8, effort)

    tomorrow_at_work = said[:, 17:22]  # from seven to noon
    assert tomorrow_at_work[0].max() < 10.0
    assert tomorrow_at_work[2].min() > 60.0  # work is 100


@EFFORTS
def test_work_after_two_weeks_closed_is_believed_within_hours(effort: Effort) -> None:
    value = closed_from_wednesday(14)

    said = said_at(value, WEDNESDAY + 14 * 24 + 6, effort)

    came = value[WEDNESDAY + 14 * 24 + 6 :][:24]
    assert np.abs(said[1] - came).mean() < 12.0
    assert np.abs(said[1] - 2.0).mean() > 30.0


@EFFORTS
@pytest.mark.parametrize("ago", [1, 2, 4])
def test_an_hour_s_dip_is_no_shutdown(ago: int, effort: Effort) -> None:
    value, noon = shift_work(90), WEDNESDAY + 6
    value[noon - ago] = 2.0

    said = said_at(value, noon, effort)

    assert said[1, 1:5].min() > 75.0


def test_nothing_at_all_from_a_load_that_never_rests_is_a_meter_s_fault_for_a_day() -> None:
    value = 400.0 + shift_work(90)
    value[WEDNESDAY:] = 0.0
    little = value.copy()
    little[WEDNESDAY:] = 20.0

    at_six = said_at(value, WEDNESDAY + 6, LITTLE)[1, 1:4], said_at(little, WEDNESDAY + 6, LITTLE)
    at_thirty = said_at(value, WEDNESDAY + 30, LITTLE)[1, :4]

    assert at_six[0].min() > 300.0  # as the models say
    assert at_six[1][1, 1:4].max() < 100.0
    assert at_thirty.max() < 10.0


def test_a_night_at_rest_is_no_shutdown() -> None:
    said = said_at(shift_work(90), WEDNESDAY, LITTLE)

    assert said[0, 1:11].min() > 70.0


def test_what_comes_later_moves_nothing() -> None:
    value = closed_from_wednesday(5)
    poisoned, origin = value.copy(), WEDNESDAY + 8
    poisoned[origin:] = 1e6

    one, other = (said_at(given, origin, LITTLE) for given in (value, poisoned))

    assert one.tobytes() == other.tobytes()


ONE, OTHER = np.array([[1.0], [2.0], [3.0]]), np.array([[80.0], [100.0], [110.0]])


def test_an_outcome_that_is_certain_is_what_is_said() -> None:
    assert of_both(ONE, OTHER, np.ones(1)) == pytest.approx(ONE, abs=1e-3)
    assert of_both(ONE, OTHER, np.zeros(1)) == pytest.approx(OTHER, abs=1e-3)


def test_of_two_outcomes_the_likelier_has_the_middle_and_both_are_in_the_band() -> None:
    low, middle, high = of_both(ONE, OTHER, np.array([0.7]))[:, 0]

    assert low < 2.0 < middle < 4.0
    assert 85.0 < high < 110.0


@given(share=st.floats(0.0, 1.0), level=st.floats(-1e5, 1e5), width=st.floats(0.0, 1e4))
def test_quantiles_of_two_outcomes_are_in_order_and_no_wider_than_both(
    share: float, level: float, width: float
) -> None:
    story = level + width * np.array([[-1.0], [0.0], [1.0]])

    found = of_both(story, OTHER, np.array([share]))

    assert (np.diff(found, axis=0) >= 0.0).all()
    assert min(story[0, 0], 80.0) <= found.min()
    assert found.max() <= max(story[2, 0], 110.0)
