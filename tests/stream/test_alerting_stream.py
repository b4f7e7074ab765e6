"""Messages become incidents; no broker, no database."""

from typing import Any

import pytest

from parkflow.dispatch.v1 import plan_pb2, setpoint_pb2
from parkflow.telemetry.v1.dead_letter_pb2 import DeadLetter
from services.alerting.domain.desk import Setup
from services.alerting.domain.events import Acknowledged
from services.alerting.domain.incidents import IncidentKind
from services.alerting.office import MOST_WAITING, IncidentOffice, TooSlow
from services.alerting.stream import IncidentStream
from services.energy.readings import Verdict
from services.runtime import patience
from services.runtime.progress import Stage
from services.runtime.reacting import Reaction
from services.runtime.topics import DEAD_LETTERS, OUTCOMES, PLANS, READINGS, SETPOINTS, Topic
from tests.support.alerting import letter, outcome
from tests.support.builders import MORNING, a_park, after
from tests.support.incident_store import IncidentsInMemory
from tests.support.reading_frames import a_frame


class Clock:
    """Park time that a test sets."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> Any:
        return after(self.seconds)


class Cemetery:
    """Stands in for the dead-letter topic: what is buried comes back as a message."""

    def __init__(self) -> None:
        self.buried: list[dict[str, Any]] = []

    async def bury(self, **buried: Any) -> None:
        self.buried.append(buried)


class Alerting:
    """The streams of alerting with a store in memory."""

    def __init__(self) -> None:
        self.store, self.clock, self.cemetery = IncidentsInMemory(), Clock(), Cemetery()
        self.office = IncidentOffice(Setup(a_park(), MORNING), self.store)
        stream = IncidentStream(a_park(), self.office, self.clock)  # type: ignore[arg-type]
        self.stream = stream
        self._reactions = {
            topic.name: Reaction(topic, handler, self.cemetery, Stage("s"), pytest.fail)  # type: ignore[arg-type]
            for topic, handler in (
                (READINGS, stream.take_readings),
                (PLANS, stream.take_plan),
                (SETPOINTS, stream.take_setpoint),
                (OUTCOMES, stream.take_outcome),
                (DEAD_LETTERS, stream.take_dead_letter),
            )
        }
        self._offsets = dict.fromkeys(self._reactions, 0)

    async def gets(self, topic: Topic, message: Any) -> None:
        payload = message if isinstance(message, bytes) else message.SerializeToString()
        offset = self._offsets[topic.name]
        self._offsets[topic.name] += 1
        await self._reactions[topic.name].take(payload, partition=0, offset=offset)

    async def looks(self, seconds: float) -> None:
        self.clock.seconds = seconds
        ends = {(name, 0): offset for name, offset in self._offsets.items()}
        await self.stream.look(ends)

    @property
    def open(self) -> set[tuple[IncidentKind, str]]:
        return {(incident.kind, incident.subject) for incident in self.office.unresolved}


def grid_frame(kw: int, seconds: float, verdict: Verdict = Verdict.BELIEVED) -> Any:
    rows = [("grid.active_power_w", kw * 1000)]
    at = after(seconds)
    return a_frame("demo-park", "modbus-grid", at, rows, arrived=at, verdict=verdict)


async def test_readings_beyond_the_limit_become_an_incident() -> None:
    alerting = Alerting()

    await alerting.gets(READINGS, grid_frame(1950, 0))
    await alerting.gets(READINGS, grid_frame(1950, 60))

    assert alerting.open == {(IncidentKind.LIMIT, "grid.import")}
    assert len(alerting.store.revisions) == 1


async def test_rejected_readings_neither_break_a_limit_nor_keep_a_source_fresh() -> None:
    alerting = Alerting()
    await alerting.looks(0)
    await alerting.gets(READINGS, grid_frame(100, 0))
    for seconds in (60, 120, 180, 240):
        await alerting.gets(READINGS, grid_frame(9000, seconds, Verdict.REJECTED))

    await alerting.looks(200)

    assert (IncidentKind.STALE_SOURCE, "modbus-grid") in alerting.open
    assert (IncidentKind.LIMIT, "grid.import") not in alerting.open


async def test_what_belongs_to_another_park_is_passed_over() -> None:
    alerting = Alerting()
    frame = grid_frame(1950, 0)
    frame.park_id = "elsewhere"
    await alerting.gets(READINGS, frame)

    told = setpoint_pb2.SetpointOutcome(
        park_id="elsewhere", device_id="battery", outcome=setpoint_pb2.OUTCOME_REJECTED
    )
    told.decided_at.FromDatetime(MORNING)
    await alerting.gets(OUTCOMES, told)

    assert alerting.open == set()


async def test_plans_set_points_and_outcomes_are_understood() -> None:
    alerting = Alerting()
    await alerting.looks(0)
    plan = plan_pb2.Plan(plan_id="p", park_id="demo-park")
    plan.issue_time.FromDatetime(after(0))
    plan.valid_until.FromDatetime(after(100))
    await alerting.gets(PLANS, plan)
    setpoint = setpoint_pb2.Setpoint(
        setpoint_id="s",
        park_id="demo-park",
        device_id="battery",
        quantity=setpoint_pb2.SETPOINT_QUANTITY_ACTIVE_POWER_W,
        value_w=500_000,
    )
    setpoint.issued_at.FromDatetime(after(0))
    setpoint.expires_at.FromDatetime(after(600))
    await alerting.gets(SETPOINTS, setpoint)
    for seconds in (40, 80):
        at = after(seconds)
        rows = [("battery.active_power_w", 100_000)]
        await alerting.gets(READINGS, a_frame("demo-park", "mqtt-site", at, rows, arrived=at))
    told = setpoint_pb2.SetpointOutcome(
        park_id="demo-park", device_id="pv", outcome=setpoint_pb2.OUTCOME_PARTIAL, value_w=1000
    )
    told.decided_at.FromDatetime(after(80))
    await alerting.gets(OUTCOMES, told)

    await alerting.looks(101)

    assert alerting.open == {
        (IncidentKind.COMMAND_MISMATCH, "battery"),
        (IncidentKind.COMMAND_MISMATCH, "pv"),
        (IncidentKind.NO_FRESH_PLAN, "dispatch.plan"),
    }


async def test_silence_is_not_judged_while_messages_wait_to_be_read() -> None:
    alerting = Alerting()
    await alerting.looks(0)
    await alerting.gets(READINGS, grid_frame(100, 0))

    alerting.clock.seconds = 3600
    await alerting.stream.look({(READINGS.name, 0): 50})  # 49 frames are still unread

    assert alerting.open == set()


async def test_a_message_that_cannot_be_read_does_not_stop_time_for_ever() -> None:
    alerting = Alerting()
    await alerting.looks(0)
    await alerting.gets(READINGS, grid_frame(100, 0))
    await alerting.gets(READINGS, b"\xff\xff")
    await alerting.looks(400)
    assert alerting.open == set()  # it was not dealt with as far as the stream can tell

    buried = DeadLetter(
        writer="alerting", origin=alerting.cemetery.buried[0]["origin"], reason="undecodable"
    )
    buried.arrival_time.FromDatetime(after(300))
    await alerting.gets(DEAD_LETTERS, buried)
    await alerting.looks(500)

    assert (IncidentKind.STALE_SOURCE, "modbus-grid") in alerting.open
    assert (IncidentKind.DEAD_LETTERS, "alerting") in alerting.open


async def test_an_outcome_without_its_time_is_buried_not_guessed() -> None:
    alerting = Alerting()

    await alerting.gets(
        OUTCOMES,
        setpoint_pb2.SetpointOutcome(
            park_id="demo-park", outcome=setpoint_pb2.OUTCOME_PARTIAL, device_id="pv"
        ),
    )

    assert "decided_at" in alerting.cemetery.buried[0]["detail"]


async def test_while_the_database_is_away_nothing_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alerting = Alerting()
    alerting.store.is_away = True
    monkeypatch.setattr(patience, "FIRST_WAIT_S", 0.0)
    tries = 0

    async def come_back(_: float) -> None:
        nonlocal tries
        tries += 1
        assert alerting.open == set()  # nobody hears of what is not written down
        alerting.store.is_away = tries < 3

    monkeypatch.setattr("asyncio.sleep", come_back)
    dead = DeadLetter(writer="ingest", origin="mqtt:x", reason="undecodable")
    dead.arrival_time.FromDatetime(after(0))
    await alerting.gets(DEAD_LETTERS, dead)

    assert tries == 3
    (kept,) = alerting.store.revisions.values()
    assert kept.occurrences == 1


async def test_a_resolved_incident_can_still_be_acknowledged() -> None:
    alerting = Alerting()
    await alerting.office.take(outcome(2, 0))  # type: ignore[arg-type]
    await alerting.office.take(outcome(1, 60))  # type: ignore[arg-type]
    ((incident_id, _), *_) = alerting.store.revisions

    seen = await alerting.office.acknowledge(Acknowledged(incident_id, "li.wei", after(90)))

    assert seen is not None
    assert (seen.revision, seen.acknowledged_by) == (3, "li.wei")
    assert seen.resolved_at == after(60)
    nobody = await alerting.office.acknowledge(Acknowledged("limit-0", "li.wei", after(90)))
    assert nobody is None


async def test_watching_begins_with_what_is_open_and_misses_no_change() -> None:
    alerting = Alerting()
    await alerting.office.take(letter(0))

    with alerting.office.watch() as (unresolved, watcher):
        assert [incident.subject for incident in unresolved] == ["ingest"]
        await alerting.office.take(letter(1, writer="history"))

        assert (await watcher.next()).subject == "history"


async def test_a_watcher_that_is_too_slow_has_to_begin_anew() -> None:
    alerting = Alerting()

    with alerting.office.watch() as (_, watcher):
        for number in range(MOST_WAITING + 1):
            await alerting.office.take(letter(number, writer=f"writer-{number}"))

        with pytest.raises(TooSlow):
            await watcher.next()
