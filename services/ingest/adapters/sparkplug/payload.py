"""A Sparkplug B payload as metrics with values, times and quality; and commands as payloads.

Signed whole numbers travel in two's complement of their width; a metric without a time has its
payload's; `FieldQuality` is the property of that name (192 good, 500 stale, 0 bad).
"""

import math
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import DecodeError

from services.energy.readings import FieldQuality
from services.ingest.adapters.mqtt.payload import LARGEST_PAYLOAD
from services.ingest.adapters.sparkplug.wire import Payload

MICROS_A_MILLI = 1000
MOST_METRICS, LONGEST_NAME = 10_000, 1_000
INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64, FLOAT, DOUBLE, BOOLEAN = range(1, 12)
_SIGNED_BITS = {INT8: 8, INT16: 16, INT32: 32, INT64: 64}
_NUMBERS = ("int_value", "long_value", "float_value", "double_value", "boolean_value")
_QUALITY_KEYS = ("FieldQuality", "quality")
GOOD_CODE, STALE_CODE, UNCERTAIN_FROM = 192, 500, 64


class Unreadable(Exception):
    """A payload that cannot be used at all; the text says why."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One value. `name` is None in data that names it by `alias`; `value` NaN without a number."""

    name: str | None
    alias: int | None
    time_us: int | None
    value: float
    quality: FieldQuality
    datatype: int | None
    historical: bool


@dataclass(frozen=True, slots=True)
class Message:
    """A decoded payload."""

    time_us: int | None
    seq: int | None
    metrics: tuple[Metric, ...]

    def metric(self, name: str) -> Metric | None:
        """Return the metric of this name, if it is there."""
        return next((metric for metric in self.metrics if metric.name == name), None)


def message_of(content: bytes) -> Message:
    """Return the metrics of a payload; Unreadable says why not."""
    if len(content) > LARGEST_PAYLOAD:
        raise Unreadable(f"{len(content)} bytes; at most {LARGEST_PAYLOAD} are read")
    try:
        payload = Payload.FromString(content)
    except DecodeError as mistake:
        raise Unreadable(f"not a Sparkplug B payload ({mistake})") from None
    if len(payload.metrics) > MOST_METRICS:
        raise Unreadable(f"{len(payload.metrics)} metrics; at most {MOST_METRICS} are taken")
    time_us = _micros(payload.timestamp) if payload.HasField("timestamp") else None
    seq = payload.seq if payload.HasField("seq") else None
    return Message(time_us, seq, tuple(_metric(m, time_us) for m in payload.metrics))


def _metric(metric: Any, payload_time_us: int | None) -> Metric:
    if len(metric.name) > LONGEST_NAME:
        raise Unreadable(f"a metric's name has {len(metric.name)} characters, not {LONGEST_NAME}")
    value = _value(metric)
    return Metric(
        metric.name if metric.HasField("name") else None,
        metric.alias if metric.HasField("alias") else None,
        _micros(metric.timestamp) if metric.HasField("timestamp") else payload_time_us,
        value,
        FieldQuality.INVALID if math.isnan(value) else _quality(metric),
        metric.datatype if metric.HasField("datatype") else None,
        metric.is_historical,
    )


def _micros(milliseconds: int) -> int | None:
    """Return microseconds; None beyond what int64 holds."""
    return milliseconds * MICROS_A_MILLI if milliseconds < 2**63 // MICROS_A_MILLI else None


def _value(metric: Any) -> float:
    kind = metric.WhichOneof("value")
    if metric.is_null or kind not in _NUMBERS:
        return math.nan
    value = float(getattr(metric, kind))
    bits = _SIGNED_BITS.get(metric.datatype)
    if bits is None or kind not in ("int_value", "long_value"):
        return value if math.isfinite(value) else math.nan
    return float(signed(int(getattr(metric, kind)), bits))


def signed(number: int, bits: int) -> int:
    """Return the two's complement number of a width; wider sign extension is cut off."""
    number &= 2**bits - 1
    return number - 2**bits if number >= 2 ** (bits - 1) else number


def _quality(metric: Any) -> FieldQuality:
    keys, values = list(metric.properties.keys), metric.properties.values
    for key in _QUALITY_KEYS:
        if key in keys and keys.index(key) < len(values):
            value = values[keys.index(key)]
            code = signed(value.int_value, 32) if value.HasField("int_value") else value.long_value
            return quality_of(code)
    return FieldQuality.GOOD


def quality_of(code: int) -> FieldQuality:
    """Return what a quality code says: OPC's ranges, and Sparkplug's own 500 for stale."""
    if GOOD_CODE <= code < GOOD_CODE + 64:
        return FieldQuality.GOOD
    if code == STALE_CODE or UNCERTAIN_FROM <= code < GOOD_CODE:
        return FieldQuality.QUESTIONABLE
    return FieldQuality.INVALID


def command_payload(
    name: str, value: float, time_us: int, *, datatype: int = DOUBLE, alias: int | None = None
) -> bytes:
    """Return the payload that writes one metric."""
    payload = Payload(timestamp=time_us // MICROS_A_MILLI)
    metric = payload.metrics.add(name=name, timestamp=payload.timestamp, datatype=datatype)
    if alias is not None:
        metric.alias = alias
    if datatype == BOOLEAN:
        metric.boolean_value = bool(value)
    elif datatype == FLOAT:
        metric.float_value = value
    elif datatype in (INT8, INT16, INT32, UINT8, UINT16, UINT32):
        metric.int_value = round(value) & (2**32 - 1)
    elif datatype in (INT64, UINT64):
        metric.long_value = round(value) & (2**64 - 1)
    else:
        metric.double_value = value
    content: bytes = payload.SerializeToString()
    return content
