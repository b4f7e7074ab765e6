"""What forecasting says of the past, as the page reads it."""

from datetime import timedelta
from math import nan

from parkflow.forecast.v1 import model_pb2
from parkflow.forecast.v1 import score_pb2 as wire
from services.console.forecast_messages import model_json, past_json, score_json
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
