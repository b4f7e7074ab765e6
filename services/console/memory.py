"""What forecasts and plans had said before each slot of the day; asked for after a restart."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import grpc

from parkflow.dispatch.v1.dispatch_service_pb2 import GetPlanRequest
from parkflow.dispatch.v1.dispatch_service_pb2_grpc import DispatchServiceStub
from parkflow.dispatch.v1.plan_pb2 import DevicePlan, Plan
from parkflow.forecast.v1.forecast_pb2 import ForecastIssue
from parkflow.forecast.v1.forecast_service_pb2 import GetForecastRequest
from parkflow.forecast.v1.forecast_service_pb2_grpc import ForecastServiceStub
from services.console.domain.foreseen import Foreseen, Row
from services.console.messages import Json
from services.energy.time_grid import QUARTER
from services.runtime.clock import ParkClock
from services.runtime.grpc_client import CALL_S
from services.runtime.patience import is_away, patiently
from services.runtime.telemetry import log_for

KEPT = timedelta(hours=48)
GRID = "grid"
log = log_for(__name__)


@dataclass
class Memory:
    """Forecast rows are (P10, P50, P90) by point; plan rows (power, state of charge, curtailed)."""

    forecast: Foreseen = field(default_factory=Foreseen)
    planned: Foreseen = field(default_factory=Foreseen)

    def take_issue(self, issue: ForecastIssue) -> None:
        """Take in one forecast issue."""
        at = issue.issue_time.ToDatetime(UTC)
        for series in issue.series:
            start, step = series.start.ToDatetime(UTC), series.step.ToTimedelta()
            rows = [
                (_known(p10), _known(p50), _known(p90))
                for p10, p50, p90 in zip(series.p10_w, series.p50_w, series.p90_w, strict=True)
            ]
            self.forecast.take(series.point_id, at, start, step, rows)
        self.forecast.forget_before(at - KEPT)

    def take_plan(self, plan: Plan) -> None:
        """Take in one plan; devices without storage or curtailment have only their power."""
        at, start = plan.issue_time.ToDatetime(UTC), plan.start.ToDatetime(UTC)
        step = plan.step.ToTimedelta()
        self.planned.take(GRID, at, start, step, [(_known(w),) for w in plan.grid_power_w])
        for device in plan.devices:
            if device.state_of_charge_pct or device.curtailed_w:
                self.planned.take(device.device_id, at, start, step, list(_rows(device)))
        self.planned.forget_before(at - KEPT)

    def json_since(self, moment: datetime) -> Json:
        """Return both, each slot as [ms since the epoch, …values]."""
        return {
            what: {
                name: [[round(at.timestamp() * 1000), *values] for at, values in slots]
                for name, slots in foreseen.since(moment).items()
                if slots
            }
            for what, foreseen in (("forecast", self.forecast), ("planned", self.planned))
        }


async def recall(
    memory: Memory,
    park_id: str,
    zone: ZoneInfo,
    clock: ParkClock,
    *,
    forecasting: grpc.aio.Channel,
    dispatching: grpc.aio.Channel,
) -> None:
    """Ask once, quarter by quarter, what was said earlier today; then rest for ever."""
    forecasts, plans = ForecastServiceStub(forecasting), DispatchServiceStub(dispatching)
    for moment in _quarters(midnight_before(clock.now(), zone), clock.now()):
        wanted = GetForecastRequest(park_id=park_id)
        wanted.issued_by.FromDatetime(moment)
        if (forecast := await _asked(forecasts.GetForecast, wanted, "forecasting")) is not None:
            memory.take_issue(forecast.issue)
        in_force = GetPlanRequest(park_id=park_id)
        in_force.in_force_at.FromDatetime(moment)
        if (plan := await _asked(plans.GetPlan, in_force, "dispatch")) is not None:
            memory.take_plan(plan.plan)
    await asyncio.Event().wait()


def midnight_before(now: datetime, zone: ZoneInfo) -> datetime:
    """Return when the local day of `now` began, in UTC."""
    local = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return local.astimezone(UTC)


def _quarters(start: datetime, end: datetime) -> Iterator[datetime]:
    while start < end:
        yield start
        start += QUARTER


async def _asked(call: Callable[..., Awaitable[Any]], request: Any, peer: str) -> Any | None:
    """Return the answer; None when there is none of that time."""
    try:
        return await patiently(lambda: call(request, timeout=CALL_S), peer)
    except grpc.aio.AioRpcError as error:
        if is_away(error):
            raise
        return None


def _rows(device: DevicePlan) -> Iterator[Row]:
    levels, curtailed = device.state_of_charge_pct, device.curtailed_w
    for slot, power_w in enumerate(device.power_w):
        yield (
            _known(power_w),
            _known(levels[slot]) if slot < len(levels) else None,
            _known(curtailed[slot]) if slot < len(curtailed) else None,
        )


def _known(value: float) -> float | None:
    return None if value != value else value
