"""The Scope 2 criteria in books: the table, what the command says, the section of the report."""

import csv
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pypdf import PdfReader

from services.carbon_accounting.book.report_command import main as report
from tests.unit.carbon.book.books import CERTIFICATES, PARK, booked

GRANULAR = (
    "H1,GC,wind,farm-7,CN,2024-01-01T12:00+08:00,2024-01-01T13:00+08:00,2024-02-05T00:00:00+08:00,"
    "100,kWh,0,cancelled,a,b,2024-03-01T00:00:00+08:00,V\n"
)
OF_THE_ROOF = GRANULAR.replace("H1,GC,wind,farm-7", "H1,GC,solar,roof")
BY_CONTRACT = GRANULAR.replace("H1,GC", "H1,contract")
NO_STAND_IN = PARK.replace("  factor_year: 2023\n", "")
PROXY = (
    "no residual mix is known, the books name 0.6096 kgCO2/kWh (market_based/residual-mix/CN/2023 "
    "v1) as its proxy; factor of 2023 stands in for 2024"
)
BESIDE_GC = (
    "certificates GC of farm-7 are claimed for the same time too and no meter here tells that "
    "these are other Wh"
)
Row = dict[str, str]


def rows(books: Path) -> dict[tuple[str, str], Row]:
    """The rows by certificate and number of the criterion."""
    with (books / "claims_quality.csv").open(encoding="utf-8", newline="") as file:
        return {(row["certificate"], row["criterion"][0]): row for row in csv.DictReader(file)}


def verdicts(books: Path, certificate: str = "G1") -> list[str]:
    return [row["verdict"] for (of, _), row in rows(books).items() if of == certificate]


def made(books: Path, out: Path, language: str) -> str:
    """The words of an evidence pack."""
    words = ["--kind", "evidence", "--month", "2024-01", "--language", language]
    assert report(["--book", str(books), "--out", str(out), *words]) == 0
    if out.suffix == ".pdf":
        return "\n".join(page.extract_text() for page in PdfReader(out).pages)
    sheets = openpyxl.load_workbook(out).worksheets
    return "\n".join(_line(row) for sheet in sheets for row in sheet.iter_rows(values_only=True))


def _line(row: tuple[Any, ...]) -> str:
    return " | ".join("" if cell is None else str(cell) for cell in row)


def test_a_sound_claim_meets_all_that_applies_by_a_proxy_that_is_named(tmp_path: Path) -> None:
    books = booked(tmp_path, certificates=CERTIFICATES)

    assert verdicts(books) == [*["met"] * 5, *["not applicable"] * 2, "met"]
    last = rows(books)["G1", "8"]
    assert (last["why"], last["trust"]) == (PROXY, "M")
    assert (last["claim"], last["claimant"]) == ("G1/GEC/1", "a")
    assert (last["consumed_from"], last["consumed_to"]) == (
        "2023-12-31T16:00:00Z",
        "2024-12-31T16:00:00Z",
    )


def test_two_kinds_of_certificates_of_one_device_and_time_are_unknown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    books = booked(tmp_path, certificates=CERTIFICATES + GRANULAR)

    two = rows(books)["G1", "2"]
    assert (two["verdict"], two["why"]) == ("unknown", BESIDE_GC)
    assert verdicts(books, "H1")[1] == "unknown"
    assert (
        "0 of 2 claims meet every Scope 2 criterion that applies (unverified: the wording of 7 and "
        f"8 was not read)\n  G1/GEC/1: criterion 2 is unknown: {BESIDE_GC}\n"
    ) in capsys.readouterr().out


def test_a_contract_brings_its_attributes_to_the_reporter(tmp_path: Path) -> None:
    books = booked(tmp_path, certificates=CERTIFICATES + BY_CONTRACT)

    seven = rows(books)["H1", "7"]
    assert (seven["verdict"], seven["trust"]) == ("met", "M")
    assert seven["why"] == "its attributes were cancelled by a for b"


def test_a_year_without_a_residual_mix_is_disclosed_by_an_open_item(tmp_path: Path) -> None:
    books = booked(tmp_path, park=NO_STAND_IN, certificates=CERTIFICATES)

    items = (books / "open_items.csv").read_text("utf-8")
    assert "quantity residual-mix, region CN on 2024-01-01" in items
    last = rows(books)["G1", "8"]
    assert last["verdict"] == "met"
    assert last["why"] == (
        "no residual mix for CN from 2024-01-01 to 2024-12-31; an open item of the books says so"
    )


def test_books_without_certificates_have_no_table_and_say_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    books = booked(tmp_path)

    assert not (books / "claims_quality.csv").exists()
    assert "Scope 2" not in capsys.readouterr().out
    pack = made(books, tmp_path / "r.xlsx", "en")
    assert "No certificate is claimed for this period." in pack


def test_the_pack_counts_by_criterion_and_names_who_does_not_meet_one(tmp_path: Path) -> None:
    books = booked(tmp_path, certificates=CERTIFICATES + GRANULAR)

    pack = made(books, tmp_path / "r.xlsx", "en")

    assert "Claims that meet every criterion that applies: 0 of 2." in pack
    assert "2 only instrument carrying the claim | 0 | 0 | 2 | 0" in pack
    assert "5 same market as the consumption | 2 | 0 | 0 | 0" in pack
    assert (
        f"G1/GEC/1 | Anvil Works | 2 only instrument carrying the claim | unknown | {BESIDE_GC}"
    ) in pack
    assert "the wording of this criterion, or the rate, was not read in any text (M)" in pack


@pytest.mark.parametrize("form", ["pdf", "xlsx"])
def test_the_pack_says_it_in_chinese(tmp_path: Path, form: str) -> None:
    books = booked(tmp_path, certificates=CERTIFICATES + GRANULAR)

    pack = made(books, tmp_path / f"r.{form}", "zh").replace("\n", "")

    assert "声明的范围二质量准则" in pack
    assert "满足所有适用准则的声明：2 项中的 0 项。" in pack
    assert "2 是承载该声明的唯一凭证" in pack
    assert "本园区没有计量表能证明其为不同的电量" in pack
    assert "only instrument" not in pack


def test_sound_claims_are_said_to_be_in_one_sentence(tmp_path: Path) -> None:
    books = booked(tmp_path, certificates=CERTIFICATES + OF_THE_ROOF)

    pack = made(books, tmp_path / "r.xlsx", "en")

    assert "Claims that meet every criterion that applies: 2 of 2." in pack
    assert "Every claim meets every criterion that applies." in pack


def test_books_of_an_earlier_version_are_not_said_to_have_no_claims(tmp_path: Path) -> None:
    books = booked(tmp_path, certificates=CERTIFICATES)
    manifest = json.loads((books / "manifest.json").read_text("utf-8"))
    del manifest["tables"]["claims_quality.csv"]
    (books / "manifest.json").write_text(json.dumps(manifest), "utf-8")

    assert "These books do not say how their claims stand" in made(books, tmp_path / "r.xlsx", "en")


def test_a_table_that_was_changed_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    books = booked(tmp_path, certificates=CERTIFICATES)
    table = books / "claims_quality.csv"
    table.write_text(table.read_text("utf-8").replace("met", "not met", 1), "utf-8")
    words = ["--kind", "evidence", "--month", "2024-01", "--language", "en"]

    assert report(["--book", str(books), "--out", str(tmp_path / "r.xlsx"), *words]) == 2
    assert "claims_quality.csv: was changed" in capsys.readouterr().err
