"""What contracts came to, from files: the documented example, certificates, and wrong files."""

import csv
import re
from pathlib import Path

import pytest

from services.carbon_accounting.book.command import main as book
from services.carbon_accounting.book.settle_command import main

ROOT = Path(__file__).parents[4]
EXAMPLE = ROOT / "docs/examples/carbon/contracts"
TEXT = (ROOT / "docs/carbon-contracts.md").read_text("utf-8")
PARK = """
park: {id: mill, name: {en: Mill, zh: 工厂}, time_zone: Asia/Shanghai, currency: CNY}
tenants: [{id: a, name: {en: A, zh: 甲}}, {id: b, name: {en: B, zh: 乙}}]
accounting:
  interval: 1h
  matching: hourly
  region: CN
  meters:
    - {id: grid, role: grid_import}
    - {id: sun, role: generation, kind: pv}
    - {id: load, role: consumption, enterprise: a}
    - {id: loom, role: consumption, enterprise: b}
"""
READINGS = (
    "time,grid,sun,load,loom\n"
    "2023-03-01T00:00,1000,500,1000,500\n"
    "2023-03-01T01:00,3000,0,2000,1000\n"
    "2023-03-01T02:00,3000,0,2000,1000\n"
)
HEADER = (
    "contract,device,technology,market,seller,buyer,price_per_mwh,take_or_pay,from,to,agreed,unit,"
    "profile,emission_kg_per_kwh,trust\n"
)
YEAR = "2023-01-01,2024-01-01"
WIND = f"wind,north,wind,CN,windco,a,300,yes,{YEAR},1.5,MWh,,0,V2\n"
NORTH = "time,north\n2023-03-01T00:00,1200\n2023-03-01T01:00,2000\n2023-03-01T02:00,1500\n"
ROOF = f"roof,sun,solar,CN,roofco,b,400,no,{YEAR},400,kWh,,0,V2\n"


def settled(folder: Path, contracts: str, *more: str, **files: str) -> int:
    """Run the command for a park in which `a` takes 1, 2, 2 MWh and `b` half of that."""
    rows = contracts if contracts.startswith("contract,") else HEADER + contracts
    named = {"park": PARK, "readings": READINGS, "contracts": rows, **files}
    arguments = []
    for name, text in named.items():
        path = folder / f"{name}.{'yaml' if name == 'park' else 'csv'}"
        path.write_text(text, "utf-8")
        arguments += [f"--{name}", str(path)]
    return main([*arguments, "--out", str(folder / "out"), *more])


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [*csv.DictReader(file)]


def booked(folder: Path, *more: str) -> Path:
    files = [f"--park={folder / 'park.yaml'}", f"--readings={folder / 'readings.csv'}"]
    assert book([*files, *more, f"--out={folder / 'books'}"]) == 0
    return folder / "books"


def market_based_kg(books: Path) -> float:
    rows = table(books / "totals.csv")
    return sum(float(one["emissions_g"]) for one in rows if one["ledger"] == "market_based") / 1000


def hourly_wh(books: Path) -> dict[str, int]:
    rows = [one for one in table(books / "matching.csv") if one["granularity"] == "hourly"]
    return {one["enterprise"]: int(one["matched_wh"]) for one in rows}


def test_the_documented_example_says_what_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    valley = EXAMPLE.parent / "valley"
    files = {
        "park": valley / "park.yaml",
        "readings": valley / "readings.csv",
        **{name: EXAMPLE / f"{name}.csv" for name in ("contracts", "profiles", "generation")},
    }
    arguments = [word for name, path in files.items() for word in (f"--{name}", str(path))]

    assert main([*arguments, "--out", str(tmp_path)]) == 1  # an hour of generation is unknown

    assert f"```text\n{capsys.readouterr().out}```" in TEXT
    certificates = tmp_path / "certificates.csv"
    out = ["--certificates", str(certificates), "--out", str(tmp_path / "books")]
    assert book([*arguments[:4], *out]) == 0


def test_what_is_settled_stands_in_the_table_exactly(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert settled(tmp_path, WIND, generation=NORTH) == 0

    (line,) = table(tmp_path / "out/settlement.csv")
    assert (line["contract"], line["month"]) == ("wind", "2023-03")
    assert (line["agreed_wh"], line["attributes_wh"]) == ("4500000", "4200000")  # 1.2, 1.5, 1.5
    assert (line["used_wh"], line["unused_wh"]) == ("4000000", "200000")  # 1 of 1.2 in the first
    assert (line["payable_wh"], line["cost"]) == ("4200000", "1260")
    assert "3 hourly certificates of 4.200 MWh, 4.000 claimed" in capsys.readouterr().out


def test_the_certificates_are_taken_in_and_move_score_and_market_based_ledger_by_what_they_cover(
    tmp_path: Path,
) -> None:
    settled(tmp_path, WIND, generation=NORTH)
    before = booked(tmp_path)
    kg, matched = market_based_kg(before), hourly_wh(before)

    after = booked(tmp_path, "--certificates", str(tmp_path / "out/certificates.csv"))

    covered = sum(int(one["used_wh"]) for one in table(after / "certificates.csv"))
    # of the first hour a third is the sun's: 666,666 Wh of a's 1 MWh came from the grid
    assert covered == 3_666_666
    per_kwh = kg / 7_000  # all grid power, at one residual factor
    assert abs(kg - market_based_kg(after) - per_kwh * covered / 1000) < 0.001
    moved = {name: wh - matched[name] for name, wh in hourly_wh(after).items()}
    assert moved == {"a": 3_666_666, "b": 0}


def test_a_second_claim_on_what_was_used_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settled(tmp_path, WIND, generation=NORTH)
    file = tmp_path / "out/certificates.csv"
    rows = file.read_text("utf-8")
    last = rows.splitlines()[-1]
    file.write_text(rows + last.replace("wind/", "more/") + "\n", "utf-8")  # the same hour of a
    capsys.readouterr()

    with pytest.raises(AssertionError):
        booked(tmp_path, "--certificates", str(file))

    told = capsys.readouterr().err
    assert "certificates.csv:5: claimed_wh '1500000' - larger than metered consumption" in told


def test_settling_again_beside_what_it_wrote_says_the_same(tmp_path: Path) -> None:
    settled(tmp_path, WIND, generation=NORTH)
    first = {path.name: path.read_text() for path in (tmp_path / "out").iterdir()}
    kept = tmp_path / "kept.csv"
    kept.write_text(first["certificates.csv"])

    settled(tmp_path, WIND, "--certificates", str(kept), generation=NORTH)

    assert {path.name: path.read_text() for path in (tmp_path / "out").iterdir()} == first


def test_what_another_row_claims_of_an_hour_is_not_claimed_again(tmp_path: Path) -> None:
    second = WIND.replace("wind,north", "other,south")
    south = NORTH.replace("north", "south")
    settled(tmp_path, second, generation=south)  # 1 + 1.5 + 1.5 of a's 1 + 2 + 2 MWh
    kept = tmp_path / "kept.csv"
    kept.write_text((tmp_path / "out/certificates.csv").read_text())

    settled(tmp_path, WIND, "--certificates", str(kept), generation=NORTH)

    rows = table(tmp_path / "out/certificates.csv")
    assert [(one["state"], one["claimed_quantity"]) for one in rows] == [
        ("issued", ""),
        ("cancelled", "500"),
        ("cancelled", "500"),
    ]
    both = tmp_path / "both.csv"
    both.write_text(
        kept.read_text()
        + "\n".join((tmp_path / "out/certificates.csv").read_text().splitlines()[1:])
        + "\n"
    )
    booked(tmp_path, "--certificates", str(both))


def test_where_the_buyers_consumption_is_unknown_the_certificate_is_held_and_not_claimed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dark = READINGS.replace("T02:00,3000,0,2000,1000", "T02:00,3000,0,,1000")

    assert settled(tmp_path, WIND, generation=NORTH, readings=dark) == 1

    last = table(tmp_path / "out/certificates.csv")[-1]
    assert (last["state"], last["owner"], last["beneficiary"]) == ("issued", "a", "")
    assert "consumption of a is not known in 1 h: 2023-02-28T18:00:00Z" in capsys.readouterr().out
    booked(tmp_path, "--certificates", str(tmp_path / "out/certificates.csv"))


def test_a_plant_of_the_park_delivers_what_stayed_and_covers_no_grid_power(tmp_path: Path) -> None:
    assert settled(tmp_path, ROOF) == 0

    (row,) = table(tmp_path / "out/certificates.csv")
    assert (row["use"], row["quantity"], row["claimed_quantity"]) == ("self-use", "400", "400")
    before = hourly_wh(booked(tmp_path))
    after = booked(tmp_path, "--certificates", str(tmp_path / "out/certificates.csv"))
    assert hourly_wh(after) == before  # the tracing knows it already


def test_an_unknown_hour_of_a_plant_here_delivers_nothing(tmp_path: Path) -> None:
    dark = READINGS.replace("T00:00,1000,500,", "T00:00,1000,,")

    assert settled(tmp_path, ROOF, readings=dark) == 1

    (line,) = table(tmp_path / "out/settlement.csv")
    assert (line["attributes_wh"], line["unsettled_wh"]) == ("0", "400000")
    unknown = table(tmp_path / "out/unknown_hours.csv")
    assert unknown[0]["what"] == "generation of sun"


def test_a_certificate_of_the_month_and_a_contract_cannot_hold_the_same_wh(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gec = (
        "certificate,instrument,technology,device,market,produced_from,produced_to,issued_at,"
        "quantity,unit,emission_kg_per_kwh,state,owner,beneficiary,cancelled_at\n"
        "G,GEC,wind,north,CN,2023-03,,2023-04-20,1,MWh,0,issued,trader,,\n"
    )

    assert settled(tmp_path, WIND, generation=NORTH, certificates=gec) == 2

    told = capsys.readouterr().err
    assert "device north: larger than metered generation; G hold 1000000 Wh" in told
    assert "contracts 4200000 Wh, and 4700000 Wh are known to be made" in told


def test_every_mistake_of_the_files_is_told_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = (
        f"coal,unit5,fossil,CN,c,a,300,yes,{YEAR},1,MWh,,0.9,V2\n"
        f"cell,unit6,storage,CN,c,a,300,yes,{YEAR},1,MWh,,0,V2\n"
        f"euro,north,wind,EU,c,a,300,yes,{YEAR},1,MWh,,0,V2\n"
        f"who,north,wind,CN,c,z,300,yes,{YEAR},1,MWh,,0,V2\n"
        f"both,north,wind,CN,c,a,300,yes,{YEAR},1,MWh,p,0,V2\n"
        f"price,north,wind,CN,c,a,-1,maybe,2024-01-01,2023-01-01,1,MWh,,0,V2\n"
        f"twice,north,wind,CN,c,a,300,yes,{YEAR},1,MWh,,0,V2\n"
        f"twice,north,wind,CN,c,a,310,yes,2023-06-01,2024-06-01,1,MWh,,0,V2\n"
        f"lost,north,wind,CN,c,a,300,yes,{YEAR},,,dawn,0,V2\n"
        f"{'x' * 181},north,wind,CN,c,a,300,yes,{YEAR},1,MWh,,0,V2\n"
    )
    odd = "time,north\n2023-03-01T00:00,-1\n2023-03-01T00:00,5\n"

    assert settled(tmp_path, rows, generation=odd) == 2

    told = capsys.readouterr().err.splitlines()[:-1]
    assert [re.sub(r" .*", "", line.split(": ", 1)[1]) for line in told] == [
        *("north", "time"),
        *("technology", "technology", "market", "buyer", "agreed"),
        *("price_per_mwh", "take_or_pay", "to", "from", "profile", "contract"),
    ]


@pytest.mark.parametrize(
    ("contracts", "generation", "cure"),
    [
        (WIND, "time,south\n2023-03-01T00:00,1\n", "'north' - no generation or direct-line meter"),
        (ROOF, "time,sun\n2023-03-01T00:00,1\n", "'sun' - is metered here and told from outside"),
        (ROOF.replace("solar", "wind"), NORTH, "'wind' - sun is metered here as pv"),
        (WIND.replace("2023-01-01,", "2023-01-01T00:30+08:00,"), NORTH, "lies within an hour"),
    ],
)
def test_generation_that_is_metered_nowhere_or_twice_is_refused(
    contracts: str, generation: str, cure: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert settled(tmp_path, contracts, generation=generation) == 2

    assert cure in capsys.readouterr().err


def test_a_profile_must_speak_of_every_hour_of_the_contract(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shaped = WIND.replace("1.5,MWh,", ",,base")
    whole = NORTH.replace("north", "base")
    short = whole.replace("2023-03-01T01:00,2000\n", "")

    assert settled(tmp_path, shaped, generation=NORTH, profiles=whole) == 0
    assert settled(tmp_path, shaped, generation=NORTH, profiles=short) == 2

    assert "'base' says nothing of 1 hours of the contract" in capsys.readouterr().err


def test_quarter_hours_of_generation_are_added_up_and_one_that_is_missing_darkens_its_hour(
    tmp_path: Path,
) -> None:
    quarters = [(hour, minute) for hour in range(3) for minute in (0, 15, 30, 45)]
    rows = [f"2023-03-01T{h:02}:{m:02},300" for h, m in quarters if (h, m) != (1, 15)]

    assert settled(tmp_path, WIND, generation="\n".join(["time,north", *rows, ""])) == 1

    (line,) = table(tmp_path / "out/settlement.csv")
    assert (line["attributes_wh"], line["unsettled_wh"]) == ("2400000", "1500000")


def test_two_prices_of_a_contract_follow_each_other(tmp_path: Path) -> None:
    first = WIND.replace(YEAR, "2023-01-01,2023-03-01T01:00+08:00")
    then = WIND.replace(YEAR, "2023-03-01T01:00+08:00,2024-01-01").replace(",300,", ",310.5,")

    assert settled(tmp_path, first + then, generation=NORTH) == 0

    (line,) = table(tmp_path / "out/settlement.csv")
    assert line["cost"] == "1291.5"  # 1.2 × 300 + 3 × 310.5


def test_the_table_of_columns_names_every_column() -> None:
    said = set(re.findall(r"`([a-z_]+)`", TEXT))

    assert {*HEADER.strip().split(","), "use", "commissioned", "market_hydro"} <= said


EXPORTING = PARK.replace("role: grid_import}", "role: grid_import}\n    - {id: feed, role: export}")
FED = (
    "time,grid,feed,sun,load,loom\n"
    "2023-03-01T00:00,0,300,1000,500,200\n"
    "2023-03-01T01:00,0,300,1000,500,\n"
)


@pytest.mark.parametrize(("use", "generated"), [("self-use", 700_000), ("on-grid", 300_000)])
def test_a_plant_that_exports_is_known_where_the_park_is_traced(
    use: str, generated: int, tmp_path: Path
) -> None:
    header = HEADER.replace("profile,", "profile,use,")
    roof = ROOF.replace("kWh,,", f"kWh,,{use},")

    assert (
        settled(tmp_path, header + roof, park=EXPORTING, readings=FED) == 1
    )  # the loom of the second hour is not known

    (line,) = table(tmp_path / "out/settlement.csv")
    assert (int(line["generated_wh"]), line["unknown_generation_hours"]) == (generated, "1")


def test_hydro_on_the_grid_says_since_when_it_stands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    river = WIND.replace("wind,north,wind", "river,north,hydro")
    header = HEADER.replace("trust", "trust,commissioned")

    assert settled(tmp_path, river, generation=NORTH) == 2
    assert "commissioned 'unknown' - no certificate for this generation" in capsys.readouterr().err
    new = header + river.replace("V2\n", "V2,2010-05-01\n")
    assert settled(tmp_path, new, generation=NORTH) == 0
    booked(tmp_path, "--certificates", str(tmp_path / "out/certificates.csv"))


def test_hours_are_those_of_a_clock_with_half_an_hour(tmp_path: Path) -> None:
    park = PARK.replace("Asia/Shanghai", "Asia/Kolkata").replace("1h", "15min")
    quarters = [f"2023-03-01T00:{minute:02},250,0,250,0" for minute in (0, 15, 30, 45)]
    readings = "\n".join(["time,grid,sun,load,loom", *quarters, ""])

    assert settled(tmp_path, WIND, generation=NORTH, park=park, readings=readings) == 0

    first = table(tmp_path / "out/certificates.csv")[0]
    assert first["certificate"] == "wind/2023-02-28T18:30Z"
    booked(tmp_path, "--certificates", str(tmp_path / "out/certificates.csv"))


def test_a_settlement_is_not_written_over_the_certificates_it_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settled(tmp_path, WIND, generation=NORTH)
    mine = tmp_path / "out" / "certificates.csv"
    before = mine.read_text("utf-8")

    assert settled(tmp_path, WIND, "--certificates", str(mine), generation=NORTH) == 2

    assert "would overwrite certificates.csv of --certificates" in capsys.readouterr().err
    assert mine.read_text("utf-8") == before
