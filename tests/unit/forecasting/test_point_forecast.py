"""What an issue says of one series: powers in the published sign, who served, how weak it is."""

import numpy as np

from services.forecasting.domain.outlook.answering import Outlook
from services.forecasting.domain.point_forecast import PointForecast, point_forecast
from services.forecasting.domain.series import Floats
from services.forecasting.domain.targets import Shape
from tests.unit.forecasting.builders import a_series, a_target


def made(
    quantiles: Floats, past_w: Floats, shape: Shape = Shape.DEMAND, weakness: str = ""
) -> PointForecast:
    weight = {"ridge": 0.304, "last": 0.02, "boosted": 0.676}
    outlook = Outlook(quantiles, weight)
    series, target = a_series(past_w), a_target(shape)
    return point_forecast(outlook, series, target, model="model 7", weakness=weakness)


ONE_STEP = np.array([[80.04], [100.0], [150.0]])
TEN_DAYS = np.full(960, 90.0)


def test_the_members_that_count_are_named_with_their_weights_and_the_model() -> None:
    assert made(ONE_STEP, TEN_DAYS).method == "boosted 68% + ridge 30%; model 7"


def test_production_is_published_negative_and_its_p10_is_the_strongest() -> None:
    forecast = made(ONE_STEP, -TEN_DAYS, Shape.SUN)

    assert (forecast.p10_w[0], forecast.p50_w[0], forecast.p90_w[0]) == (-150.0, -100.0, -80.0)


def test_ten_days_of_fresh_history_need_no_caveat() -> None:
    forecast = made(ONE_STEP, TEN_DAYS)

    assert (forecast.history_days, forecast.caveat) == (10.0, "")


def test_few_days_silence_and_an_unreadable_model_are_said() -> None:
    past_w = np.concatenate((np.full(96, 90.0), np.full(8, np.nan)))

    forecast = made(ONE_STEP, past_w, weakness="model 7 cannot be read: plain models serve")

    assert forecast.caveat == (
        "only 1.0 days of history; no readings since 2019-06-04T00:00Z;"
        " model 7 cannot be read: plain models serve"
    )
