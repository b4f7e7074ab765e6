"""Simulate and Frontier over gRPC: the command's own plans, and no harm to what is steered."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

import grpc
import numpy as np
import pytest
import pytest_asyncio

from parkflow.dispatch.v1 import dispatch_service_pb2 as pb
from parkflow.dispatch.v1.dispatch_service_pb2_grpc import (
    DispatchServiceStub,
    add_DispatchServiceServicer_to_server,
)
from services.dispatch.domain.explanation import Reasons
from services.dispatch.domain.ladder import Origin
from services.dispatch.domain.plan import Costs, Plan
from services.dispatch.domain.plant import Plant
from services.dispatch.house import House
from services.dispatch.plan_record import Explainable
from services.dispatch.requirement_rpc import RequirementDesk
from services.dispatch.requirement_store import RequirementStore
from services.dispatch.rpc import SERVICE_NAME, DispatchRpc
from services.dispatch.settings import Settings
from services.dispatch.simulation_rpc import SimulationDesk
from services.dispatch.solve.command import main as solve_command
from services.dispatch.store import Store
from services.energy.time_grid import QUARTER
from services.runtime.clock import ParkClock
from services.runtime.database import Database
from services.runtime.grpc_server import GrpcServer
from tests.support.builders import DEMO_PARK_FILE, MORNING, REPOSITORY, a_park
from tests.support.calls import named_fields
from tests.support.patience import CALL_S

FACTORY = REPOSITORY / "docs" / "examples" / "dispatch" / "factory.json"
SETTINGS = Settings(park=DEMO_PARK_FILE, grpc_port=0, metrics_port=0)
pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Caller:
    """Asks the service of the demo park."""

    stub: Any

    async def simulate(self, document: Any, **more: Any) -> pb.SimulateResponse:
        request = pb.SimulateRequest(park_id="demo-park", problem_json=written(document), **more)
        answer: pb.SimulateResponse = await self.stub.Simulate(request, timeout=CALL_S)
        return answer

    async def frontier(self, document: Any, **more: Any) -> pb.FrontierResponse:
        request = pb.FrontierRequest(park_id="demo-park", problem_json=written(document), **more)
        answer: pb.FrontierResponse = await self.stub.Frontier(request, timeout=CALL_S)
        return answer

    async def plan_in_force(self) -> str:
        request = pb.GetPlanRequest(park_id="demo-park")
        return str((await self.stub.GetPlan(request, timeout=CALL_S)).plan.plan_id)


def written(document: Any) -> bytes:
    return document if isinstance(document, bytes) else json.dumps(document).encode()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def caller() -> AsyncIterator[Caller]:
    """The service's calls without what feeds it: a plan is in force, nothing else goes on."""
    house = House.of(Plant.of(a_park(), timedelta(minutes=1)), ParkClock.wall())
    house.adopt(Explainable(a_plan(), Reasons([], [], [], []), None))
    desk, server = SimulationDesk(a_park().id, SETTINGS), GrpcServer(SETTINGS)
    database = Database("dispatch", "postgresql://nobody@127.0.0.1:1/nothing")
    requirements = RequirementDesk(house, RequirementStore(database, a_park().id))
    rpc = DispatchRpc(house, Store(database, a_park().id), desk, requirements)
    server.add(add_DispatchServiceServicer_to_server, rpc, SERVICE_NAME)
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        yield Caller(DispatchServiceStub(channel))
    await server.stop()
    desk.stop()


def a_plan() -> Plan:
    """A plan of one quarter hour in which nothing is done."""
    return Plan(
        plan_id="the plan in force",
        park_id=a_park().id,
        issue_time=MORNING,
        valid_until=MORNING + QUARTER,
        origin=Origin.RULES,
        start=MORNING,
        step=QUARTER,
        courses={},
        grid_w=np.zeros(1),
        base_w=np.zeros(1),
        currency="GBP",
        costs=Costs(0, 0, 0, 0, 0),
        violations=(),
        snapshot_id="",
        forecast_issue_time=None,
        solve_seconds=0.0,
        caveats=(),
    )


def a_choice(**grid: Any) -> dict[str, Any]:
    """100 kW for 10 h: from the grid at 0.5 with 1 kg a kWh, up to 60 kW from green sources at 0.8.

    The 600 kWh that may be green cost 0.3 more and spare a kilogram each.
    """
    given = {"id": "grid", "import_price": 0.5, "import_limit_kw": 200.0, "carbon_kg_per_kwh": 1.0}
    return {
        "horizon": {"steps": 10, "step_h": 1.0},
        "currency": "EUR",
        "grids": [given | grid],
        "supplies": [{"id": "green", "node": "electricity", "price": 0.8, "limit_kw": 60.0}],
        "loads": [{"id": "works", "power_kw": 100.0}],
    }


def without_effort(plan_json: bytes) -> Any:
    """The plan document without how long it took."""
    plan = json.loads(plan_json)
    plan["solve"] = {key: plan["solve"][key] for key in ("gap", "columns", "rows")}
    return plan


async def test_a_simulated_plan_is_the_one_that_the_command_writes(
    caller: Caller, tmp_path: Path
) -> None:
    out = tmp_path / "plan.json"
    assert solve_command([str(FACTORY), "--out", str(out), "--time-limit", "10"]) == 0

    answer = await caller.simulate(FACTORY.read_bytes())

    plan = without_effort(out.read_bytes())
    assert without_effort(answer.plan_json) == plan
    assert answer.status == pb.SIMULATION_STATUS_OPTIMAL
    assert answer.total_cost_micros == pytest.approx(plan["cost"]["total"] * 1e6, abs=1)
    assert answer.violation_count == len(plan["violations"])


async def test_what_a_plan_breaks_is_counted_and_in_its_cost(caller: Caller) -> None:
    answer = await caller.simulate(a_choice(import_limit_kw=30.0))  # and 60 green: 10 kW too few

    plan = json.loads(answer.plan_json)
    assert answer.violation_count == len(plan["violations"]) == 10
    cost = 400 * 0.5 + 600 * 0.8 + 100 * 1000  # 100 kWh beyond the limit at 1000 P, P is 1
    assert answer.total_cost_micros == pytest.approx(cost * 1e6, abs=1)


async def test_a_bad_document_is_told_every_mistake_with_its_path(caller: Caller) -> None:
    bad = a_choice(import_price=[1, 2])  # two prices for ten steps
    bad["loads"] = [{"id": "works", "power": 100.0}]
    bad["stores"] = [{"id": "works", "highest_kwh": -5, "node": "nowhere"}]

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await caller.simulate(bad)

    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert named_fields(refused.value) >= {
        "problem_json.grids[0].import_price",
        "problem_json.loads[0].power",
        "problem_json.loads[0].power_kw",
        "problem_json.stores[0].highest_kwh",
        "problem_json.stores[0].node",
    }


async def test_what_is_no_document_at_all_is_told_so(caller: Caller) -> None:
    for content in (b"{", b"\xff", b"[]", b'{"horizon": {"steps": 1e400}}'):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await caller.frontier(content)
        assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert all(name.startswith("problem_json") for name in named_fields(refused.value))


async def test_ten_thousand_mistakes_reach_the_caller_as_far_as_they_fit(caller: Caller) -> None:
    bad = a_choice() | {"loads": [{"id": f"hall_{k}", "power": 1} for k in range(5000)]}

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await caller.simulate(bad)

    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert refused.value.details().startswith("10000 mistakes in the problem document")
    assert {"problem_json", "problem_json.loads[0].power_kw"} <= named_fields(refused.value)


async def test_a_frontier_shows_what_each_kilogram_less_costs(caller: Caller) -> None:
    answer = await caller.frontier(a_choice())

    assert answer.currency == "EUR"
    told = [
        (round(p.carbon_kg, 3), p.cost_micros, p.carbon_price_micros_per_kg) for p in answer.points
    ]
    assert told == [  # 1000 kWh at 0.5; each kilogram less is a kWh at 0.8
        (1000.0, 500_000_000, 0),
        (850.0, 545_000_000, 300_000),
        (700.0, 590_000_000, 300_000),
        (550.0, 635_000_000, 300_000),
        (400.0, 680_000_000, 300_000),
    ]


async def test_a_frontier_has_as_many_points_as_are_asked_for(caller: Caller) -> None:
    assert len((await caller.frontier(a_choice(), point_count=3)).points) == 3
    assert len((await caller.frontier(a_choice(), point_count=9)).points) == 9


async def test_plans_in_force_are_told_at_once_while_a_simulation_goes_on(caller: Caller) -> None:
    simulation = asyncio.create_task(caller.simulate(a_long_simulation()))
    await asyncio.sleep(0.2)

    took_s: list[float] = []
    while not simulation.done():
        began = time.monotonic()
        assert await caller.plan_in_force() == "the plan in force"
        took_s.append(time.monotonic() - began)
        await asyncio.sleep(0.02)

    assert json.loads((await simulation).plan_json)["status"] in ("optimal", "incumbent")
    assert len(took_s) > 10
    assert median(took_s) < 0.2


def a_long_simulation() -> dict[str, Any]:
    """A week in quarter hours with 30 stores: seconds of reading, building and solving."""
    prices = [round(0.5 + 0.4 * ((k * 37) % 96) / 96, 3) for k in range(672)]
    store = {"highest_kwh": 100, "start_kwh": 50, "charge_kw": 50, "discharge_kw": 50}
    return a_choice(import_price=prices) | {
        "horizon": {"steps": 672, "step_h": 0.25},
        "stores": [store | {"id": f"store_{k}", "wear_per_kwh": 0.01 * k} for k in range(30)],
    }
