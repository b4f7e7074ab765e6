"""The recorded data of the repository play as recorded: the whole demo park, no network."""

import csv
import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.runtime.park_file import load_park
from services.simulator.domain.demo_park import DemoPark
from services.simulator.domain.samples import ParkSample
from services.simulator.domain.world import World
from services.simulator.recordings import load_world

ROOT = Path(__file__).parents[3]
DATA = ROOT / "parks" / "demo-data"
START = datetime(2019, 6, 3, 22, tzinfo=UTC)


@pytest.fixture(scope="module")
def world() -> World:
    return load_world(load_park(ROOT / "parks" / "demo.yaml"), DATA)


@pytest.fixture(scope="module")
def day(world: World) -> list[ParkSample]:
    park = DemoPark.at(world, START)
    return [park.sample(), *park.advance(START + timedelta(days=1))[1]]


def rows(name: str) -> dict[str, dict[str, str]]:
    with gzip.open(DATA / f"{name}.csv.gz", "rt", newline="") as file:
        return {row["start_utc"]: row for row in csv.DictReader(file)}


@pytest.mark.parametrize(
    ("file", "device", "hours"),
    [
        ("industrial_15min", "steel", 0.25),
        ("industrial_15min", "electroplating", 0.25),
        ("campus_hourly", "labs_a", 1),
        ("campus_hourly", "boilerhouse_gas", 1),
    ],
)
def test_a_meter_counts_the_recorded_energy(
    day: list[ParkSample], file: str, device: str, hours: float
) -> None:
    register = {s.at_s: s.values[device]["consumption_energy_wh"] for s in day}
    recorded = rows(file)
    for quarter in range(round(24 / hours)):
        start = START + timedelta(hours=quarter * hours)
        at_s = int(start.timestamp())
        energy_wh = float(recorded[start.strftime("%Y-%m-%dT%H:%MZ")][f"{device}_wh"])
        counted_wh = register[at_s + round(hours * 3600)] - register[at_s]
        assert abs(counted_wh - energy_wh) < 1.0


def test_the_inverter_without_a_limit_counts_the_recorded_energy(day: list[ParkSample]) -> None:
    register = {s.at_s: s.values["pv"]["generation_energy_wh"] for s in day}
    for start, row in rows("pv_weather_15min").items():
        at_s = int(datetime.fromisoformat(start).timestamp())
        if at_s in register and at_s + 900 in register:
            assert abs(register[at_s + 900] - register[at_s] - float(row["pv_w"]) / 4) <= 1.0


def test_every_point_of_the_park_file_is_played(world: World, day: list[ParkSample]) -> None:
    played = {f"{device}.{q}" for device, values in day[0].values.items() for q in values}

    assert played == {point.id for point in world.park.points}


def test_every_value_lies_in_its_points_range(world: World, day: list[ParkSample]) -> None:
    for sample in day[::15]:
        for device, values in sample.values.items():
            for quantity, value in values.items():
                point = world.park.point(f"{device}.{quantity}")
                assert point is not None
                assert point.minimum <= value <= point.maximum, point.id


def test_a_meter_in_its_recorded_gap_is_silent(world: World) -> None:
    in_the_gap = DemoPark.at(world, datetime(2019, 6, 29, 12, tzinfo=UTC)).sample()

    assert "electroplating" not in in_the_gap.values
    assert "steel" in in_the_gap.values


def test_the_weather_station_keeps_its_sentinels(world: World) -> None:
    noon = DemoPark.at(world, datetime(2019, 6, 21, 4, tzinfo=UTC)).sample()

    assert noon.values["weather"] == {"irradiance_w_m2": -99.0, "temperature_c": -99.0}


def test_vehicles_take_what_they_took_in_the_record(world: World) -> None:
    start = datetime(2019, 6, 3, 16, tzinfo=UTC)  # a local day, Tuesday
    park = DemoPark.at(world, start)
    before_wh = park.state.chargers.delivered_wh.sum()

    park, _ = park.advance(start + timedelta(days=1))

    taken_wh = park.state.chargers.delivered_wh.sum() - before_wh
    assert taken_wh == pytest.approx(955_328, abs=1)  # 71 sessions
