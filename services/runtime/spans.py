"""The closed list of spans: what a trace may consist of, with kind, attributes and meaning.

A span not listed here cannot be opened. A name may hold attributes: `consume {topic}`.
"""

from dataclasses import dataclass

from opentelemetry.trace import SpanKind


@dataclass(frozen=True, slots=True)
class Step:
    """One kind of span. `attributes` are all it may carry."""

    name: str
    kind: SpanKind
    meaning: str
    attributes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(set(self.attributes)) != len(self.attributes):
            raise ValueError(f"span {self.name!r} names an attribute twice: {self.attributes}")


# every service
CALL = Step(
    "{method}", SpanKind.SERVER, "A gRPC call served; of a watch only its beginning", ("method",)
)
CONSUME = Step(
    "consume {topic}",
    SpanKind.CONSUMER,
    "One message from Kafka until it is dealt with; goes on in the trace of its `traceparent`",
    ("topic", "position"),
)
# ingest
INGEST_MQTT = Step(
    "ingest mqtt frame",
    SpanKind.CONSUMER,
    "Payloads that arrived together until Kafka has their frame; a trace begins here",
    ("source", "readings"),
)
INGEST_MODBUS = Step(
    "ingest modbus frame",
    SpanKind.CONSUMER,
    "Records read from a ring until Kafka has their frame; a trace begins here",
    ("source", "readings"),
)
INGEST_FIELD = Step(
    "ingest field frame",
    SpanKind.CONSUMER,
    "What a device of another protocol sent at once until Kafka has it; a trace begins here",
    ("source", "readings"),
)
DELIVER = Step(
    "deliver set-point",
    SpanKind.CLIENT,
    "A set-point handed to its device until the device's answer is in Kafka",
    ("device", "setpoint"),
)
# history
WRITE = Step(
    "write history",
    SpanKind.INTERNAL,
    "One transaction; in the trace of its first message, linked to the others",
    ("messages",),
)
# forecasting
FORECAST = Step("forecast", SpanKind.INTERNAL, "One issue of all series", ("issue_time",))
SCORE = Step(
    "score",
    SpanKind.INTERNAL,
    "What has come true compared with what was said of it",
    ("borders",),
)
NOWCAST = Step("nowcast", SpanKind.INTERNAL, "One nowcast of all series", ("issue_time",))
TRAIN = Step(
    "train",
    SpanKind.INTERNAL,
    "One series: challenger against champion, then what is kept of it",
    ("point_id", "cause"),
)
# dispatch
PLAN = Step("plan", SpanKind.INTERNAL, "One plan from its cause to Kafka", ("reason",))
CONTROL_CYCLE = Step(
    "control cycle",
    SpanKind.INTERNAL,
    "One cycle, in the trace of the newest grid reading, linked to the other readings it used",
    ("snapshot", "mode"),
)
# carbon accounting
BOOK = Step(
    "book",
    SpanKind.INTERNAL,
    "One transaction of bookings; in the trace of its first frame, linked to the others",
    ("messages",),
)
CATCH_UP = Step(
    "book what waits",
    SpanKind.INTERNAL,
    "One transaction of bookings that were left for later or that other rules ask for; in the trace"
    " of the first frame whose words wait, linked to the others",
)

STEPS: dict[str, Step] = {
    value.name: value for value in list(globals().values()) if isinstance(value, Step)
}
