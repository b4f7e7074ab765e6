"""The demo park's recorded series on the quarter grid, as forecasting publishes and sees them."""

from functools import lru_cache

import numpy as np

from services.energy.time_grid import from_microseconds
from services.forecasting.domain.charging.fleets import fleets_of
from services.forecasting.domain.series import Floats, Series
from services.forecasting.domain.targets import Shape, Target, targets_of
from services.runtime.frames import Frame
from services.simulator.recordings import load_recordings
from tests.support.builders import REPOSITORY, a_park

QUARTER_US = 900_000_000


def recorded_targets() -> tuple[Target, ...]:
    """Return the targets that a meter shows: all but charging, which sessions tell."""
    park = a_park()
    fleets = {fleet.point_id for fleet in fleets_of(park)}
    return tuple(target for target in targets_of(park) if target.point_id not in fleets)


@lru_cache(maxsize=1)
def recorded() -> tuple[int, dict[Target, Floats]]:
    """Return the first quarter's number and each target's power, NaN in a metering gap."""
    recordings = load_recordings(REPOSITORY / "parks" / "demo-data")
    powers: dict[Target, Floats] = {}
    for target in recorded_targets():
        column = recordings.column(target.point_id.split(".")[0])
        sign = 1.0 if target.shape is Shape.DEMAND else -1.0
        power_w = sign * recordings.power_w[:, column] + 0.0
        powers[target] = np.where(recordings.present[:, column], power_w, np.nan)
    return recordings.start_s // 900, powers


def past(target: Target, end_quarter: int, days: int) -> Series:
    """Return the series of a target that ends at `end_quarter`."""
    first, powers = recorded()
    end = end_quarter - first
    power_w = powers[target][end - days * 96 : end].copy()
    return Series(end_quarter - days * 96, power_w)


def future_w(target: Target, quarter: int) -> Floats:
    """Return what came in the day from `quarter` on."""
    first, powers = recorded()
    return powers[target][quarter - first : quarter - first + 96]


def frames_between(park_id: str, first_quarter: int, end_quarter: int) -> list[Frame]:
    """Return one frame a quarter with one believed reading of each target, at its start."""
    start, powers = recorded()
    names = tuple(target.source_point_id for target in powers)
    frames = []
    for quarter in range(first_quarter, end_quarter):
        row = [target.sign * values[quarter - start] for target, values in powers.items()]
        value = np.array(row)
        known = np.flatnonzero(np.isfinite(value))
        at_us = quarter * QUARTER_US
        frames.append(
            Frame(
                park_id=park_id,
                source_id="mqtt-site",
                frame_id=f"{park_id}/{quarter}",
                arrival_time=from_microseconds(at_us + 1_000_000),
                point_ids=names,
                point_index=known.astype(np.uint32),
                event_time_us=np.full(len(known), at_us, np.int64),
                value=value[known],
                verdict=np.ones(len(known), np.uint8),
                doubt=np.zeros(len(known), np.uint8),
            )
        )
    return frames
