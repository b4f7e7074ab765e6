"""What is set by gRPC is kept by the next plan of a whole dispatch, over kill -9 too."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import grpc

from parkflow.dispatch.v1 import dispatch_service_pb2 as pb
from parkflow.dispatch.v1 import requirement_pb2 as kinds
from parkflow.dispatch.v1.dispatch_service_pb2_grpc import DispatchServiceStub
from parkflow.dispatch.v1.plan_pb2 import Plan
from parkflow.type.v1.interval_pb2 import Interval
from services.dispatch.messages import moment_of, stamp
from services.energy.time_grid import QUARTER, ceiling
from tests.integration.dispatch.test_dispatch_service import (
    DispatchProcess,
    Running,
    a_living_park,
    dispatch,
    fresh_plan,
    next_control,
    running_now,
    traced,
)
from tests.support.patience import until

__all__ = ["dispatch", "traced"]

HOUR = timedelta(hours=1)
WANTED_PCT = 90.0


async def test_a_target_and_a_maintenance_are_kept_by_the_next_plan_and_after_a_kill(
    dispatch: DispatchProcess,
) -> None:
    async with a_living_park(dispatch) as park:
        await park.publish_prices(100_000)
        await asyncio.to_thread(dispatch.start)
        async with grpc.aio.insecure_channel(dispatch.address) as channel:
            running = Running(dispatch, DispatchServiceStub(channel))
            await next_control(running, fresh_plan)
            now = ceiling(dispatch.clock.now())
            at, away = now + 5 * HOUR, (now + HOUR, now + 2 * HOUR)
            last = await required(running, at, away)
            plan = await plan_after(running, last)
            assert keeps(plan, at, away), plan
            reasons = {event["reason"] for event in dispatch.events("planned")}
            assert "a requirement was set" in reasons

        dispatch.kill()
        async with running_now(dispatch) as again:
            found = await again.stub.ListRequirements(
                pb.ListRequirementsRequest(park_id=again.park_id)
            )
            assert [one.order.user for one in found.requirements] == ["li", "li"]
            await next_control(again, fresh_plan)
            plan = await plan_after(again, max(last, dispatch.clock.now()))
            assert keeps(plan, at, away), plan


async def required(running: Running, at: datetime, away: tuple[datetime, datetime]) -> datetime:
    """Require nine tenths in the battery at a time, and to leave it alone before; return when."""
    target = kinds.StorageTarget(device_id="battery", at_time=stamp(at), least_pct=WANTED_PCT)
    window = Interval(start=stamp(away[0]), end=stamp(away[1]))
    gone = kinds.Unavailability(device_id="battery", window=window)
    who = {"park_id": running.park_id, "user": "li", "reason": "a test"}
    first = pb.SetRequirementRequest(storage_target=target, **who)
    second = pb.SetRequirementRequest(unavailability=gone, **who)
    await running.stub.SetRequirement(first)
    kept = await running.stub.SetRequirement(second)
    return moment_of(kept.requirement.set_at)


async def plan_after(running: Running, moment: datetime) -> Plan:
    """Return the first plan in force that was made after a moment and has the battery.

    Where its level is not known, as shortly after a start, a plan lets it rest.
    """

    async def look() -> Plan | None:
        plan: Plan = (await running.stub.GetPlan(pb.GetPlanRequest(park_id=running.park_id))).plan
        is_in_it = any(device.device_id == "battery" for device in plan.devices)
        return plan if is_in_it and moment < moment_of(plan.issue_time) else None

    return await until(look, "a plan is made after it")


def keeps(plan: Plan, at: datetime, away: tuple[datetime, datetime]) -> bool:
    """Whether the battery has what is wanted by then, and is left alone meanwhile."""
    battery = next(device for device in plan.devices if device.device_id == "battery")
    start = plan.start.ToDatetime(tzinfo=UTC)
    by_then = battery.state_of_charge_pct[(at - start) // QUARTER - 1]
    first, last = ((moment - start) // QUARTER for moment in away)
    return by_then >= WANTED_PCT - 0.1 and set(battery.power_w[first:last]) == {0.0}
