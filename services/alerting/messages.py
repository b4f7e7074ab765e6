"""Between the wire and the domain: messages in become events, incidents become messages."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from parkflow.alert.v1 import incident_pb2
from parkflow.dispatch.v1 import plan_pb2, setpoint_pb2
from parkflow.forecast.v1.health_pb2 import GetForecastHealthResponse
from parkflow.telemetry.v1 import dead_letter_pb2
from parkflow.telemetry.v1.telemetry_service_pb2 import GetSpoolResponse, SpoolPolicy
from services.alerting.domain.events import (
    BufferChecked,
    DeadLetterArrived,
    ForecastsJudged,
    ForecastTrouble,
    Outcome,
    OutcomeDecided,
    PlanIssued,
    PowerReading,
    ReadingsArrived,
    SetpointIssued,
    StandIn,
    TroubleKind,
)
from services.alerting.domain.incidents import Incident
from services.energy.quantities import Quantity
from services.energy.readings import Verdict
from services.energy.site import Park
from services.energy.time_grid import from_microseconds
from services.runtime.frames import EARLIEST_US, Frame

HORIZON_MIN = {1: 15, 2: 60, 3: 240, 4: 720, 5: 1440, 6: 2880}  # by `forecast.v1.HorizonClass`
STAND_INS = {int(stand_in): stand_in for stand_in in StandIn}  # by `dispatch.v1.PlanOrigin`


class FrameReader:
    """Reads of a frame what alerting needs; knows which device each point belongs to."""

    def __init__(self, park: Park) -> None:
        self._park_id = park.id
        self._device = {point.id: point.device_id for point in park.points}
        self._powers = {p.id for p in park.points if p.quantity is Quantity.ACTIVE_POWER}

    def read(self, frame: Frame) -> ReadingsArrived:
        """Return the newest usable event time of each device and the believed powers."""
        if frame.park_id != self._park_id or not len(frame):
            return ReadingsArrived({}, ())
        return ReadingsArrived(self._newest(frame), self._power_readings(frame))

    def _newest(self, frame: Frame) -> dict[str, datetime]:
        usable = frame.verdict != np.uint8(Verdict.REJECTED)
        newest_us = np.full(len(frame.point_ids), EARLIEST_US, np.int64)
        np.maximum.at(newest_us, frame.point_index[usable], frame.event_time_us[usable])
        newest: dict[str, datetime] = {}
        for point_id, moment_us in zip(frame.point_ids, newest_us.tolist(), strict=True):
            device_id = self._device.get(point_id)
            if device_id is not None and moment_us > EARLIEST_US:
                moment = from_microseconds(moment_us)
                newest[device_id] = max(moment, newest.get(device_id, moment))
        return newest

    def _power_readings(self, frame: Frame) -> tuple[PowerReading, ...]:
        is_power = np.array([point_id in self._powers for point_id in frame.point_ids], np.bool_)
        rows = np.flatnonzero(frame.believed & is_power[frame.point_index])
        in_order = rows[np.argsort(frame.event_time_us[rows], kind="stable")]
        return tuple(
            PowerReading(
                self._device[frame.point_ids[frame.point_index[row]]],
                from_microseconds(frame.event_time_us[row]),
                float(frame.value[row]),
            )
            for row in in_order
        )


def setpoint_from(message: setpoint_pb2.Setpoint) -> SetpointIssued:
    """Return the set-point a message carries; ValueError when it carries none."""
    if message.quantity == setpoint_pb2.SETPOINT_QUANTITY_UNSPECIFIED:
        raise ValueError(f"set-point {message.setpoint_id!r} says not what it sets")
    return SetpointIssued(
        device_id=message.device_id,
        value_w=message.value_w,
        is_ceiling=message.quantity == setpoint_pb2.SETPOINT_QUANTITY_ACTIVE_POWER_LIMIT_W,
        issued_at=_moment(message, "issued_at"),
        expires_at=_moment(message, "expires_at"),
    )


def outcome_from(message: setpoint_pb2.SetpointOutcome) -> OutcomeDecided:
    """Return the outcome a message carries; ValueError when it carries none."""
    return OutcomeDecided(
        device_id=message.device_id,
        outcome=Outcome(message.outcome),
        value_w=message.value_w,
        measured_w=message.measured_w if message.HasField("measured_w") else None,
        reason=message.reason,
        decided_at=_moment(message, "decided_at"),
    )


def plan_from(message: plan_pb2.Plan) -> PlanIssued:
    """Return how long a plan is in force, what stands in for the solver's, what was rejected."""
    stands_in = STAND_INS.get(message.origin)
    return PlanIssued(
        message.plan_id,
        _moment(message, "issue_time"),
        _moment(message, "valid_until"),
        stands_in,
        next(iter(message.caveats), "") if stands_in else "",
        tuple(message.rejected),
    )


def dead_letter_from(message: dead_letter_pb2.DeadLetter) -> DeadLetterArrived:
    """Return what is told of a dead letter."""
    return DeadLetterArrived(
        writer=message.writer,
        origin=message.origin,
        reason=message.reason,
        detail=message.detail,
        arrival_time=_moment(message, "arrival_time"),
    )


def buffer_from(message: GetSpoolResponse, service: str, at: datetime) -> BufferChecked | None:
    """Return how a service's disk buffer stands; None when it has none."""
    if not message.enabled:
        return None
    return BufferChecked(
        service=service,
        frames=message.frame_count,
        stored_bytes=message.stored_bytes,
        limit_bytes=message.limit_bytes,
        oldest_age=timedelta(seconds=message.oldest_age_seconds),
        longest_age=timedelta(seconds=message.longest_age_seconds),
        drops_oldest=message.policy == SpoolPolicy.SPOOL_POLICY_DROP_OLDEST,
        dropped_frames=message.dropped_frame_count,
        at=at,
    )


def forecasts_from(message: GetForecastHealthResponse) -> ForecastsJudged | None:
    """Return what forecasting found; None before it judged any day.

    Kinds and classes of a newer forecasting are passed over.
    """
    if not message.HasField("judged_until"):
        return None
    known = [
        one
        for one in message.troubles
        if int(one.kind) in set(TroubleKind) and one.horizon in HORIZON_MIN
    ]
    return ForecastsJudged(
        _moment(message, "judged_until"),
        tuple(
            ForecastTrouble(
                point_id=one.point_id,
                kind=TroubleKind(one.kind),
                horizon_min=HORIZON_MIN[one.horizon],
                error_w=one.mean_error_w,
                compared_w=one.compared_error_w if one.HasField("compared_error_w") else None,
                coverage=one.coverage_share,
            )
            for one in known
        ),
    )


def _moment(message: Any, field: str) -> datetime:
    if not message.HasField(field):
        raise ValueError(f"{message.DESCRIPTOR.name} has no {field}; every one needs it")
    moment: datetime = getattr(message, field).ToDatetime(tzinfo=UTC)
    return moment


def message_from(incident: Incident, park_id: str) -> incident_pb2.Incident:
    """Return the message of one revision."""
    message = incident_pb2.Incident(
        incident_id=incident.id,
        park_id=park_id,
        revision=incident.revision,
        kind=f"INCIDENT_KIND_{incident.kind.name}",
        severity=f"SEVERITY_{incident.severity.name}",
        state=f"INCIDENT_STATE_{incident.state.name}",
        subject=incident.subject,
        acknowledged_by=incident.acknowledged_by,
        text_en=incident.text.en,
        text_zh=incident.text.zh,
        runbook_url=incident.kind.runbook,
    )
    message.raised_at.FromDatetime(incident.raised_at)
    if incident.resolved_at is not None:
        message.resolved_at.FromDatetime(incident.resolved_at)
    if incident.acknowledged_at is not None:
        message.acknowledged_at.FromDatetime(incident.acknowledged_at)
    return message
