"""Reads the recorded streams of the demo park (parks/demo-data) into what the physics plays."""

import csv
import gzip
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.energy.site import Park
from services.simulator.domain.recorded import HOUR_S, QUARTER_S, RecordedEnergy, Recordings
from services.simulator.domain.sessions import Sessions
from services.simulator.domain.world import DeviceMode, World

Table = dict[str, list[str]]


def load_world(
    park: Park, folder: Path, *, sample_period_s: int = 60, mode: DeviceMode = DeviceMode.REMOTE
) -> World:
    """Return the park joined with the recordings in `folder`."""
    recordings, sessions = load_recordings(folder), load_sessions(folder)
    return World.of(park, recordings, sessions, sample_period_s=sample_period_s, mode=mode)


def load_recordings(folder: Path) -> Recordings:
    """Return meters, PV, wind and weather on the common quarter grid."""
    industrial, campus = table(folder, "industrial_15min"), table(folder, "campus_hourly")
    sky, wind = table(folder, "pv_weather_15min"), table(folder, "wind_hourly")
    starts = {_grid_start(industrial, QUARTER_S), _grid_start(campus, HOUR_S)}
    starts |= {_grid_start(sky, QUARTER_S), _grid_start(wind, HOUR_S)}
    if len(starts) != 1:
        raise ValueError(f"the streams in {folder} start at {sorted(starts)}: convert them again")
    energies = _meters(industrial, QUARTER_S) | _meters(campus, HOUR_S)
    pv_wh, wind_wh = numbers(sky["pv_w"]) * QUARTER_S / HOUR_S, numbers(wind["wind_w"])
    energies["pv"] = RecordedEnergy.of_intervals(pv_wh, QUARTER_S)
    energies["wind"] = RecordedEnergy.of_intervals(wind_wh, HOUR_S)
    irradiance, temperature = numbers(sky["irradiance_w_m2"]), numbers(sky["temperature_c"])
    return Recordings.of(starts.pop(), energies, irradiance, temperature)


def load_sessions(folder: Path) -> Sessions:
    """Return the charging sessions."""
    sessions = table(folder, "ev_sessions")
    return Sessions.of(
        port=numbers(sessions["port"]).astype(np.int64) - 1,
        arrival_s=stamps_s(sessions["arrival_utc"]),
        departure_s=stamps_s(sessions["departure_utc"]),
        announced_s=stamps_s(sessions["announced_departure_utc"]),
        wanted_wh=numbers(sessions["delivered_wh"]),
    )


def table(folder: Path, name: str) -> Table:
    """Return the columns of `<name>.csv.gz` as text."""
    path = folder / f"{name}.csv.gz"
    if not path.exists():
        raise ValueError(f"{path} is missing: set PARKFLOW_DATA to the folder of recorded data")
    with gzip.open(path, "rt", newline="") as file:
        header, *rows = csv.reader(file)
    return dict(zip(header, map(list, zip(*rows, strict=True)), strict=True))


def numbers(column: Iterable[str]) -> NDArray[np.float64]:
    """Return the column as numbers, NaN where it is empty (§4)."""
    return np.array([float(text) if text else np.nan for text in column])


def stamps_s(column: Iterable[str]) -> NDArray[np.int64]:
    """Return UTC stamps as seconds since the epoch."""
    return np.array([text.removesuffix("Z") for text in column], "M8[s]").astype(np.int64)


def _meters(meters: Table, interval_s: int) -> dict[str, RecordedEnergy]:
    columns = (name for name in meters if name.endswith("_wh"))
    return {
        name.removesuffix("_wh"): RecordedEnergy.of_intervals(numbers(meters[name]), interval_s)
        for name in columns
    }


def _grid_start(stream: Table, interval_s: int) -> int:
    """Return the stream's first instant; ValueError when an interval is missing."""
    starts = stamps_s(stream["start_utc"])
    holes = np.flatnonzero(np.diff(starts) != interval_s)
    if len(holes):
        at = datetime.fromisoformat(stream["start_utc"][int(holes[0])])
        raise ValueError(f"after {at} an interval is missing: leave its values empty instead")
    return int(starts[0])
