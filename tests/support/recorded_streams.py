"""What the demo park's meters show minute by minute, as columns; recorded and simulated."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from services.energy.site import DeviceKind, Point
from services.simulator.domain.demo_park import DemoPark
from services.simulator.domain.recorded import MILLI, Recordings
from services.simulator.domain.world import DeviceMode
from services.simulator.recordings import load_recordings, load_world
from tests.support.builders import REPOSITORY, a_park

DATA = REPOSITORY / "parks" / "demo-data"
QUARTER_MINUTES = 15
SIMULATED_FROM = datetime(2019, 6, 3, 22, tzinfo=UTC)


@dataclass(frozen=True, eq=False)
class Stream:
    """One point's values, one a minute from `start_s` on; NaN where the meter is silent."""

    point: Point
    kind: DeviceKind
    start_s: int
    values: NDArray[np.float64]


@lru_cache(maxsize=1)
def recordings() -> Recordings:
    """Return the recorded year."""
    return load_recordings(DATA)


def recorded_streams(first_quarter: int = 0, quarters: int | None = None) -> list[Stream]:
    """Return the recorded streams of some quarters of the year (all by default)."""
    year = recordings()
    end = len(year.power_w) if quarters is None else first_quarter + quarters
    return [
        Stream(
            point,
            a_park().device(point.device_id).kind,
            year.start_s + first_quarter * 900,
            _minutes(year, point, first_quarter, end),
        )
        for point in a_park().points
        if _is_recorded(year, point)
    ]


def _is_recorded(year: Recordings, point: Point) -> bool:
    return point.device_id in year.names or point.device_id == "weather"


def _minutes(year: Recordings, point: Point, first: int, end: int) -> NDArray[np.float64]:
    if point.device_id == "weather":
        columns = {"irradiance_w_m2": year.irradiance_w_m2, "temperature_c": year.temperature_c}
        return np.repeat(columns[point.quantity.value][first:end], QUARTER_MINUTES)
    column = year.column(point.device_id)
    present = np.repeat(year.present[first:end, column], QUARTER_MINUTES)
    if point.quantity.is_register:
        return np.where(present, _register_wh(year, column, first, end), np.nan)
    sign = 1.0 if point.minimum >= 0.0 else -1.0
    power_w = np.round(sign * year.power_w[first:end, column], 1) + 0.0
    return np.where(present, np.repeat(power_w, QUARTER_MINUTES), np.nan)


def _register_wh(year: Recordings, column: int, first: int, end: int) -> NDArray[np.float64]:
    """Return the register in whole Wh, as `Recordings.register_wh` does for one instant."""
    begun = np.repeat(year.register_mwh[first:end, column], QUARTER_MINUTES)
    counted = np.repeat(np.diff(year.register_mwh[first : end + 1, column]), QUARTER_MINUTES)
    minute = np.tile(np.arange(QUARTER_MINUTES), end - first)
    return ((begun + counted * minute // QUARTER_MINUTES) // MILLI).astype(np.float64)


def simulated_streams(days: int) -> list[Stream]:
    """Return every stream of the demo park as the simulator plays it, devices on their own."""
    world = load_world(a_park(), DATA, sample_period_s=60, mode=DeviceMode.LOCAL)
    park = DemoPark.at(world, SIMULATED_FROM)
    samples = park.advance(SIMULATED_FROM + timedelta(days=days))[1]
    return [
        Stream(
            point,
            a_park().device(point.device_id).kind,
            samples[0].at_s,
            np.array(
                [
                    sample.values.get(point.device_id, {}).get(point.quantity.value, np.nan)
                    for sample in samples
                ],
                np.float64,
            ),
        )
        for point in a_park().points
    ]
