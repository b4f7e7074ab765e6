"""Reads a service's `/metrics` page."""

import urllib.error
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

from services.demo.stack.ports import LOOPBACK
from services.runtime.metrics import Metric


class MetricsPage:
    """All samples of one page; an unreachable page is an empty one."""

    def __init__(self, text: str) -> None:
        self._samples = [
            sample for family in text_string_to_metric_families(text) for sample in family.samples
        ]

    @classmethod
    def of(cls, metrics_port: int) -> "MetricsPage":
        """Read the page of the service with this metrics port."""
        url = f"http://{LOOPBACK}:{metrics_port}/metrics"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return cls(answer.read().decode())
        except (urllib.error.URLError, OSError):
            return cls("")

    def total(self, metric: Metric, **labels: str) -> float:
        """Return the sum over all label values that agree with `labels`."""
        return sum(
            sample.value
            for sample in self._samples
            if sample.name == metric.prometheus_name
            and all(sample.labels.get(name) == value for name, value in labels.items())
        )
