"""Forecasts in trouble are told once a point and kind, until they are well again."""

from dataclasses import replace

from parkflow.forecast.v1 import health_pb2, score_pb2
from services.alerting.domain.events import TroubleKind
from services.alerting.domain.incidents import IncidentKind, IncidentState
from services.alerting.messages import forecasts_from
from tests.support.alerting import Watch, judged, trouble
from tests.support.builders import MORNING

STEEL = "steel.active_power_w"
LOST = trouble(TroubleKind.LOST_SKILL)
DRIFT = trouble(TroubleKind.ERROR_DRIFT)
BANDS = trouble(TroubleKind.COVERAGE_DRIFT, horizon_min=15)


def test_lost_skill_is_told_with_both_errors_and_what_to_do() -> None:
    (incident,) = Watch().hear(judged(1, LOST))

    assert (incident.kind, incident.subject) == (IncidentKind.FORECAST_SKILL, STEEL)
    assert "24 h ahead the error of 7 days is 120 kW" in incident.text.en
    assert "best naive method 80.0 kW" in incident.text.en
    assert "提前 24 小时" in incident.text.zh
    assert incident.kind.runbook == "docs/runbooks/forecast_skill.md"


def test_drift_of_error_and_of_bands_is_one_incident_that_names_both() -> None:
    (incident,) = Watch().hear(judged(1, DRIFT, BANDS))

    assert incident.kind is IncidentKind.FORECAST_DRIFT
    assert "15 min ahead P10 to P90 held 50% of 7 days" in incident.text.en
    assert "in the weeks before it was 80.0 kW" in incident.text.en


def test_what_nothing_is_known_of_to_compare_with_is_told_as_unknown() -> None:
    lost, drift = (replace(one, compared_w=None) for one in (LOST, DRIFT))

    skill, drifted = Watch().hear(judged(1, lost, drift))

    for text in (skill.text, drifted.text):
        assert "0.0 kW" not in text.en + text.zh
    assert "best naive method unknown (too few readings)" in skill.text.en
    assert "最佳简单方法为 未知（读数过少）" in skill.text.zh
    assert "in the weeks before it was unknown" in drifted.text.en


def test_the_same_verdict_again_and_after_a_restart_is_the_same_incident() -> None:
    watch = Watch()
    (first,) = watch.hear(judged(1, LOST))

    assert watch.hear(judged(1, LOST), judged(2, LOST)) == []
    watch.restart()
    assert watch.hear(judged(2, LOST)) == []
    assert watch.open == [(first.kind, STEEL)]


def test_a_point_that_is_no_longer_listed_is_well_again() -> None:
    watch = Watch()
    watch.hear(judged(1, LOST, DRIFT))

    (resolved,) = watch.hear(judged(9, DRIFT))

    assert resolved.state is IncidentState.RESOLVED
    assert resolved.kind is IncidentKind.FORECAST_SKILL
    assert watch.open == [(IncidentKind.FORECAST_DRIFT, STEEL)]


def test_a_forecasting_that_has_judged_nothing_yet_resolves_nothing() -> None:
    assert forecasts_from(health_pb2.GetForecastHealthResponse()) is None


def test_troubles_of_a_newer_forecasting_are_passed_over() -> None:
    answer = health_pb2.GetForecastHealthResponse()
    answer.judged_until.FromDatetime(MORNING)
    known = answer.troubles.add(point_id=STEEL, mean_error_w=5.0, coverage_share=0.5)
    known.kind = health_pb2.TroubleKind.TROUBLE_KIND_COVERAGE_DRIFT
    known.horizon = score_pb2.HorizonClass.HORIZON_CLASS_4_H
    answer.troubles.add(point_id=STEEL, kind=99)  # type: ignore[arg-type]

    read = forecasts_from(answer)

    assert read is not None
    (found,) = read.troubles
    assert (found.kind, found.horizon_min) == (TroubleKind.COVERAGE_DRIFT, 240)
    assert found.compared_w is None
