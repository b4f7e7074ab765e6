"""Trouble asks for a training once a point and week."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from services.forecasting.domain.scoring import HorizonClass
from services.forecasting.domain.soundness import Trouble
from services.forecasting.domain.training.due import Cause
from services.forecasting.drift_requests import requests_of
from services.forecasting.watchman import Findings, Found

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2019, 6, 2, 16, tzinfo=UTC)  # midnight in the park


def found(point_id: str, trouble: Trouble) -> Found:
    return Found(point_id, HorizonClass.DAY, trouble, MONDAY, 2.0, 1.0, 0.5)


def test_a_point_with_two_troubles_is_asked_for_once_with_both_reasons() -> None:
    troubles = (found("a.x", Trouble.LOST_SKILL), found("a.x", Trouble.ERROR_DRIFT))

    [request] = requests_of(Findings(MONDAY, troubles), MONDAY, SHANGHAI)

    assert request.cause is Cause.DRIFT
    assert [asked.point_id for asked in request.points] == ["a.x"]
    assert request.reason == "lost_skill at day, error_drift at day"


def test_trouble_that_lasts_is_asked_for_by_the_week_of_the_park() -> None:
    findings = Findings(MONDAY, (found("a.x", Trouble.LOST_SKILL),))
    days = [MONDAY + timedelta(days=day) for day in range(-1, 8)]

    ids = [requests_of(findings, day, SHANGHAI)[0].request_id for day in days]

    assert ids == ["drift/a.x/2019-W22", *["drift/a.x/2019-W23"] * 7, "drift/a.x/2019-W24"]


def test_without_trouble_nothing_is_asked() -> None:
    assert requests_of(Findings(MONDAY), MONDAY, SHANGHAI) == []
