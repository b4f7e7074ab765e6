"""Readings for history's tests, and what a rollup is by its definition, one reading at a time."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import strategies as st

from services.energy.time_grid import to_microseconds
from services.history.domain.columns import Rollups, Samples
from services.runtime.frames import Frame, message_from
from services.runtime.received import Received
from services.runtime.topics import READINGS

START = datetime(2019, 6, 3, 22, 0, tzinfo=UTC)
BRIDGE = timedelta(minutes=20)
BELIEVED, SUSPECT, REJECTED = 1, 2, 3


@dataclass(frozen=True)
class Reading:
    """One reading of a test."""

    point: int
    at: datetime
    value: float
    verdict: int = BELIEVED


def minutes(number: float) -> datetime:
    """Return an instant some minutes after START."""
    return START + timedelta(minutes=number)


def samples(readings: Iterable[Reading]) -> Samples:
    """Return readings as the kernel takes them."""
    ordered = sorted(readings, key=lambda r: (r.point, r.at))
    return Samples(
        np.array([r.point for r in ordered], dtype=np.int32),
        np.array([to_microseconds(r.at) for r in ordered], dtype=np.int64),
        np.array([r.value for r in ordered], dtype=np.float64),
        np.array([r.verdict for r in ordered], dtype=np.int16),
        np.zeros(len(ordered), dtype=np.int16),
    )


def by_definition(
    readings: Iterable[Reading], start: datetime, end: datetime
) -> dict[str, float] | None:
    """Return one window of one point, or None when it holds neither a reading nor covered time."""
    ordered = sorted(readings, key=lambda r: r.at)
    inside = [r for r in ordered if start <= r.at < end]
    fine = [r for r in ordered if r.verdict != REJECTED]
    good = [r for r in inside if r.verdict != REJECTED]
    integral = covered = 0.0
    for one, following in pairwise(fine):
        if following.at - one.at <= BRIDGE:
            held_s = (min(end, following.at) - max(start, one.at)).total_seconds()
            covered += max(0.0, held_s)
            integral += one.value * max(0.0, held_s) / 3600
    if not inside and not covered:
        return None
    return {
        "believed": sum(r.verdict == BELIEVED for r in good),
        "suspect": sum(r.verdict == SUSPECT for r in good),
        "rejected": len(inside) - len(good),
        "total": math.fsum(r.value for r in good),
        "least": min((r.value for r in good), default=math.nan),
        "greatest": max((r.value for r in good), default=math.nan),
        "last": good[-1].value if good else math.nan,
        "integral": integral,
        "covered_us": covered * 1e6,
    }


def as_dicts(rollups: Rollups) -> dict[tuple[int, int], dict[str, float]]:
    """Return rollups by (point, start in µs)."""
    names = ("believed", "suspect", "rejected", "total", "least", "greatest", "last")
    names += ("integral", "covered_us")
    return {
        (int(rollups.point_id[k]), int(rollups.start_us[k])): {
            name: float(getattr(rollups, name)[k]) for name in names
        }
        for k in range(len(rollups))
    }


def a_frame(readings: list[Reading], *, arrival: datetime | None = None, number: int = 0) -> Frame:
    """Return readings as one frame; point 7 is `point_7`. It arrives with its newest reading."""
    points = sorted({r.point for r in readings})
    moment = arrival or max(r.at for r in readings) + timedelta(seconds=1)
    return Frame(
        park_id="demo-park",
        source_id="mqtt-site",
        frame_id=f"{to_microseconds(moment)}/{number}",
        arrival_time=moment,
        point_ids=tuple(f"point_{point}" for point in points),
        point_index=np.array([points.index(r.point) for r in readings], dtype=np.uint32),
        event_time_us=np.array([to_microseconds(r.at) for r in readings], dtype=np.int64),
        value=np.array([r.value for r in readings], dtype=np.float64),
        verdict=np.array([r.verdict for r in readings], dtype=np.uint8),
        doubt=np.zeros(len(readings), dtype=np.uint8),
    )


def received(frame: Frame) -> Received[Any]:
    """Return a frame as history gets it."""
    return Received(message_from(frame), READINGS.name, 0, 0, "demo-park/mqtt-site")


readings_of_two_hours = st.lists(
    st.builds(
        lambda point, second, value, verdict: Reading(
            point, START + timedelta(seconds=second), float(value), verdict
        ),
        st.integers(1, 3),
        st.integers(0, 7199),
        st.integers(-1000, 1000),
        st.sampled_from([BELIEVED, BELIEVED, BELIEVED, SUSPECT, REJECTED]),
    ),
    max_size=60,
    unique_by=lambda r: (r.point, r.at),
)
"""Lists of readings of three points at distinct seconds."""
