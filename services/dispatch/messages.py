"""Between the wire and the domain. Nothing is decided here."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from google.protobuf.timestamp_pb2 import Timestamp

from parkflow.dispatch.v1 import plan_pb2, setpoint_pb2
from parkflow.forecast.v1.forecast_pb2 import ForecastIssue, SeriesForecast
from parkflow.forecast.v1.forecast_service_pb2 import GetScenariosResponse, ScenarioPaths
from parkflow.market.v1.intensity_pb2 import IntensityCurve
from parkflow.market.v1.price_pb2 import PriceCurve
from services.dispatch.domain.arbitration import Priority
from services.dispatch.domain.curves import Curve
from services.dispatch.domain.expected import Forecast, ResidualPaths, Series
from services.dispatch.domain.ladder import Origin
from services.dispatch.domain.leasing import Issued
from services.dispatch.domain.model.prices import Limit
from services.dispatch.domain.outcomes import Ended
from services.dispatch.domain.park.horizon import Floats
from services.dispatch.domain.plan import LEFT, MICROS, Costs, DeviceCourse, Plan, Violation
from services.dispatch.domain.snapshot import Lease
from services.energy.site import DeviceKind, Park

RESIDUAL = "park.residual_w"
FORMER_LIMITS = {"vehicle_energy": Limit.VEHICLE, "state_of_charge": Limit.LEVEL}
"""What plans were published with before 2026-11; they are still read."""


def stamp(moment: datetime) -> Timestamp:
    """Return a moment as a wire timestamp."""
    message = Timestamp()
    message.FromDatetime(moment)
    return message


def moment_of(message: Any) -> datetime:
    """Return a wire timestamp as UTC."""
    moment: datetime = message.ToDatetime(tzinfo=UTC)
    return moment


def _span(message: Any, what: str) -> timedelta:
    span: timedelta = message.ToTimedelta()
    if span <= timedelta(0):
        raise ValueError(f"{what} has step {span}; a step must be above 0")
    return span


def price_curves(message: PriceCurve) -> tuple[Curve, Curve]:
    """Return import and export prices in micros per kWh; the export curve may be empty."""
    step, start = _span(message.step, "price curve"), moment_of(message.start)
    known_at, source = moment_of(message.known_at), message.source_id
    imported = tuple(float(v) for v in message.import_price_micros_per_kwh)
    exported = tuple(float(v) for v in message.export_price_micros_per_kwh)
    return (
        Curve(source, known_at, start, step, imported),
        Curve(source, known_at, start, step, exported),
    )


def intensity_curve(message: IntensityCurve) -> Curve:
    """Return intensities in g per kWh, NaN where unknown."""
    return Curve(
        message.source_id,
        moment_of(message.known_at),
        moment_of(message.start),
        _span(message.step, "intensity curve"),
        tuple(message.intensity_g_per_kwh),
    )


def forecast_of(message: ForecastIssue) -> Forecast:
    """Return all series of an issue."""
    residual = [one for one in message.aggregates if one.point_id == RESIDUAL]
    return Forecast(
        issue_time=moment_of(message.issue_time),
        valid_until=moment_of(message.valid_until),
        series={series.point_id: _series(series) for series in message.series},
        signals={
            signal.signal_id: Series(
                moment_of(signal.start),
                _span(signal.step, f"forecast of {signal.signal_id}"),
                np.array(signal.p10, dtype=np.float64),
                np.array(signal.p50, dtype=np.float64),
                np.array(signal.p90, dtype=np.float64),
                signal.method,
            )
            for signal in message.signals
        },
        residual=_series(residual[0]) if residual else None,
    )


def _series(message: SeriesForecast) -> Series:
    return Series(
        moment_of(message.start),
        _span(message.step, f"forecast of {message.point_id}"),
        np.array(message.p10_w, dtype=np.float64),
        np.array(message.p50_w, dtype=np.float64),
        np.array(message.p90_w, dtype=np.float64),
        message.method,
    )


def residual_paths_of(message: GetScenariosResponse) -> ResidualPaths:
    """Return the paths of the park's residual and of the series beside it.

    ValueError where there are none, or they make no sense.
    """
    told = {one.point_id: one for one in message.aggregates}
    if RESIDUAL not in told:
        raise ValueError(f"no paths of {RESIDUAL}")
    return ResidualPaths(
        moment_of(message.issue_time),
        moment_of(message.start),
        _span(message.step, "paths"),
        _path_w(told[RESIDUAL], message.count),
        {one.point_id: _path_w(one, message.count) for one in message.series},
    )


def _path_w(message: ScenarioPaths, count: int) -> Floats:
    values = len(message.power_w)
    if not count or not values or values % count:
        raise ValueError(f"{message.point_id} has {values} values on {count} paths")
    power_w = np.array(message.power_w, dtype=np.float64)
    if not np.isfinite(power_w).all():
        raise ValueError(f"{message.point_id} has values that are no numbers")
    return power_w.reshape(count, -1)


def plan_message(plan: Plan) -> plan_pb2.Plan:
    """Return a plan as it is published."""
    message = plan_pb2.Plan(
        plan_id=plan.plan_id,
        park_id=plan.park_id,
        issue_time=stamp(plan.issue_time),
        valid_until=stamp(plan.valid_until),
        origin=plan_pb2.PlanOrigin.Name(plan.origin.value),
        start=stamp(plan.start),
        devices=[_device_plan(name, course) for name, course in plan.courses.items()],
        grid_power_w=plan.grid_w.round(1).tolist(),
        base_power_w=plan.base_w.round(1).tolist(),
        currency_code=plan.currency,
        energy_cost_micros=plan.costs.energy_micros,
        wear_cost_micros=plan.costs.wear_micros,
        carbon_cost_micros=plan.costs.carbon_micros,
        penalty_micros=plan.costs.penalty_micros,
        violations=[_violation(violation) for violation in plan.violations],
        snapshot_id=plan.snapshot_id,
        solve_seconds=plan.solve_seconds,
        caveats=plan.caveats,
        cost_parts=[
            plan_pb2.CostPart(kind=kind, cost_micros=paid)
            for kind, paid in plan.costs.parts.items()
        ],
        node_prices=[_node_price(node, prices) for node, prices in plan.prices.items()],
        gap_share=plan.gap,
        rejected=plan.rejected,
    )
    message.step.FromTimedelta(plan.step)
    if plan.forecast_issue_time is not None:
        message.forecast_issue_time.FromDatetime(plan.forecast_issue_time)
    return message


def _device_plan(name: str, course: DeviceCourse) -> plan_pb2.DevicePlan:
    return plan_pb2.DevicePlan(
        device_id=name,
        power_w=course.power_w.round(1).tolist(),
        state_of_charge_pct=course.stored_pct.round(3).tolist(),
        curtailed_w=course.curtailed_w.round(1).tolist(),
    )


def _node_price(node: str, prices: Floats) -> plan_pb2.NodePrice:
    unknown = np.isnan(prices)
    micros = (np.where(unknown, 0.0, prices) * MICROS).round().astype(np.int64)
    return plan_pb2.NodePrice(
        node=node,
        price_micros_per_kwh=micros.tolist(),
        unknown_steps=np.flatnonzero(unknown).tolist(),
    )


def _prices_from(message: plan_pb2.NodePrice) -> Floats:
    prices = np.array(message.price_micros_per_kwh, np.float64) / MICROS
    prices[list(message.unknown_steps)] = np.nan
    return prices


def _violation(violation: Violation) -> plan_pb2.Violation:
    return plan_pb2.Violation(
        limit=violation.limit.value,
        time=stamp(violation.time),
        size=violation.size,
        unit=violation.unit,
        price_micros=violation.price_micros,
        device_id=violation.device_id,
        step=violation.step,
    )


def _violation_from(message: plan_pb2.Violation) -> Violation:
    return Violation(
        FORMER_LIMITS.get(message.limit) or Limit(message.limit),
        moment_of(message.time),
        message.size,
        message.unit,
        message.price_micros,
        message.device_id,
        message.step if message.HasField("step") else None,
    )


def plan_from(message: plan_pb2.Plan) -> Plan:
    """Return a plan as it was stored."""
    issue = (
        moment_of(message.forecast_issue_time) if message.HasField("forecast_issue_time") else None
    )
    return Plan(
        plan_id=message.plan_id,
        park_id=message.park_id,
        issue_time=moment_of(message.issue_time),
        valid_until=moment_of(message.valid_until),
        origin=Origin(message.origin),
        start=moment_of(message.start),
        step=_span(message.step, f"plan {message.plan_id}"),
        courses={
            d.device_id: DeviceCourse(
                np.array(d.power_w), np.array(d.state_of_charge_pct), np.array(d.curtailed_w)
            )
            for d in message.devices
        },
        grid_w=np.array(message.grid_power_w),
        base_w=np.array(message.base_power_w),
        currency=message.currency_code,
        costs=_costs_from(message),
        violations=tuple(_violation_from(violation) for violation in message.violations),
        snapshot_id=message.snapshot_id,
        forecast_issue_time=issue,
        solve_seconds=message.solve_seconds,
        caveats=tuple(message.caveats),
        prices={one.node: _prices_from(one) for one in message.node_prices},
        gap=message.gap_share if message.HasField("gap_share") else None,
        rejected=tuple(message.rejected),
    )


def _costs_from(message: plan_pb2.Plan) -> Costs:
    parts = {part.kind: part.cost_micros for part in message.cost_parts}
    return Costs(
        message.energy_cost_micros,
        message.wear_cost_micros,
        message.carbon_cost_micros,
        message.penalty_micros,
        -parts.get(LEFT, 0),
        parts,
    )


def setpoint_message(
    park: Park, issued: Issued, snapshot_id: str, plan_id: str
) -> setpoint_pb2.Setpoint:
    """Return a set-point as it is published."""
    lease, command = issued.lease, issued.command
    return setpoint_pb2.Setpoint(
        setpoint_id=lease.setpoint_id,
        park_id=park.id,
        device_id=lease.device_id,
        quantity=wire_quantity(park.device(lease.device_id).kind),
        value_w=lease.value_w,
        issued_at=stamp(lease.issued_at),
        expires_at=stamp(lease.expires_at),
        won_by=setpoint_pb2.Priority.Name(int(command.won_by)),
        plan_id=plan_id,
        snapshot_id=snapshot_id,
        reason=command.reason,
    )


def wire_quantity(kind: DeviceKind) -> Any:
    """Return what a device of this kind is told: a target or a limit."""
    if kind is DeviceKind.BATTERY:
        return setpoint_pb2.SETPOINT_QUANTITY_ACTIVE_POWER_W
    return setpoint_pb2.SETPOINT_QUANTITY_ACTIVE_POWER_LIMIT_W


def lease_from(message: setpoint_pb2.Setpoint) -> Lease:
    """Return the lease of a set-point that was sent."""
    return Lease(
        message.setpoint_id,
        message.device_id,
        message.value_w,
        moment_of(message.issued_at),
        moment_of(message.expires_at),
        Priority(message.won_by or Priority.DEFAULT),
    )


def outcome_message(park_id: str, ended: Ended) -> setpoint_pb2.SetpointOutcome:
    """Return a final state as it is published."""
    message = setpoint_pb2.SetpointOutcome(
        setpoint_id=ended.setpoint_id,
        park_id=park_id,
        device_id=ended.device_id,
        outcome=setpoint_pb2.Outcome.Name(int(ended.outcome)),
        value_w=ended.value_w,
        reason=ended.reason,
        decided_at=stamp(ended.decided_at),
    )
    if ended.measured_w is not None:
        message.measured_w = ended.measured_w
    return message
