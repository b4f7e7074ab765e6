"""Simulate and Frontier: what the command plans from a file, planned for whoever calls."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from parkflow.dispatch.v1 import dispatch_service_pb2 as pb
from services.dispatch.domain.model.frontier import FrontierPoint
from services.dispatch.domain.model.planning import Status
from services.dispatch.settings import Settings
from services.dispatch.simulation import Unusable, frontier_of, simulated, warm
from services.dispatch.simulation_requests import (
    POINTS,
    BadDocument,
    Request,
    limit_s,
    mistakes_in,
)
from services.dispatch.turns import Turns
from services.dispatch.worker import Worker
from services.runtime.refusals import check_park
from services.runtime.telemetry import log_for

T = TypeVar("T")
NICENESS = 15
MOST_MICROS = 2**63 - 1
STATUSES = {
    Status.OPTIMAL: pb.SIMULATION_STATUS_OPTIMAL,
    Status.INCUMBENT: pb.SIMULATION_STATUS_INCUMBENT,
    Status.RELAXED: pb.SIMULATION_STATUS_RELAXED,
    Status.SHIFTED: pb.SIMULATION_STATUS_SHIFTED,
    Status.RULES: pb.SIMULATION_STATUS_RULES,
    Status.REJECTED: pb.SIMULATION_STATUS_REJECTED,
}
log = log_for(__name__)


class SimulationDesk:
    """Answers from the process of simulations, which begins with the first call."""

    def __init__(self, park_id: str, settings: Settings) -> None:
        self._park_id, self._settings = park_id, settings
        most_bytes = settings.simulation_memory_bytes
        self._worker = Worker("simulations", warm, NICENESS, most_bytes)
        self._turns = Turns(self._worker)

    async def simulate(self, request: pb.SimulateRequest, context: Any) -> pb.SimulateResponse:
        """Return the plan of the request's document."""
        plan = await self._made(request, context, simulated)
        return pb.SimulateResponse(
            plan_json=plan.plan_json,
            status=STATUSES[plan.status],
            total_cost_micros=micros(plan.total_cost),
            violation_count=plan.violations,
        )

    async def frontier(self, request: pb.FrontierRequest, context: Any) -> pb.FrontierResponse:
        """Return the frontier of the request's document."""
        found = await self._made(request, context, frontier_of, request.point_count or POINTS)
        return pb.FrontierResponse(
            points=[_point_message(point) for point in found.points],
            currency=found.currency,
            left_out=found.left_out,
        )

    def stop(self) -> None:
        """End the process at once."""
        self._worker.stop()

    async def _made(
        self, request: Request, context: Any, work: Callable[..., T | Unusable], *more: object
    ) -> T:
        check_park(request.park_id, self._park_id, mistakes_in(request, self._settings))
        began = time.monotonic()
        made = await self._turns.take(
            context.time_remaining,
            limit_s(request, self._settings),
            work,
            request.problem_json,
            *more,
        )
        seconds = round(time.monotonic() - began, 3)
        log.info("simulated", what=work.__name__, bytes=len(request.problem_json), seconds=seconds)
        if isinstance(made, Unusable):
            raise BadDocument(made.mistakes)
        return made


def micros(amount: float) -> int | None:
    """Return an amount in millionths; None where the wire's integers end."""
    if not abs(amount) * 1e6 < MOST_MICROS:
        return None
    return round(amount * 1e6)


def _point_message(point: FrontierPoint) -> pb.FrontierPoint:
    return pb.FrontierPoint(
        cost_micros=micros(point.cost),
        carbon_kg=point.carbon_kg,
        carbon_price_micros_per_kg=micros(point.price_per_kg),
    )
