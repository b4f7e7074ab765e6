"""A conversation with a charge point that does not keep to the protocol, on a wire in memory."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from ocpp.v16 import call
from websockets.exceptions import ConnectionClosedOK

from services.ingest.adapters.adapter import Tools
from services.ingest.adapters.ocpp.desk import ReadingDesk
from services.ingest.adapters.ocpp.v16 import ChargePoint16
from services.ingest.settings import Settings
from services.runtime.clock import ParkClock
from services.runtime.publishing import DeadLetterOffice
from tests.support.builders import MORNING
from tests.support.charge_points import a_call
from tests.support.one_adapter import Intake, a_park_with

GOOD_STATE = {"connectorId": 1, "status": "Charging", "errorCode": "NoError"}


class Wire:
    """Both ends of a connection: what the charge point says, and what it is told."""

    def __init__(self) -> None:
        self.said: asyncio.Queue[str | None] = asyncio.Queue()
        self.told: list[Any] = []

    async def recv(self) -> str:
        message = await self.said.get()
        if message is None:
            raise ConnectionClosedOK(None, None)
        return message

    async def send(self, message: str) -> None:
        self.told.append(json.loads(message))


class MovingClock(ParkClock):
    """Park time that the test moves on."""

    ahead = timedelta(0)

    def now(self) -> Any:
        return MORNING + MovingClock.ahead


@asynccontextmanager
async def talking(folder: Path) -> AsyncIterator[tuple[ChargePoint16, Wire, Intake]]:
    """A charge point of two connectors in conversation."""
    connectors = [
        {"charge_point": "CP1", "connector": n, "device": f"charger_0{n}"} for n in (1, 2)
    ]
    source = {"id": "ocpp-1", "protocol": "ocpp", "port": 9220, "connectors": connectors}
    devices = {"charger": {"source": "ocpp", "count": 2, "cabinets": 1}}
    park, intake, wire = a_park_with(folder, source, devices), Intake(), Wire()
    clock = MovingClock(MORNING, time.time(), 1.0)
    office = cast(DeadLetterOffice, intake)
    tools = Tools(park, Settings(park=Path()), clock, intake.take, office)
    settings: Any = park.source("ocpp-1").settings
    point = ChargePoint16("CP1", wire, ReadingDesk("ocpp-1", settings, tools))
    running = asyncio.create_task(point.talk(lambda: None))
    try:
        yield point, wire, intake
    finally:
        wire.said.put_nowait(None)
        await running


@pytest.mark.parametrize("depth", [200, 950])
async def test_a_call_too_deep_to_be_handled_is_answered_and_told_and_the_next_is_taken(
    tmp_path: Path, depth: int
) -> None:
    deep = '{"a":' * depth + "1" + "}" * depth
    async with talking(tmp_path) as (_, wire, intake):
        wire.said.put_nowait(f'[2, "1", "MeterValues", {{"connectorId": 1, "x": {deep}}}]')
        wire.said.put_nowait(a_call("StatusNotification", GOOD_STATE))
        await intake.until(lambda: intake.shows(charger_01__connected=1.0) and bool(intake.letters))

    assert {letter["reason"] for letter in intake.letters} <= {"defect", "unreadable"}
    assert wire.told[-1] == [3, "1", {}]
    assert intake.shows(charger_01__connected=1.0)


async def test_a_state_without_a_time_that_had_to_wait_is_as_of_its_arrival(tmp_path: Path) -> None:
    async with talking(tmp_path) as (_, wire, intake):
        intake.here.clear()
        for connector in (1, 2):
            state = GOOD_STATE | {"connectorId": connector}
            wire.said.put_nowait(a_call("StatusNotification", state))
        await intake.until(wire.said.empty)
        MovingClock.ahead = timedelta(hours=1)
        intake.here.set()
        await intake.until(lambda: len(intake.rows) == 2)

    first, second = (row[1] for row in intake.rows)
    assert first == second == int(MORNING.timestamp() * 1e6)


async def test_answers_nobody_asked_for_are_dropped_and_ours_is_found(tmp_path: Path) -> None:
    async with talking(tmp_path) as (point, wire, intake):
        for number in range(3_000):
            wire.said.put_nowait(json.dumps([3, f"no-{number}", {}]))
        asked = asyncio.create_task(point.ask(call.TriggerMessage("Heartbeat")))
        await intake.until(lambda: len(wire.told) == 1)
        for _ in range(2):  # the same answer twice counts once
            wire.said.put_nowait(json.dumps([3, wire.told[0][1], {"status": "Accepted"}]))
        answer = await asked
        await intake.until(wire.said.empty)

    assert answer.status == "Accepted"
    assert point._response_queue.empty()


async def test_a_call_the_library_breaks_on_is_answered_with_an_error_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: Any, __: Any) -> None:
        raise ZeroDivisionError("of course")

    monkeypatch.setattr("ocpp.charge_point.ChargePoint._handle_call", broken)
    async with talking(tmp_path) as (_, wire, intake):
        wire.said.put_nowait(a_call("Heartbeat", {}))
        await intake.until(lambda: len(wire.told) == 1)

    assert wire.told[0][:3] == [4, "1", "InternalError"]
    assert [letter["reason"] for letter in intake.letters] == ["defect"]
