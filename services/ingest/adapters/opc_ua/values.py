"""What a monitored value says: event time, number and quality. Pure.

The event time is the source's, the server's where the source gives none, and never ours: a value
without either has no place in time (`NoTime`).
"""

import math
from collections.abc import Iterator
from datetime import UTC, datetime

from asyncua import ua

from services.energy.readings import FieldQuality
from services.energy.time_grid import to_microseconds
from services.ingest.adapters.opc_ua import MonitoredPoint
from services.ingest.domain.batch import Reading

EARLIEST = datetime(
    2000, 1, 1, tzinfo=UTC
)  # 1601 is how OPC UA says "none"; no clock was set to it
OVERFLOW = 0x0000_0400 | 0x0000_0080  # info type "data value", bit "overflow"


class NoTime(Exception):
    """A value that neither its source nor its server has stamped."""


def reading_of(point: MonitoredPoint, value: ua.DataValue) -> Reading:
    """Return the reading of a value; NoTime when it has no stamp."""
    ours = point.scale.ours(number_in(value))
    return point.point_id, to_microseconds(_event_time(value)), ours, _quality(value, ours)


def number_in(value: ua.DataValue) -> float:
    """Return the number of a value, NaN when it is none."""
    content = value.Value.Value if value.Value is not None else None
    return float(content) if isinstance(content, bool | int | float) else math.nan


def lost_before(value: ua.DataValue) -> bool:
    """Whether the server's queue ran over before this value: older ones are gone."""
    return value.StatusCode is not None and value.StatusCode.value & OVERFLOW == OVERFLOW


def changes_in(message: ua.NotificationMessage) -> Iterator[tuple[int, ua.DataValue]]:
    """Yield `(client handle, value)` of each change of data in a message, in its order."""
    for part in message.NotificationData or ():
        if isinstance(part, ua.DataChangeNotification):
            for item in part.MonitoredItems:
                yield item.ClientHandle, item.Value


def ended_by(message: ua.NotificationMessage) -> ua.StatusCode | None:
    """Return why the server says the subscription is over; None when it does not say so."""
    for part in message.NotificationData or ():
        if isinstance(part, ua.StatusChangeNotification) and not part.Status.is_good():
            return part.Status
    return None


def _quality(value: ua.DataValue, number: float) -> FieldQuality:
    status = value.StatusCode
    if not math.isfinite(number) or (status is not None and status.is_bad()):
        return FieldQuality.INVALID
    if status is not None and status.is_uncertain():
        return FieldQuality.QUESTIONABLE
    return FieldQuality.GOOD


def _event_time(value: ua.DataValue) -> datetime:
    for stamp in (value.SourceTimestamp, value.ServerTimestamp):
        if stamp is not None:
            moment: datetime = stamp if stamp.tzinfo is not None else stamp.replace(tzinfo=UTC)
            if moment >= EARLIEST:
                return moment
    raise NoTime("neither the source nor the server stamped it")
