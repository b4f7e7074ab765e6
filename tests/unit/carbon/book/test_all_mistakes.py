"""One round is enough: no mistake of a file hides another, in the file or in those beside it."""

from pathlib import Path

from tests.support.booking import run

PARK = """
park: {id: mill, name: {en: Mill, zh: 工厂}, time_zone: Asia/Shanghai, currency: CNY}
tenants: [{id: a, name: {en: A, zh: 甲}}]
accounting:
  meters:
    - {id: grid, role: grid_import}
    - {id: load, role: consumption, enterprise: a}
    - {id: dial, role: consumption, counts: register, enterprise: a}
  streams:
    - {id: burner, activity: combustion, substance: natural-gas, unit: Nm3, enterprise: a}
  products:
    - {id: steel, enterprise: a, unit: t}
"""
READINGS = """
time,meter,value,quality
2023-03-01T00:00,grid,10,
2023-03-01T00:15,grid,10,
2023-03-01T00:00,load,4,
2023-03-01T00:15,load,4,
2023-03-01T00:00,dial,100,
2023-03-01T00:15,dial,106,
2023-03-01T00:00,burner,1,
"""
FACTORS = """
ledgers,quantity,gas,region,valid_from,valid_until,version,published,value,unit,ncv,ncv_unit,\
carbon_t_per_gj,oxidation,trust,unverified_because,source
"""


def told(folder: Path, park: str = PARK, readings: str = READINGS, **files: str) -> list[str]:
    """The mistakes of files that are refused."""
    booked = run(folder, park, readings, **files)
    assert booked.code == 2, booked.said
    return booked.refused.splitlines()


def places(mistakes: list[str]) -> list[str]:
    """Where each mistake is, and of which field."""
    return [" ".join(mistake.split(" ", 2)[:2]) for mistake in mistakes]


def test_a_short_row_of_production_hides_no_other_mistake(tmp_path: Path) -> None:
    rows = "2023-03,steel,-1\n2023-13,steel,1\n2023-03-30,tin,x\n2023-04,steel\n"

    mistakes = told(tmp_path, production=f"period,product,amount\n{rows}")

    assert places(mistakes) == [
        *("production.csv:2: amount", "production.csv:3: period"),
        *("production.csv:4: amount", "production.csv:4: product", "production.csv:5: line"),
    ]


def test_each_reading_of_an_unknown_meter_and_of_an_odd_quality_is_told(tmp_path: Path) -> None:
    odd = "2023-03-01T00:00,nope,1,\n2023-03-01T00:15,nope,1,\n2023-03-01T00:30,load,4,guess\n"

    mistakes = told(tmp_path, readings=f"{READINGS}{odd}2023-03-01T00:45,load,4,guess\n")

    assert places(mistakes) == [
        *("readings.csv:9: meter", "readings.csv:10: meter"),
        *("readings.csv:11: quality", "readings.csv:12: quality"),
    ]


def test_a_misspelt_meter_of_a_day_is_told_in_twenty_lines_and_the_number_of_the_rest(
    tmp_path: Path,
) -> None:
    day = [f"2023-03-01T{n // 4:02}:{n % 4 * 15:02},nope,1," for n in range(96)]

    mistakes = told(tmp_path, readings="\n".join([READINGS.rstrip(), *day, ""]))

    assert len(mistakes) == 21
    assert mistakes[-1].startswith("readings.csv:29: ")
    assert "the first of 76 more lines that say so" in mistakes[-1]


def test_each_value_that_is_too_large_is_told_with_what_is_else_wrong(tmp_path: Path) -> None:
    readings = READINGS.replace("load,4", "load,1e30").replace("dial,106", "dial,90")

    mistakes = told(tmp_path, readings=readings)

    assert places(mistakes) == [
        *("readings.csv:4: value", "readings.csv:5: value", "readings.csv:7: dial"),
    ]
    assert "falls after 2023-02-28T16:00" in mistakes[-1]


def test_a_missing_column_of_values_is_told_as_one(tmp_path: Path) -> None:
    (mistake,) = told(tmp_path, readings=READINGS.replace("meter,value", "meter,val"))

    assert mistake == (
        "readings.csv:1: value is no column - name one of val so; a row is time, meter, value"
    )


def test_own_factors_that_no_amount_can_meet_are_told_at_once_each_in_its_row(
    tmp_path: Path,
) -> None:
    rows = (
        "location_based,grid-electricity,CO2,CN,2023-01-01,2024-01-01,2,,0.5,kgCO2/m3,,,,,M,,us\n"
        "market_based,residual-mix,CO2,CN,2023-01-01,2024-01-01,2,,0.5,kgCO2/m3,,,,,M,,us\n"
        "*,natural-gas,CO2,*,,,9,,0.5,kgCO2/kWh,,,,,M,,us\n"
    )

    mistakes = told(tmp_path, factors=FACTORS.lstrip() + rows)

    assert sorted(places(mistakes)) == [f"factors.csv:{line}: unit" for line in (2, 3, 4)]
    assert any("accounting.streams[burner] cannot be booked" in one for one in mistakes)


def test_a_reading_whose_emissions_no_ledger_can_hold_is_told_with_its_line(
    tmp_path: Path,
) -> None:
    readings = READINGS.replace("T00:00,load,4", "T00:00,load,7e9")  # 7 TWh x 0.8325 kg/kWh

    (mistake,) = told(tmp_path, readings=readings)

    assert mistake.startswith("readings.csv:4: load cannot be booked: ")
    assert "exceeds 64 bits" in mistake


def test_a_register_that_counts_too_much_is_told_where_it_is_read_next(tmp_path: Path) -> None:
    (mistake,) = told(tmp_path, readings=READINGS.replace("dial,106", "dial,7e9"))

    assert mistake.startswith("readings.csv:7: dial cannot be booked: ")


def test_mistakes_of_the_park_file_hide_neither_its_paths_nor_the_factors(tmp_path: Path) -> None:
    path = "{indicator: nope, base_year: 2020, base: 1, target_year: 2030, target: 0}"
    park = f"{PARK.replace('role: grid_import', 'role: imports')}  paths:\n    - {path}\n"
    row = "location_based,grid-electricity,CO2,CN,,,2,,-1,kgCO2/kWh,,,,,M,,us\n"

    mistakes = told(tmp_path, park, factors=FACTORS.lstrip() + row)

    assert places(mistakes) == [
        "park.yaml:5: accounting.meters[grid].role",
        "factors.csv:2: value",
        "park.yaml:13: accounting.paths[0].indicator",
    ]


def test_a_value_that_cannot_be_read_hides_no_name_beside_it(tmp_path: Path) -> None:
    wrong = """  stores:
    - {id: bat, round_trip_efficiency: 0.9}
  keys:
    - {id: k, weights: {a: 0, nobody: 3}}
  prices:
    - id: grid
      times:
        - {from: "08:00", to: "11:00", price_per_unit: x}
        - {from: "10:00", to: "24:00", price_per_unit: 1}
    - {id: nope, price_per_unit: 1}
  connections:
    - {from: x, to: burner, cost_per_year: -5}
  charges:
    - {id: fee, price_per_month: abc, shared_by: kk}
"""

    mistakes = told(tmp_path, PARK + wrong)

    assert places(mistakes) == [
        *("park.yaml:13: accounting.stores[bat].id", "park.yaml:13: accounting.stores[bat].id"),
        *("park.yaml:15: accounting.keys[k].weights", "park.yaml:15: accounting.keys[k].weights.a"),
        "park.yaml:19: accounting.prices[grid].times[0].price_per_unit",
        "park.yaml:20: accounting.prices[grid].times[1].from",
        "park.yaml:21: accounting.prices[nope].id",
        "park.yaml:23: accounting.connections[0].cost_per_year",
        *(
            "park.yaml:23: accounting.connections[0].from",
            "park.yaml:23: accounting.connections[0].to",
        ),
        "park.yaml:25: accounting.charges[fee].price_per_month",
        "park.yaml:25: accounting.charges[fee].shared_by",
    ]


def test_each_meter_without_a_node_is_told_where_main_is_none_of_them(tmp_path: Path) -> None:
    park = PARK.replace("  meters:\n", "  nodes: [hall_a, hall_b]\n  meters:\n")

    mistakes = told(tmp_path, park)

    assert len(mistakes) == 3
    assert all("node names 'main', which is not declared" in mistake for mistake in mistakes)


def test_a_sound_factor_is_not_blamed_for_what_a_stream_lacks(tmp_path: Path) -> None:
    park = PARK.replace("substance: natural-gas, unit: Nm3", "substance: anthracite, unit: t")
    own = "location_based,anthracite,CO2,*,2020-01-01,,5,,,tCO2/t,22.867,GJ/t,0.02749,,V2,,own\n"

    mistakes = told(tmp_path, park, factors=FACTORS.lstrip() + own)

    assert [mistake for mistake in mistakes if "factors.csv" in mistake] == []
    assert "park.yaml:9: accounting.streams[burner]" in mistakes[-1]
    assert "needs equipment" in mistakes[-1]
