"""Telemetry as JSON over MQTT: `{"ts": "…Z", "values": {"active_power_w": 1.0}}`. Pure."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.energy.time_grid import to_microseconds
from services.ingest.domain.batch import LONGEST_POINT_ID

MOST_VALUES = 1000
LARGEST_PAYLOAD = 1_000_000


class Unreadable(Exception):
    """A payload that cannot be used; the text says what is wrong and what would be right."""


@dataclass(frozen=True, slots=True)
class Telemetry:
    """The readable readings of a payload, and what of it was not readable."""

    readings: list[tuple[str, int, float]]
    mistakes: list[str]


def telemetry_of(device_id: str, payload: bytes) -> Telemetry:
    """Return the readings `(point id, event time in microseconds, value)`; Unreadable says why not.

    A value that is not a number stays as NaN: ingest rejects and shows it.
    """
    message = _object(payload)
    time_us = _event_time_us(message)
    values = message.get("values")
    if not isinstance(values, dict):
        raise Unreadable(f'"values" is {_short(values)}; write an object of quantity: number')
    if len(values) > MOST_VALUES:
        raise Unreadable(f'"values" has {len(values)} entries; at most {MOST_VALUES} are taken')
    readings, mistakes = [], []
    for quantity, value in values.items():
        point_id = f"{device_id}.{quantity}"
        if not quantity.isprintable() or not quantity or len(point_id) > LONGEST_POINT_ID:
            what = "cannot be a quantity: 1 to 100 printable characters"
            mistakes.append(f"{_short(quantity)} {what}")
            continue
        readings.append((point_id, time_us, _number(value)))
    return Telemetry(readings, mistakes)


def _object(payload: bytes) -> Mapping[str, Any]:
    if len(payload) > LARGEST_PAYLOAD:
        raise Unreadable(f"{len(payload)} bytes; at most {LARGEST_PAYLOAD} are read")
    try:
        message = json.loads(payload)
    except (ValueError, RecursionError) as mistake:
        raise Unreadable(f"not JSON ({mistake}); send one object with ts and values") from None
    if not isinstance(message, dict):
        raise Unreadable(f"{_short(message)} is not an object with ts and values")
    return message


def _event_time_us(message: Mapping[str, Any]) -> int:
    stamp = message.get("ts")
    try:
        moment = datetime.fromisoformat(stamp)  # type: ignore[arg-type]
        if moment.tzinfo is None:
            raise ValueError("it has no time zone")
        return to_microseconds(moment)
    except (TypeError, ValueError, OverflowError) as mistake:
        raise Unreadable(
            f'"ts" is {_short(stamp)}; write an instant like "2019-06-03T22:01:00Z" ({mistake})'
        ) from None


def _number(value: object) -> float:
    if isinstance(value, bool | int | float):
        try:
            return float(value)
        except OverflowError:
            return math.nan
    return math.nan


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
