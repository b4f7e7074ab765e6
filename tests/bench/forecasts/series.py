"""The demo park's recorded series, each on its own step and in the clock and year of its source."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from services.forecasting.domain.outlook.days import Days
from services.forecasting.domain.outlook.record import Record
from services.forecasting.domain.outlook.task import Task
from services.simulator.recordings import numbers, table
from tests.support.builders import REPOSITORY

DATA = REPOSITORY / "parks" / "demo-data"
PARK_AHEAD_MIN = 8 * 60
FIRST_PARK_MINUTE = 25_771_680  # 2019-01-01 00:00 on the park's clock
LONDON, UTC = ZoneInfo("Europe/London"), ZoneInfo("UTC")
HOURS_AHEAD = 24
WEATHER_FILE = "PARKFLOW_PV_WITH_WEATHER"  # a Parquet file that may not be in the repository
FAR_WEATHER_FILE = "PARKFLOW_WIND_WITH_FAR_WEATHER"  # the same: hours of another place
WEATHER = (
    "nwp_globalirrad",
    "nwp_directirrad",
    "nwp_temperature",
    "nwp_humidity",
    "nwp_windspeed",
    "nwp_winddirection",
    "nwp_pressure",
)


@dataclass(frozen=True, eq=False)
class Benched:
    """One series with its task; `kind` groups rows of the table."""

    name: str
    kind: str
    task: Task
    record: Record
    first_day: int = 150


@dataclass(frozen=True)
class _Meter:
    kind: str
    name: str
    file: str
    column: str
    step_min: int
    country: str | None
    moved_days: int = 0
    zone: ZoneInfo | None = None


METERS = (
    _Meter("load", "steel", "industrial_15min", "steel_wh", 15, "KR", 364),
    _Meter("load", "metalwork", "industrial_15min", "metalwork_wh", 15, "DE", 364),
    _Meter("load", "electroplating", "industrial_15min", "electroplating_wh", 15, "DE", 728),
    _Meter("load", "labs_a", "campus_hourly", "labs_a_wh", 60, "GB-ENG", 0, LONDON),
    _Meter("load", "labs_b", "campus_hourly", "labs_b_wh", 60, "GB-ENG", 0, LONDON),
    _Meter("load", "offices", "campus_hourly", "offices_wh", 60, "GB-ENG", 0, LONDON),
    _Meter(
        "gas", "boilerhouse_gas", "campus_hourly", "boilerhouse_gas_wh", 60, "GB-ENG", 0, LONDON
    ),
    _Meter("gas", "labs_b_gas", "campus_hourly", "labs_b_gas_wh", 60, "GB-ENG", 0, LONDON),
    _Meter("gas", "h3_gas", "campus_hourly", "h3_gas_wh", 60, "GB-ENG", 0, LONDON),
    _Meter("market", "price", "market_hourly", "price_gbp_per_kwh", 60, "GB-ENG", 0, LONDON),
    _Meter("market", "carbon", "market_hourly", "intensity_kg_per_kwh", 60, "GB-ENG", 0, LONDON),
)


def all_series() -> dict[str, Callable[[], Benched]]:
    """Return what makes each series, by name."""
    made: dict[str, Callable[[], Benched]] = {m.name: lambda m=m: _metered(m) for m in METERS}  # type: ignore[misc]
    made |= {"sum of loads": _sum_of_loads, "pv": _pv, "wind": _wind, "ev": _charging}
    if os.environ.get(WEATHER_FILE):
        made["pv with weather"] = lambda: _pv_with_weather(Path(os.environ[WEATHER_FILE]))
    if os.environ.get(FAR_WEATHER_FILE):
        far = "wind with far weather"
        made[far] = lambda: _wind_with_far_weather(Path(os.environ[FAR_WEATHER_FILE]))
    return made


def _metered(meter: _Meter) -> Benched:
    value = numbers(table(DATA, meter.file)[meter.column])
    lowest = -np.inf if meter.name == "price" else 0.0
    task = _task(meter.step_min, lowest, np.inf, meter.zone or UTC, meter.country)
    days = _days(len(value), task, meter.zone, meter.moved_days)
    return Benched(meter.name, meter.kind, task, Record.of(value, days))


def _sum_of_loads() -> Benched:
    """All electric meters by the hour, on the park's own clock; no country's holidays fit all."""
    task, total = _task(60, 0.0, np.inf, UTC, None), np.float64(0.0)
    for meter in METERS:
        if meter.kind == "load":
            value = numbers(table(DATA, meter.file)[meter.column])
            total = total + value.reshape(-1, 60 // meter.step_min).sum(axis=1)
    value = np.asarray(total, np.float64)
    return Benched("sum of loads", "sum", task, Record.of(value, _days(len(value), task, None)))


def _pv() -> Benched:
    value = numbers(table(DATA, "pv_weather_15min")["pv_w"])
    task = _task(15, 0.0, 3e6, ZoneInfo("Asia/Shanghai"), None, sun=True)
    return Benched("pv", "pv", task, Record.of(value, _days(len(value), task, None)))


def _wind() -> Benched:
    value = numbers(table(DATA, "wind_hourly")["wind_w"])
    task = _task(60, 0.0, 2.05e6, UTC, None)
    return Benched("wind", "wind", task, Record.of(value, _days(len(value), task, None)))


def _wind_with_far_weather(path: Path) -> Benched:
    """The turbine beside what the weather was elsewhere (London, 110 km away), as if foreseen."""
    import pandas as pd

    still, rows = _wind(), pd.read_parquet(path)
    from_rad, speed = np.radians(rows["wind_dir_deg"]), rows["wind_ms"]
    air = rows[["ts", "press_mbar", "temp_c"]]
    blown = air.assign(east=speed * np.sin(from_rad), north=speed * np.cos(from_rad))
    weather = blown.resample("1h", on="ts").mean().to_numpy()
    known = np.full((len(still.record.days), 4), np.nan)
    known[: len(weather)] = weather[: len(known)]
    record = Record.of(still.record.value, still.record.days, foreseen=known)
    return Benched("wind with far weather", "wind", still.task, record)


def _charging() -> Benched:
    """Power of the fleet as if each car charged at 6 kW from its arrival on; from 1 May."""
    sessions = table(DATA, "ev_sessions")
    arrival = np.array([np.datetime64(text[:19]) for text in sessions["arrival_utc"]])
    first = (FIRST_PARK_MINUTE - PARK_AHEAD_MIN) + 120 * 1440
    minute = arrival.astype("datetime64[m]").astype(np.int64) - first
    hours = numbers(sessions["delivered_wh"]) / 6_000.0
    value = np.zeros(243 * 96)
    for begin, lasts in zip(minute, np.maximum(hours * 60, 1.0), strict=True):
        slot = np.arange(int(begin) // 15, min(int(begin + lasts) // 15 + 1, len(value)))
        inside = np.minimum(begin + lasts, 15 * slot + 15) - np.maximum(begin, 15 * slot)
        np.add.at(value, slot, 6_000.0 * np.clip(inside, 0, 15) / 15)
    task = _task(15, 0.0, np.inf, UTC, "US")
    return Benched("ev", "ev", task, Record.of(value, _days(len(value), task, None, -120)), 80)


def _pv_with_weather(path: Path) -> Benched:
    import pandas as pd

    rows = pd.read_parquet(path, columns=["ts", "pv_kw", *WEATHER])
    minute = rows["ts"].to_numpy().astype("datetime64[m]").astype(np.int64)
    at = (minute - minute.min()) // 15
    task = _task(15, 0.0, 2000.0, ZoneInfo("Asia/Shanghai"), None, sun=True)
    value = np.full(at.max() + 1, np.nan)
    weather = np.full((len(value) + task.reach, len(WEATHER)), np.nan)
    value[at], weather[at] = rows["pv_kw"].to_numpy(), rows[list(WEATHER)].to_numpy()
    days = _days(len(value), task, None)
    record = Record.of(value, days, foreseen=weather)
    return Benched("pv with weather", "pv", task, record, 110)


def _task(
    step_min: int,
    lowest: float,
    highest: float,
    zone: ZoneInfo,
    country: str | None,
    *,
    sun: bool = False,
) -> Task:
    horizons = tuple(range(1, HOURS_AHEAD * 60 // step_min + 1))
    return Task(step_min, horizons, lowest, highest, sun, zone, country)


def _days(rows: int, task: Task, zone: ZoneInfo | None, moved_days: int = 0) -> Days:
    """Return the calendar of rows from the park's new year on, moved back to the source's year."""
    first = FIRST_PARK_MINUTE - moved_days * 1440
    minute = first + task.step_min * np.arange(rows + task.reach)
    return Days.of(minute, zone, task.holidays)


def origins_of(benched: Benched, every_hours: int) -> Iterator[int]:
    """Yield origins that wander through the day and the week, up to the end of the record."""
    task = benched.task
    last = len(benched.record) - task.reach
    step = task.hours(every_hours) + (1 if task.step_min < 60 else 0)
    yield from range(benched.first_day * task.day, last, step)
