"""Certificates of plants that are metered here: they say no more than the plant exported."""

from pathlib import Path

import pytest

from tests.support.booking import Booked, run

PARK = """
park: {id: mill, name: {en: Mill, zh: 工厂}, time_zone: Asia/Shanghai, currency: CNY}
tenants: [{id: a, name: {en: A, zh: 甲}}]
accounting:
  interval: 1h
  matching: hourly
  meters:
    - {id: grid, role: grid_import}
    - {id: out, role: export}
    - {id: pv, role: generation, kind: pv}
    - {id: a, role: consumption, enterprise: a}
"""
HEADER = (
    "certificate,instrument,technology,device,market,produced_from,produced_to,issued_at,quantity,"
    "unit,emission_kg_per_kwh,state,owner,beneficiary,cancelled_at,use\n"
)
BATTERY = """
    - {id: in, role: charge, store: battery}
    - {id: back, role: discharge, store: battery}
  stores:
    - {id: battery, round_trip_efficiency: 1}
"""
SELF_USED = "2023-03-30T00:00+08:00,15,0,5,20"
"""20 kWh used: 15 from the grid, all 5 that the sun made."""


def row(kwh: int, use: str = "on-grid", hour: int = 0, device: str = "pv", name: str = "B") -> str:
    span = ",".join(f"2023-03-30T{hour + n:02}:00+08:00" for n in range(2))
    made = f"{name}{hour},GC,solar,{device},CN,{span},2023-04-02,{kwh},kWh,0"
    return f"{made},cancelled,a,a,2023-05-06,{use}\n"


def booked(folder: Path, certificates: str, *more_readings: str) -> Booked:
    readings = "\n".join(["time,grid,out,pv,a", SELF_USED, *more_readings, ""])
    return run(folder, PARK, readings, certificates=HEADER + certificates)


def test_power_the_park_used_itself_covers_no_import_on_top(tmp_path: Path) -> None:
    found = booked(tmp_path, row(5))

    assert found.code == 2
    (mistake,) = found.refused.splitlines()[-1:]
    assert "certificates.csv:2: claimed_wh '5000' - larger than metered generation" in mistake
    assert "pv exported 0 Wh" in mistake


def test_what_was_made_before_anything_was_read_is_not_known_to_be_nothing(
    tmp_path: Path,
) -> None:
    found = booked(tmp_path, row(9).replace("2023-03-30T00:00", "2023-03-29T00:00"))

    assert found.code == 0, found.refused


@pytest.mark.parametrize(("kwh", "code"), [(5, 0), (6, 2)])
def test_self_used_power_is_claimed_as_such_up_to_what_was_made(
    tmp_path: Path, kwh: int, code: int
) -> None:
    found = booked(tmp_path, row(kwh, "self-use"))

    assert found.code == code
    if code == 0:  # it is traced, and moves no import
        assert found.total(ledger="market_based", origin="grid")[0] == 15_000


@pytest.mark.parametrize(("kwh", "code"), [(4, 0), (5, 2)])
def test_what_was_exported_is_claimed_up_to_the_export(tmp_path: Path, kwh: int, code: int) -> None:
    noon = "2023-03-30T01:00+08:00,0,4,10,6"  # 10 made, 4 of them exported

    assert booked(tmp_path, row(kwh, hour=1), noon).code == code


def test_what_a_plant_elsewhere_made_is_not_held_against_meters_here(tmp_path: Path) -> None:
    found = booked(tmp_path, row(15, device="farm"))

    assert found.code == 0, found.refused
    assert found.total(ledger="market_based", origin="certificate")[0] == 15_000


@pytest.mark.parametrize("hour", [0, 1])
def test_what_went_through_a_store_is_no_export_of_the_plant(tmp_path: Path, hour: int) -> None:
    readings = (
        "time,grid,out,pv,a,in,back\n"
        "2023-03-30T00:00+08:00,20,0,5,20,5,0\n"  # all 5 go into the store
        "2023-03-30T01:00+08:00,20,5,0,20,0,5\n"  # and out to the grid an hour later
    )

    found = run(
        tmp_path, PARK.rstrip() + BATTERY, readings, certificates=HEADER + row(5, hour=hour)
    )

    assert f"pv exported 0 Wh in [2023-03-29T{16 + hour}:00Z, " in found.refused


@pytest.mark.parametrize(("kwh", "code"), [(25, 0), (26, 2)])
def test_of_50_sold_while_the_sun_and_its_battery_gave_50_each_the_sun_sold_25(
    tmp_path: Path, kwh: int, code: int
) -> None:
    readings = (
        "time,grid,out,pv,a,in,back\n"
        "2023-03-30T00:00+08:00,0,0,50,0,50,0\n"  # the battery is filled with the sun
        "2023-03-30T01:00+08:00,30,50,50,80,0,50\n"  # what is green is sold first
    )

    found = run(tmp_path, PARK.rstrip() + BATTERY, readings, certificates=HEADER + row(kwh, hour=1))

    assert found.code == code, found.refused
    assert ("pv exported 25000 Wh in" in found.refused) == (code == 2)


def test_a_storage_certificate_of_a_park_without_a_charge_record_is_refused(tmp_path: Path) -> None:
    stored = row(15, device="battery").replace("GC,solar", "SD-GC,storage")

    found = booked(tmp_path, stored)

    assert found.code == 2
    assert "certificates.csv:2: instrument 'SD-GC' - charge record not allocated" in found.refused


def of_roofs(folder: Path, *rows: str) -> Booked:
    """East made 5 kWh and west 3, all of them used here."""
    meters = "\n    - ".join(
        f"{{id: roof.{side}, role: generation, kind: pv}}" for side in ("east", "west")
    )
    park = PARK.replace("{id: pv, role: generation, kind: pv}", meters)
    readings = "time,grid,out,roof.east,roof.west,a\n2023-03-30T00:00+08:00,12,0,5,3,20\n"
    return run(folder, park, readings, certificates=HEADER + "".join(rows))


@pytest.mark.parametrize(
    ("claimed", "code"),
    [
        ({"roof.east": 5, "roof.west": 3}, 0),
        ({"roof": 8}, 0),
        ({"roof": 4, "roof.east": 4}, 0),
        ({"roof": 3, "roof.east": 5, "roof.west": 1}, 2),
        ({"roof.east": 5, "roof.west": 1, "roof": 3}, 2),
        ({"roof": 8, "roof.west": 1}, 2),
        ({"roof.west": 4}, 2),
    ],
)
def test_what_a_device_made_is_claimed_once_under_all_of_its_names(
    tmp_path: Path, claimed: dict[str, int], code: int
) -> None:
    rows = [row(kwh, "self-use", device=name, name=name) for name, kwh in claimed.items()]

    assert of_roofs(tmp_path, *rows).code == code
