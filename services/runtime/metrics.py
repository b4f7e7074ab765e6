"""The closed list of metrics: what a service may measure, with unit and meaning.

A name not listed here cannot be recorded; `prometheus_name` is how it appears at `/metrics`.
"""

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What sort of instrument a metric is."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. `unit` is UCUM (`s`, `By`, `{thing}`)."""

    name: str
    kind: Kind
    unit: str
    meaning: str
    labels: tuple[str, ...] = ()

    @property
    def prometheus_name(self) -> str:
        """Return the name at the Prometheus endpoint (for a histogram: without `_bucket`)."""
        base = self.name.replace(".", "_")
        suffix = {"s": "_seconds", "By": "_bytes", "W": "_watts"}.get(self.unit, "")
        if self.kind is Kind.COUNTER:
            return f"{base}{suffix}_total"
        return f"{base}{suffix}"


def _counter(name: str, unit: str, meaning: str, *labels: str) -> Metric:
    return Metric(name, Kind.COUNTER, unit, meaning, labels)


def _gauge(name: str, unit: str, meaning: str, *labels: str) -> Metric:
    return Metric(name, Kind.GAUGE, unit, meaning, labels)


def _histogram(name: str, unit: str, meaning: str, *labels: str) -> Metric:
    return Metric(name, Kind.HISTOGRAM, unit, meaning, labels)


# every service
MESSAGES_CONSUMED = _counter(
    "parkflow.messages.consumed", "{message}", "Messages read from a topic", "topic"
)
MESSAGES_PUBLISHED = _counter(
    "parkflow.messages.published", "{message}", "Messages Kafka has acknowledged", "topic"
)
DEAD_LETTERS = _counter(
    "parkflow.dead.letters", "{message}", "Messages that could not be used", "reason"
)
AWAY_TIME = _counter(
    "parkflow.away.time", "s", "Time spent waiting for the database, broker or a peer", "what"
)
PROGRESS_AGE = _gauge(
    "parkflow.progress.age", "s", "Wall time since the stage last moved while it had work", "stage"
)
STAGE_LATENCY = _histogram(
    "parkflow.stage.latency", "s", "Wall time from arrival at ingest to this stage", "stage"
)
GRPC_TIME = _histogram("parkflow.grpc.time", "s", "Duration of gRPC calls served", "method", "code")
# ingest
READINGS_TAKEN = _counter(
    "parkflow.readings.taken", "{reading}", "Readings in Kafka as the field sent them"
)
ADAPTER_UP = _gauge(
    "parkflow.adapter.up", "{adapter}", "1 while a field adapter is connected", "source"
)
ADAPTER_RECONNECTS = _counter(
    "parkflow.adapter.reconnects", "{reconnect}", "Reconnections of a field adapter", "source"
)
RECORDS_MISSING = _counter(
    "parkflow.records.missing", "{record}", "Device records overwritten or never written", "source"
)
DELIVERIES = _counter(
    "parkflow.setpoint.deliveries", "{setpoint}", "Set-points handed to devices", "result"
)
SPOOL_SIZE = _gauge("parkflow.spool.size", "By", "What waits on disk for Kafka")
SPOOL_LIMIT = _gauge("parkflow.spool.limit", "By", "What may wait on disk for Kafka")
SPOOL_FRAMES = _gauge("parkflow.spool.frames", "{frame}", "Frames that wait on disk for Kafka")
SPOOL_AGE = _gauge(
    "parkflow.spool.age", "s", "Park time that the oldest frame on disk has waited for Kafka"
)
SPOOL_STORED = _counter(
    "parkflow.spool.stored", "{frame}", "Frames stored on disk because Kafka was away"
)
SPOOL_DROPPED = _counter(
    "parkflow.spool.dropped", "{frame}", "Frames lost from a full or damaged disk buffer", "reason"
)
WATCHERS = _gauge("parkflow.watchers", "{client}", "Clients of streaming calls", "method")
# validation
READINGS = _counter("parkflow.readings", "{reading}", "Readings judged", "verdict", "doubt")
READINGS_RESTATED = _counter(
    "parkflow.readings.restated", "{reading}", "Earlier readings whose verdict a later one changed"
)
READINGS_BEYOND = _counter(
    "parkflow.readings.beyond",
    "{reading}",
    "Register readings older than what is remembered; a replay of their time counts their energy",
)
QUARTER_HOURS = _counter(
    "parkflow.quarter.hours",
    "{quarter}",
    "Quarter hours of registers told or told anew, by what their energy is",
    "quality",
)
SUSPENSE_POSTINGS = _counter(
    "parkflow.suspense.postings",
    "{posting}",
    "Movements on the suspense account, by why energy is set aside",
    "reason",
    "movement",
)
SILENT_POINTS = _gauge(
    "parkflow.silent.points",
    "{point}",
    "Points without a reading for more than three of their periods; each worker tells all the "
    "park's: take the max, not the sum",
    "source",
)
CHECKPOINTS = _counter(
    "parkflow.checkpoints", "{checkpoint}", "States of a partition kept in the database"
)
# history
ROWS_WRITTEN = _counter(
    "parkflow.rows.written", "{row}", "Rows new or changed in the database", "relation"
)
ROWS_REPEATED = _counter(
    "parkflow.rows.repeated", "{row}", "Rows that were there already", "relation"
)
WINDOWS_ROLLED_UP = _counter(
    "parkflow.windows.rolled.up", "{window}", "Quarter-hour windows rolled up anew"
)
ROLLUP_LAG = _gauge(
    "parkflow.rollup.lag", "s", "Wall time that the oldest touched window has waited"
)
PARTITIONS_DROPPED = _counter(
    "parkflow.partitions.dropped", "{partition}", "Partitions past their retention", "relation"
)
# forecasting
FORECASTS = _counter("parkflow.forecasts", "{series}", "Series forecast", "method")
FORECAST_TIME = _histogram("parkflow.forecast.time", "s", "Time to make one issue")
SERIES_FAULTS = _counter(
    "parkflow.forecast.series.faults",
    "{fault}",
    "Mistakes of ours with one series, which the others do not notice",
    "doing",
)
NOWCAST_TIME = _histogram("parkflow.nowcast.time", "s", "Time to make one nowcast of all series")
FORECAST_ERROR = _gauge(
    "parkflow.forecast.error",
    "W",
    "Mean absolute error of P50 over what has come true of the issues of three days",
    "point",
    "horizon",
)
NAIVE_ERROR = _gauge(
    "parkflow.forecast.naive.error",
    "W",
    "The same of the best of last value, a day ago and a week ago",
    "point",
    "horizon",
)
FORECAST_COVERAGE = _gauge(
    "parkflow.forecast.coverage",
    "{share}",
    "The share of the same truths that lay between P10 and P90",
    "point",
    "horizon",
)
FORECAST_TROUBLES = _gauge(
    "parkflow.forecast.troubles",
    "{trouble}",
    "Classes of horizons that have lost their skill or drifted",
    "trouble",
)
FORECASTS_SCORED = _counter(
    "parkflow.forecasts.scored", "{score}", "Scores of a series' class of horizons kept"
)
TRAININGS = _counter(
    "parkflow.forecast.trainings", "{model}", "Models trained, by what came of them", "status"
)
TRAINING_TIME = _histogram(
    "parkflow.forecast.training.time", "s", "Time to train and judge the model of one series"
)
TRAININGS_DUE = _gauge(
    "parkflow.forecast.trainings.due", "{series}", "Series that wait to be trained"
)
# dispatch
PLANS = _counter("parkflow.plans", "{plan}", "Plans published", "origin")
PLAN_TIME = _histogram("parkflow.plan.time", "s", "Time to build and solve one plan")
CYCLES = _counter("parkflow.control.cycles", "{cycle}", "Control cycles run", "mode")
CYCLE_TIME = _histogram("parkflow.control.cycle.time", "s", "Duration of one control cycle")
CYCLE_LATENESS = _histogram(
    "parkflow.control.cycle.lateness", "s", "How late a control cycle began"
)
SETPOINTS = _counter("parkflow.setpoints", "{setpoint}", "Set-points issued", "quantity")
OUTCOMES = _counter(
    "parkflow.setpoint.outcomes", "{setpoint}", "Final states of set-points", "outcome"
)
GRID_POWER = _gauge("parkflow.grid.power", "W", "Grid power, import positive")
# carbon accounting
ENTRIES = _counter(
    "parkflow.ledger.entries", "{entry}", "Ledger entries booked", "ledger", "quality"
)
RESTATEMENTS = _counter(
    "parkflow.ledger.restatements",
    "{entry}",
    "Ledger entries replaced by a newer version",
    "ledger",
)
# alerting
INCIDENTS = _counter("parkflow.incidents", "{incident}", "Changes of incidents", "kind", "state")
INCIDENTS_OPEN = _gauge("parkflow.incidents.open", "{incident}", "Unresolved incidents", "kind")
# console
CONSOLE_LATENCY = _histogram(
    "parkflow.console.latency", "s", "Wall time from device publish to console event"
)
# simulator
SAMPLES_PLAYED = _counter(
    "parkflow.samples.played", "{reading}", "Values the simulated devices published", "device"
)

METRICS: dict[str, Metric] = {
    value.name: value for value in list(globals().values()) if isinstance(value, Metric)
}
