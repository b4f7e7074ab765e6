"""A requirement whose write went through unheard counts from the retry on, with all it ended."""

import time
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest

from parkflow.dispatch.v1 import dispatch_service_pb2 as pb
from services.dispatch.domain.triggers import planned, reason_to_plan
from services.dispatch.house import House
from services.dispatch.messages import moment_of
from services.dispatch.requirement_rpc import RequirementDesk
from services.energy.time_grid import QUARTER
from services.runtime.clock import ParkClock
from tests.support.builders import MORNING
from tests.support.requirements import a_run, a_target
from tests.unit.dispatch.builders import PLANT


class CutOff:
    """A store that commits, and whose connection may break before it can say so."""

    def __init__(self) -> None:
        self.kept: dict[str, pb.Requirement] = {}
        self.breaks = False

    async def save(self, requirement: pb.Requirement, _: Any, superseded: list[str]) -> None:
        self.kept[requirement.requirement_id] = requirement
        for former in superseded:
            self.kept[former].ended_at.CopyFrom(requirement.set_at)
        if self.breaks:
            raise psycopg.OperationalError("the connection is lost")

    async def with_key(self, key: str) -> pb.Requirement | None:
        return next((one for one in self.kept.values() if one.order.idempotency_key == key), None)

    async def in_force(self, now: datetime) -> list[pb.Requirement]:
        return [
            one
            for one in self.kept.values()
            if not one.HasField("ended_at") and now < moment_of(one.valid_until)
        ]


def a_desk() -> tuple[House, CutOff, RequirementDesk]:
    house, store = House.of(PLANT, ParkClock(MORNING, time.time(), 1.0)), CutOff()
    house.watch = planned(house.watch, MORNING)
    return house, store, RequirementDesk(house, store)  # type: ignore[arg-type]


async def lost(desk: RequirementDesk, store: CutOff, request: pb.SetRequirementRequest) -> None:
    store.breaks = True
    with pytest.raises(psycopg.OperationalError):
        await desk.set(request)
    store.breaks = False


def reason(house: House) -> str | None:
    return reason_to_plan(house.watch, MORNING + timedelta(minutes=1), QUARTER)


async def test_what_is_set_again_after_a_lost_answer_is_planned_with_at_once() -> None:
    house, store, desk = a_desk()
    request = a_target(6.0, idempotency_key="night")
    await lost(desk, store, request)
    assert reason(house) is None

    again = (await desk.set(request)).requirement

    assert [one.requirement_id for one in house.standing.in_force(MORNING)] == [
        again.requirement_id
    ]
    assert reason(house) == "requirements were found in the database"


async def test_what_it_superseded_is_in_force_no_more() -> None:
    house, store, desk = a_desk()
    await desk.set(a_run(30_000.0))
    second = a_run(20_000.0, idempotency_key="smaller")
    await lost(desk, store, second)

    await desk.set(second)

    (left,) = house.standing.in_force(MORNING)
    assert list(left.order.process_run.power_w) == [20_000.0]


async def test_a_mere_repeat_asks_for_no_plan() -> None:
    house, _, desk = a_desk()
    request = a_target(6.0, idempotency_key="night")
    await desk.set(request)
    house.watch = planned(house.watch, MORNING)

    await desk.set(request)

    assert reason(house) is None
