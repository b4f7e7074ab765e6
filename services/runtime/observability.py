"""The closed lists as tables of docs/observability.md; `python -m` prints them, a test compares."""

import sys

from services.runtime.metrics import METRICS, Kind, Metric
from services.runtime.spans import STEPS


def metrics_table() -> str:
    """Return every metric as a row of Markdown."""
    rows = ["| at `/metrics` | kind | unit | labels | meaning |", "|---|---|---|---|---|"]
    for metric in METRICS.values():
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        rows.append(
            f"| `{_shown(metric)}` | {metric.kind.value} | `{metric.unit}` "
            f"| {labels} | {metric.meaning} |"
        )
    return "\n".join(rows)


def _shown(metric: Metric) -> str:
    ending = "_{bucket,sum,count}" if metric.kind is Kind.HISTOGRAM else ""
    return f"{metric.prometheus_name}{ending}"


def spans_table() -> str:
    """Return every span as a row of Markdown."""
    rows = ["| span | kind | attributes | meaning |", "|---|---|---|---|"]
    for step in STEPS.values():
        attributes = ", ".join(f"`{name}`" for name in step.attributes)
        kind = step.kind.name.lower()
        rows.append(f"| `{step.name}` | {kind} | {attributes} | {step.meaning} |")
    return "\n".join(rows)


if __name__ == "__main__":
    sys.stdout.write(f"{spans_table()}\n\n{metrics_table()}\n")
