"""Logs, traces, metrics of one process: structured events, OTLP when asked for, `/metrics` always.

Only metrics of `services.runtime.metrics` can be recorded, only spans of `services.runtime.spans`
opened (docs/observability.md). OTLP follows the standard `OTEL_*` variables; without an endpoint,
spans are made (ids stand in the logs) but not exported.
"""

import logging
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import structlog
from opentelemetry import context as otel_context
from opentelemetry import metrics as otel_metrics
from opentelemetry import propagate, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.view import ExplicitBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link

from services.runtime.metrics import METRICS, Kind, Metric
from services.runtime.spans import STEPS, Step

SECONDS_BUCKETS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_instruments: dict[str, Any] = {}


def start_telemetry(service: str, log_level: str = "info") -> None:
    """Configure logging, tracing and metrics of this process; call once, first."""
    start_logging(service, log_level)
    resource = Resource.create({"service.name": f"parkflow-{service.replace('_', '-')}"})
    tracer_provider = TracerProvider(resource=resource)
    if _otlp_wanted("TRACES", usually="otlp"):
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

        tracer_provider.add_span_processor(
            BatchSpanProcessor(OTLPSpanExporter(), schedule_delay_millis=1000)
        )
    trace.set_tracer_provider(tracer_provider)
    otel_metrics.set_meter_provider(_meter_provider(resource))


def _meter_provider(resource: Resource) -> MeterProvider:
    from opentelemetry.exporter.prometheus import PrometheusMetricReader

    readers: list[Any] = [PrometheusMetricReader()]
    if _otlp_wanted("METRICS", usually="prometheus"):
        from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
        from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

        readers.append(PeriodicExportingMetricReader(OTLPMetricExporter()))
    views = [
        View(
            instrument_name=metric.name,
            aggregation=ExplicitBucketHistogramAggregation(SECONDS_BUCKETS),
        )
        for metric in METRICS.values()
        if metric.kind is Kind.HISTOGRAM
    ]
    return MeterProvider(resource=resource, metric_readers=readers, views=views)


def _otlp_wanted(signal: str, *, usually: str) -> bool:
    """Whether the standard variables ask for this signal over OTLP and say where to."""
    if os.environ.get(f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"):
        usually = "otlp"
    exporters = os.environ.get(f"OTEL_{signal}_EXPORTER") or usually
    variables = ("OTEL_EXPORTER_OTLP_ENDPOINT", f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT")
    return "otlp" in exporters.split(",") and any(os.environ.get(name) for name in variables)


def stop_telemetry() -> None:
    """Send what is still buffered."""
    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        provider.shutdown()


def start_logging(service: str, level: str) -> None:
    """Write one JSON object a line to standard error; library logs go the same way."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            _service_is(service),
            _add_trace_ids,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [_ToStructlog()]
    root.setLevel(logging.WARNING)


class _ToStructlog(logging.Handler):
    """Passes a library's log record on as an event."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record as one event."""
        event = structlog.get_logger(record.name)
        event.log(record.levelno, "library", logger=record.name, text=record.getMessage())


def _service_is(service: str) -> Any:
    def add(_: Any, __: str, event: Any) -> Any:
        event["service"] = service
        return event

    return add


def _add_trace_ids(_: Any, __: str, event: Any) -> Any:
    span = trace.get_current_span().get_span_context()
    if span.is_valid:
        event["trace_id"] = f"{span.trace_id:032x}"
        event["span_id"] = f"{span.span_id:016x}"
    return event


def log_for(name: str) -> Any:
    """Return the logger of a module: `log.info("event_name", field=value)`."""
    return structlog.get_logger(name)


def record(metric: Metric, amount: float = 1, **labels: str) -> None:
    """Add to a counter, set a gauge or observe a value; labels must be those of the list."""
    if set(labels) != set(metric.labels):
        raise ValueError(f"{metric.name} takes labels {metric.labels}, got {sorted(labels)}")
    instrument = _instrument(metric)
    match metric.kind:
        case Kind.COUNTER:
            instrument.add(amount, labels)
        case Kind.GAUGE:
            instrument.set(amount, labels)
        case Kind.HISTOGRAM:
            instrument.record(amount, labels)


def _instrument(metric: Metric) -> Any:
    if metric.name not in _instruments:
        if METRICS.get(metric.name) is not metric:
            raise ValueError(f"metric {metric.name} is not on the closed list")
        meter = otel_metrics.get_meter("parkflow")
        make = {
            Kind.COUNTER: meter.create_counter,
            Kind.GAUGE: meter.create_gauge,
            Kind.HISTOGRAM: meter.create_histogram,
        }[metric.kind]
        _instruments[metric.name] = make(metric.name, unit=metric.unit, description=metric.meaning)
    return _instruments[metric.name]


@contextmanager
def span(
    step: Step,
    *,
    parent: otel_context.Context | None = None,
    links: Sequence[Link] = (),
    **attributes: Any,
) -> Iterator[trace.Span]:
    """Run a block inside a span; its name and attributes must be those of the list."""
    with trace.get_tracer("parkflow").start_as_current_span(
        _name_of(step, attributes),
        context=parent,
        kind=step.kind,
        links=links,
        attributes=attributes,
    ) as current:
        yield current


@contextmanager
def span_apart(
    step: Step, *, parent: otel_context.Context | None = None, **attributes: Any
) -> Iterator[otel_context.Context]:
    """Open a span beside the current one, for one of many messages; yield its context."""
    opened = trace.get_tracer("parkflow").start_span(
        _name_of(step, attributes), context=parent, kind=step.kind, attributes=attributes
    )
    try:
        yield trace.set_span_in_context(opened, parent)
    finally:
        opened.end()


def batch_span(
    step: Step, contexts: Sequence[otel_context.Context], **attributes: Any
) -> AbstractContextManager[trace.Span]:
    """Run a block for many messages: in the trace of the first, linked to the others."""
    links = [Link(trace.get_current_span(context).get_span_context()) for context in contexts[1:]]
    return span(step, parent=contexts[0] if contexts else None, links=links, **attributes)


def _name_of(step: Step, attributes: Mapping[str, Any]) -> str:
    if STEPS.get(step.name) is not step:
        raise ValueError(f"span {step.name!r} is not on the closed list")
    if unknown := set(attributes) - set(step.attributes):
        raise ValueError(f"span {step.name!r} takes {step.attributes}, got {sorted(unknown)}")
    return step.name.format(**attributes)


@contextmanager
def inside(context: otel_context.Context) -> Iterator[None]:
    """Run a block as part of the trace of `context`: what it logs and publishes belongs to it."""
    token = otel_context.attach(context)
    try:
        yield
    finally:
        otel_context.detach(token)


def context_from(carrier: Mapping[str, str]) -> otel_context.Context:
    """Return the trace context that a `traceparent` header carries."""
    return propagate.extract(carrier)


def carrier_of_current() -> dict[str, str]:
    """Return the headers (`traceparent`) of the current span; empty outside one."""
    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    return carrier
