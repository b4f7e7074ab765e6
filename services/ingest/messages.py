"""Between the wire and the domain: what is told of readings, deliveries, commands."""

import math
from datetime import UTC, datetime
from typing import Any

import numpy as np

from parkflow.dispatch.v1.setpoint_pb2 import Setpoint, SetpointQuantity
from parkflow.telemetry.v1.delivery_pb2 import DeliveryResult, SetpointDelivery
from parkflow.telemetry.v1.reading_pb2 import Reading
from parkflow.telemetry.v1.telemetry_service_pb2 import Doubted, SourceConnection
from services.energy.readings import Doubt, Verdict
from services.ingest.adapters.adapter import Accepted, Answer, Command, NoAnswer, Refused
from services.ingest.adapters.connection import Connection
from services.ingest.intake import Taken
from services.ingest.newest import LiveReading

QUANTITIES = {
    SetpointQuantity.SETPOINT_QUANTITY_ACTIVE_POWER_W: "active_power_w",
    SetpointQuantity.SETPOINT_QUANTITY_ACTIVE_POWER_LIMIT_W: "active_power_limit_w",
}
DETAIL = {
    Doubt.OUT_OF_RANGE: "outside its point's range",
    Doubt.IN_FUTURE: "stamped ahead of park time by more than the park file tolerates",
    Doubt.TOO_OLD: "older than the park file accepts",
    Doubt.NOT_A_NUMBER: "not a finite number",
    Doubt.UNKNOWN_POINT: "the park file has no such point; write <device>.<quantity>",
}


def doubted_from(taken: Taken, most: int) -> list[Doubted]:
    """Return the first `most` readings that something speaks against at once."""
    batch = taken.batch
    rejected: Any = int(Verdict.REJECTED)
    doubted = []
    for row in np.flatnonzero(taken.doubt != Doubt.NONE)[:most]:
        doubt = Doubt(int(taken.doubt[row]))
        on_wire: Any = int(doubt)
        point_id = batch.point_ids[batch.point_index[row]]
        entry = Doubted(point_id=point_id, verdict=rejected, doubt=on_wire, detail=DETAIL[doubt])
        entry.event_time.FromMicroseconds(int(batch.event_time_us[row]))
        doubted.append(entry)
    return doubted


def reading_message(reading: LiveReading) -> Reading:
    """Return a live reading for the wire."""
    verdict: Any = reading.verdict
    doubt: Any = reading.doubt
    message = Reading(
        point_id=reading.point_id,
        value=reading.value,
        verdict=verdict,
        doubt=doubt,
        source_id=reading.source_id,
    )
    message.event_time.FromMicroseconds(reading.event_time_us)
    message.arrival_time.FromMicroseconds(reading.arrival_time_us)
    return message


def connection_message(connection: Connection, protocol: str) -> SourceConnection:
    """Return how a source is connected."""
    return SourceConnection(
        source_id=connection.source_id,
        protocol=protocol,
        connected=connection.is_up,
        connection_count=connection.times_up,
        away_reason=connection.away_reason,
    )


def command_from(setpoint: Setpoint) -> Command:
    """Return the command of a set-point; ValueError names what is missing."""
    if not setpoint.setpoint_id or not setpoint.device_id:
        raise ValueError("a set-point needs setpoint_id and device_id")
    if setpoint.quantity not in QUANTITIES:
        raise ValueError(f"set-point {setpoint.setpoint_id} has quantity {setpoint.quantity}")
    if not setpoint.HasField("expires_at") or not setpoint.HasField("issued_at"):
        raise ValueError(f"set-point {setpoint.setpoint_id} needs issued_at and expires_at")
    if not math.isfinite(setpoint.value_w):
        raise ValueError(f"set-point {setpoint.setpoint_id} wants {setpoint.value_w} W")
    return Command(
        setpoint.setpoint_id,
        setpoint.device_id,
        QUANTITIES[setpoint.quantity],
        setpoint.value_w,
        setpoint.expires_at.ToDatetime(tzinfo=UTC),
    )


def delivery_message(
    park_id: str, command: Command, answer: Answer | None, arrival: datetime
) -> SetpointDelivery:
    """Return how the hand-over of a set-point ended; None stands for an expired lease."""
    message = SetpointDelivery(
        park_id=park_id, device_id=command.device_id, setpoint_id=command.setpoint_id
    )
    message.arrival_time.FromDatetime(arrival)
    match answer:
        case Accepted(read_back_w):
            message.result = DeliveryResult.DELIVERY_RESULT_ACCEPTED
            _set_read_back(message, read_back_w)
        case Refused(reason, read_back_w):
            message.result = DeliveryResult.DELIVERY_RESULT_REJECTED
            message.reason = reason
            _set_read_back(message, read_back_w)
        case NoAnswer(reason):
            message.result = DeliveryResult.DELIVERY_RESULT_TIMEOUT
            message.reason = reason
        case None:
            message.result = DeliveryResult.DELIVERY_RESULT_EXPIRED
            message.reason = f"the lease ended at {command.expires_at.isoformat()}"
    return message


def _set_read_back(message: SetpointDelivery, read_back_w: float | None) -> None:
    if read_back_w is not None:
        message.read_back_w = read_back_w
