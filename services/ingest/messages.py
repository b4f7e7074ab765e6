"""Between the wire and the domain: pushed readings, live readings, deliveries, commands."""

from datetime import UTC, datetime
from typing import Any

import numpy as np

from parkflow.dispatch.v1.setpoint_pb2 import Setpoint, SetpointQuantity
from parkflow.telemetry.v1.delivery_pb2 import DeliveryResult, SetpointDelivery
from parkflow.telemetry.v1.reading_pb2 import Reading
from parkflow.telemetry.v1.telemetry_service_pb2 import Doubted, PushRequest
from services.energy.readings import Doubt, Verdict
from services.ingest.adapters.adapter import Accepted, Answer, Command, NoAnswer, Refused
from services.ingest.domain.batch import LONGEST_POINT_ID, Batch, batch_of
from services.ingest.intake import Taken
from services.ingest.live import LiveReading
from services.runtime.refusals import FieldMistake, InvalidFields, check_park

LONGEST_NAME = 128
MOST_READINGS = 10_000
MOST_MISTAKES = 100
NANOS_A_MICRO = 1000
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


def batch_from(request: PushRequest, park_id: str, place: str) -> Batch:
    """Return the pushed readings; InvalidFields names every mistake, fields prefixed by `place`."""
    mistakes = [
        FieldMistake(f"{place}.{field}", text) for field, text in _header_mistakes(request, park_id)
    ]
    for number, reading in enumerate(request.readings):
        if len(mistakes) >= MOST_MISTAKES:
            break
        at = f"{place}.readings[{number}]"
        if not 1 <= len(reading.point_id) <= LONGEST_POINT_ID:
            mistakes.append(
                FieldMistake(
                    f"{at}.point_id",
                    f"has {len(reading.point_id)} characters; 1 to {LONGEST_POINT_ID} are allowed",
                )
            )
        if text := _time_mistake(reading.HasField("event_time"), reading.event_time):
            mistakes.append(FieldMistake(f"{at}.event_time", text))
    if mistakes:
        raise InvalidFields(mistakes)
    check_park(request.park_id, park_id)
    return batch_of(
        request.source_id,
        (
            (
                reading.point_id,
                reading.event_time.seconds * 1_000_000 + reading.event_time.nanos // NANOS_A_MICRO,
                reading.value,
            )
            for reading in request.readings
        ),
    )


def _header_mistakes(request: PushRequest, park_id: str) -> list[tuple[str, str]]:
    mistakes = []
    if not request.park_id:
        mistakes.append(("park_id", f"is empty; this ingest serves {park_id!r}"))
    if not 1 <= len(request.source_id) <= LONGEST_NAME or "/" in request.source_id:
        mistakes.append(("source_id", f"must have 1 to {LONGEST_NAME} characters and no slash"))
    if not 1 <= len(request.idempotency_key) <= LONGEST_NAME:
        mistakes.append(
            (
                "idempotency_key",
                f"has {len(request.idempotency_key)} characters; choose 1 to {LONGEST_NAME}, "
                "unique per batch",
            )
        )
    if not 1 <= len(request.readings) <= MOST_READINGS:
        mistakes.append(
            ("readings", f"holds {len(request.readings)}; send 1 to {MOST_READINGS} a batch")
        )
    return mistakes


def _time_mistake(present: bool, stamp: object) -> str:
    if not present:
        return "is missing; every reading needs one"
    try:
        stamp.ToDatetime(tzinfo=UTC)  # type: ignore[attr-defined]
    except (ValueError, OverflowError) as mistake:
        return f"is not an instant of the years 1 to 9999: {mistake}"
    return ""


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


def command_from(setpoint: Setpoint) -> Command:
    """Return the command of a set-point; ValueError names what is missing."""
    if not setpoint.setpoint_id or not setpoint.device_id:
        raise ValueError("a set-point needs setpoint_id and device_id")
    if setpoint.quantity not in QUANTITIES:
        raise ValueError(f"set-point {setpoint.setpoint_id} has quantity {setpoint.quantity}")
    if not setpoint.HasField("expires_at") or not setpoint.HasField("issued_at"):
        raise ValueError(f"set-point {setpoint.setpoint_id} needs issued_at and expires_at")
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
