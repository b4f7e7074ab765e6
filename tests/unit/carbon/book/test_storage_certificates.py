"""Certificates of what a store discharged: out of one that was cancelled for its charge (D.4)."""

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
    - {id: in, role: charge, store: battery}
    - {id: back, role: discharge, store: battery}
    - {id: a, role: consumption, enterprise: a}
  stores:
    - {id: battery, round_trip_efficiency: 0.9}
"""
READINGS = """time,grid,in,back,a
2023-03-30T00:00+08:00,15,10,0,5
2023-03-30T01:00+08:00,11,0,9,20
"""
"""10 kWh are charged in the first hour, 9 of them come back in the second."""
COLUMNS = (
    *("certificate", "instrument", "technology", "device", "market", "produced_from"),
    *("produced_to", "issued_at", "quantity", "unit", "emission_kg_per_kwh", "state", "owner"),
    *("beneficiary", "cancelled_at", "claim", "claimed_quantity", "charge", "charged_quantity"),
    *("charged_from", "charged_to", "allocation", "expires_at", "use", "commissioned"),
)
HOURS = [f"2023-03-30T{hour:02}:00+08:00" for hour in range(4)]
WIND = {
    "certificate": "W0",
    "instrument": "GC",
    "technology": "wind",
    "device": "farm",
    "market": "CN",
    "produced_from": HOURS[0],
    "produced_to": HOURS[1],
    "issued_at": "2023-04-02",
    "quantity": "10",
    "unit": "kWh",
    "emission_kg_per_kwh": "0.009",
    "state": "cancelled",
    "owner": "a",
    "beneficiary": "a",
    "cancelled_at": "2023-05-06",
    "claim": "stored",
}
DISCHARGED = WIND | {
    "certificate": "S1",
    "instrument": "SD-GC",
    "technology": "storage",
    "device": "battery",
    "produced_from": HOURS[1],
    "produced_to": HOURS[2],
    "issued_at": "2023-05-07",
    "quantity": "9",
    "emission_kg_per_kwh": "0.01",
    "cancelled_at": "2023-05-08",
    "claim": "",
    "charge": "W0",
    "charged_quantity": "10",
    "charged_from": HOURS[0],
    "charged_to": HOURS[1],
    "allocation": "FIFO",
}


def booked(folder: Path, *rows: dict[str, str]) -> Booked:
    lines = [",".join(COLUMNS), *(",".join(row.get(name, "") for name in COLUMNS) for row in rows)]
    return run(folder, PARK, READINGS, certificates="\n".join([*lines, ""]))


def why(found: Booked) -> list[str]:
    """What is refused, without the file's name."""
    assert found.code == 2
    lines = [line for line in found.refused.splitlines() if line.startswith("certificates.csv")]
    return [line.removeprefix("certificates.csv:") for line in lines]


def test_what_was_stored_covers_the_hour_of_the_discharge_less_the_losses(tmp_path: Path) -> None:
    found = booked(tmp_path, WIND, DISCHARGED)

    assert found.code == 0, found.refused
    covered_wh, covered_ng = found.total(ledger="market_based", origin="certificate")[:2]
    assert covered_wh == 9_000
    assert covered_ng == 9_000 * 10_000_000  # 0.009 kg on 10 kWh put in are 0.01 kg on 9 kWh


def test_the_rows_may_stand_in_any_order(tmp_path: Path) -> None:
    found = booked(tmp_path, DISCHARGED, WIND)

    assert found.code == 0, found.refused
    assert found.total(ledger="market_based", origin="certificate")[0] == 9_000


def test_what_is_cancelled_for_a_store_covers_nothing_by_itself(tmp_path: Path) -> None:
    found = booked(tmp_path, WIND)

    assert found.code == 0, found.refused
    assert found.total(ledger="market_based", origin="certificate")[0] == 0


def test_what_a_store_was_charged_with_is_claimed_by_nobody_else(tmp_path: Path) -> None:
    whole = WIND | {"claim": "", "claimed_quantity": "5"}

    (mistake,) = why(booked(tmp_path, whole, DISCHARGED))

    assert mistake.startswith("3: ids")
    assert "claimed twice" in mistake


def test_two_discharges_share_a_charge_as_far_as_it_goes(tmp_path: Path) -> None:
    first = DISCHARGED | {"quantity": "4.5", "charged_quantity": "5"}
    second = first | {"certificate": "S2"}

    assert booked(tmp_path, WIND, first, second).code == 0
    too_much = why(booked(tmp_path, WIND, first, second | {"charged_quantity": "5.001"}))
    assert any(told.startswith("4: ids ") and "claimed twice" in told for told in too_much)
    assert any("battery took in 10000 Wh" in told for told in too_much)


@pytest.mark.parametrize(
    ("row", "changed", "field", "says"),
    [
        ("S1", {"charge": "W9"}, "certificate", "no such certificate"),
        ("S1", {"emission_kg_per_kwh": "0"}, "emission_ng_per_wh", "rate is 10000000 ng/Wh"),
        ("S1", {"quantity": "10.001"}, "quantity_wh", "no more comes out than the 10000 Wh"),
        ("S1", {"charged_to": HOURS[0]}, "charged_to", "must be after charged_from"),
        ("S1", {"allocation": "whim"}, "allocation", "must be one of FIFO, LIFO"),
        ("S1", {"allocation": ""}, "allocation", "must be one of FIFO, LIFO"),
        ("S1", {"owner": "trader"}, "state", "cancel it for trader first"),
        ("S1", {"market": "DE"}, "market", "wrong market"),
        ("S1", {"issued_at": "2023-05-05"}, "at", "claim from 2023-05-05"),
        ("S1", {"use": "self-use"}, "use", "power for on-grid was charged"),
        ("S1", {"expires_at": "2040-01-01"}, "expires_at", "lives no longer than what was charged"),
        ("S1", {"charged_from": HOURS[2], "charged_to": HOURS[3]}, "produced", "must lie within"),
        (
            "W0",
            {"technology": "hydro", "commissioned": "2010-01-01"},
            "charge",
            "W0 is not tradeable",
        ),
        ("W0", {"instrument": "contract"}, "charge", "granular certificate, GC"),
        ("W0", {"state": "issued"}, "claim", "cancel the certificate for who"),
        ("W0", {"claimed_quantity": "3"}, "claimed_quantity", "leave it empty"),
        ("W0", {"charge": "W1"}, "charge", "only an SD-GC comes out of a charge"),
    ],
)
def test_a_charge_that_does_not_fit_is_refused_with_its_line(
    tmp_path: Path, row: str, changed: dict[str, str], field: str, says: str
) -> None:
    rows = [one | (changed if one["certificate"] == row else {}) for one in (WIND, DISCHARGED)]

    found = why(booked(tmp_path, *rows))

    line = 2 if changed.keys() & {"state", "claimed_quantity"} or "W1" in changed.values() else 3
    assert any(told.startswith(f"{line}: {field} ") and says in told for told in found), found


def test_without_the_record_of_its_charge_it_is_held_and_not_claimed(tmp_path: Path) -> None:
    bare = DISCHARGED | dict.fromkeys(
        ("charge", "charged_quantity", "charged_from", "charged_to", "allocation"), ""
    )

    (mistake,) = why(booked(tmp_path, WIND, bare))

    assert "charge record not allocated" in mistake


@pytest.mark.parametrize(
    ("in_kwh", "out_kwh", "field", "says"),
    [
        ("9.999", "9", "charged_wh", "battery took in 9999 Wh of power of the grid"),
        ("10", "8.999", "quantity_wh", "battery gave 8999 Wh of power of the grid"),
    ],
)
def test_a_store_that_is_metered_here_took_in_and_gave_what_its_meters_say(
    tmp_path: Path, in_kwh: str, out_kwh: str, field: str, says: str
) -> None:
    lines = [",".join(COLUMNS)]
    lines += [",".join(row.get(name, "") for name in COLUMNS) for row in (WIND, DISCHARGED)]
    readings = READINGS.replace("15,10,0,5", f"15,{in_kwh},0,5").replace(
        "0,9,20", f"0,{out_kwh},20"
    )

    (mistake,) = why(run(tmp_path, PARK, readings, certificates="\n".join([*lines, ""])))

    assert mistake.startswith(f"3: {field} ")
    assert says in mistake


def test_a_store_is_charged_once_under_all_of_its_names(tmp_path: Path) -> None:
    first = DISCHARGED | {"quantity": "4.5", "charged_quantity": "5"}
    again = WIND | {"certificate": "W1"}
    of_its_meter = DISCHARGED | {"certificate": "S2", "device": "back", "charge": "W1"}

    told = "\n".join(why(booked(tmp_path, WIND, first, again, of_its_meter)))

    assert "back took in 10000 Wh" in told
    assert "of which 5000 Wh are certified" in told


def told(folder: Path, *rows: dict[str, str], park: str = PARK, readings: str = READINGS) -> Booked:
    lines = [",".join(COLUMNS), *(",".join(row.get(name, "") for name in COLUMNS) for row in rows)]
    return run(folder, park, readings, certificates="\n".join([*lines, ""]))


def test_own_power_in_a_store_is_traced_and_covered_by_no_certificate_of_others(
    tmp_path: Path,
) -> None:
    """The sun charges the battery: what it gives is the sun's already."""
    meters = "- {id: pv, role: generation, kind: pv}\n    - {id: in,"
    readings = "time,grid,pv,in,back,a\n" + "".join(
        f"2023-03-30T0{hour}:00+08:00,{grid},{pv},{into},{out},{a}\n"
        for hour, grid, pv, into, out, a in ((0, 0, 15, 10, 0, 5), (1, 11, 0, 0, 9, 20))
    )

    found = told(
        tmp_path, WIND, DISCHARGED, park=PARK.replace("- {id: in,", meters), readings=readings
    )

    assert any("battery took in 0 Wh of power of the grid" in line for line in why(found))


def test_what_went_in_and_came_out_once_is_certified_once_however_spans_are_cut(
    tmp_path: Path,
) -> None:
    park = PARK.replace("interval: 1h", "interval: 15min")
    quarters = "".join(
        f"2023-03-30T{hour:02}:{minute:02}+08:00,{grid},{into},{out},{a}\n"
        for hour, minute, grid, into, out, a in (
            *((0, 0, 0, 0, 0, 0), (0, 15, 5, 5, 0, 0), (0, 30, 5, 5, 0, 0), (0, 45, 0, 0, 0, 0)),
            *((1, 0, 0, 0, 0, 0), (1, 15, 0, 0, 4.5, 4.5), (1, 30, 0, 0, 4.5, 4.5)),
            (1, 45, 0, 0, 0, 0),
        )
    )

    def staggered(number: int, start: str, end: str) -> list[dict[str, str]]:
        day, name = "2023-03-30T", {"certificate": f"W{number}"}
        charged = {"charged_from": f"{day}00:{start}", "charged_to": f"{day}0{end}"}
        made = {"produced_from": f"{day}00:{start}", "produced_to": f"{day}0{end}"}
        out = {
            "produced_from": f"{day}01:{start}",
            "produced_to": f"{day}0{int(end[0]) + 1}{end[1:]}",
        }
        return [
            WIND | name | made,
            DISCHARGED | charged | out | {"certificate": f"S{number}", "charge": f"W{number}"},
        ]

    early = staggered(0, "00+08:00", "0:45+08:00")
    late = staggered(1, "15+08:00", "1:00+08:00")
    files = {"park": park, "readings": f"time,grid,in,back,a\n{quarters}"}

    assert told(tmp_path / "1", *early, **files).code == 0
    assert any(
        "battery took in 10000 Wh of power of the grid" in line
        for line in why(told(tmp_path / "2", *early, *late, **files))
    )


@pytest.mark.parametrize(
    ("changed", "field", "says"),
    [
        ({"W0": {"produced_to": HOURS[2]}, "S1": {"charged_to": HOURS[2]}}, "charge", "no hour"),
        ({"S1": {"produced_from": "2023-03-30T00:45+08:00"}}, "produced", "the charge ended at"),
        ({"S1": {"claim": "physical"}}, "claim", "claim physical use once"),
    ],
)
def test_a_discharge_proves_its_hour_and_physical_use_once(
    tmp_path: Path, changed: dict[str, dict[str, str]], field: str, says: str
) -> None:
    rows = [one | changed.get(one["certificate"], {}) for one in (WIND, DISCHARGED)]

    found = why(booked(tmp_path, *rows))

    assert any(f": {field} " in line and says in line for line in found), found
