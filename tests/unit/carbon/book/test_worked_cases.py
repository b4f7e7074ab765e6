"""The worked cases of the rules file (§G), through the command: inputs → expected."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.booking import Booked, run

HEAD = """
park: {id: mill, name: {en: Mill, zh: 工厂}, time_zone: Asia/Shanghai, currency: CNY}
tenants: [{id: a, name: {en: A, zh: 甲}}, {id: b, name: {en: B, zh: 乙}}]
accounting:
"""
CERTIFICATES = (
    "certificate,instrument,technology,device,market,produced_from,produced_to,issued_at,quantity,"
    "unit,emission_kg_per_kwh,state,owner,beneficiary,cancelled_at\n"
)
FACTORS = (
    "ledgers,quantity,gas,region,valid_from,valid_until,version,published,value,unit,ncv,ncv_unit,"
    "carbon_t_per_gj,oxidation,trust,unverified_because,source\n"
)
TONNE_NG = 10**15
MIDNIGHT = datetime.fromisoformat("2023-03-01T00:00:00+08:00")


def hourly(**columns: list[str]) -> str:
    """Return a wide file of hours from midnight on."""
    count = len(next(iter(columns.values())))
    times = [(MIDNIGHT + timedelta(hours=at)).isoformat() for at in range(count)]
    rows = zip(times, *columns.values(), strict=True)
    return "\n".join([",".join(["time", *columns]), *map(",".join, rows)]) + "\n"


def one_stream(folder: Path, stream: str, amount: str, more: str = "") -> Booked:
    park = f"{HEAD}  interval: 1h\n  meters: []\n  streams:\n    - {{id: it, {stream}}}\n{more}"
    booked = run(folder, park, hourly(it=[amount]))
    assert booked.code == 0, booked.refused
    return booked


def tonnes(booked: Booked, **wanted: str) -> Decimal:
    return Decimal(booked.total(**wanted)[1]) / TONNE_NG


def test_hours_of_10_20_30_clean_for_20_each_score_5_6_by_hour_and_all_by_year(
    tmp_path: Path,
) -> None:
    park = f"""{HEAD}  interval: 1h
  meters:
    - {{id: grid, role: grid_import}}
    - {{id: load, role: consumption, enterprise: a}}
"""
    rows = [
        f"B{hour},GC,wind,farm,CN,{MIDNIGHT + timedelta(hours=hour):%Y-%m-%dT%H:%M}+08:00,"
        f"{MIDNIGHT + timedelta(hours=hour + 1):%Y-%m-%dT%H:%M}+08:00,2023-03-02,{made},kWh,0,"
        "cancelled,trader,a,2023-03-03\n"
        for hour, made in enumerate((10, 20, 30))
    ]

    booked = run(
        tmp_path, park, hourly(grid=["20"] * 3, load=["20"] * 3),
        certificates=CERTIFICATES + "".join(rows),
    )  # fmt: skip

    assert booked.code == 0, booked.refused
    scores = {row["granularity"]: row for row in booked.rows("matching")}
    assert scores["hourly"]["score"] == "0.833333"  # 50 of 60
    assert scores["hourly"]["volumetric_score"] == scores["yearly"]["score"] == "1.000000"
    (hour,) = booked.rows("unmatched_hours")
    assert (hour["load_wh"], hour["matched_wh"], hour["missing_wh"]) == ("20000", "10000", "10000")


def test_own_sun_of_10_20_30_buys_10_and_gives_10_away(tmp_path: Path) -> None:
    park = f"""{HEAD}  interval: 1h
  meters:
    - {{id: grid, role: grid_import}}
    - {{id: sun, role: generation, kind: pv}}
    - {{id: export, role: export}}
    - {{id: load, role: consumption, enterprise: a}}
"""
    readings = hourly(
        grid=["10", "0", "0"], sun=["10", "20", "30"], export=["0", "0", "10"], load=["20"] * 3
    )

    booked = run(tmp_path, park, readings)

    assert booked.total(ledger="location_based", origin="grid")[0] == 10_000
    assert booked.total(ledger="location_based", origin="pv") == (50_000, 0)
    scores = {row["granularity"]: row["score"] for row in booked.rows("matching")}
    assert scores["hourly"] == "0.833333"


def test_a_gwh_with_600_mwh_certified_is_200_t_by_location_and_180_t_by_market(
    tmp_path: Path,
) -> None:
    park = f"""{HEAD}  interval: 1h
  region: XX
  meters:
    - {{id: grid, role: grid_import, unit: MWh}}
    - {{id: load, role: consumption, enterprise: a, unit: MWh}}
"""
    factors = FACTORS + (
        "location_based,grid-electricity,CO2,XX,2023-01-01,2024-01-01,1,,0.20,kgCO2/kWh,,,,,V,,case\n"
        "market_based,residual-mix,CO2,CN,2023-01-01,2024-01-01,2,,0.45,kgCO2/kWh,,,,,V,,case\n"
    )
    row = "G1,GEC,wind,farm,CN,2023-03,,2023-04-20,600,MWh,0,cancelled,trader,a,2023-05-06\n"
    readings = hourly(grid=["250"] * 4, load=["250"] * 4)

    booked = run(tmp_path, park, readings, factors=factors, certificates=CERTIFICATES + row)

    assert booked.code == 0, booked.refused
    assert tonnes(booked, ledger="location_based") == 200
    assert tonnes(booked, ledger="market_based") == 180
    assert booked.total(ledger="market_based", origin="certificate") == (600_000_000, 0)


def test_a_contract_counts_in_the_parks_core_and_a_certificate_bought_apart_only_if_it_is_let(
    tmp_path: Path,
) -> None:
    park = f"""{HEAD}  interval: 1h
  meters:
    - {{id: grid, role: grid_import, unit: MWh}}
    - {{id: load, role: consumption, enterprise: a, unit: MWh}}
    - {{id: press, role: consumption, enterprise: b, unit: MWh}}
"""
    rows = (
        "C1,contract,wind,farm,CN,2023-03,,2023-04-20,1,MWh,0,cancelled,farm,a,2023-05-06\n"
        "G1,GEC,wind,farm,CN,2023-03,,2023-04-20,1,MWh,0,cancelled,trader,b,2023-05-06\n"
    )
    files = {"certificates": CERTIFICATES + rows}
    readings = hourly(grid=["4"], load=["2"], press=["2"])

    strict = run(tmp_path / "strict", park, readings, **files)
    lenient = run(tmp_path / "let", f"{park}  gec_counts_in_park_core: true\n", readings, **files)

    core = {"ledger": "park_acceptance", "origin": "grid"}
    assert [strict.total(**core)[0], lenient.total(**core)[0]] == [3_000_000, 2_000_000]
    assert strict.total(ledger="market_based", origin="grid")[0] == 2_000_000
    assert strict.total(ledger="location_based", origin="grid")[0] == 4_000_000
    for ledger in ("park_acceptance", "market_based"):
        used = {
            row["factors"].partition("/")[0] for row in strict.rows(f"entries/{ledger}/2023-03")
        }
        assert used == {ledger}


def test_what_is_unknown_of_another_enterprise_takes_no_certificate_away(tmp_path: Path) -> None:
    park = f"""{HEAD}  interval: 1h
  nodes: [main, hall]
  meters:
    - {{id: grid, role: grid_import, unit: MWh}}
    - {{id: mill, role: consumption, enterprise: a, unit: MWh}}
    - {{id: line, role: flow, to: hall, unit: MWh}}
    - {{id: press, role: consumption, enterprise: b, node: hall, unit: MWh}}
"""
    row = "G1,GEC,wind,farm,CN,2023-03,,2023-04-20,2,MWh,0,cancelled,trader,a,2023-05-06\n"
    readings = hourly(grid=["3"], mill=["2"], line=["1"], press=[""])

    booked = run(tmp_path, park, readings, certificates=CERTIFICATES + row)

    assert booked.code == 0, booked.refused
    assert booked.total(ledger="market_based", enterprise="a", origin="certificate")[0] == 2_000_000
    assert booked.total(enterprise="b") == (0, 0)
    scores = {(r["enterprise"], r["granularity"]): r["score"] for r in booked.rows("matching")}
    assert (scores["a", "hourly"], scores["b", "hourly"]) == ("0.000000", "")


def test_certificates_beyond_the_load_stay_unused(tmp_path: Path) -> None:
    park = f"""{HEAD}  interval: 1h
  meters:
    - {{id: grid, role: grid_import}}
    - {{id: load, role: consumption, enterprise: a}}
"""
    row = "G1,GEC,wind,farm,CN,2023-03,,2023-04-20,1,MWh,0,cancelled,trader,a,2023-05-06\n"

    booked = run(
        tmp_path, park, hourly(grid=["300"], load=["300"]), certificates=CERTIFICATES + row
    )

    (given,) = booked.rows("certificates")
    assert (given["used_wh"], given["surplus_wh"]) == ("300000", "700000")
    assert tonnes(booked, ledger="market_based") == 0


def test_clinker_of_65_percent_lime_gives_half_a_tonne_a_tonne(tmp_path: Path) -> None:
    stream = "activity: process, substance: CaO, unit: t, content: 0.65"

    booked = one_stream(tmp_path, stream, "1")

    for ledger in ("park_acceptance", "location_based", "market_based"):
        assert tonnes(booked, ledger=ledger, scope="1") == Decimal("0.51025")


def test_80_t_over_60_and_40_t_of_output_are_48_and_32_t(tmp_path: Path) -> None:
    park = f"""{HEAD}  interval: 1h
  region: XX
  meters:
    - {{id: grid, role: grid_import, unit: MWh}}
    - {{id: hall, role: consumption, shared_by: output, unit: MWh}}
  keys: [{{id: output, weights: {{a: 60, b: 40}}}}]
"""
    factors = FACTORS + (
        "location_based,grid-electricity,CO2,XX,2023-01-01,2024-01-01,1,,0.80,kgCO2/kWh,,,,,V,,case\n"
    )

    booked = run(tmp_path, park, hourly(grid=["100"], hall=["100"]), factors=factors)

    assert booked.code == 0, booked.refused
    assert tonnes(booked, ledger="location_based") == 80
    assert tonnes(booked, ledger="location_based", enterprise="a") == 48
    assert tonnes(booked, ledger="location_based", enterprise="b") == 32


@pytest.mark.parametrize(
    ("stream", "amount", "expected"),
    [
        ("activity: combustion, substance: gasoline, unit: t", "1", "2.925"),
        ("activity: combustion, substance: diesel, unit: t", "1", "3.096"),
        ("activity: combustion, substance: lpg, unit: t", "1", "3.101"),
        ("activity: combustion, substance: natural-gas, unit: Nm3", "10000", "21.650"),
        ("activity: combustion, substance: natural-gas, unit: GJ", "1000", "55.612"),
        (
            "activity: combustion, substance: anthracite, unit: t, equipment: industrial-boiler",
            "1",
            "1.959",
        ),
        (
            "activity: combustion, substance: coke, unit: t, equipment: industrial-boiler",
            "1",
            "2.607",
        ),
        ("activity: purchased_heat, substance: heat, unit: GJ", "100", "11.000"),
    ],
)
def test_fuels_and_heat_have_the_factors_of_the_rules(
    tmp_path: Path, stream: str, amount: str, expected: str
) -> None:
    booked = one_stream(tmp_path, stream, amount)

    for ledger in ("park_acceptance", "location_based", "market_based"):
        assert f"{tonnes(booked, ledger=ledger):.3f}" == expected  # C.2, tCO2


def test_a_measured_ncv_takes_the_place_of_the_default(tmp_path: Path) -> None:
    stream = "activity: combustion, substance: natural-gas, unit: Nm3, ncv_gj_per_unit: 0.036"

    booked = one_stream(tmp_path, stream, "1000")

    assert tonnes(booked, ledger="location_based") == Decimal("2.0020176")  # 36 GJ x 55.6116 kg


def test_biogenic_and_captured_co2_are_lines_of_their_own_and_in_no_total(tmp_path: Path) -> None:
    captured = one_stream(tmp_path / "one", "activity: capture, substance: CO2, unit: t", "5")
    burnt = one_stream(
        tmp_path / "two",
        "activity: combustion, substance: diesel, unit: t, biogenic: true",
        "1",
    )

    assert tonnes(captured, ledger="location_based", counted="false") == -5
    assert captured.total(counted="true") == burnt.total(counted="true") == (0, 0)
    assert f"{tonnes(burnt, ledger='location_based', counted='false'):.3f}" == "3.096"


def test_coal_has_the_oxidation_of_its_day(tmp_path: Path) -> None:
    park = f"""{HEAD}  interval: 1h
  meters: []
  streams: [{{id: it, activity: combustion, substance: anthracite, unit: t, equipment: kiln}}]
"""
    factors = FACTORS + (
        "location_based,oxidation:kiln,,*,2023-03-02,2024-01-01,2,,0.50,dimensionless,,,,,V,,case\n"
    )
    readings = hourly(it=["1"] + [""] * 23 + ["1"])

    booked = run(tmp_path, park, readings, factors=factors)

    assert booked.code == 0, booked.refused
    per_tonne = Decimal("22.867") * Decimal("0.02749") * 44 / 12
    expected = per_tonne * (Decimal("0.99") + Decimal("0.50"))
    assert abs(tonnes(booked, ledger="location_based") - expected) < Decimal("1e-8")


def test_four_kilograms_that_leaked_are_booked_on_the_last_day(tmp_path: Path) -> None:
    balance = (
        "{id: chiller, gas: HFC-32, since: 2023-03-01, until: 2023-03-02, opening_kg: 5, "
        "purchased_kg: 0, closing_kg: 1, returned_kg: 0, enterprise: a}"
    )
    more = f"  gas_balances: [{balance}]\n"
    park = f"{HEAD}  interval: 1h\n  meters: []\n{more}"
    readings = "time\n" + "".join(
        f"{(MIDNIGHT + timedelta(hours=hour)).isoformat()}\n" for hour in range(24)
    )

    booked = run(tmp_path, park, readings)

    assert booked.code == 0, booked.refused
    assert tonnes(booked, ledger="location_based", enterprise="a") == Decimal("3.084")  # 771 (AR6)
    assert booked.total(ledger="park_acceptance") == (0, 0)  # CO2 alone


@pytest.mark.parametrize(("day", "hours"), [("2023-03-26", 23), ("2023-10-29", 25)])
def test_a_day_of_23_or_25_hours_has_every_hour_once_and_ends_in_its_local_month(
    tmp_path: Path, day: str, hours: int
) -> None:
    park = f"""{HEAD.replace("Asia/Shanghai", "Europe/London")}  interval: 1h
  meters:
    - {{id: grid, role: grid_import}}
    - {{id: load, role: consumption, enterprise: a}}
"""
    zone_day = datetime.fromisoformat(f"{day}T00:00:00+00:00")
    first = zone_day - timedelta(hours=1 if hours == 25 else 0)  # summer time is an hour ahead
    times = [first + timedelta(hours=at) for at in range(hours)]
    lines = [f"{at:%Y-%m-%dT%H:%M:%S}Z,1,1" for at in times]

    booked = run(tmp_path, park, "\n".join(["time,grid,load", *lines]) + "\n")

    assert booked.code == 0, booked.refused
    assert booked.total(ledger="location_based") == (hours * 1_000, hours * 1_000 * 530_600_000)
    assert {row["month"] for row in booked.rows("totals")} == {day[:7]}


def test_the_first_hour_of_a_summer_month_in_london_is_the_last_utc_hour_before(
    tmp_path: Path,
) -> None:
    park = f"""{HEAD.replace("Asia/Shanghai", "Europe/London")}  interval: 1h
  meters:
    - {{id: grid, role: grid_import}}
    - {{id: load, role: consumption, enterprise: a}}
"""
    readings = (
        "time,grid,load\n2023-06-30T22:00:00Z,1,1\n2023-06-30T23:00:00Z,2,2\n2023-07-01T01:00,4,4\n"
    )

    booked = run(tmp_path, park, readings)

    assert booked.code == 0, booked.refused
    assert booked.total(ledger="location_based", month="2023-06")[0] == 1_000
    assert booked.total(ledger="location_based", month="2023-07")[0] == 6_000
