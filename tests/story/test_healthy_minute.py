"""One healthy minute, watched as an operator would: traces, metric pages, logs, and the example.

A trace follows a reading through Kafka headers and gRPC metadata up to the set-point it caused.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from functools import partial

import grpc
import paho.mqtt.publish
import pytest

from parkflow.telemetry.v1.telemetry_service_pb2 import PushRequest
from parkflow.telemetry.v1.telemetry_service_pb2_grpc import TelemetryServiceStub
from services.demo.addresses import SERVICES
from services.demo.park_run import STORY_START
from services.demo.stack.ports import LOOPBACK
from services.dispatch.domain.readiness import NO_PATHS
from services.runtime.park_file import load_park
from services.runtime.spans import INGEST_FIELD, STEPS
from services.runtime.topics import INTERVALS, RAW, READINGS
from tests.support.builders import REPOSITORY
from tests.support.collector import a_collector
from tests.support.ingest import put
from tests.support.metric_pages import MUST_NOT_MOVE, SOMETIMES, Pages
from tests.support.minute import Minute, eventually, traceparent
from tests.support.parks import PARK_ID, a_running_park

SPEED = 60
PLAYED = timedelta(minutes=65)
PUSHED_TRACE, UNREADABLE_TRACE = "1" * 32, "2" * 32
JUDGED = f"validation: consume {RAW.name}"
READERS = ("history", "forecasting", "dispatch", "alerting")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def minute() -> Iterator[Minute]:
    with (
        a_collector() as collector,
        a_running_park(
            speed=SPEED,
            sample_period_s=60,
            OTEL_EXPORTER_OTLP_ENDPOINT=collector.address,
            OTEL_EXPORTER_OTLP_INSECURE="true",
        ) as park,
    ):
        park.play_until(STORY_START + PLAYED)
        yield Minute(park, collector, Pages.of(park.run.ports))


def test_a_trace_goes_from_a_reading_over_the_control_cycle_to_the_device(minute: Minute) -> None:
    way = (
        "ingest: ingest modbus frame",
        JUDGED,
        "dispatch: consume telemetry.readings.v1",
        "dispatch: control cycle",
        "ingest: consume dispatch.setpoints.v1",
        "ingest: deliver set-point",
        "dispatch: consume telemetry.deliveries.v1",
    )

    assert eventually(lambda: way in minute.trails()), sorted(minute.trails())


def test_a_plan_asks_forecasting_what_else_may_come(minute: Minute) -> None:
    """The demo's park file says what a kWh above the import limit costs (docs/dispatch.md §14)."""
    way = {
        "dispatch: plan",
        "forecasting: parkflow.forecast.v1.ForecastService/GetScenarios",
    }

    def answered() -> bool:
        plans = [line for line in minute.log_of("dispatch") if line["event"] == "planned"]
        after_news = [line["caveats"] for line in plans if line["reason"] == "new forecast"]
        return bool(after_news) and NO_PATHS not in after_news[-1]

    assert eventually(lambda: any(way <= set(trail) for trail in minute.trails()))
    assert eventually(answered), minute.log_of("dispatch")


def test_a_control_cycle_is_linked_to_the_other_readings_it_used(minute: Minute) -> None:
    def linked() -> bool:
        spans = minute.collector.spans()
        begun_by_mqtt = {s.trace for s in spans if s.name == "ingest mqtt frame"}
        return any(s.linked_traces & begun_by_mqtt for s in spans if s.name == "control cycle")

    assert eventually(linked)


@pytest.mark.parametrize("service", [name.replace("_", "-") for name in READERS])
@pytest.mark.parametrize("source", ["mqtt", "modbus"])
def test_the_trace_of_a_reading_reaches_whoever_reads_it(
    minute: Minute, source: str, service: str
) -> None:
    way = (f"ingest: ingest {source} frame", JUDGED, f"{service}: consume telemetry.readings.v1")

    assert eventually(lambda: way in minute.trails()), sorted(minute.trails())


@pytest.mark.parametrize("source", ["mqtt", "modbus"])
def test_the_trace_of_a_reading_that_ends_a_quarter_hour_reaches_the_ledger(
    minute: Minute, source: str
) -> None:
    ledger = f"carbon-accounting: consume {INTERVALS.name}"
    way = (f"ingest: ingest {source} frame", JUDGED, ledger)

    assert eventually(lambda: way in minute.trails()), sorted(minute.trails())


def test_a_transaction_is_in_the_trace_of_one_of_its_readings_and_linked_to_the_others(
    minute: Minute,
) -> None:
    consumed = {
        s.trace
        for s in minute.collector.spans()
        if (s.service, s.name) == ("parkflow-history", f"consume {READINGS.name}")
    }

    def told_of() -> set[str]:
        writes = [s for s in minute.collector.spans() if s.name == "write history"]
        return {s.trace for s in writes}.union(*(s.linked_traces for s in writes))

    assert len(consumed) > 60
    assert eventually(lambda: consumed <= told_of()), consumed - told_of()


def test_a_trace_that_begins_at_a_client_goes_on_over_grpc_and_kafka_into_history(
    minute: Minute,
) -> None:
    park = minute.park
    request = PushRequest(park_id=PARK_ID, source_id="client", idempotency_key="traced")
    reading = request.readings.add(point_id="weather.temperature_c", value=12.5)
    reading.event_time.FromDatetime(park.run.clock.now())

    with grpc.insecure_channel(park.run.ports.address_of("ingest")) as channel:
        answer = TelemetryServiceStub(channel).Push(
            iter([request]), timeout=30, metadata=[("traceparent", traceparent(PUSHED_TRACE))]
        )

    assert answer.believed_count == 1
    push = "ingest: parkflow.telemetry.v1.TelemetryService/Push"
    wanted = {
        (push, JUDGED, f"{name.replace('_', '-')}: consume {READINGS.name}") for name in READERS
    }
    assert eventually(lambda: wanted <= minute.trails_of(PUSHED_TRACE))


def test_only_spans_and_attributes_of_the_closed_list_are_made(minute: Minute) -> None:
    strangers = {
        (span.name, *sorted(span.attributes))
        for span in minute.collector.spans()
        if not any(
            _fits(span.name, name) and span.attributes <= set(known.attributes)
            for name, known in STEPS.items()
        )
    }

    assert strangers == set()
    for name in STEPS.keys() - {INGEST_FIELD.name}:  # the demo park speaks MQTT and Modbus only
        assert eventually(partial(name_is_told, minute, name)), f"no {name}"


def name_is_told(minute: Minute, name: str) -> bool:
    return any(_fits(span.name, name) for span in minute.collector.spans())


def _fits(name: str, listed: str) -> bool:
    if listed == "{method}":
        return name.startswith("parkflow.")
    return name.startswith("consume ") if listed == "consume {topic}" else name == listed


# ---- metric pages, taken before anything was done to the park


@pytest.mark.parametrize("service", SERVICES)
def test_a_page_shows_parkflow_metrics_of_the_closed_list_and_the_standard_ones(
    minute: Minute, service: str
) -> None:
    assert minute.pages.strangers(service) == set()


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("route", ["healthz", "readyz"])
def test_a_service_says_that_it_moves_and_is_ready(
    minute: Minute, service: str, route: str
) -> None:
    url = f"http://{LOOPBACK}:{minute.park.run.ports.metrics_of(service)}/{route}"

    def says_so() -> bool:
        with suppress(urllib.error.HTTPError), urllib.request.urlopen(url, timeout=30) as answer:
            return bool(answer.status == 200)
        return False

    assert eventually(says_so)


def test_every_metric_that_moves_in_a_healthy_minute_did(minute: Minute) -> None:
    assert minute.pages.still() - SOMETIMES == MUST_NOT_MOVE


def test_every_field_adapter_is_connected(minute: Minute) -> None:
    sources = {source.id for source in load_park(minute.park.run.park_file).sources}

    def connected() -> bool:
        return Pages.of(minute.park.run.ports).adapters() == dict.fromkeys(sources, 1.0)

    assert eventually(connected)


# ---- the example, and what is told of messages that cannot be used


def test_the_example_of_the_documentation_runs_against_a_park(minute: Minute) -> None:
    example = REPOSITORY / "docs" / "examples" / "push_and_read.py"
    addresses = {
        f"PARKFLOW_{name.upper()}_ADDRESS": minute.park.run.ports.address_of(name)
        for name in ("ingest", "history")
    }

    done = subprocess.run(
        [sys.executable, str(example)],
        env={**addresses, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "believed 1, rejected 0" in done.stdout
    assert "believed 0, rejected 1" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("history has 21.5 at"), done.stdout


def test_a_message_nobody_can_read_is_told_by_each_reader_in_the_trace_of_its_writer(
    minute: Minute,
) -> None:
    header = traceparent(UNREADABLE_TRACE)
    asyncio.run(
        put(minute.park.run.kafka, READINGS, f"{PARK_ID}/odd", b"\xff\xff", traceparent=header)
    )

    def told() -> set[str]:
        return {
            service
            for service in READERS
            for line in minute.log_of(service)
            if line["event"] == "dead_letter" and line.get("trace_id") == UNREADABLE_TRACE
        }

    assert eventually(lambda: told() == set(READERS)), set(READERS) - told()
    incidents = eventually(
        lambda: [
            line
            for line in minute.log_of("alerting")
            if line["event"] == "incident" and line.get("trace_id") == UNREADABLE_TRACE
        ]
    )
    assert incidents[0]["kind"] == "dead_letters"


def test_the_log_line_of_an_unreadable_payload_leads_to_its_trace(minute: Minute) -> None:
    broker = minute.park.run.mqtt
    paho.mqtt.publish.single(
        f"{PARK_ID}/battery/telemetry", b"not json", 1, hostname=LOOPBACK, port=broker.port
    )

    lines = eventually(
        lambda: [
            line
            for line in minute.log_of("ingest")
            if line["event"] == "dead_letter" and line["origin"].startswith("mqtt:")
        ]
    )

    way = ("ingest: ingest mqtt frame", "alerting: consume telemetry.dead.v1")
    assert eventually(lambda: way in minute.trails_of(lines[0]["trace_id"]))


@pytest.mark.parametrize(
    ("service", "event"),
    [("forecasting", "issued"), ("dispatch", "planned"), ("carbon_accounting", "booked")],
)
def test_what_a_service_decided_is_logged_with_its_trace(
    minute: Minute, service: str, event: str
) -> None:
    def told() -> set[str]:
        return {line["trace_id"] for line in minute.log_of(service) if line["event"] == event}

    traces = eventually(told)
    assert traces
    assert eventually(lambda: traces <= set(minute.collector.traces())), traces
