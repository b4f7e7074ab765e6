"""The whole service, a process of its own, on a real Kafka and PostgreSQL; the park runs at 60."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, timedelta
from pathlib import Path
from typing import ClassVar

import grpc
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from parkflow.dispatch.v1 import dispatch_service_pb2 as pb
from parkflow.dispatch.v1 import setpoint_pb2
from parkflow.dispatch.v1.dispatch_service_pb2_grpc import DispatchServiceStub
from services.demo.stack import Kafka
from services.runtime.clock import ParkClock
from services.runtime.database import migrate
from tests.integration.dispatch.a_living_park import LivingPark
from tests.support.park_process import ParkProcess, ended
from tests.support.patience import PATIENCE_S, quickly, until
from tests.support.reading_frames import a_park_named

SPEED = 60.0


@dataclass
class DispatchProcess(ParkProcess):
    """One dispatch of a park of its own."""

    service: ClassVar[str] = "dispatch"
    database_url: str
    steers: bool = True

    def environment(self) -> dict[str, str]:
        return {
            "PARKFLOW_DATABASE_URL": self.database_url,
            "PARKFLOW_DISPATCH": "on" if self.steers else "off",
        }

    @property
    def clock(self) -> ParkClock:
        return ParkClock(self.origin, self.began, self.speed)


@dataclass
class Running:
    """A dispatch that runs, with a client."""

    process: DispatchProcess
    stub: DispatchServiceStub

    @property
    def park_id(self) -> str:
        return self.process.park_id


@pytest.fixture
async def dispatch(
    kafka_with_topics: Kafka, fresh_database: str, tmp_path: Path
) -> AsyncIterator[DispatchProcess]:
    """A dispatch that is not started yet; its park's time begins in two seconds."""
    await migrate("dispatch", fresh_database)
    began = time.time() + 2.0
    process = DispatchProcess(
        tmp_path, kafka_with_topics.address, fresh_database, speed=SPEED, began=began
    )
    with ended(process):
        yield process


@asynccontextmanager
async def running_now(dispatch: DispatchProcess) -> AsyncIterator[Running]:
    """Start it; it ends cleanly with the block."""
    await asyncio.to_thread(dispatch.start)
    async with grpc.aio.insecure_channel(dispatch.address) as channel:
        yield Running(dispatch, DispatchServiceStub(channel))
    assert await asyncio.to_thread(dispatch.stop) == 0


@asynccontextmanager
async def a_living_park(dispatch: DispatchProcess) -> AsyncIterator[LivingPark]:
    park = LivingPark(
        a_park_named(dispatch.park_id, dispatch.folder)[1], dispatch.clock, dispatch.kafka
    )
    await park.start()
    try:
        yield park
    finally:
        await park.stop()


async def next_control(
    running: Running, wanted: Callable[[pb.WatchControlResponse], bool]
) -> pb.WatchControlResponse:
    """Return the first control cycle that is as wanted."""

    async def look() -> pb.WatchControlResponse:
        cycle: pb.WatchControlResponse
        request = pb.WatchControlRequest(park_id=running.park_id)
        async for cycle in running.stub.WatchControl(request):
            if wanted(cycle):
                return cycle
        raise AssertionError("the stream ended")

    return await asyncio.wait_for(look(), PATIENCE_S)


def fresh_plan(cycle: pb.WatchControlResponse) -> bool:
    """Whether control stands on a plan in force."""
    return cycle.mode == pb.CONTROL_MODE_FRESH_PLAN


def fail_safe(cycle: pb.WatchControlResponse) -> bool:
    """Whether every device is at its fail-safe."""
    return cycle.mode == pb.CONTROL_MODE_FAIL_SAFE


@pytest.fixture(autouse=True, scope="module")
def traced() -> None:
    """Spans get ids, as in a real process."""
    trace.set_tracer_provider(TracerProvider())


async def test_readings_become_plans_setpoints_and_confirmed_outcomes_that_survive_a_restart(
    dispatch: DispatchProcess,
) -> None:
    async with a_living_park(dispatch) as park:
        await park.publish_prices(100_000)
        async with running_now(dispatch) as running:
            cycle = await next_control(running, lambda c: fresh_plan(c) and len(c.setpoints) > 2)
            assert cycle.HasField("grid_power_w")
            await until(lambda: len(park.setpoints) > 20, "set-points reach the devices")
            traces = {
                headers["traceparent"].split("-")[1]
                for setpoint, headers in zip(park.setpoints, park.headers, strict=True)
                if setpoint.plan_id
            }
            assert traces <= park.grid_traces, "each set-point continues a grid reading's trace"
            await _explains_the_plan(running)
            await _obeys_an_override(running, park)
            await _many_are_achieved(running)
            plan_id = (
                await running.stub.GetPlan(pb.GetPlanRequest(park_id=running.park_id))
            ).plan.plan_id

        async with running_now(dispatch) as running:
            overrides = await running.stub.ListOverrides(
                pb.ListOverridesRequest(park_id=running.park_id)
            )
            assert {override.cancelled_by for override in overrides.overrides} == {"wang"}
            explained = await running.stub.Explain(
                pb.ExplainRequest(park_id=running.park_id, plan_id=plan_id, device_id="battery")
            )
            assert explained.plan_id == plan_id
            await next_control(running, fresh_plan)
            await _all_end_with_their_leases(running)
            await _counts_from_an_instant(running)


async def _all_end_with_their_leases(running: Running) -> None:
    """What is open, from before the restart too, ends; a lease is 10 s at this speed."""
    opened = _open(await _newest(running))

    async def ended() -> bool:
        newest = await _newest(running)
        left = _open(newest)
        return not opened & left and len(left) < len(newest.setpoints) / 4

    await until(ended, "every set-point ends with its lease at the latest")


async def _newest(running: Running) -> pb.ListSetpointsResponse:
    request = pb.ListSetpointsRequest(park_id=running.park_id, page_size=1000)
    listed: pb.ListSetpointsResponse = await running.stub.ListSetpoints(request)
    return listed


def _open(listed: pb.ListSetpointsResponse) -> set[str]:
    return {s.setpoint.setpoint_id for s in listed.setpoints if not s.HasField("outcome")}


async def _counts_from_an_instant(running: Running) -> None:
    known = (await _newest(running)).setpoints
    times = sorted(t.setpoint.issued_at.ToDatetime(tzinfo=UTC) for t in known)
    request = pb.ListSetpointsRequest(park_id=running.park_id, page_size=1000)
    request.issued_from.FromDatetime(times[len(times) // 2])
    later = await running.stub.ListSetpoints(request)
    total = await _newest(running)  # asked last: the newest ones are still being issued
    found = [t.setpoint.issued_at.ToDatetime(tzinfo=UTC) for t in later.setpoints]
    assert min(found) == times[len(times) // 2]
    assert 0 < _counted(later) < _counted(total)


def _counted(answer: pb.ListSetpointsResponse) -> int:
    ended = answer.achieved_count + answer.partial_count + answer.rejected_count
    return ended + answer.expired_count + answer.superseded_count + answer.open_count


async def _many_are_achieved(running: Running) -> None:
    async def many() -> bool:
        listed = await running.stub.ListSetpoints(pb.ListSetpointsRequest(park_id=running.park_id))
        return bool(listed.achieved_count > 20)

    await until(many, "more than 20 set-points are achieved")


async def _explains_the_plan(running: Running) -> None:
    request = pb.ExplainRequest(park_id=running.park_id, device_id="battery")

    async def asked(_: int) -> None:
        await running.stub.Explain(request)

    async def optimal() -> pb.ExplainResponse | None:
        answer = await running.stub.Explain(request)
        return answer if answer.HasField("marginal_price_micros_per_kwh") else None

    await quickly(asked, 2.0)  # `make bench` measures it; this machine may be busy
    answer = await until(optimal, "a plan that the solver made in time is explained")
    assert answer.text_en
    assert "储能" in answer.text_zh
    sources = {i.name: i.source for i in answer.inputs}
    assert sources["import_price"] == "test-prices"


async def _obeys_an_override(running: Running, park: LivingPark) -> None:
    given: list[pb.ManualOverride] = []

    def sent() -> list[setpoint_pb2.Setpoint]:
        return [s for s in park.setpoints if s.value_w == given[-1].order.value_w]

    async def obeyed(number: int) -> None:
        given.append(await _overridden(running, number))
        await until(sent, "the order reaches the battery")

    await quickly(obeyed, 2.0)
    assert sent()[0].won_by == setpoint_pb2.PRIORITY_OPERATOR

    async def achieved() -> bool:
        request = pb.ListSetpointsRequest(
            park_id=running.park_id, device_id="battery", page_size=1000
        )
        listed = await running.stub.ListSetpoints(request)
        ended = {t.setpoint.setpoint_id: t.outcome.outcome for t in listed.setpoints}
        return setpoint_pb2.OUTCOME_ACHIEVED in {ended.get(s.setpoint_id) for s in sent()}

    await until(achieved, "the battery does what was ordered")
    for override in given:
        cancelled = await running.stub.CancelOverride(
            pb.CancelOverrideRequest(
                park_id=running.park_id, override_id=override.override_id, user="wang"
            )
        )
        assert cancelled.override.cancelled_by == "wang"


async def _overridden(running: Running, number: int) -> pb.ManualOverride:
    """Order a power for the battery, twice with the same key; each number is another order."""
    order = pb.OverrideRequest(
        park_id=running.park_id,
        device_id="battery",
        quantity=setpoint_pb2.SETPOINT_QUANTITY_ACTIVE_POWER_W,
        value_w=123_000.0 + 1_000.0 * number,
        user="li",
        reason="test run",
        idempotency_key=f"order-{number}",
    )
    order.expires_at.FromDatetime(running.process.clock.now() + timedelta(hours=2))
    first: pb.OverrideResponse = await running.stub.Override(order)
    second = await running.stub.Override(order)
    assert first.override.override_id == second.override.override_id
    return first.override


async def test_a_wrong_order_is_refused_with_every_mistake_named(
    dispatch: DispatchProcess,
) -> None:
    async with running_now(dispatch) as running:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await running.stub.Override(
                pb.OverrideRequest(park_id=running.park_id, device_id="steel", value_w=1.0)
            )

    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    text = refused.value.details() or ""
    assert all(field in text for field in ("device_id", "expires_at", "user", "reason"))


async def test_a_silent_grid_meter_leads_to_fail_safe_and_back(
    dispatch: DispatchProcess,
) -> None:
    async with (
        a_living_park(dispatch) as park,
        running_now(dispatch) as running,
    ):
        await next_control(running, fresh_plan)

        park.silent_sources.add("modbus-grid")
        cycle = await next_control(running, fail_safe)
        park.silent_sources.clear()

        assert "grid meter is stale: counts as import at the limit" in cycle.stand_ins
        assert not cycle.HasField("grid_power_w")
        await next_control(running, fresh_plan)


async def test_switched_off_it_plans_and_shows_but_issues_nothing(
    dispatch: DispatchProcess,
) -> None:
    dispatch.steers = False
    async with a_living_park(dispatch) as park, running_now(dispatch) as running:
        cycles: set[str] = set()

        def fourth(cycle: pb.WatchControlResponse) -> bool:
            if cycle.plan_id:
                cycles.add(cycle.snapshot_id)
            return len(cycles) == 4

        cycle = await next_control(running, fourth)

        assert cycle.stand_ins[0] == "dispatch is off: no set-points are issued"
        assert park.setpoints == []
