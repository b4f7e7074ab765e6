"""A dispatch that answers about requirements of the demo park, on a database; nothing feeds it."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

from parkflow.dispatch.v1 import dispatch_service_pb2 as pb
from parkflow.dispatch.v1 import requirement_pb2 as kinds
from parkflow.dispatch.v1.dispatch_service_pb2_grpc import (
    DispatchServiceStub,
    add_DispatchServiceServicer_to_server,
)
from parkflow.type.v1.interval_pb2 import Interval
from services.dispatch.domain.plant import Plant
from services.dispatch.house import House
from services.dispatch.messages import stamp
from services.dispatch.requirement_rpc import RequirementDesk
from services.dispatch.requirement_store import RequirementStore
from services.dispatch.rpc import SERVICE_NAME, DispatchRpc
from services.dispatch.settings import Settings
from services.dispatch.simulation_rpc import SimulationDesk
from services.dispatch.store import Store
from services.runtime.clock import ParkClock
from services.runtime.database import Database
from services.runtime.grpc_server import GrpcServer
from tests.support.builders import DEMO_PARK_FILE, MORNING, a_park, after
from tests.support.patience import CALL_S

SETTINGS = Settings(park=DEMO_PARK_FILE, grpc_port=0, metrics_port=0)


@dataclass
class Dispatch:
    """A dispatch that serves; `now` may be set."""

    house: House
    database: Database
    stub: Any

    async def set(self, request: pb.SetRequirementRequest) -> pb.Requirement:
        answer = await self.stub.SetRequirement(request, timeout=CALL_S)
        kept: pb.Requirement = answer.requirement
        return kept

    async def cancel(self, requirement_id: str, user: str = "wang") -> pb.Requirement:
        request = pb.CancelRequirementRequest(
            park_id="demo-park", requirement_id=requirement_id, user=user
        )
        kept: pb.Requirement = (
            await self.stub.CancelRequirement(request, timeout=CALL_S)
        ).requirement
        return kept

    async def listed(self, **more: Any) -> list[pb.Requirement]:
        request = pb.ListRequirementsRequest(park_id="demo-park", **more)
        answer = await self.stub.ListRequirements(request, timeout=CALL_S)
        return list(answer.requirements)

    @property
    def in_force(self) -> list[str]:
        """The ids of what the planner sees."""
        now = self.house.clock.now()
        return [one.requirement_id for one in self.house.standing.in_force(now)]

    def wait(self, span: timedelta) -> None:
        """Let park time pass."""
        clock = self.house.clock
        self.house.clock = ParkClock(clock.park_origin + span, clock.wall_origin, clock.speed)


@asynccontextmanager
async def a_dispatch(database_url: str, now: datetime = MORNING) -> AsyncIterator[Dispatch]:
    """Serve on a migrated database, from a moment on; ends as if it was killed."""
    house = House.of(Plant.of(a_park(), timedelta(minutes=1)), ParkClock(now, time.time(), 1.0))
    database, park_id = Database("dispatch", database_url), a_park().id
    await database.start()
    requirements = RequirementDesk(house, RequirementStore(database, park_id))
    await requirements.restore()
    desk, server = SimulationDesk(park_id, SETTINGS), GrpcServer(SETTINGS)
    rpc = DispatchRpc(house, Store(database, park_id), desk, requirements)
    server.add(add_DispatchServiceServicer_to_server, rpc, SERVICE_NAME)
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        yield Dispatch(house, database, DispatchServiceStub(channel))
    await server.stop()
    await database.stop()


def at(hours: float) -> Timestamp:
    """Return a moment so many hours after the demo's start."""
    return stamp(after(hours=hours))


def window(first: float, last: float) -> Interval:
    """Return a window, in hours after the demo's start."""
    return Interval(start=at(first), end=at(last))


def told(**more: Any) -> pb.SetRequirementRequest:
    """Return a requirement that somebody sets; it is sound if its kind is."""
    usual = {"park_id": "demo-park", "user": "li", "reason": "a test"}
    return pb.SetRequirementRequest(**(usual | more))


def a_target(hours: float = 6.0, least_wh: float = 1_500_000.0, **more: Any) -> Any:
    """Return a target of the battery."""
    target = kinds.StorageTarget(device_id="battery", at_time=at(hours), least_energy_wh=least_wh)
    return told(storage_target=target, **more)


def a_run(power_w: float = 30_000.0, **more: Any) -> Any:
    """Return a wash of an hour within the next six."""
    run = kinds.ProcessRun(
        process_id="wash", power_w=[power_w], earliest_start=at(0), latest_end=at(6)
    )
    run.duration.FromTimedelta(timedelta(hours=1))
    return told(process_run=run, **more)
