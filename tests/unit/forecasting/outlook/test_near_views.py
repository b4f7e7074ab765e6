"""An answer looks back from the last days' rows only, and is what it would be from all of them."""

from zoneinfo import ZoneInfo

import numpy as np
import pytest

from services.forecasting.domain.outlook import answering
from services.forecasting.domain.outlook.answering import answer
from services.forecasting.domain.outlook.forecaster import learn
from services.forecasting.domain.series import Floats
from tests.support.outlooks import (
    LITTLE,
    a_record,
    an_hourly_task,
    shift_work,
    sunny_hours,
)

SERIES = {"load": (shift_work(40), False), "sun": (sunny_hours(40), True)}


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
@pytest.mark.parametrize("kind", list(SERIES))
def test_an_answer_from_near_rows_is_the_answer_from_all(
    kind: str, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    value, sun = SERIES[kind]
    task = an_hourly_task(sun=sun, zone=ZoneInfo(zone))
    record = a_record(value, task)
    state = learn(record, task, LITTLE, None)
    near: Floats = answer(record, state).quantiles

    monkeypatch.setattr(answering, "NEAR_DAYS", 1_000)

    np.testing.assert_allclose(answer(record, state).quantiles, near, rtol=1e-9, atol=1e-9)
