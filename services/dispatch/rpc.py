"""DispatchService: plans, explanations, overrides, requirements, the live control cycle,
set-points, what-ifs.
"""

import asyncio
import math
import uuid
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from parkflow.dispatch.v1 import dispatch_service_pb2 as pb
from parkflow.dispatch.v1 import setpoint_pb2
from parkflow.dispatch.v1.dispatch_service_pb2_grpc import DispatchServiceServicer
from services.dispatch.domain.explaining.because import Because, Kind
from services.dispatch.domain.explanation import Explanation, explained, micros
from services.dispatch.domain.orders import LIMIT, TARGET, mistakes_in
from services.dispatch.domain.plan import Plan
from services.dispatch.house import House
from services.dispatch.messages import moment_of, plan_message, stamp
from services.dispatch.plan_record import Explainable, unpacked
from services.dispatch.requirement_rpc import RequirementDesk
from services.dispatch.simulation_rpc import SimulationDesk
from services.dispatch.store import Store
from services.energy.site import Device
from services.runtime.refusals import (
    FieldMistake,
    InvalidFields,
    NotFound,
    check_park,
    invalid_field,
)
from services.runtime.requests import page_size
from services.runtime.telemetry import log_for

SERVICE_NAME = "parkflow.dispatch.v1.DispatchService"
NAMESPACE = uuid.UUID("c2a0f8e4-1c53-5b0e-8f5d-0b8f6a2d7e91")
PAGE, LARGEST_PAGE, LONGEST_KEY = 100, 1000, 128
QUANTITIES = {
    setpoint_pb2.SETPOINT_QUANTITY_ACTIVE_POWER_W: TARGET,
    setpoint_pb2.SETPOINT_QUANTITY_ACTIVE_POWER_LIMIT_W: LIMIT,
}
KINDS = {
    Kind.PRICE: pb.REASON_KIND_PRICE,
    Kind.LIMIT: pb.REASON_KIND_LIMIT,
    Kind.MOVE: pb.REASON_KIND_MOVE,
}
log = log_for(__name__)


class DispatchRpc(DispatchServiceServicer):
    """Answers from the house and the store; decides nothing itself. What-ifs are the desk's."""

    def __init__(
        self, house: House, store: Store, desk: SimulationDesk, requirements: RequirementDesk
    ) -> None:
        self._house, self._store, self._desk = house, store, desk
        self._requirements = requirements

    async def GetPlan(self, request: pb.GetPlanRequest, _: Any) -> pb.GetPlanResponse:  # noqa: N802
        """Return the plan in force, or the one in force at a time."""
        self._check_park(request.park_id)
        if not request.HasField("in_force_at"):
            return pb.GetPlanResponse(plan=plan_message(self._plan_in_force()))
        moment = moment_of(request.in_force_at)
        if (plan := await self._store.plan_at(moment)) is None:
            raise NotFound("plan in force at", moment.isoformat())
        return pb.GetPlanResponse(plan=plan)

    async def WatchPlans(  # noqa: N802
        self, request: pb.WatchPlansRequest, _: Any
    ) -> AsyncIterator[pb.WatchPlansResponse]:
        """Yield the plan in force, then every new one."""
        self._check_park(request.park_id)
        async for plan in self._house.plans.watch():
            yield pb.WatchPlansResponse(plan=plan_message(plan))

    async def Explain(self, request: pb.ExplainRequest, _: Any) -> pb.ExplainResponse:  # noqa: N802
        """Return why a device is told what it is told at a step."""
        self._check_park(request.park_id)
        device = self._device(request.device_id)
        known = await self._explainable(request.plan_id)
        plan = known.plan
        moment = moment_of(request.time) if request.HasField("time") else plan.start
        planned = await asyncio.to_thread(unpacked, known.record) if known.record else None
        try:
            explanation = explained(plan, known.reasons, planned, device, moment)
        except ValueError as mistake:
            raise invalid_field("time", str(mistake)) from None
        return self._explanation(plan, device, explanation)

    async def Override(self, request: pb.OverrideRequest, _: Any) -> pb.OverrideResponse:  # noqa: N802
        """Take an operator's order; it steers from the next control cycle on."""
        self._check_park(request.park_id)
        now = self._house.clock.now()
        self._check_order(request, now)
        key = request.idempotency_key or str(uuid.uuid4())
        override = pb.ManualOverride(
            override_id=str(uuid.uuid5(NAMESPACE, f"{request.park_id}/{key}")),
            order=request,
            created_at=stamp(now),
        )
        override.order.idempotency_key = key
        kept = await self._store.save_override(override)
        if _differs(kept.order, override.order):
            raise invalid_field(
                "idempotency_key", f"{key!r} was used for another order; choose a new one"
            )
        self._house.obey(kept)
        log.info("override", override=kept.override_id, device=request.device_id, user=request.user)
        return pb.OverrideResponse(override=kept)

    async def CancelOverride(  # noqa: N802
        self, request: pb.CancelOverrideRequest, _: Any
    ) -> pb.CancelOverrideResponse:
        """End an order early."""
        self._check_park(request.park_id)
        mistakes = []
        if not request.override_id:
            mistakes.append(FieldMistake("override_id", "is empty; name the order to end"))
        if not request.user.strip():
            mistakes.append(FieldMistake("user", "is required: who ends this order"))
        if mistakes:
            raise InvalidFields(mistakes)
        now = self._house.clock.now()
        override = await self._store.cancel_override(request.override_id, request.user, now)
        if override is None:
            raise NotFound("override", request.override_id)
        self._house.obey(override)
        log.info("override_cancelled", override=request.override_id, user=request.user)
        return pb.CancelOverrideResponse(override=override)

    async def ListOverrides(  # noqa: N802
        self, request: pb.ListOverridesRequest, _: Any
    ) -> pb.ListOverridesResponse:
        """Return orders in force and past ones, newest first."""
        self._check_park(request.park_id)
        overrides = await self._store.list_overrides(
            page_size(request.page_size, PAGE, LARGEST_PAGE)
        )
        return pb.ListOverridesResponse(overrides=overrides)

    async def SetRequirement(  # noqa: N802
        self, request: pb.SetRequirementRequest, _: Any
    ) -> pb.SetRequirementResponse:
        """Take what the planner must respect; the next plan does."""
        return await self._requirements.set(request)

    async def CancelRequirement(  # noqa: N802
        self, request: pb.CancelRequirementRequest, _: Any
    ) -> pb.CancelRequirementResponse:
        """End a requirement early."""
        return await self._requirements.cancel(request)

    async def ListRequirements(  # noqa: N802
        self, request: pb.ListRequirementsRequest, _: Any
    ) -> pb.ListRequirementsResponse:
        """Return requirements in force and past ones, newest first."""
        return await self._requirements.list(request)

    async def WatchControl(  # noqa: N802
        self, request: pb.WatchControlRequest, _: Any
    ) -> AsyncIterator[pb.WatchControlResponse]:
        """Yield the newest control cycle, then each one after it."""
        self._check_park(request.park_id)
        async for cycle in self._house.control.watch():
            yield cycle

    async def ListSetpoints(  # noqa: N802
        self, request: pb.ListSetpointsRequest, _: Any
    ) -> pb.ListSetpointsResponse:
        """Return set-points with their final states, newest first, and totals."""
        self._check_park(request.park_id)
        if request.device_id:
            self._steered(request.device_id)
        since = moment_of(request.issued_from)  # absent: 1970
        rows = await self._store.list_setpoints(
            request.device_id, since, page_size(request.page_size, PAGE, LARGEST_PAGE)
        )
        counts = await self._store.outcome_counts(request.device_id, since)
        return pb.ListSetpointsResponse(
            setpoints=[pb.TrackedSetpoint(setpoint=s, outcome=o) for s, o in rows],
            open_count=counts.get(None, 0),
            achieved_count=counts.get(setpoint_pb2.OUTCOME_ACHIEVED, 0),
            partial_count=counts.get(setpoint_pb2.OUTCOME_PARTIAL, 0),
            rejected_count=counts.get(setpoint_pb2.OUTCOME_REJECTED, 0),
            expired_count=counts.get(setpoint_pb2.OUTCOME_EXPIRED, 0),
            superseded_count=counts.get(setpoint_pb2.OUTCOME_SUPERSEDED, 0),
        )

    async def Simulate(  # noqa: N802
        self, request: pb.SimulateRequest, context: Any
    ) -> pb.SimulateResponse:
        """Return the plan of a park that a document describes."""
        return await self._desk.simulate(request, context)

    async def Frontier(  # noqa: N802
        self, request: pb.FrontierRequest, context: Any
    ) -> pb.FrontierResponse:
        """Return what less carbon costs such a park."""
        return await self._desk.frontier(request, context)

    # ---- what the answers need

    def _check_park(self, park_id: str) -> None:
        check_park(park_id, self._house.plant.park.id)

    def _steered(self, device_id: str) -> Device:
        if not device_id:
            raise invalid_field("device_id", "is empty; name a steered device")
        device = next((d for d in self._house.plant.steered if d.id == device_id), None)
        if device is None:
            raise NotFound("steered device", device_id)
        return device

    def _plan_in_force(self) -> Plan:
        if (plan := self._house.desk.plan) is None:
            raise NotFound("plan", "in force; none has been made yet")
        return plan

    def _device(self, device_id: str) -> Device:
        if not device_id:
            raise invalid_field("device_id", "is empty; name a device")
        device = next((d for d in self._house.plant.park.devices if d.id == device_id), None)
        if device is None:
            raise NotFound("device", device_id)
        return device

    async def _explainable(self, plan_id: str) -> Explainable:
        wanted = plan_id or self._plan_in_force().plan_id
        if (known := self._house.explained.get(wanted)) is not None:
            return known
        if (kept := await self._store.plan_with(wanted)) is None:
            raise NotFound("plan", wanted)
        return kept

    def _explanation(
        self, plan: Plan, device: Device, explanation: Explanation
    ) -> pb.ExplainResponse:
        answer = pb.ExplainResponse(
            plan_id=plan.plan_id,
            device_id=device.id,
            step_start=stamp(plan.start + explanation.slot * plan.step),
            planned_power_w=explanation.power_w,
            inputs=[
                pb.ExplainedInput(name=i.name, value=i.value, unit=i.unit, source=i.source)
                for i in explanation.inputs
            ],
            binding_limits=[
                pb.BindingLimit(
                    limit=one.en,
                    limit_zh=one.zh,
                    worth_micros_per_kwh=micros(one.worth) if one.unit == "kWh" else 0,
                )
                for one in explanation.limits
            ],
            reasons=[reason_message(one) for one in explanation.because],
            text_en=explanation.text_en,
            text_zh=explanation.text_zh,
        )
        if explanation.marginal_micros_per_kwh is not None:
            answer.marginal_price_micros_per_kwh = explanation.marginal_micros_per_kwh
        setpoint = self._house.setpoints.get(device.id)
        if setpoint is not None and self._house.clock.now() < moment_of(setpoint.expires_at):
            answer.setpoint.CopyFrom(setpoint)
        return answer

    def _check_order(self, request: pb.OverrideRequest, now: datetime) -> None:
        mistakes = [
            FieldMistake(field, text)
            for field, text in mistakes_in(
                self._house.plant,
                device_id=request.device_id,
                quantity=QUANTITIES.get(request.quantity, ""),
                value_w=request.value_w,
                expires_at=_expiry(request),
                user=request.user,
                reason=request.reason,
                now=now,
            )
        ]
        if len(request.idempotency_key) > LONGEST_KEY:
            mistakes.append(FieldMistake("idempotency_key", f"at most {LONGEST_KEY} characters"))
        if mistakes and not self._is_repeat(request):
            raise InvalidFields(mistakes)

    def _is_repeat(self, request: pb.OverrideRequest) -> bool:
        """Whether the same order is in force already: its repeat is answered, not judged anew."""
        name = f"{request.park_id}/{request.idempotency_key}"
        override_id = str(uuid.uuid5(NAMESPACE, name))
        return bool(request.idempotency_key) and override_id in self._house.desk.orders


def reason_message(because: Because) -> pb.Reason:
    """Return one reason as it is told."""
    is_unknown = math.isnan(because.worth)
    return pb.Reason(
        kind=KINDS[because.kind],
        what=because.what,
        step=because.step,
        worth_micros=0 if is_unknown else micros(because.worth),
        worth_is_unknown=is_unknown,
        unit=because.unit,
        text_en=because.en,
        text_zh=because.zh,
    )


def _expiry(request: pb.OverrideRequest) -> datetime | None:
    return moment_of(request.expires_at) if request.HasField("expires_at") else None


def _differs(first: pb.OverrideRequest, second: pb.OverrideRequest) -> bool:
    return first.SerializeToString(deterministic=True) != second.SerializeToString(
        deterministic=True
    )
