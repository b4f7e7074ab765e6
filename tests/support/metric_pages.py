"""The metric pages of all services, held against the closed list."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from services.demo.addresses import SERVICES, Ports
from services.demo.stack.ports import LOOPBACK
from services.runtime import metrics
from services.runtime.metrics import METRICS, Kind
from tests.support.patience import CALL_S

STANDARD = ("python_", "process_", "otel_scope_info", "target_info")
MUST_NOT_MOVE = {
    metric.name
    for metric in (
        metrics.DEAD_LETTERS,
        metrics.ADAPTER_RECONNECTS,
        metrics.RECORDS_MISSING,
        metrics.RESTATEMENTS,
        metrics.SPOOL_DROPPED,
        metrics.SERIES_FAULTS,
    )
}
SOMETIMES = {
    metric.name
    for metric in (
        metrics.AWAY_TIME,  # a busy machine
        metrics.SPOOL_STORED,  # a broker that pauses
        metrics.READINGS_RESTATED,  # a neighbour came late
        metrics.READINGS_BEYOND,  # a backfill of long ago
        metrics.SUSPENSE_POSTINGS,  # a register reading that is rejected
        metrics.ROWS_REPEATED,  # what the simulator sends twice
        metrics.PARTITIONS_DROPPED,  # once a week, where anything is dropped at all
        metrics.INCIDENTS,  # a jump of the load over the limit
        metrics.INCIDENTS_OPEN,
        metrics.TRAININGS_DUE,  # nothing waits once the first models are learnt
    )
}
BY_PROMETHEUS_NAME = {
    name: metric
    for metric in METRICS.values()
    for name in (
        [f"{metric.prometheus_name}_{part}" for part in ("bucket", "count", "sum")]
        if metric.kind is Kind.HISTOGRAM
        else [metric.prometheus_name]
    )
}


@dataclass(frozen=True)
class Pages:
    """What every service showed at one moment."""

    samples: dict[str, list[Sample]]

    @classmethod
    def of(cls, ports: Ports) -> Pages:
        """Read every page."""
        return cls({name: list(_page(ports.metrics_of(name))) for name in SERVICES})

    def strangers(self, service: str) -> set[str]:
        """Return the names a page has beyond the list and the standard ones."""
        return {
            sample.name
            for sample in self.samples[service]
            if sample.name not in BY_PROMETHEUS_NAME and not sample.name.startswith(STANDARD)
        }

    def still(self) -> set[str]:
        """Return the metrics of the list that are absent, or count nothing, on every page."""
        moved = {
            metric.name
            for samples in self.samples.values()
            for sample in samples
            if (metric := BY_PROMETHEUS_NAME.get(sample.name)) is not None
            and (sample.value or metric.kind is Kind.GAUGE)
        }
        return set(METRICS) - moved

    def adapters(self) -> dict[str, float]:
        """Return for each source of the park file whether its adapter is connected."""
        return {
            sample.labels["source"]: sample.value
            for sample in self.samples["ingest"]
            if sample.name == metrics.ADAPTER_UP.prometheus_name
        }


def _page(port: int) -> Iterator[Sample]:
    with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/metrics", timeout=CALL_S) as answer:
        for family in text_string_to_metric_families(answer.read().decode()):
            yield from family.samples
