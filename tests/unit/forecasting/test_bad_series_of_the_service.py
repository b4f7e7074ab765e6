"""Whatever a point's past is like, an issue has a forecast with bands and a caveat to match.

The list is the issue's; the way is that of the issuer for a point without a champion: quarter
means, cleaned, plain models, an outlook, what is published. Duplicate stamps stand in
`test_samples.py`, unknown points and weather that is away in the integration tests of the service.
"""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from services.energy.site import Park
from services.forecasting.domain.outlook.answering import answer
from services.forecasting.domain.outlook.cleaning import cleaned
from services.forecasting.domain.outlook.effort import PLAIN
from services.forecasting.domain.outlook.forecaster import learn
from services.forecasting.domain.point_forecast import PointForecast, point_forecast
from services.forecasting.domain.series import Floats, Series, quarter_number
from services.forecasting.domain.series_record import record_of, task_of
from services.forecasting.domain.targets import targets_of
from tests.support.builders import a_park
from tests.unit.forecasting.builders import FIRST, a_shift_week

(STEEL,) = (target for target in targets_of(a_park()) if target.point_id.startswith("steel."))


def issued(power_w: Floats, first: int = FIRST, park: Park | None = None) -> PointForecast:
    """Return what is published of a load with this past."""
    park = park or a_park()
    series, task = Series(first, np.asarray(power_w, np.float64)), task_of(STEEL, park)
    record = cleaned(record_of(series.power_w, first, STEEL, task), task)
    outlook = answer(record, learn(record, task, PLAIN, None))
    made = point_forecast(outlook, series, STEEL, model="plain models", weakness="")
    assert len(made.p50_w) == 192
    assert np.isfinite([made.p10_w, made.p50_w, made.p90_w]).all()
    assert (made.p10_w <= made.p50_w).all()
    assert (made.p50_w <= made.p90_w).all()
    assert made.p10_w.min() >= 0.0
    return made


def width(made: PointForecast) -> float:
    return float((made.p90_w - made.p10_w).mean())


def a_load(weeks: int = 5) -> Floats:
    noise = np.random.default_rng(2).normal(0.0, 2.0, weeks * 7 * 96)
    power_w: Floats = a_shift_week(weeks) + noise
    return power_w


def test_a_series_shorter_than_a_day_gets_wider_bands_and_says_so() -> None:
    young, old = issued(a_load()[:40]), issued(a_load())

    assert width(young) > 1.3 * width(old)
    assert young.caveat == "only 0.4 days of history"
    assert old.caveat == ""


def test_a_constant_series_stays_what_it_is() -> None:
    made = issued(np.full(20 * 96, 42.0))

    np.testing.assert_allclose([made.p10_w, made.p90_w], 42.0, atol=0.5)


def test_a_series_that_stopped_days_ago_says_since_when() -> None:
    stopped = a_load()
    stopped[-3 * 96 :] = np.nan

    made = issued(stopped)

    assert made.caveat == "no readings since 2019-07-05T00:00Z"
    assert made.p50_w.mean() > 20.0  # missing is not zero


@pytest.mark.parametrize(
    "start",
    [
        pytest.param(datetime(2019, 3, 4, tzinfo=UTC), id="a day of 23 hours"),
        pytest.param(datetime(2019, 9, 30, tzinfo=UTC), id="a day of 25 hours"),
    ],
)
@pytest.mark.parametrize("days", [26, 27, 28])
def test_days_on_which_the_clock_changes_pass_like_others(start: datetime, days: int) -> None:
    berlin = replace(a_park(), time_zone=ZoneInfo("Europe/Berlin"))
    power_w = a_load()

    made = issued(power_w[: days * 96], quarter_number(start), berlin)

    assert np.abs(made.p50_w - power_w[days * 96 : days * 96 + 192]).mean() < 15.0


def test_spikes_move_nothing() -> None:
    spiky = a_load()
    spiky[::307] = 1e6

    calm, moved = issued(a_load()), issued(spiky)

    assert np.abs(moved.p50_w - calm.p50_w).mean() < 5.0
    assert moved.p90_w.max() < 250.0


def test_hours_in_the_wrong_unit_move_nothing() -> None:
    slipped = a_load()
    slipped[-5 * 96 : -5 * 96 + 24] *= 1e3
    slipped[-6:] /= 1e3  # and now, as the issue is made

    calm, moved = issued(a_load()), issued(slipped)

    assert np.abs(moved.p50_w - calm.p50_w).mean() < 12.0
    assert moved.p90_w.max() < 250.0
