"""Readings from JSON of any shape, found by JSON pointers (RFC 6901).

    {point: hall.active_power_w, value: /meter/power_kw, time: /meter/at, scale: 1000}

`each` points to a list first; `value` and `time` then stand in each of its entries. A value may be
a number, a boolean or a text that is a number. Each reading needs a time of its own: a broker may
hand over a message long after it was sent, so the moment of arrival says nothing about it.
"""

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from services.energy.readings import FieldQuality
from services.energy.time_grid import to_microseconds
from services.ingest.adapters.mapping import Scale
from services.ingest.adapters.mqtt.payload import LARGEST_PAYLOAD
from services.ingest.adapters.sample import Sample, sample_of

UNSCALED = Scale()
MOST_ENTRIES = 10_000
EARLIEST_US, LATEST_US = -62_135_596_800_000_000, 253_402_300_799_999_999


class Unreadable(Exception):
    """A payload, or a place in it, that cannot be used; the text says what stands there."""


class TimeFormat(StrEnum):
    """How an instant is written."""

    ISO = "iso"
    SECONDS = "epoch_s"
    MILLISECONDS = "epoch_ms"
    MICROSECONDS = "epoch_us"


_MICROS = {TimeFormat.SECONDS: 1e6, TimeFormat.MILLISECONDS: 1e3, TimeFormat.MICROSECONDS: 1.0}


@dataclass(frozen=True, slots=True)
class Mapping:
    """Where one point stands.

    `quality` may point to a flag that says whether the value is good (true, "good", 192).
    """

    point_id: str
    value: tuple[str, ...]
    time: tuple[str, ...]
    time_format: TimeFormat = TimeFormat.ISO
    scale: Scale = UNSCALED
    each: tuple[str, ...] | None = None
    quality: tuple[str, ...] | None = None


def pointer(text: str) -> tuple[str, ...]:
    """Return the steps of a JSON pointer; ValueError when it is none."""
    if text and not text.startswith("/"):
        raise ValueError(f"{text!r} is not a JSON pointer; it begins with /, like /meter/power")
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in text.split("/")[1:])


def document_of(payload: bytes) -> Any:
    """Return the JSON document; Unreadable when it is none."""
    if len(payload) > LARGEST_PAYLOAD:
        raise Unreadable(f"{len(payload)} bytes; at most {LARGEST_PAYLOAD} are read")
    try:
        return json.loads(payload)
    except (ValueError, RecursionError) as mistake:
        raise Unreadable(f"not JSON ({mistake})") from None


def samples_of(document: Any, mappings: Iterable[Mapping]) -> tuple[list[Sample], list[str]]:
    """Return the samples that can be read, and what stands in the way of each other one."""
    samples: list[Sample] = []
    mistakes: list[str] = []
    for mapping in mappings:
        try:
            entries = _entries(document, mapping)
        except Unreadable as mistake:
            mistakes.append(f"{mapping.point_id}: {mistake}")
            continue
        for entry in entries:
            try:
                samples.append(_sample(entry, mapping))
            except Unreadable as mistake:
                mistakes.append(f"{mapping.point_id}: {mistake}")
    return samples, mistakes


def _entries(document: Any, mapping: Mapping) -> Iterator[Any]:
    if mapping.each is None:
        return iter((document,))
    entries = at(document, mapping.each)
    if not isinstance(entries, list) or len(entries) > MOST_ENTRIES:
        raise Unreadable(f"{_text(mapping.each)} is not a list of at most {MOST_ENTRIES} entries")
    return iter(entries)


def _sample(entry: Any, mapping: Mapping) -> Sample:
    time_us = _time_us(at(entry, mapping.time), mapping)
    value = mapping.scale.ours(number_of(at(entry, mapping.value)))
    good = mapping.quality is None or _is_good(at(entry, mapping.quality))
    quality = FieldQuality.GOOD if good else FieldQuality.INVALID
    return sample_of(mapping.point_id, time_us, value, quality)


def at(document: Any, steps: Sequence[str]) -> Any:
    """Return what stands at a pointer; Unreadable names the step that leads nowhere."""
    place = document
    for number, step in enumerate(steps):
        try:
            place = place[int(step)] if isinstance(place, list) else place[step]
        except (KeyError, IndexError, ValueError, TypeError):
            raise Unreadable(f"there is nothing at {_text(steps[: number + 1])}") from None
    return place


def number_of(value: Any) -> float:
    """Return the number a value is or says; NaN when it is neither."""
    if isinstance(value, bool | int | float | str):
        try:
            return float(value)
        except (ValueError, OverflowError):
            return math.nan
    return math.nan


def _is_good(flag: Any) -> bool:
    return flag is True or flag == 192 or str(flag).lower() in ("good", "ok", "valid", "true")


def _time_us(stamp: Any, mapping: Mapping) -> int:
    try:
        if mapping.time_format is TimeFormat.ISO:
            return _iso_us(stamp)
        number = number_of(stamp) * _MICROS[mapping.time_format]
        if not EARLIEST_US <= number <= LATEST_US:
            raise ValueError("it is outside the years 1 to 9999")
        return round(number)
    except (TypeError, ValueError, OverflowError) as mistake:
        raise Unreadable(
            f"{_text(mapping.time)} is {str(stamp)[:40]!r}, not an instant as "
            f"{mapping.time_format} ({str(mistake)[:80]})"
        ) from None


def _iso_us(stamp: Any) -> int:
    moment = datetime.fromisoformat(stamp)
    if moment.tzinfo is None:
        raise ValueError("it has no time zone")
    return to_microseconds(moment)


def _text(steps: Sequence[str]) -> str:
    return "/" + "/".join(step.replace("~", "~0").replace("/", "~1") for step in steps)


def written(steps: Sequence[str], value: Any) -> bytes:
    """Return a JSON document of objects that holds `value` at a pointer."""
    document = value
    for step in reversed(steps):
        document = {step: document}
    return json.dumps(document).encode()
