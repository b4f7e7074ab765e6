"""Certificates of what a store discharged, from files: the documented example, and mistakes."""

import csv
import re
from io import StringIO
from pathlib import Path

import pytest

from services.carbon_accounting.book.allocate_command import main
from tests.support.booking import Booked, run

ROOT = Path(__file__).parents[4]
EXAMPLE = ROOT / "docs/examples/carbon/store"
TEXT = (ROOT / "docs/carbon-storage.md").read_text("utf-8")
NAMES = ("park.yaml", "certificates.csv", "storage.csv", "readings.csv")
FIFO = ("--allocation", "FIFO", "--efficiency", "0.9")
IN_2 = "in-2,charge,battery,2023-03-30T02:00+08:00,2023-03-30T03:00+08:00,3,kWh,\n"
OUT_1 = "out-1,discharge,battery,2023-03-30T04:00+08:00,2023-03-30T05:00+08:00,8,kWh,\n"


def allocated(folder: Path, *more: str, without: str = "", **changed: tuple[str, str]) -> int:
    """Run the command for the example; `changed` replaces in a file, by its name."""
    arguments = [*more]
    for name in NAMES:
        key = name.split(".")[0]
        text = (EXAMPLE / name).read_text("utf-8")
        old, new = changed.get(key, ("", ""))
        assert old in text
        (folder / name).write_text(text.replace(old, new) if old else text, "utf-8")
        arguments += [] if key == without else [f"--{key}", str(folder / name)]
    return main(arguments)


def told(capsys: pytest.CaptureFixture[str]) -> list[str]:
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1] == "refused"
    return lines[:-1]


def booked(folder: Path, discharged: str, *, cancelled: bool) -> Booked:
    """Book the example with the rows that were made, held or cancelled for the mill."""
    folder.mkdir()
    rows = [*csv.DictReader((EXAMPLE / "certificates.csv").open(encoding="utf-8"))]
    for row in csv.DictReader(StringIO(discharged)):
        if cancelled:
            row |= {"state": "cancelled", "beneficiary": "milling", "cancelled_at": "2023-05-01"}
        rows.append(row)
    text = StringIO()
    columns = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(text, columns, restval="")
    writer.writeheader()
    writer.writerows(rows)
    (folder / "all.csv").write_text(text.getvalue(), "utf-8")
    files = {"certificates": folder / "all.csv"}
    return run(folder, EXAMPLE / "park.yaml", EXAMPLE / "readings.csv", **files)


def test_the_documented_example_says_what_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert allocated(tmp_path, *FIFO, "--out", str(tmp_path / "discharged.csv")) == 0

    assert f"```text\n{capsys.readouterr().out}```" in TEXT
    assert "--readings readings.csv --allocation FIFO --efficiency 0.9" in TEXT
    row = (tmp_path / "discharged.csv").read_text("utf-8").splitlines()[1]
    assert row in TEXT


def test_the_rows_are_taken_in_by_book_beside_those_of_what_was_charged(tmp_path: Path) -> None:
    assert allocated(tmp_path, *FIFO, "--out", str(tmp_path / "out.csv")) == 0
    made = (tmp_path / "out.csv").read_text("utf-8")

    held = booked(tmp_path / "held", made, cancelled=False)
    used = booked(tmp_path / "used", made, cancelled=True)

    assert (held.code, used.code) == (0, 0), held.refused + used.refused
    assert held.total(ledger="market_based", origin="certificate")[0] == 0
    covered_wh, covered_ng = used.total(ledger="market_based", origin="certificate")[:2]
    assert covered_wh == 12_000 + 6_000
    assert covered_ng == 9_000 * 20_000_000  # of straw, 0.02 kg/kWh; the rest is wind


def test_other_methods_draw_elsewhere_and_cover_as_much(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    how = ("--allocation", "LIFO", "--efficiency", "0.9")
    assert allocated(tmp_path, *how, storage=(IN_2, "")) == 0

    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[0][3:5] == ["18000", "Wh"]
    assert [line[:6] for line in lines[2:5]] == [
        ["out-0", "in-0", "GC-0", "3334", "3000", "334"],
        ["out-0", "in-1", "GC-1", "10000", "9000", "1000"],
        ["out-1", "in-0", "GC-0", "6666", "6000", "666"],
    ]
    assert lines[2][6] == "0.020004"  # 0.018 · 3334 / 3000


def test_what_is_left_in_the_store_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert allocated(tmp_path, *FIFO, storage=(OUT_1, "")) == 0

    assert capsys.readouterr().out.splitlines()[-2:] == [
        "in-1: 6666 of 10000 Wh are left, of which 6000 Wh can come out",
        "in-2: 3000 of 3000 Wh are left, of which 2700 Wh can come out",
    ]


def test_power_without_a_certificate_is_drawn_like_the_other_and_certifies_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert allocated(tmp_path, "--allocation", "LIFO", "--efficiency", "0.9") == 0

    said = capsys.readouterr().out.splitlines()
    assert said[0].endswith("17300 Wh discharged get 3 certificates, 2700 Wh get none")
    assert said[5] == (
        "out-0: 2700 of 12000 Wh get no certificate, 2700 Wh of them out of charges without one"
    )


def test_power_without_a_certificate_tells_how_much_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert allocated(tmp_path, *FIFO, storage=(",3,kWh,", ",,,")) == 2

    assert [line.split(" ")[:2] for line in told(capsys)] == [
        ["storage.csv:4:", "quantity"],
        ["storage.csv:4:", "unit"],
    ]


def test_pairs_of_an_operator_are_told_in_a_column(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (EXAMPLE / "storage.csv").read_text("utf-8")
    rows = [f"{line},{charge}" for line, charge in zip(text.split(), PAIRED, strict=True)]

    how = ("--allocation", "operator", "--efficiency", "0.9")
    assert allocated(tmp_path, *how, storage=(text, "\n".join(rows))) == 0

    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:5] for line in lines[2:4]] == [
        ["out-1", "in-0", "GC-0", "8889", "8000"],
        ["out-0:", "12000", "of", "12000", "Wh"],
    ]


PAIRED = ("charge", "", "", "", "", "in-0")


@pytest.mark.parametrize(
    ("file", "change", "line", "field", "says"),
    [
        ("storage", ("GC-1", "GC-9"), 3, "certificate", "no such certificate"),
        ("storage", ("10,kWh,GC-1", "11,kWh,GC-1"), 3, "quantity", "10000 Wh of GC-1 are left"),
        ("storage", ("12,kWh", "12.001,kWh"), 5, "quantity", "battery discharged 12000 Wh"),
        ("readings", ("T00:00+08:00,15,10,0", "T00:00+08:00,14,9,0"), 2, "quantity", "9000 Wh"),
        ("certificates", (",D,stored", ",D,"), 2, "quantity", "0 Wh of GC-0 are left"),
        ("certificates", ("cancelled,milling,milling,2023-04-03,D,stored", "issued,milling,,,D,"),
         2, "certificate", "not cancelled"),
        ("certificates", ("GC-0,GC,", "GC-0,contract,"), 2, "certificate", "granular one (GC)"),
        ("storage", ("T00:00+08:00,2023-03-30T01", "T00:30+08:00,2023-03-30T01"), 2, "from",
         "the charge must hold that span"),
        ("storage", (",8,kWh,", ",8,kWh,GC-0"), 6, "certificate", "leave it empty"),
        ("storage", ("out-1", "out-0"), 6, "record", "stands in line 5 too"),
        ("storage", ("charge,battery", "loading,battery"), 2, "kind", "charge, discharge"),
        ("storage", ("12,kWh", "12,m3"), 5, "unit", "give an energy"),
        ("storage", ("12,kWh", "-12,kWh"), 5, "quantity", "at least 0"),
        ("storage", ("2023-03-30T05:00+08:00", "2023-03-30T02:30+08:00"), 6, "to", "after from"),
        ("storage", ("record,", "records,"), 1, "record", "is no column"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_its_line_and_cure(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    file: str,
    change: tuple[str, str],
    line: int,
    field: str,
    says: str,
) -> None:
    assert allocated(tmp_path, *FIFO, **{file: change}) == 2

    start = f"storage.csv:{line}: {field} "
    assert any(one.startswith(start) and says in one for one in told(capsys))


def test_every_mistake_of_all_files_is_told_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = {
        "storage": ("12,kWh", "twelve,kWh"),
        "certificates": ("GC-0,GC,", "GC-0,paper,"),
        "readings": ("15,10,0,5", "15,ten,0,5"),
    }

    assert allocated(tmp_path, *FIFO, **changed) == 2

    places = [line.split(" ")[0] for line in told(capsys)]
    assert [*dict.fromkeys(places)] == [
        "storage.csv:5:",
        "certificates.csv:2:",
        "readings.csv:2:",
        "readings.csv:3:",
    ]


def test_a_park_that_cannot_be_read_hides_no_mistake_of_the_records(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = {"park": ("role: charge", "role: charged"), "storage": ("12,kWh", "twelve,kWh")}

    assert allocated(tmp_path, *FIFO, **changed) == 2

    places = [line.split(":")[0] for line in told(capsys)]
    assert {"park.yaml", "storage.csv"} <= {*places}


def test_a_wrong_quantity_hides_no_wrong_unit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert allocated(tmp_path, *FIFO, storage=("12,kWh", "twelve,MWWh")) == 2

    fields = [line.split(" ")[:2] for line in told(capsys)]
    assert fields == [["storage.csv:5:", "quantity"], ["storage.csv:5:", "unit"]]


def test_without_a_park_file_all_files_that_are_missing_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [word for name in NAMES for word in (f"--{name.split('.')[0]}", str(tmp_path / name))]

    assert main([*words, *FIFO]) == 2

    assert {line.split(":")[0] for line in told(capsys)} == {*NAMES}


def test_rows_that_cannot_be_written_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert allocated(tmp_path, *FIFO, "--out", str(tmp_path / "no" / "out.csv")) == 2

    assert "No such file or directory: check the path" in told(capsys)[0]


def test_without_readings_no_record_is_held_against_a_meter(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change = ("12,kWh", "12.001,kWh")

    assert allocated(tmp_path, *FIFO, without="readings", storage=change) == 0

    said = capsys.readouterr().out
    assert "2001 Wh get none" in said
    assert said.splitlines()[-1] == "battery: held against no meter"


def test_a_store_by_a_name_that_is_none_of_the_park_is_told_to_be_held_against_no_meter(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert allocated(tmp_path, *FIFO, storage=("out-1,discharge,battery", OUT_OF_BATTERY)) == 0

    assert capsys.readouterr().out.splitlines()[-1] == "Battery: held against no meter"


OUT_OF_BATTERY = "out-1,discharge,Battery"


def test_what_was_charged_and_stands_in_no_record_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    how = ("--allocation", "LIFO", "--efficiency", "0.9")
    assert allocated(tmp_path, *how, storage=(IN_2, "")) == 0

    assert capsys.readouterr().out.splitlines()[-1] == (
        "battery: 3000 Wh charged 2023-03-29T16:00:00+00:00 to 2023-03-29T21:00:00+00:00 are not "
        "told; nothing draws from them"
    )


def test_a_store_gives_back_no_more_than_the_park_file_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    called = ("battery,2023-03-30T00:00", "battery_in,2023-03-30T00:00")
    how = ("--allocation", "FIFO", "--efficiency", "0.91")
    assert allocated(tmp_path, *how, storage=called) == 2

    assert told(capsys) == [
        "--efficiency 0.91: battery gives back 0.9 by the park file; declare no more"
    ]


def test_a_store_by_two_names_is_one_store(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    two = ("out-1,discharge,battery,", "out-1,discharge,battery_out,")
    out = tmp_path / "out.csv"

    assert allocated(tmp_path, *FIFO, "--out", str(out), storage=two) == 0
    assert "18000 Wh discharged get 3 certificates" in capsys.readouterr().out
    assert {row["device"] for row in csv.DictReader(out.open(encoding="utf-8"))} == {"battery"}

    more = (OUT_1, OUT_1 + OUT_1.replace("out-1,", "out-2,").replace("battery", "battery_out"))
    assert allocated(tmp_path, *FIFO, storage=more) == 2
    assert all("battery discharged 8000 Wh" in line for line in told(capsys))


@pytest.mark.parametrize(
    "wrong",
    [
        *(("0", "FIFO"), ("1.1", "FIFO"), ("0.9", "by taste"), ("1e-99999999", "FIFO")),
        *(("1e-31", "FIFO"), ("1/0", "FIFO"), ("0.9e", "FIFO"), ("0." + 40 * "9", "FIFO")),
    ],
)
def test_an_efficiency_or_method_that_there_is_not_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], wrong: tuple[str, str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        allocated(tmp_path, "--efficiency", wrong[0], "--allocation", wrong[1])

    assert ended.value.code == 2
    assert re.search("is no share above 0|is none of FIFO, LIFO", capsys.readouterr().err)


@pytest.mark.parametrize("name", NAMES)
def test_rows_are_never_written_over_a_file_that_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    out = tmp_path / "sub" / ".." / name
    (tmp_path / "sub").mkdir()

    assert allocated(tmp_path, *FIFO, "--out", str(out)) == 2

    argument = name.split(".")[0]
    assert told(capsys) == [f"--out {name} would overwrite {name} of --{argument}: name another"]
    assert (tmp_path / name).read_text("utf-8") == (EXAMPLE / name).read_text("utf-8")
