"""Models and requests as they go over the wire."""

from datetime import timedelta

from parkflow.forecast.v1 import model_pb2 as wire
from services.forecasting.domain.training.due import Cause
from services.forecasting.domain.training.scores import HeldBack
from services.forecasting.registry.cards import Card, Status
from services.forecasting.registry.requests import Action, Request

_STATUS = {
    Status.CHAMPION: wire.MODEL_STATUS_CHAMPION,
    Status.RETIRED: wire.MODEL_STATUS_RETIRED,
    Status.REJECTED: wire.MODEL_STATUS_REJECTED,
}
_CAUSE = {
    Cause.FIRST: wire.TRAINING_CAUSE_FIRST,
    Cause.SCHEDULE: wire.TRAINING_CAUSE_SCHEDULE,
    Cause.GROWN: wire.TRAINING_CAUSE_GROWN,
    Cause.WEATHER: wire.TRAINING_CAUSE_WEATHER,
    Cause.DRIFT: wire.TRAINING_CAUSE_DRIFT,
    Cause.REQUEST: wire.TRAINING_CAUSE_REQUEST,
}
_ACTION = {
    Action.RETRAIN: wire.MODEL_ACTION_RETRAIN,
    Action.ROLL_BACK: wire.MODEL_ACTION_ROLL_BACK,
}


def model_message(card: Card, unit: str = "") -> wire.ForecastModel:
    """Return a model as ListModels shows it; `unit` is that of a signal, none of a power."""
    message = wire.ForecastModel(
        version=card.version,
        point_id=card.point_id,
        status=_STATUS[card.status],
        reason=card.reason,
        cause=_CAUSE[card.cause],
        quarter_count=card.rows,
        features=card.features,
        case_count=card.cases,
        tree_count=card.rounds,
        scores=() if unit else map(_score, card.scores),
        signal_scores=map(_signal_score, card.scores) if unit else (),
        unit=unit,
        can_serve=card.can_serve,
    )
    message.status_since.FromDatetime(card.status_since or card.created_at)
    message.created_at.FromDatetime(card.created_at)
    message.trained_from.FromDatetime(card.trained_from)
    message.trained_to.FromDatetime(card.trained_to)
    return message


def request_message(request: Request) -> wire.ModelRequest:
    """Return a request with what has come of it."""
    message = wire.ModelRequest(
        request_id=request.request_id,
        action=_ACTION[request.action],
        cause=_CAUSE[request.cause],
        user=request.user,
        reason=request.reason,
        points=[
            wire.ModelRequestPoint(point_id=one.point_id, version=one.version, outcome=one.outcome)
            for one in request.points
        ],
    )
    message.requested_at.FromDatetime(request.requested_at)
    return message


def _score(score: HeldBack) -> wire.HeldBackScore:
    message = wire.HeldBackScore(
        case_count=score.cases,
        error_w=score.error,
        before_error_w=score.before,
        naive_error_w=score.naive,
    )
    message.horizon.FromTimedelta(timedelta(hours=score.horizon_hours))
    return message


def _signal_score(score: HeldBack) -> wire.SignalHeldBackScore:
    message = wire.SignalHeldBackScore(
        case_count=score.cases,
        error=score.error,
        before_error=score.before,
        naive_error=score.naive,
    )
    message.horizon.FromTimedelta(timedelta(hours=score.horizon_hours))
    return message
