"""What forecasting says of the past, as the page reads it."""

from datetime import timedelta
from math import nan

from parkflow.forecast.v1 import model_pb2
from parkflow.forecast.v1 import score_pb2 as wire
from parkflow.forecast.v1.forecast_pb2 import ForecastIssue
from services.console.forecast_messages import (
    model_json,
    past_json,
    score_json,
    signal_score_json,
)
from services.console.messages import forecast_json
from tests.support.builders import MORNING


def test_what_is_not_known_of_the_past_is_null() -> None:
    answer = wire.GetPastForecastsResponse(truth_w=[5.0, nan])
    answer.start.FromDatetime(MORNING)
    answer.step.FromTimedelta(timedelta(minutes=15))
    said = answer.forecasts.add(p10_w=[nan, 1.0], p50_w=[nan, 2.0], p90_w=[nan, 3.0])
    said.lead.FromTimedelta(timedelta(minutes=90))

    shown = past_json(answer)

    assert (shown["start"], shown["step_s"]) == ("2019-06-03T22:00:00.000Z", 900)
    assert shown["truth_w"] == [5.0, None]
    assert shown["said"] == [
        {"lead_h": 1.5, "p10_w": [None, 1.0], "p50_w": [None, 2.0], "p90_w": [None, 3.0]}
    ]


def test_a_score_is_shown_beside_its_best_naive_method() -> None:
    naives = [
        wire.NaiveScore(method=wire.NAIVE_METHOD_LAST_VALUE, mean_error_w=9.0, our_error_w=4.0),
        wire.NaiveScore(method=wire.NAIVE_METHOD_WEEK_AGO, mean_error_w=8.0, our_error_w=6.0),
    ]
    score = wire.Score(
        horizon=wire.HORIZON_CLASS_24_H,
        naives=naives,
        best_naive=wire.NAIVE_METHOD_WEEK_AGO,
        skill_share=0.25,
    )

    shown = score_json(score)

    assert (shown["horizon"], shown["naive"], shown["skill"]) == ("24_h", "week_ago", 0.25)
    assert (shown["naive_error_w"], shown["our_error_w"]) == (8.0, 6.0)


def test_a_score_without_a_naive_method_compares_nothing() -> None:
    shown = score_json(wire.Score(horizon=wire.HORIZON_CLASS_15_MIN, mean_error_w=5.0))

    assert (shown["naive"], shown["naive_error_w"], shown["skill"]) == ("unspecified", None, None)


def test_a_model_says_whether_it_serves_and_why() -> None:
    model = model_pb2.ForecastModel(
        version=7,
        status=model_pb2.MODEL_STATUS_CHAMPION,
        cause=model_pb2.TRAINING_CAUSE_DRIFT,
        reason="4.1% less error than the champion",
    )

    shown = model_json(model)

    assert (shown["version"], shown["status"], shown["cause"]) == (7, "champion", "drift")
    assert shown["reason"] == "4.1% less error than the champion"


def test_a_price_goes_to_the_page_in_its_unit_with_the_end_of_publication() -> None:
    issue = ForecastIssue()
    price = issue.signals.add(
        signal_id="market.import_price", unit="GBP/kWh", p10=[-0.1], p50=[0.1], p90=[nan]
    )
    price.start.FromDatetime(MORNING)
    price.published_until.FromDatetime(MORNING + timedelta(hours=2))

    shown = forecast_json(issue)["signals"]["market.import_price"]

    assert (shown["unit"], shown["p10"], shown["p90"]) == ("GBP/kWh", [-0.1], [None])
    assert shown["published_until"] == "2019-06-04T00:00:00.000Z"


def test_the_score_of_a_price_is_told_in_its_unit() -> None:
    score = wire.SignalScore(unit="GBP/kWh", mean_error=0.02, horizon=wire.HORIZON_CLASS_48_H)

    shown = signal_score_json(score)

    assert (shown["unit"], shown["error"], shown["naive_error"]) == ("GBP/kWh", 0.02, None)
    assert (shown["horizon"], shown["skill"]) == ("48_h", None)
