"""What the feeds make of the services' messages: latency, incidents, health, doubtful readings."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from grpc_health.v1 import health_pb2

from parkflow.alert.v1 import alert_service_pb2 as alert
from parkflow.telemetry.v1 import reading_pb2
from parkflow.telemetry.v1 import telemetry_service_pb2 as telemetry
from services.console.domain.latency import Latencies
from services.console.domain.picture import Picture
from services.console.feeds import Feeds
from services.console.hub import Hub
from services.console.incident_list import RESOLVED_KEPT
from services.console.memory import Memory
from services.runtime.clock import ParkClock
from tests.support import fake_messages
from tests.support.builders import MORNING, a_park, after

START_S = 1_000_000.0


class Watching:
    """Feeds at a wall clock that the test sets; a minute of park time lasts a second."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wall_s = START_S
        monkeypatch.setattr("time.time", lambda: self.wall_s)
        self.hub, self.latencies = Hub(), Latencies()
        self.picture = Picture(a_park())
        self.feeds = Feeds(
            a_park().id,
            ParkClock(MORNING, START_S, 60.0),
            self.picture,
            self.hub,
            self.latencies,
            Memory(),
        )

    async def fresh_page(self) -> dict[str, Any]:
        """Return what a page opened now begins with."""
        self.hub.send("end", "0")
        kept = [*self.hub._newest.values()]
        return {kind: json.loads(body) for kind, body in kept}


@pytest.fixture
def watching(monkeypatch: pytest.MonkeyPatch) -> Watching:
    return Watching(monkeypatch)


def burst(
    at: datetime, value: float = 1.0, *, snapshot: bool = False, **fields: Any
) -> telemetry.WatchResponse:
    fields.setdefault("verdict", reading_pb2.VERDICT_BELIEVED)
    reading = reading_pb2.Reading(point_id="grid.active_power_w", value=value, **fields)
    reading.event_time.FromDatetime(at)
    return telemetry.WatchResponse(snapshot=snapshot, readings=[reading])


def test_latency_is_wall_time_from_the_devices_stamp(watching: Watching) -> None:
    watching.wall_s = START_S + 60.25  # an hour of park time later

    watching.feeds._on_readings(burst(after(hours=1)))

    assert watching.latencies.percentile(1.0) == pytest.approx(0.25)


def test_history_that_arrives_late_does_not_count_as_latency(watching: Watching) -> None:
    watching.wall_s = START_S + 1

    watching.feeds._on_readings(burst(after(hours=-2)))
    watching.feeds._on_readings(burst(after()))

    assert watching.latencies.count == 0


def test_the_snapshot_of_a_new_watch_does_not_count_as_latency(watching: Watching) -> None:
    watching.wall_s = START_S + 60

    watching.feeds._on_readings(burst(after(minutes=30), snapshot=True))

    assert watching.latencies.count == 0


def test_a_console_that_starts_before_the_park_counts_from_the_parks_first_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    watching = Watching(monkeypatch)
    watching.wall_s = START_S - 4
    early = Feeds(
        a_park().id,
        ParkClock(MORNING, START_S, 60.0),
        watching.picture,
        watching.hub,
        watching.latencies,
        Memory(),
    )
    watching.wall_s = START_S + 1

    early._on_readings(burst(after(minutes=-2)))

    assert watching.latencies.count == 0


@pytest.mark.parametrize(
    "doubtful",
    [{"verdict": reading_pb2.VERDICT_REJECTED}, {"value": float("nan")}],
)
def test_a_rejected_reading_and_one_that_is_no_number_are_not_shown(
    watching: Watching, doubtful: dict[str, Any]
) -> None:
    watching.feeds._on_readings(burst(after(), **doubtful))

    assert watching.picture.points == {}


def test_a_suspect_reading_is_shown_as_suspect(watching: Watching) -> None:
    watching.feeds._on_readings(burst(after(), verdict=reading_pb2.VERDICT_SUSPECT))

    assert watching.picture.points["grid.active_power_w"].suspect


def an_incident(name: str, *, revision: int = 1, resolved_s: float | None = None) -> Any:
    incident = fake_messages.incident(name, after())
    incident.revision = revision
    if resolved_s is not None:
        incident.state = 2
        incident.resolved_at.FromDatetime(after() + timedelta(seconds=resolved_s))
    return incident


async def test_a_fresh_page_knows_open_incidents_and_the_newest_resolved(
    watching: Watching,
) -> None:
    for number in range(RESOLVED_KEPT + 3):
        over = an_incident(f"over-{number:02}", resolved_s=number)
        watching.feeds._on_incident(alert.WatchIncidentsResponse(incident=over))
    watching.feeds._on_incident(alert.WatchIncidentsResponse(incident=an_incident("open")))

    shown = {one["incident_id"] for one in (await watching.fresh_page())["incidents"]}

    assert "open" in shown
    assert len(shown) == RESOLVED_KEPT + 1
    assert "over-02" not in shown
    assert "over-03" in shown


async def test_an_older_revision_of_an_incident_is_no_news(watching: Watching) -> None:
    newest = an_incident("i", revision=2, resolved_s=5)
    watching.feeds._on_incident(alert.WatchIncidentsResponse(incident=newest))

    old = an_incident("i", revision=1)
    watching.feeds._on_incident(alert.WatchIncidentsResponse(incident=old))

    assert [one["state"] for one in (await watching.fresh_page())["incidents"]] == ["resolved"]


class ScriptedHealth:
    """A health service whose watches end one after the other; True serves first, False is away."""

    def __init__(self, script: list[bool]) -> None:
        self.script = script

    def __call__(self, _: Any) -> "ScriptedHealth":
        return self

    async def Watch(self, _: Any) -> AsyncIterator[health_pb2.HealthCheckResponse]:  # noqa: N802
        if not self.script:
            await asyncio.Event().wait()
        if self.script.pop(0):
            serving = health_pb2.HealthCheckResponse.SERVING
            yield health_pb2.HealthCheckResponse(status=serving)


async def health_said(
    watching: Watching, monkeypatch: pytest.MonkeyPatch, script: list[bool]
) -> list[str]:
    """Return what pages are told of a service while its watches go as in `script`."""
    said: list[str] = []
    monkeypatch.setattr("services.console.watching.FIRST_WAIT_S", 0.0)
    monkeypatch.setattr("services.console.feeds.health_pb2_grpc.HealthStub", ScriptedHealth(script))
    monkeypatch.setattr(watching.hub, "send", lambda kind, body, **_: said.append(body))
    watch = asyncio.create_task(watching.feeds.health("history", None))
    for _ in range(200):
        await asyncio.sleep(0)
    watch.cancel()
    return said


UP, DOWN = '{"history":true}', '{"history":false}'


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ([True, True, True], [UP]),  # a connection renewed is no outage
        ([True, False, False, True], [UP, DOWN, UP]),
        ([False, True], [DOWN, UP]),  # away from the beginning
    ],
)
async def test_a_service_is_down_when_it_does_not_come_back_with_the_next_try(
    watching: Watching, monkeypatch: pytest.MonkeyPatch, script: list[bool], expected: list[str]
) -> None:
    assert await health_said(watching, monkeypatch, script) == expected
