"""From forecasting's answers about the past to the JSON of the page of forecasts."""

from datetime import UTC

from parkflow.forecast.v1 import model_pb2
from parkflow.forecast.v1 import score_pb2 as wire
from services.console.messages import Json, finite, iso


def past_json(answer: wire.GetPastForecastsResponse) -> Json:
    """Return what was said at each distance beside what came; unknown is null."""
    return {
        "start": iso(answer.start.ToDatetime(UTC)),
        "step_s": answer.step.seconds,
        "truth_w": finite(answer.truth_w),
        "said": [
            {
                "lead_h": said.lead.ToSeconds() / 3600,
                "p10_w": finite(said.p10_w),
                "p50_w": finite(said.p50_w),
                "p90_w": finite(said.p90_w),
            }
            for said in answer.forecasts
        ],
    }


def score_json(score: wire.Score) -> Json:
    """Return how good the forecasts of one class of horizons were."""
    best = next((one for one in score.naives if one.method == score.best_naive), None)
    return {
        "horizon": _word(wire.HorizonClass.Name(score.horizon), "HORIZON_CLASS_"),
        "cases": score.case_count,
        "error_w": score.mean_error_w,
        "bias_w": score.bias_w,
        "coverage": score.coverage_share,
        "size_w": score.mean_size_w,
        "naive": _word(wire.NaiveMethod.Name(score.best_naive), "NAIVE_METHOD_"),
        "naive_error_w": None if best is None else best.mean_error_w,
        "our_error_w": None if best is None else best.our_error_w,
        "skill": score.skill_share if score.HasField("skill_share") else None,
    }


def signal_score_json(score: wire.SignalScore) -> Json:
    """Return how good the forecasts of a signal were in one class, in the signal's unit."""
    best = next((one for one in score.naives if one.method == score.best_naive), None)
    return {
        "horizon": _word(wire.HorizonClass.Name(score.horizon), "HORIZON_CLASS_"),
        "cases": score.case_count,
        "unit": score.unit,
        "error": score.mean_error,
        "bias": score.bias,
        "coverage": score.coverage_share,
        "size": score.mean_size,
        "naive": _word(wire.NaiveMethod.Name(score.best_naive), "NAIVE_METHOD_"),
        "naive_error": None if best is None else best.mean_error,
        "our_error": None if best is None else best.our_error,
        "skill": score.skill_share if score.HasField("skill_share") else None,
    }


def model_json(model: model_pb2.ForecastModel) -> Json:
    """Return one version of a point's model and how it was judged."""
    return {
        "version": model.version,
        "status": _word(model_pb2.ModelStatus.Name(model.status), "MODEL_STATUS_"),
        "since": iso(model.status_since.ToDatetime(UTC)),
        "cause": _word(model_pb2.TrainingCause.Name(model.cause), "TRAINING_CAUSE_"),
        "reason": model.reason,
        "trained_from": iso(model.trained_from.ToDatetime(UTC)),
        "trained_to": iso(model.trained_to.ToDatetime(UTC)),
    }


def _word(name: str, prefix: str) -> str:
    return name.removeprefix(prefix).lower()
