"""What a whole park's registers counted, as validation would publish it."""

import random
from collections.abc import Iterator
from datetime import datetime

import numpy as np

from parkflow.telemetry.v1.interval_frame_pb2 import IntervalFrame as IntervalFrameMessage
from services.carbon_accounting.book.devices import meters_of, streams_of
from services.carbon_accounting.domain.inventory.site import Counts, Role
from services.energy.site import Park
from services.energy.time_grid import QUARTER, to_microseconds
from services.runtime.interval_frames import QUARTER_US, IntervalFrame, message_from_intervals
from tests.support.builders import MORNING

Counted = dict[str, int]
"""Wh by register."""


def registers(park: Park) -> dict[Role | None, list[str]]:
    """The park's registers by role; those that burn gas by None."""
    found: dict[Role | None, list[str]] = {}
    for meter in meters_of(park, Counts.INTERVAL):
        found.setdefault(meter.role, []).append(meter.id)
    found[None] = [stream.id for stream in streams_of(park, Counts.INTERVAL)]
    return found


def quarters(park: Park, count: int, seed: int = 1) -> Iterator[tuple[datetime, Counted]]:
    """A park whose meters close exactly, quarter by quarter from the demo's start."""
    by_role, chance = registers(park), random.Random(seed)
    for number in range(count):
        yield MORNING + number * QUARTER, _counted(by_role, chance)


def _counted(by_role: dict[Role | None, list[str]], chance: random.Random) -> Counted:
    used = {point: chance.randrange(30_000) for point in by_role[Role.CONSUMPTION]}
    made = {point: chance.randrange(300_000) for point in by_role[Role.GENERATION]}
    burnt = {point: chance.randrange(45_000) for point in by_role[None]}
    net = sum(used.values()) - sum(made.values())
    grid = {by_role[Role.GRID_IMPORT][0]: max(0, net), by_role[Role.EXPORT][0]: max(0, -net)}
    stored = dict.fromkeys([*by_role[Role.CHARGE], *by_role[Role.DISCHARGE]], 0)
    return stored | used | made | burnt | grid


def frames(
    park: Park,
    start: datetime,
    counted: Counted,
    *,
    known_at: datetime | None = None,
    position: int = 0,
    estimated: bool = False,
) -> list[IntervalFrameMessage]:
    """One frame per source on one quarter, known as of its end unless told."""
    sources = {device.id: device.source_id for device in park.devices}
    by_source: dict[str, Counted] = {}
    for point, wh in counted.items():
        by_source.setdefault(sources[point.split(".")[0]], {})[point] = wh
    known = known_at or start + QUARTER
    return [
        message_from_intervals(_frame(park.id, source, start, own, known, position, estimated))
        for source, own in sorted(by_source.items())
    ]


def _frame(
    park_id: str,
    source: str,
    start: datetime,
    counted: Counted,
    known_at: datetime,
    position: int,
    estimated: bool,
) -> IntervalFrame:
    """Return a frame in which everything is believed, or everything estimated."""
    size = len(counted)
    wh, nothing = np.array(list(counted.values()), np.int64), np.zeros(size, np.int64)
    whole_us = np.full(size, QUARTER_US, np.uint32)
    return IntervalFrame(
        park_id=park_id,
        source_id=source,
        frame_id=f"{source}-{start:%d%H%M}-{known_at:%d%H%M%S}-{position}",
        known_at=known_at,
        point_ids=tuple(counted),
        point_index=np.arange(size, dtype=np.uint32),
        start_us=np.full(size, to_microseconds(start), np.int64),
        believed_wh=nothing if estimated else wh,
        estimated_wh=wh if estimated else nothing,
        suspense_wh=nothing,
        written_off_wh=nothing,
        believed_us=np.zeros(size, np.uint32) if estimated else whole_us,
        known_us=whole_us,
        methods=np.full(size, int(estimated), np.uint8),
        log_position=position,
    )
