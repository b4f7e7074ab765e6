"""Files that are wrong: exit code 2 and every mistake with its line; never a stack trace."""

import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from tests.support.booking import run, run_with

PARK = """
park: {id: mill, name: {en: Mill, zh: 工厂}, time_zone: Asia/Shanghai, currency: CNY}
tenants: [{id: a, name: {en: A, zh: 甲}}]
accounting:
  meters:
    - {id: grid, role: grid_import}
    - {id: load, role: consumption, enterprise: a}
"""
READINGS = """
time,grid,load
2023-03-01T00:00:00+08:00,10,10
2023-03-01T00:15:00+08:00,10,10
"""
CERTIFICATE = """
certificate,instrument,technology,device,market,produced_from,produced_to,issued_at,quantity,unit,\
emission_kg_per_kwh,state,owner,beneficiary,cancelled_at
G1,GEC,wind,farm,CN,2023-03,,2023-04-20,1,MWh,0,cancelled,trader,a,2023-05-06
"""
FACTOR = """
ledgers,quantity,gas,region,valid_from,valid_until,version,published,value,unit,ncv,ncv_unit,\
carbon_t_per_gj,oxidation,trust,unverified_because,source
market_based,residual-mix,CO2,CN,2023-01-01,2024-01-01,2,,0.45,kgCO2/kWh,,,,,V,,our supplier
"""


def told(folder: Path, park: str = PARK, readings: str = READINGS, **files: str) -> list[str]:
    """Return the mistakes of files that are refused."""
    booked = run(folder, park, readings, **files)
    assert booked.code == 2, booked.said
    assert not booked.folder.exists(), "nothing is written of what was refused"
    return booked.refused.splitlines()


def with_stream(stream: str) -> str:
    return f"{PARK}  streams:\n    - {{id: burner, {stream}}}\n"


def of_stream(folder: Path, stream: str) -> str:
    readings = READINGS.replace("load", "load,burner").replace("10,10", "10,10,5")
    (mistake,) = told(folder, with_stream(stream), readings)
    return mistake


def test_the_files_of_these_tests_are_sound_as_they_stand(tmp_path: Path) -> None:
    booked = run(tmp_path, PARK, READINGS, certificates=CERTIFICATE, factors=FACTOR)

    assert booked.code == 0, booked.refused
    assert booked.rows("open_items") == []
    assert (
        run(tmp_path, PARK, READINGS, certificates=CERTIFICATE, factors=FACTOR, verify="yes").code
        == 0
    )


@pytest.mark.parametrize(
    ("stream", "what"),
    [
        ("activity: combustion, substance: diesel, unit: kL", "cannot become J/dm3"),
        ("activity: combustion, substance: natural-gas, unit: m3", "cannot become J/dm3"),
        ("activity: combustion, substance: natural-gas, unit: t", "cannot become J/g"),
        ("activity: combustion, substance: CaO, unit: t", "CaO is no fuel"),
        ("activity: combustion, substance: anthracite, unit: t", "needs equipment"),
        (
            "activity: combustion, substance: natural-gas, unit: kWh, ncv_gj_per_unit: 0.04",
            "leave the measured ncv out",
        ),
        (
            "activity: combustion, substance: natural-gas, unit: Nm3, ncv_gj_per_unit: 1e9",
            "exceeds 64 bits",
        ),
    ],
)  # fmt: skip
def test_a_stream_whose_unit_cannot_meet_its_factor_is_refused_with_its_line(
    tmp_path: Path, stream: str, what: str
) -> None:
    mistake = of_stream(tmp_path, stream)

    assert mistake.startswith("park.yaml:8: accounting.streams[burner] cannot be booked: ")
    assert what in mistake


@pytest.mark.parametrize(
    ("stream", "cure"),
    [
        ("activity: process, substance: CaO, unit: kWh", "write t, kg"),
        ("activity: capture, substance: CO2, unit: m3", "write t, kg"),
        ("activity: purchased_heat, substance: steam-2763, unit: m3", "write kWh, GJ or t, kg"),
    ],
)
def test_no_volume_or_energy_is_taken_for_a_mass(tmp_path: Path, stream: str, cure: str) -> None:
    mistake = of_stream(tmp_path, stream)

    assert mistake.startswith("park.yaml:8: accounting.streams[burner].unit cannot count ")
    assert mistake.endswith(cure)


def test_a_factor_for_power_that_is_per_cubic_metre_is_refused(tmp_path: Path) -> None:
    (mistake,) = told(tmp_path, factors=FACTOR.replace("kgCO2/kWh", "kgCO2/m3"))

    assert "residual-mix/CN/2023 is in kgCO2/m3 and cannot become ngCO2/Wh" in mistake


def test_factors_whose_validity_overlaps_are_refused(tmp_path: Path) -> None:
    again = FACTOR.splitlines()[-1].replace("2023-01-01,2024", "2023-06-01,2025")

    assert told(tmp_path, factors=f"{FACTOR}{again}\n") == [
        "factors.csv:3: valid_from '2023-06-01' - version 2 overlaps "
        "market_based/residual-mix/CN/2023; end one or give the next version"
    ]


def test_every_mistake_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    mistakes = told(
        tmp_path,
        readings="time,grid,load\n2023-03-01T00:00:00+08:00,-1,x\n",
        factors=FACTOR.replace("0.45", "-1"),
        certificates=CERTIFICATE.replace(",1,MWh", ",1,t"),
        production="period,product,amount\n2023-13,steel,-1\n",
    )

    assert [mistake.partition(" ")[0] for mistake in mistakes] == [
        *("readings.csv:2:", "readings.csv:2:", "factors.csv:2:"),
        *("production.csv:2:", "production.csv:2:", "production.csv:2:", "certificates.csv:2:"),
    ]


@pytest.mark.parametrize(
    ("changed", "to", "what"),
    [
        (",CN,", ",DE,", "wrong market; consumption is in CN"),
        ("2023", "2021", "wrong year or vintage"),
        (",1,MWh", ",2,MWh", "a has 20000 Wh metered"),
        (",a,", ",nobody,", "beneficiary 'nobody' - must be one of park, a"),
    ],
)
def test_a_certificate_that_covers_none_of_this_consumption_is_refused(
    tmp_path: Path, changed: str, to: str, what: str
) -> None:
    head, row = CERTIFICATE.strip().splitlines()

    mistakes = told(tmp_path, certificates=f"{head}\n{row.replace(changed, to)}\n")

    assert all(mistake.startswith("certificates.csv:2: ") for mistake in mistakes)
    assert any(what in mistake for mistake in mistakes)


def test_a_wrong_row_of_certificates_hides_no_claim_of_another(tmp_path: Path) -> None:
    head, row = CERTIFICATE.strip().splitlines()
    wrong, abroad = row.replace(",wind,", ",coal,"), row.replace("G1", "G2").replace(",CN,", ",DE,")
    larger = row.replace("G1", "G3").replace(",1,MWh", ",2,MWh")

    mistakes = told(tmp_path, certificates="\n".join([head, wrong, abroad, larger, ""]))

    assert [mistake.partition(" ")[0] for mistake in mistakes] == [
        f"certificates.csv:{line}:" for line in (2, 3, 4)
    ]
    assert "wrong market" in mistakes[1]
    assert "larger than metered" in mistakes[2]


def test_one_certificate_is_claimed_once(tmp_path: Path) -> None:
    row = CERTIFICATE.strip().splitlines()[-1]

    mistakes = told(tmp_path, certificates=f"{CERTIFICATE}{row}\n")

    assert mistakes[0].startswith("certificates.csv:3: ids '0..999999' - claimed twice")


def test_a_register_that_falls_is_told_with_the_line_of_the_lower_reading(tmp_path: Path) -> None:
    park = PARK.replace("grid_import", "grid_import, counts: register")

    (mistake,) = told(tmp_path, park, READINGS.replace("15:00+08:00,10", "15:00+08:00,9"))

    assert mistake.startswith("readings.csv:3: grid falls after 2023-02-28T16:00:00+00:00")


@pytest.mark.parametrize(
    ("moment", "what"),
    [
        ("0001-01-01T00:00:00+08:00", "a year that no meter has seen"),
        ("9999-12-31T23:45:00-08:00", "a year that no meter has seen"),
        ("1900-01-01T00:00:00Z", "a year that no meter has seen"),
        ("2023-03-01T00:07:00Z", "between two intervals"),
        ("", "no time"),
    ],
)
def test_a_time_that_is_none_is_told_with_its_line(tmp_path: Path, moment: str, what: str) -> None:
    (mistake,) = told(tmp_path, readings=f"time,grid,load\n{moment},1,1\n")

    assert mistake.startswith("readings.csv:2: time is ")
    assert what in mistake


@pytest.mark.parametrize("amount", ["1e400", "1_000", "0x10", '"1,000"', "ten", "nan", "1e18"])
def test_an_amount_that_is_none_is_told_with_its_line(tmp_path: Path, amount: str) -> None:
    row = f"2023-03-01T00:00:00+08:00,{amount},1"

    (mistake,) = told(tmp_path, readings=f"time,grid,load\n{row}\n")

    assert mistake.startswith("readings.csv:2: grid ")


def test_energy_beyond_what_whole_nanograms_can_count_is_refused(tmp_path: Path) -> None:
    mistakes = told(tmp_path, readings=READINGS.replace("00:15:00+08:00,10", "00:15:00+08:00,9e7"))

    assert [one.partition(" ")[0] for one in mistakes] == ["readings.csv:3:"]
    assert "90000000000 x 832500000 exceeds 64 bits - split the meter" in mistakes[0]  # 90 GWh


@pytest.mark.parametrize(
    ("park", "what"),
    [
        ("", "park.yaml:1: "),
        ("park: {id: [}", "is not YAML here"),
        (PARK.partition("accounting")[0], "accounting is missing"),
        (PARK.partition("  meters")[0] + "  region: CN\n", "accounting.meters names no meter"),
        (f"{PARK}  regoin: CN\n", "park.yaml:7: accounting.regoin is not a known key"),
        (f"{PARK}  ledgers: [cbam, cbam]\n", "accounting.ledgers is empty or names one twice"),
        (f"{PARK}  ledgers: []\n", "accounting.ledgers is empty or names one twice"),
        (f"{PARK}  interval: 1h\n  matching: 15 min\n", "accounting.matching is finer"),
        (f"{PARK}  nodes: [main, main]\n", "node 'main' stands 2 times"),
        (PARK.replace("id: load", "id: losses@b"), "an id is not empty and has no @"),
        (
            PARK.replace("enterprise: a", "shared_by: k")
            + "  keys: [{id: k, weights: {a: 1}}, {id: k, weights: {a: 2}}]\n",
            "two sets of weights from one day on",
        ),
        (
            PARK.replace("enterprise: a", "shared_by: k")
            + "  keys: [{id: k, weights: {a: 1e30}}]\n",
            "the weights sum to",
        ),
    ],
)
def test_a_park_file_that_says_nothing_sound_is_refused(
    tmp_path: Path, park: str, what: str
) -> None:
    assert any(what in mistake for mistake in told(tmp_path, park))


def test_a_park_without_meters_has_readings_of_nothing(tmp_path: Path) -> None:
    park = PARK.partition("  meters")[0] + "  meters: []\n"

    assert [line.split(" ")[:2] for line in told(tmp_path, park)] == [
        ["readings.csv:1:", "grid"],
        ["readings.csv:1:", "load"],
    ]


JUNK = random.Random(1)
BYTES = [
    b"",
    b"time,grid,load\n",
    b"\xff\xfe\x00\x01" * 100,
    b"time,grid,load\n" + b"\x00,\x00,\x00\n",
    b"x" * 5_000_000,
    b"time,grid,load\n" + b"?\n" * 250_000,
    JUNK.randbytes(5_000_000),
    b"time,grid,load\n" + JUNK.randbytes(1_000_000),
]


@pytest.mark.parametrize("content", BYTES, ids=[str(number) for number in range(len(BYTES))])
@pytest.mark.parametrize("role", ["readings", "park", "certificates", "factors", "production"])
def test_junk_is_refused_in_any_place(tmp_path: Path, role: str, content: bytes) -> None:
    junk = tmp_path / "junk"
    junk.write_bytes(content)

    files: dict[str, str | Path] = {"park": PARK, "readings": READINGS, role: junk}
    booked = run(tmp_path, **files)

    assert booked.code == 2
    assert booked.refused


SEMICOLONS = "file has semicolons between its columns - save it with commas, points in numbers"
EMPTY = "file is empty - give a header line and rows"


@pytest.mark.parametrize(
    ("content", "mistake"),
    [
        (b"time;grid;load\n2023-03-01T00:00;10,5;10,5\n", SEMICOLONS),
        (b"\xef\xbb\xbftime;grid;load\r\n", SEMICOLONS),
        (b"time\tgrid\tload\n", SEMICOLONS.replace("semicolons", "tabs")),
        ("time,电网\n".encode("gbk"), "file is not in UTF-8 - save it as CSV UTF-8"),
        ("time,grid\n".encode("utf-16"), "file is not in UTF-8 - save it as CSV UTF-8"),
        (b"PK\x03\x04...", "file is a workbook or an archive - save it as CSV UTF-8"),
        (b"\n\n", EMPTY),
        (
            b"time,grid,load,\n2023-03-01T00:00,10,10,\n",
            "the name of column 4 is missing - name it, or take out the comma that is too many",
        ),
    ],
)
def test_a_file_as_a_spreadsheet_saves_it_says_how_to_save_it(
    tmp_path: Path, content: bytes, mistake: str
) -> None:
    saved = tmp_path / "saved"
    saved.write_bytes(content)

    booked = run(tmp_path, PARK, saved)

    assert (booked.code, f"saved:1: {mistake}" in booked.refused) == (2, True), booked.refused


@pytest.mark.parametrize("role", ["certificates", "factors", "production"])
def test_semicolons_and_empty_files_are_told_in_one_line_of_any_file(
    tmp_path: Path, role: str
) -> None:
    headers = {
        "certificates": CERTIFICATE,
        "factors": FACTOR,
        "production": "period,product,amount",
    }
    semicolons = headers[role].replace(",", ";")

    assert [SEMICOLONS in line for line in told(tmp_path, **{role: semicolons})] == [True]


def test_lines_without_a_word_are_no_rows_and_the_others_keep_their_lines(tmp_path: Path) -> None:
    time, grid, load = READINGS.strip().splitlines()[1].split(",")
    spaced = f"time,grid,load\n\n{time},{grid},{load}\n,,\n{time},{grid},-1\n\n"

    [twice, negative] = told(tmp_path, readings=spaced)

    assert twice.startswith("readings.csv:3: load is given twice with two values, here and in line")
    assert negative.startswith("readings.csv:5: load is -1: nothing counts below zero")


def test_a_parquet_of_something_else_is_refused(tmp_path: Path) -> None:
    odd = tmp_path / "odd.parquet"
    parquet.write_table(pa.table({"time": [[1]], "grid": [{"a": 1}], "load": [True]}), odd)

    booked = run(tmp_path, PARK, odd)

    assert booked.code == 2
    assert booked.refused


def test_files_that_are_not_there_are_named(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    for role in ("park", "readings", "certificates", "factors", "production"):
        files: dict[str, str | Path] = {"park": PARK, "readings": READINGS, role: nowhere}
        booked = run(tmp_path, **files)

        assert booked.code == 2
        assert "nowhere" in booked.refused


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "books").mkdir()
    (tmp_path / "books" / "thesis.txt").write_text("mine")

    booked = run(tmp_path, PARK, READINGS)

    assert booked.code == 2
    assert (tmp_path / "books" / "thesis.txt").read_text() == "mine"


def test_missing_factors_and_unknown_readings_are_open_items_and_no_mistake(tmp_path: Path) -> None:
    readings = "time,grid,load\n2010-03-01T00:00:00+08:00,10,10\n2010-03-01T00:15:00+08:00,10,\n"

    booked = run(tmp_path, f"{PARK}  ledgers: [location_based, market_based]\n", readings)

    assert booked.code == 0
    kinds = [row["kind"] for row in booked.rows("open_items")]
    assert kinds == ["missing-factor"] * 2 + ["unknown-reading"]  # none of 2010
    assert booked.rows("totals") == []  # and nothing is made up in their place


def test_a_leak_whose_period_goes_on_after_the_readings_is_an_open_item(tmp_path: Path) -> None:
    balance = (
        "{id: chiller, gas: HFC-32, since: 2023-03-01, until: 2023-03-02, opening_kg: 5, "
        "purchased_kg: 0, closing_kg: 1, returned_kg: 0}"
    )

    booked = run(tmp_path, f"{PARK}  gas_balances: [{balance}]\n", READINGS)

    (item,) = booked.rows("open_items")
    assert (booked.code, item["subject"]) == (0, "chiller")
    assert item["what"] == "its balance goes on until 2023-03-02: no leak is booked"


@pytest.mark.parametrize(("kg", "code"), [("366", 0), ("367", 2)])
def test_a_leak_beyond_what_one_entry_holds_is_refused_with_its_line(
    tmp_path: Path, kg: str, code: int
) -> None:
    balance = (
        "{id: switch, gas: SF6, since: 2023-02-01, until: 2023-03-01, opening_kg: 1000, "
        f"purchased_kg: {kg}, closing_kg: 1000, returned_kg: 0}}"
    )
    readings = READINGS.replace("2023-03-01T00:00", "2023-02-28T23:45")

    booked = run(
        tmp_path, f"{PARK}  gas_balances: [{balance}]\n", readings.replace("00:15", "00:00")
    )

    assert booked.code == code, booked.refused
    if code == 0:  # 366 kg x 25,200
        leaked = [row for row in booked.rows("totals") if row["activity"] == "leakage"]
        assert {row["emissions_g"] for row in leaked} == {"9223200000.000000000"}
        return
    (mistake,) = booked.refused.splitlines()
    assert mistake.startswith(
        "park.yaml:7: accounting.gas_balances[switch] cannot be booked: 367 kg"
    )


def test_a_leak_whose_period_was_before_the_readings_is_an_open_item(tmp_path: Path) -> None:
    balance = (
        "{id: chiller, gas: HFC-32, since: 2022-01-01, until: 2023-01-01, opening_kg: 5, "
        "purchased_kg: 0, closing_kg: 1, returned_kg: 0}"
    )

    booked = run(tmp_path, f"{PARK}  gas_balances: [{balance}]\n", READINGS)

    (item,) = booked.rows("open_items")
    assert item["what"] == "its balance was until 2023-01-01: no leak is booked"


def test_books_that_a_dying_run_left_aside_are_put_back(tmp_path: Path) -> None:
    books = run(tmp_path, PARK, READINGS).folder
    manifest = (books / "manifest.json").read_bytes()
    books.rename(tmp_path / ".books.before")  # it died between the two renames

    refused = run(tmp_path, PARK, READINGS, certificates=CERTIFICATE.replace(",1,", ",2,"))

    assert refused.code == 2
    assert (books / "manifest.json").read_bytes() == manifest
    assert not (tmp_path / ".books.before").exists()


def test_earlier_books_that_were_replaced_do_not_stay_beside_the_new_ones(tmp_path: Path) -> None:
    run(tmp_path, PARK, READINGS).folder.rename(tmp_path / ".books.before")
    (tmp_path / "books").mkdir()  # it died after the second rename

    again = run(tmp_path, PARK, READINGS)

    assert again.code == 0
    assert [path.name for path in tmp_path.glob(".books*")] == []


def test_books_that_were_changed_are_named_with_the_line(tmp_path: Path) -> None:
    books = run(tmp_path, PARK, READINGS).folder
    totals = books / "totals.csv"
    totals.write_text(totals.read_text().replace("20000", "19000", 1))
    (books / "chain.csv").unlink()

    again = run(tmp_path, PARK, READINGS, verify="yes")

    assert again.code == 1
    missing, changed = again.said.splitlines()
    assert missing == "chain.csv: missing"
    assert changed.startswith("totals.csv: line 2 says ")


def test_books_of_other_readings_do_not_verify(tmp_path: Path) -> None:
    run(tmp_path, PARK, READINGS)

    again = run(tmp_path, PARK, READINGS.replace("10,10", "10,9"), verify="yes")

    assert again.code == 1
    assert any(line.startswith("entries/") for line in again.said.splitlines())


def test_the_command_needs_no_more_than_its_arguments(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as refused:
        run_with(["--park", "only"], tmp_path)

    assert refused.value.code == 2
