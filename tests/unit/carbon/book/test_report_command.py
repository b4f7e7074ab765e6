"""`report` says what `book` wrote, in both languages and formats, and refuses what was changed."""

import csv
import hashlib
import re
from decimal import Decimal
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pypdf import PdfReader

from services.carbon_accounting.book.command import main as book_command
from services.carbon_accounting.book.report_command import main
from services.carbon_accounting.book.report_inputs import TABLES
from services.carbon_accounting.book.report_restated import restatements
from services.carbon_accounting.book.written_books import opened
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.domain.reporting.periods import Period
from tests.unit.carbon.book.books import CERTIFICATES, PARK, booked, quarters

NG_PER_T = 10**15
KINDS = ("monthly", "inventory", "evidence")
COAL_OF_B = "    - {id: kiln_b, activity: combustion, substance: anthracite, equipment: kiln, "
COAL_OF_B += "unit: t, enterprise: b}\n"


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Books of the hour, one certificate of a in them; the coal of b is unknown for a quarter."""
    readings = quarters(kiln_b="1").replace("700,700,100,1\n", "700,700,100,\n", 1)
    folder = tmp_path_factory.mktemp("mill")
    return booked(folder, park=PARK + COAL_OF_B, readings=readings, certificates=CERTIFICATES)


def report(books: Path, out: Path, *words: str, month: str = "2024-01") -> Path:
    """A report of these books; of a where it is an inventory and nobody else is named."""
    asked = ["--book", str(books), "--out", str(out), "--month", month]
    asked += [] if "--language" in words else ["--language", "en"]
    if "inventory" in words and "--enterprise" not in words:
        asked += ["--enterprise", "a"]
    assert main([*asked, "--kind", *words]) == 0
    return out


def text_of(path: Path) -> str:
    """All words and numbers of a report, as one reads them."""
    if path.suffix == ".pdf":
        return "\n".join(page.extract_text() for page in PdfReader(path).pages)
    return "\n".join(str(cell) for cell in cells_of(path))


def cells_of(path: Path) -> list[Any]:
    sheets = openpyxl.load_workbook(path).worksheets
    return [
        cell.value for sheet in sheets for row in sheet for cell in row if cell.value is not None
    ]


def totals(books: Path, **wanted: str) -> list[dict[str, str]]:
    with (books / "totals.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())]


def tonnes(books: Path, **wanted: str) -> Decimal:
    rows = totals(books, counted="true", **wanted)
    return sum((Decimal(row["emissions_g"]) for row in rows), Decimal(0)) / 10**6


def shown(number: Decimal) -> str:
    return f"{number.quantize(Decimal('0.001')):,}"


@pytest.mark.parametrize(
    ("kind", "language", "form"), [*product(KINDS, ("zh", "en"), ("pdf", "xlsx"))]
)
def test_each_report_shows_the_totals_of_each_ledger_to_the_printed_digits(
    books: Path, tmp_path: Path, kind: str, language: str, form: str
) -> None:
    of = {"enterprise": "a"} if kind == "inventory" else {}

    path = report(books, tmp_path / f"r.{form}", kind, "--language", language)

    for ledger in ("park_acceptance", "location_based", "market_based"):
        number = shown(tonnes(books, ledger=ledger, **of))
        if form == "pdf":
            assert number in text_of(path)
        else:
            assert float(number.replace(",", "")) in cells_of(path)


def test_the_hour_in_the_head_comes_to_these_tonnes(tmp_path: Path) -> None:
    books = booked(tmp_path, certificates=CERTIFICATES)

    text = text_of(report(books, tmp_path / "r.pdf", "monthly"))

    assert "4.175" in text  # 4 MWh x 0.8273 t and 400 Nm3 x 2.1650152 kg
    assert "2.988" in text  # 4 MWh x 0.5306 t and the same gas
    assert "2.695" in text  # 3 MWh x 0.6096 t, 1 MWh under the certificate, and the gas


def test_the_evidence_has_each_line_of_the_totals_to_the_nanogram(
    books: Path, tmp_path: Path
) -> None:
    cells = cells_of(report(books, tmp_path / "r.xlsx", "evidence"))

    exact = {str(cell) for cell in cells}
    for row in totals(books):
        assert str(int(row["emissions_g"].replace(".", ""))) in exact
        assert int(row["amount"]) in cells


@pytest.mark.parametrize(("language", "form"), [*product(("zh", "en"), ("pdf", "xlsx"))])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_unverified_is_marked_with_the_reason(
    books: Path, tmp_path: Path, kind: str, language: str, form: str
) -> None:
    text = text_of(report(books, tmp_path / f"r.{form}", kind, "--language", language))

    reason = {
        "en": "†1 fossil-power: factor of 2023 stands in for 2024",
        "zh": "†1 fossil-power：以 2023 年因子代替 2024 年",
    }
    assert reason[language] in text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Park monthly carbon report", "Electricity used: grid", "Anvil Works")),
        ("zh", ("园区碳排放月报", "用电：电网（证书覆盖）", "燃料燃烧：天然气", "铁砧厂")),
    ],
)
def test_activities_origins_and_names_are_said_in_the_language(
    books: Path, tmp_path: Path, language: str, words: tuple[str, ...]
) -> None:
    text = text_of(report(books, tmp_path / "r.pdf", "monthly", "--language", language))

    assert [word for word in words if word not in text] == []


@pytest.mark.parametrize(
    ("language", "kind_of_item"), [("en", "unknown reading"), ("zh", "读数未知")]
)
def test_open_items_are_told_with_place_time_and_enterprise(
    books: Path, tmp_path: Path, language: str, kind_of_item: str
) -> None:
    cells = cells_of(report(books, tmp_path / "r.xlsx", "monthly", "--language", language))

    place = 1 + [*pairwise(cells)].index((kind_of_item, "kiln_b"))
    assert cells[place + 1] == "2024-01-01 12:00 – 2024-01-01 12:15"
    assert cells[place + 2] == {"en": "Bakery", "zh": "面包房"}[language]


@pytest.mark.parametrize("form", ["pdf", "xlsx"])
def test_a_ledger_that_holds_captured_co2_alone_has_nothing_to_draw_and_says_so(
    tmp_path: Path, form: str
) -> None:
    trap = "    - {id: trap, activity: capture, substance: captured-co2, unit: t, enterprise: b}\n"
    park = PARK.replace("accounting:", "accounting:\n  ledgers: [emission_trading]") + trap
    books = booked(tmp_path, park=park, readings=quarters(trap="1"))

    of_b = ("inventory", "--enterprise", "b")
    text = text_of(report(books, tmp_path / f"b.{form}", *of_b))

    assert "There are no numbers to draw." in text
    assert "Captured, in no total" in text
    assert "-4.000" in text or "-4" in text.split("\n")


# ---- an enterprise sees its own alone


def test_an_inventory_holds_nothing_of_another_enterprise(books: Path, tmp_path: Path) -> None:
    of_b = ("Bakery", "面包房", "load_b", "kiln_b", "anthracite", "无烟煤")
    theirs = {shown(tonnes(books, ledger="location_based", enterprise="b"))}

    for form, language in product(("pdf", "xlsx"), ("en", "zh")):
        path = tmp_path / f"a.{form}"
        text = text_of(report(books, path, "inventory", "--language", language))

        assert [word for word in (*of_b, *theirs) if word in text] == []


def test_the_other_enterprise_has_its_own_item_and_no_certificate(
    books: Path, tmp_path: Path
) -> None:
    words = ("inventory", "--enterprise", "b")

    text = text_of(report(books, tmp_path / "b.pdf", *words))

    assert "kiln_b" in text
    assert "anthracite" in text
    assert "certificate" not in text
    assert "boiler" not in text


def test_a_reading_that_is_unknown_is_told_without_the_meters_of_others(tmp_path: Path) -> None:
    books = booked(tmp_path, readings=quarters(load_b=""))

    text = text_of(report(books, tmp_path / "a.pdf", "inventory"))

    assert "load_a" in text
    assert "part of its electricity is not booked" in text.replace("\n", " ")
    assert "load_b" not in text


# ---- the periods


def test_a_report_reaches_from_the_years_first_month_to_its_own(tmp_path: Path) -> None:
    books = booked(tmp_path, readings=quarters("2024-01-31", "2024-02-01", "2024-02-02"))

    january = text_of(report(books, tmp_path / "j.pdf", "inventory"))
    february = text_of(report(books, tmp_path / "f.pdf", "inventory", month="2024-02"))

    location = tonnes(books, ledger="location_based", enterprise="a", month="2024-01")
    assert shown(location) == "1.927"  # 2 MWh x 0.5306 t, and 0.866 t of gas
    assert shown(location) in january
    assert shown(location * 3) not in january
    assert shown(location * 3) in february


# ---- what is refused


def refusal(capsys: pytest.CaptureFixture[str], books: Path, *words: str) -> str:
    """What the command says when it refuses, in the place of a report."""
    out = books.parent / "refused.pdf"
    asked = ["--book", str(books), "--language", "en", "--out", str(out), *words]
    capsys.readouterr()  # what booking said

    assert main(asked) == 2

    assert not out.exists()
    return capsys.readouterr().err


MONTHLY = ("--kind", "monthly", "--month", "2024-01")


@pytest.mark.parametrize("name", ["totals.csv", "entries/market_based/2024-01.csv", "chain.csv"])
def test_a_changed_file_is_refused_with_its_name_and_both_digests(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    books = booked(tmp_path)
    file = books / name
    file.write_text(file.read_text(encoding="utf-8").replace("0", "1", 1), encoding="utf-8")

    said = refusal(capsys, books, *MONTHLY)

    assert said.startswith(f"{name}: was changed: SHA-256 is ")
    now = hashlib.sha256(file.read_bytes()).hexdigest()
    digests = re.findall(r"\b[0-9a-f]{64}\b", said)
    assert digests[0] == now
    assert len(set(digests)) == 2


def test_a_file_that_is_gone_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    books = booked(tmp_path)
    (books / "entries/location_based/2024-01.csv").unlink()

    assert "entries/location_based/2024-01.csv: No such file" in refusal(capsys, books, *MONTHLY)


def test_an_unknown_month_or_enterprise_is_refused_with_what_there_is(
    books: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inventory = ("--kind", "inventory", "--month", "2024-01")

    assert "there are 2024-01" in refusal(capsys, books, "--kind", "monthly", "--month", "2023-12")
    assert "there are 2024-01" in refusal(capsys, books, "--kind", "monthly", "--month", "2024-13")
    assert "there are a, b" in refusal(capsys, books, *inventory, "--enterprise", "c")
    assert "--enterprise" in refusal(capsys, books, *inventory)
    assert "leave --enterprise out" in refusal(capsys, books, *MONTHLY, "--enterprise", "a")


def test_a_folder_that_is_no_books_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "holds no books" in refusal(capsys, tmp_path / "nothing", *MONTHLY)

    (tmp_path / "manifest.json").write_text('{"format": 1}', encoding="utf-8")
    assert "does not say begins, ends" in refusal(capsys, tmp_path, *MONTHLY)


def test_a_file_of_another_format_is_refused(
    books: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["--book", str(books), "--language", "en", *MONTHLY]

    assert main([*asked, "--out", str(tmp_path / "r.docx")]) == 2
    assert "r.docx is no .pdf or .xlsx file" in capsys.readouterr().err


# ---- the same books


@pytest.mark.parametrize(("kind", "form"), [*product(KINDS, ("pdf", "xlsx"))])
def test_the_same_books_give_the_same_bytes(tmp_path: Path, kind: str, form: str) -> None:
    first, second = (booked(tmp_path / name, certificates=CERTIFICATES) for name in ("x", "y"))

    one = report(first, tmp_path / f"x.{form}", kind).read_bytes()
    other = report(second, tmp_path / f"y.{form}", kind).read_bytes()

    assert one == other


def test_a_report_is_dated_by_its_data(books: Path, tmp_path: Path) -> None:
    text = text_of(report(books, tmp_path / "r.pdf", "evidence"))

    assert "as known at 2024-01-01 05:00 UTC" in text  # 13:00 in Shanghai, the end of the hour


def test_books_of_another_version_of_the_program_are_still_what_their_files_make(
    tmp_path: Path,
) -> None:
    books = booked(tmp_path)
    manifest = books / "manifest.json"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(re.sub('parkflow [^"]+', "parkflow 99", text), encoding="utf-8")

    files = ["--park", tmp_path / "park.yaml", "--readings", tmp_path / "readings.csv"]
    words = [str(word) for word in (*files, "--out", books, "--verify")]

    assert book_command(words) == 0
    manifest.write_text(text.replace("mill", "till"), encoding="utf-8")
    assert book_command(words) == 1


@pytest.fixture(scope="module")
def restated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The hour as reported, and with 100 kWh more of a in each quarter, from the grid."""
    folder = tmp_path_factory.mktemp("restated")
    late = quarters(grid="1100", load_a="800")
    return booked(folder / "old"), booked(folder / "new", readings=late)


@pytest.mark.parametrize("kind", KINDS)
def test_a_report_tells_what_earlier_books_held_otherwise(
    restated: tuple[Path, Path], tmp_path: Path, kind: str
) -> None:
    old, new = restated

    told = text_of(report(new, tmp_path / "r.xlsx", kind, "--before", str(old)))

    assert "reading changed" in told
    assert "reading changed" not in text_of(report(new, tmp_path / "without.xlsx", kind))


def test_an_inventory_tells_its_own_restatements_alone(restated: tuple[Path, Path]) -> None:
    old, new = (opened(folder, TABLES) for folder in restated)
    january = Period(Month(2024, 1), Month(2024, 1))

    of_a = [*restatements(old, new, january, ("a",))]

    assert {one.enterprise for one in of_a} == {"a"}
    grid = next(
        one
        for one in of_a
        if one.ledger is Ledger.LOCATION_BASED and "grid" in one.activity.en  # type: ignore[union-attr]
    )
    # 2,000 kWh of the grid x 0.5306 kg; now 8/15 of 1,100 a quarter: 586.666 kWh
    assert (grid.before.version, grid.before.nanograms) == (1, 1_061_200_000_000_000)
    assert (grid.after.version, grid.after.nanograms) == (2, 4 * 586_666 * 530_600_000)
    assert grid.reason == "reading changed"


def test_earlier_books_of_another_park_are_refused(
    restated: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = booked(tmp_path / "other", park=PARK.replace("id: mill", "id: dairy"))
    words = ["--book", restated[1], "--before", other, "--out", tmp_path / "r.pdf"]
    words += ["--month", "2024-01", "--kind", "monthly", "--language", "en"]

    assert main([str(word) for word in words]) == 2

    assert "compare books of one park" in capsys.readouterr().err
