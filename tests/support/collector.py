"""An OTLP collector for tests: takes spans over gRPC as a real one would and remembers them."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as wire
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import (
    TraceServiceServicer,
    add_TraceServiceServicer_to_server,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass(frozen=True)
class Seen:
    """One span as it arrived; `parent` is empty where a trace begins."""

    service: str
    name: str
    trace: str
    id: str
    parent: str
    kind: str
    attributes: frozenset[str]
    linked_traces: frozenset[str]


@dataclass
class Collector(TraceServiceServicer):
    """Holder of every span that has arrived."""

    address: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _by_trace: dict[str, dict[str, Seen]] = field(default_factory=lambda: defaultdict(dict))

    def Export(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Take a batch of spans."""
        with self._lock:
            for resource in request.resource_spans:
                service = _service_of(resource)
                for scope in resource.scope_spans:
                    for span in scope.spans:
                        seen = _seen(service, span)
                        self._by_trace[seen.trace][seen.id] = seen
        return wire.ExportTraceServiceResponse()

    def traces(self) -> dict[str, dict[str, Seen]]:
        """Return what has arrived: by trace, by span."""
        with self._lock:
            return {trace: dict(spans) for trace, spans in self._by_trace.items()}

    def spans(self) -> list[Seen]:
        """Return every span."""
        return [span for spans in self.traces().values() for span in spans.values()]

    def ways(self) -> Iterator[list[Seen]]:
        """Yield for each span the way that led to it, from where its trace begins."""
        for spans in self.traces().values():
            for span in spans.values():
                yield way_to(span, spans)


def way_to(span: Seen, spans: dict[str, Seen]) -> list[Seen]:
    """Return the span with all its ancestors that are known, the oldest first."""
    way = [span]
    while (parent := spans.get(way[0].parent)) is not None:
        way.insert(0, parent)
    return way


def _service_of(resource: Any) -> str:
    for attribute in resource.resource.attributes:
        if attribute.key == "service.name":
            return str(attribute.value.string_value)
    return ""


def _seen(service: str, span: Span) -> Seen:
    return Seen(
        service=service,
        name=span.name,
        trace=span.trace_id.hex(),
        id=span.span_id.hex(),
        parent=span.parent_span_id.hex(),
        kind=Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
        attributes=frozenset(attribute.key for attribute in span.attributes),
        linked_traces=frozenset(link.trace_id.hex() for link in span.links),
    )


@contextmanager
def a_collector() -> Iterator[Collector]:
    """A collector on a free port; `address` is what OTEL_EXPORTER_OTLP_ENDPOINT takes."""
    collector = Collector()
    server = grpc.server(ThreadPoolExecutor(4))
    add_TraceServiceServicer_to_server(collector, server)  # type: ignore[no-untyped-call]
    collector.address = f"http://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        yield collector
    finally:
        server.stop(None)
