"""What the watchman found, as a message."""

from parkflow.forecast.v1 import health_pb2 as wire
from services.forecasting.score_messages import NAME_OF
from services.forecasting.watchman import Findings, Found


def health_message(findings: Findings) -> wire.GetForecastHealthResponse:
    """Return the answer about the soundness of forecasts."""
    answer = wire.GetForecastHealthResponse()
    if findings.until is not None:
        answer.judged_until.FromDatetime(findings.until)
    answer.troubles.extend(_trouble(found) for found in findings.troubles)
    return answer


def _trouble(found: Found) -> wire.ForecastTrouble:
    message = wire.ForecastTrouble(
        point_id=found.point_id,
        horizon=NAME_OF[found.horizon],
        kind=wire.TroubleKind.Name(int(found.trouble)),
        mean_error_w=found.mean_error_w,
        compared_error_w=found.compared_w,
        coverage_share=found.coverage,
    )
    message.since_time.FromDatetime(found.since)
    return message
