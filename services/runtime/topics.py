"""The topic map: every topic, its message, key, writer and readers. Declared here and nowhere else.

`python -m services.runtime.topics` prints the map; `… topics create` creates what is missing.
"""

import argparse
import asyncio
import os
import sys
from dataclasses import dataclass
from datetime import timedelta

from google.protobuf.message import Message

from parkflow.alert.v1.incident_pb2 import Incident
from parkflow.carbon.v1.posting_pb2 import LedgerPosting
from parkflow.dispatch.v1.plan_pb2 import Plan
from parkflow.dispatch.v1.setpoint_pb2 import Setpoint, SetpointOutcome
from parkflow.forecast.v1.forecast_pb2 import ForecastIssue
from parkflow.forecast.v1.nowcast_pb2 import NowcastIssue
from parkflow.market.v1.intensity_pb2 import IntensityCurve
from parkflow.market.v1.price_pb2 import PriceCurve
from parkflow.telemetry.v1.dead_letter_pb2 import DeadLetter
from parkflow.telemetry.v1.delivery_pb2 import SetpointDelivery
from parkflow.telemetry.v1.edit_pb2 import AppliedEdit
from parkflow.telemetry.v1.frame_pb2 import ReadingFrame
from parkflow.telemetry.v1.interval_frame_pb2 import IntervalFrame
from parkflow.telemetry.v1.raw_frame_pb2 import RawFrame

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
MONTH = timedelta(days=31)
YEAR = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic. `key` says what must stay in order; `readers` are services."""

    name: str
    message: type[Message]
    key: str
    writers: tuple[str, ...]
    readers: tuple[str, ...]
    partitions: int
    retention: timedelta


RAW = Topic(
    "telemetry.raw.v1",
    RawFrame,
    key="<park_id>/<source_id>",
    writers=("ingest", "validation"),
    readers=("validation",),
    partitions=4,
    retention=YEAR,
)
READINGS = Topic(
    "telemetry.readings.v1",
    ReadingFrame,
    key="<park_id>/<source_id>",
    writers=("validation",),
    readers=(
        "ingest",
        "validation",
        "history",
        "forecasting",
        "dispatch",
        "alerting",
    ),
    partitions=4,
    retention=MONTH,
)
INTERVALS = Topic(
    "telemetry.intervals.v1",
    IntervalFrame,
    key="<park_id>/<source_id>",
    writers=("validation",),
    readers=("validation", "history", "carbon_accounting"),
    partitions=4,
    retention=YEAR,
)
EDITS = Topic(
    "validation.edits.v1",
    AppliedEdit,
    key="<park_id>/<source_id>",
    writers=("validation",),
    readers=("validation",),
    partitions=1,
    retention=YEAR,
)
DEAD_LETTERS = Topic(
    "telemetry.dead.v1",
    DeadLetter,
    key="<writer>/<origin>",
    writers=(
        "ingest",
        "validation",
        "history",
        "forecasting",
        "dispatch",
        "carbon_accounting",
        "alerting",
    ),
    readers=("alerting", "history"),
    partitions=1,
    retention=YEAR,
)
DELIVERIES = Topic(
    "telemetry.deliveries.v1",
    SetpointDelivery,
    key="<park_id>/<device_id>",
    writers=("ingest",),
    readers=("dispatch",),
    partitions=1,
    retention=MONTH,
)
PRICES = Topic(
    "market.prices.v1",
    PriceCurve,
    key="<park_id>",
    writers=("ingest",),
    readers=("ingest", "forecasting", "dispatch"),
    partitions=1,
    retention=YEAR,
)
INTENSITY = Topic(
    "market.intensity.v1",
    IntensityCurve,
    key="<park_id>",
    writers=("ingest",),
    readers=("ingest", "forecasting", "dispatch"),
    partitions=1,
    retention=YEAR,
)
FORECASTS = Topic(
    "forecast.series.v1",
    ForecastIssue,
    key="<park_id>",
    writers=("forecasting",),
    readers=("dispatch", "history"),
    partitions=1,
    retention=MONTH,
)
NOWCASTS = Topic(
    "forecast.nowcast.v1",
    NowcastIssue,
    key="<park_id>",
    writers=("forecasting",),
    readers=(),
    partitions=1,
    retention=DAY,
)
PLANS = Topic(
    "dispatch.plans.v1",
    Plan,
    key="<park_id>",
    writers=("dispatch",),
    readers=("alerting", "history"),
    partitions=1,
    retention=MONTH,
)
SETPOINTS = Topic(
    "dispatch.setpoints.v1",
    Setpoint,
    key="<park_id>/<device_id>",
    writers=("dispatch",),
    readers=("ingest", "dispatch", "alerting"),
    partitions=1,
    retention=WEEK,
)
OUTCOMES = Topic(
    "dispatch.outcomes.v1",
    SetpointOutcome,
    key="<park_id>/<device_id>",
    writers=("dispatch",),
    readers=("alerting",),
    partitions=1,
    retention=MONTH,
)
ENTRIES = Topic(
    "carbon.entries.v2",
    LedgerPosting,
    key="<park_id>",
    writers=("carbon_accounting",),
    readers=("history",),
    partitions=1,
    retention=YEAR,
)
INCIDENTS = Topic(
    "alert.incidents.v1",
    Incident,
    key="<park_id>/<incident_id>",
    writers=("alerting",),
    readers=("history",),
    partitions=1,
    retention=YEAR,
)

TOPICS = (
    RAW,
    READINGS,
    INTERVALS,
    EDITS,
    DEAD_LETTERS,
    DELIVERIES,
    PRICES,
    INTENSITY,
    FORECASTS,
    NOWCASTS,
    PLANS,
    SETPOINTS,
    OUTCOMES,
    ENTRIES,
    INCIDENTS,
)


def settings_of(topic: Topic, replicas: int) -> dict[str, str]:
    """Return the broker's settings for a topic."""
    return {
        "retention.ms": str(int(topic.retention.total_seconds() * 1000)),
        "cleanup.policy": "delete",
        "max.message.bytes": str(8 * 1024 * 1024),
        "min.insync.replicas": str(max(1, replicas - 1)),
    }


async def create_missing(
    bootstrap_servers: str, replicas: int = 1, **security: object
) -> list[str]:
    """Create the topics that are missing and return their names; existing ones are left alone."""
    from aiokafka.admin import AIOKafkaAdminClient, NewTopic
    from aiokafka.errors import TopicAlreadyExistsError, for_code

    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers, **security)
    await admin.start()
    try:
        present = set(await admin.list_topics())
        missing = [topic for topic in TOPICS if topic.name not in present]
        if missing:
            answer = await admin.create_topics(
                [
                    NewTopic(t.name, t.partitions, replicas, topic_configs=settings_of(t, replicas))
                    for t in missing
                ]
            )
            for name, code, *_ in answer.topic_errors:
                if code and for_code(code) is not TopicAlreadyExistsError:
                    raise for_code(code)(f"topic {name}")
        return [topic.name for topic in missing]
    finally:
        await admin.close()


def as_table() -> str:
    """Return the map as a Markdown table."""
    rows = ["| topic | message | key | written by | read by |", "|---|---|---|---|---|"]
    for topic in TOPICS:
        rows.append(
            f"| `{topic.name}` | `{topic.message.DESCRIPTOR.full_name}` | `{topic.key}` "
            f"| {', '.join(topic.writers)} | {', '.join(topic.readers) or '(integrators)'} |"
        )
    return "\n".join(rows)


def main() -> int:
    """Print the map, or create what is missing."""
    from services.runtime.kafka_security import security_from

    parser = argparse.ArgumentParser(description="The topic map.")
    parser.add_argument("action", nargs="?", default="show", choices=["show", "create"])
    parser.add_argument("--kafka", default=os.environ.get("PARKFLOW_KAFKA", "127.0.0.1:19092"))
    parser.add_argument("--replicas", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.action == "show":
        sys.stdout.write(as_table() + "\n")
        return 0
    created = asyncio.run(
        create_missing(arguments.kafka, arguments.replicas, **security_from(os.environ))
    )
    sys.stdout.write(f"created {', '.join(created) or 'nothing: all topics are there'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
