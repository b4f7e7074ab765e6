"""What a state remembers of models that are gone, and what it does not."""

import numpy as np
import pytest

from services.forecasting.domain.outlook.answering import answer
from services.forecasting.domain.outlook.forecaster import learn
from tests.support.outlooks import LITTLE, a_record, an_hourly_task, shift_work, sunny_hours

TASK = an_hourly_task()
DAY = 24


@pytest.mark.parametrize("young_days", [4, 12])
def test_an_early_issue_does_not_spoil_the_models_of_months_later(young_days: int) -> None:
    """Then plain models spoke, or some of long ago: the new ones are judged by their own words."""
    record = a_record(shift_work(90), TASK)
    early = learn(record.until(young_days * DAY, TASK.reach), TASK, LITTLE, None)

    late = learn(record, TASK, LITTLE, early)

    afresh = learn(record, TASK, LITTLE, None)
    assert answer(record, late).quantiles.tobytes() == answer(record, afresh).quantiles.tobytes()


def test_the_next_week_s_models_go_on_from_what_the_last_ones_said() -> None:
    record = a_record(shift_work(90), TASK)
    before = learn(record.until(83 * DAY, TASK.reach), TASK, LITTLE, None)

    after = learn(record, TASK, LITTLE, before)

    assert np.isin(before.ledger.minute, after.ledger.minute).mean() > 0.8


@pytest.mark.parametrize("fault", ["stuck", "silent"])
def test_the_deep_of_the_night_is_dark_whatever_an_inverter_said_of_it(fault: str) -> None:
    task = an_hourly_task(sun=True, lowest=0.0)
    by_day = sunny_hours(60).reshape(-1, DAY)
    deep = np.isin(np.arange(DAY), (22, 23, 0, 1, 2))
    assert not by_day[:, deep].any()
    if fault == "stuck":
        by_day[-3:, deep] = 0.6 * by_day.max()
    else:
        by_day[:, deep] = np.nan
    record = a_record(by_day.ravel(), task)

    said = answer(record, learn(record, task, LITTLE, None))

    assert said.quantiles.any()
    assert not said.quantiles[:, deep].any()
