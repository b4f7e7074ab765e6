"""A day of the demo park as gateways would push it, meters' faults included: a function of a seed.

Each gateway has some devices and sends a frame every ten minutes. What is wrong in a real day is
wrong here: spikes, registers that fall and start again, readings late, said twice, corrected, not
a number, doubted by the device, with impossible stamps, and of points that nobody knows.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from services.energy.readings import FieldQuality
from services.ingest.domain.batch import Batch
from tests.support.recorded_streams import SIMULATED_FROM, Stream, simulated_streams

GATEWAYS = {
    "gateway-site": ("grid", "battery", "weather"),
    "gateway-works": ("steel", "metalwork", "electroplating"),
    "gateway-campus": ("labs_a", "labs_b", "offices"),
    "gateway-gas": ("boilerhouse_gas", "labs_b_gas", "h3_gas"),
    "gateway-plants": ("pv", "wind"),
    "gateway-cars-1": tuple(f"charger_{number:02}" for number in range(1, 7)),
    "gateway-cars-2": tuple(f"charger_{number:02}" for number in range(7, 13)),
}
FRAME_MINUTES = 10
DAY_MINUTES = 24 * 60
MINUTE_US = 60_000_000
DAY_BEGINS = SIMULATED_FROM
DAY_ENDS = DAY_BEGINS + timedelta(days=1)
NOBODY = "nobody.active_power_w"
FAR_AHEAD, LONG_AGO = 50 * DAY_MINUTES, -60 * DAY_MINUTES
"""Minutes by which a stamp is off: beyond what a reading may be ahead, or old."""

ROW = np.dtype(
    [("frame", np.int64), ("minute", np.int64), ("point", np.uint32), ("value", np.float64),
     ("quality", np.uint8)]
)  # fmt: skip
Rows = NDArray[np.void]
Random = np.random.Generator


@dataclass(frozen=True)
class FieldDay:
    """The frames of each gateway, in the order in which it sends them."""

    frames: dict[str, list[Batch]]

    @property
    def readings(self) -> int:
        """How many readings there are in all frames, repetitions included."""
        return sum(len(frame) for frames in self.frames.values() for frame in frames)

    @property
    def count(self) -> int:
        """How many frames there are."""
        return sum(map(len, self.frames.values()))


@lru_cache(maxsize=4)
def a_field_day(seed: int, minutes: int = DAY_MINUTES) -> FieldDay:
    """Return the day (or its first minutes); every tenth frame is sent twice."""
    frames = {}
    for number, (gateway, devices) in enumerate(GATEWAYS.items()):
        streams = [stream for stream in _streams() if stream.point.device_id in devices]
        rng = np.random.default_rng([seed, number])
        frames[gateway] = _frames(gateway, streams, minutes, rng)
    return FieldDay(frames)


@lru_cache(maxsize=1)
def _streams() -> list[Stream]:
    return simulated_streams(1)


def _frames(gateway: str, streams: list[Stream], minutes: int, rng: Random) -> list[Batch]:
    names = (*(stream.point.id for stream in streams), NOBODY)
    rows = _with_faults(_said(streams, minutes, rng), streams, rng)
    frames: list[Batch] = []
    for number in range(minutes // FRAME_MINUTES):
        frame = _batch(gateway, names, rows[rows["frame"] == number])
        frames += [frame, frame] if number % 10 == 9 else [frame]
    return frames


def _said(streams: list[Stream], minutes: int, rng: Random) -> Rows:
    """Return what the devices show, some of it wrong, each in the frame of its minute."""
    values = np.array([_faulty(stream, minutes, rng) for stream in streams])
    point, minute = np.nonzero(np.isfinite(values))
    rows = np.zeros(len(point), ROW)
    rows["point"], rows["minute"], rows["value"] = point, minute, values[point, minute]
    rows["frame"] = minute // FRAME_MINUTES
    return rows


def _faulty(stream: Stream, minutes: int, rng: Random) -> NDArray[np.float64]:
    values = stream.values[:minutes].copy()
    hit = rng.random(minutes) < 0.002
    if not stream.point.quantity.is_register:
        values[hit] = values[hit] * 3.0 + 500.0
        return values
    if rng.random() < 0.3:  # the meter starts again from zero
        begin = int(rng.integers(minutes // 3, minutes // 2 + 1))
        values[begin:] -= values[begin]
    values[hit] = np.floor(values[hit] * 0.7)
    return values


def _with_faults(rows: Rows, streams: list[Stream], rng: Random) -> Rows:
    """Return the rows with what happens between device and gateway, by frame and minute."""
    rows["frame"] += _hits(rows, 0.01, rng) * rng.integers(1, 6, len(rows))
    rows["quality"][_hits(rows, 0.003, rng)] = FieldQuality.QUESTIONABLE
    rows["quality"][_hits(rows, 0.001, rng)] = FieldQuality.INVALID
    rows["value"][_hits(rows, 0.0005, rng)] = np.nan
    again = rows[_hits(rows, 0.005, rng)]
    again["frame"] += rng.integers(1, 4, len(again))
    corrected = rows[_hits(rows, 0.003, rng)]
    corrected["frame"] += rng.integers(1, 4, len(corrected))
    corrected["value"] += np.floor(np.abs(corrected["value"]) * 0.01) + 1.0
    stray = rows[_hits(rows, 0.0003, rng)]
    stray["minute"] += rng.choice([FAR_AHEAD, LONG_AGO], len(stray))
    unknown = rows[_hits(rows, 0.0003, rng)]
    unknown["point"] = len(streams)
    every = np.concatenate([rows, again, corrected, stray, unknown])
    return every[np.lexsort((every["point"], every["minute"], every["frame"]))]


def _hits(rows: Rows, share: float, rng: Random) -> NDArray[np.bool_]:
    return rng.random(len(rows)) < share


def _batch(gateway: str, names: tuple[str, ...], rows: Rows) -> Batch:
    begins_us = int(DAY_BEGINS.timestamp()) * 1_000_000
    return Batch(
        gateway,
        names,
        rows["point"].astype(np.uint32),
        begins_us + rows["minute"] * MINUTE_US,
        rows["value"].astype(np.float64),
        rows["quality"].astype(np.uint8),
    )
