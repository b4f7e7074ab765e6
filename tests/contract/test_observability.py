"""The document shows the closed lists as they are, and the lists are well formed."""

from __future__ import annotations

import re

import pytest

from services.runtime import spans
from services.runtime.metrics import METRICS, PROGRESS_AGE, Kind, Metric
from services.runtime.observability import metrics_table, spans_table
from services.runtime.spans import STEPS, Step
from services.runtime.telemetry import record, span
from tests.support.builders import REPOSITORY

DOCUMENT = REPOSITORY / "docs" / "observability.md"


def test_the_document_shows_every_metric_and_every_span() -> None:
    document = DOCUMENT.read_text(encoding="utf-8")

    assert metrics_table() in document
    assert spans_table() in document


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS.keys())
def test_a_metric_is_ours_has_a_unit_and_a_sentence(metric: Metric) -> None:
    assert re.fullmatch(r"parkflow(\.[a-z]+)+", metric.name)
    assert metric.unit in ("s", "By", "W") or re.fullmatch(r"\{[a-z]+\}", metric.unit)
    assert metric.meaning[0].isupper() or metric.meaning[0].isdigit()
    assert metric.kind is not Kind.HISTOGRAM or metric.unit == "s"


def test_a_metric_off_the_list_cannot_be_recorded() -> None:
    with pytest.raises(ValueError, match="not on the closed list"):
        record(Metric("parkflow.invented", Kind.COUNTER, "{thing}", "Invented"))


def test_a_metric_takes_exactly_its_labels() -> None:
    with pytest.raises(ValueError, match=r"takes labels \('stage',\), got \['colour'\]"):
        record(PROGRESS_AGE, 1.0, colour="red")


def test_a_span_off_the_list_cannot_be_opened() -> None:
    invented = Step("invented", spans.PLAN.kind, "Invented")

    with pytest.raises(ValueError, match="'invented' is not on the closed list"):
        span(invented).__enter__()


def test_a_span_takes_no_other_attributes_than_its_own() -> None:
    with pytest.raises(ValueError, match=r"takes \('reason',\), got \['colour'\]"):
        span(spans.PLAN, colour="red").__enter__()


def test_a_name_that_holds_an_attribute_is_filled_in() -> None:
    with span(spans.CONSUME, topic="a.b.v1", position="a.b.v1/0/7") as opened:
        assert getattr(opened, "name", "consume a.b.v1") == "consume a.b.v1"


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS.keys())
def test_what_a_span_name_holds_is_among_its_attributes(step: Step) -> None:
    assert set(re.findall(r"\{(\w+)\}", step.name)) <= set(step.attributes)
