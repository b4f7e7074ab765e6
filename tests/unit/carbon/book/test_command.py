"""The command `book` as people meet it: what it refuses, what it says, what it leaves behind."""

from pathlib import Path

import pytest

from services.carbon_accounting.book.command import main
from tests.unit.carbon.book.files import ACCOUNTING, PARK

READINGS = """time,grid,pv,load_a,load_b,gas
2023-01-01T00:00,10,2,5,0.007,3
2023-01-01T00:15,10,2,5,0.007,3
"""


def arguments(folder: Path, accounting: str = ACCOUNTING, readings: str = READINGS) -> list[str]:
    park, file = folder / "park.yaml", folder / "readings.csv"
    park.write_text(PARK + accounting, encoding="utf-8")
    file.write_text(readings, encoding="utf-8")
    return ["--park", str(park), "--readings", str(file), "--out", str(folder / "books")]


def refused(capsys: pytest.CaptureFixture[str], asked: list[str]) -> list[str]:
    assert main(asked) == 2
    return capsys.readouterr().err.splitlines()


def test_the_summary_has_a_line_a_ledger_and_says_what_is_open(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments(tmp_path)) == 0

    said = capsys.readouterr()
    assert said.err.splitlines()[-1] == "booked 2023-01: 1 of 1 months"
    lines = said.out.splitlines()
    assert lines[0] == (
        "mill: 2 intervals of 15 min, 2023-01-01 00:00 to 2023-01-01 00:30 Asia/Shanghai"
    )
    # 20 kWh of the grid at 0.8273 kg/kWh and 6 Nm3 of gas at 2.1650152 kg/Nm3
    assert lines[3] == "park_acceptance                29.536 CO2            10"
    assert "electricity by origin closes to the Wh" in lines
    assert "no open items" in lines


def test_a_second_booking_replaces_the_first_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    assert main(arguments(tmp_path)) == main(arguments(tmp_path)) == 0

    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "books",
        "park.yaml",
        "readings.csv",
    ]


def test_verify_finds_the_line_that_was_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = arguments(tmp_path)
    main(asked)
    totals = tmp_path / "books" / "totals.csv"
    totals.write_text(totals.read_text().replace("scope", "skope"))

    assert main([*asked, "--verify"]) == 1
    assert "totals.csv: line 1 says" in capsys.readouterr().out


def test_verify_without_books_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = refused(capsys, [*arguments(tmp_path), "--verify"])

    assert "holds no books (manifest.json): book without --verify first" in told[-2]
    assert told[-1] == "refused; nothing was written"


def test_a_park_file_that_is_not_there_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = arguments(tmp_path)
    (tmp_path / "park.yaml").unlink()

    assert "park.yaml:1: file cannot be read" in refused(capsys, asked)[-2]


def test_a_folder_of_other_files_is_not_touched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = arguments(tmp_path)
    (tmp_path / "books").write_text("mine")
    assert "is a file: name a folder" in refused(capsys, asked)[-2]
    assert "holds other files" in refused(capsys, [*asked[:-1], str(tmp_path)])[-2]

    assert (tmp_path / "books").read_text() == "mine"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("substance: natural-gas, unit: t", "factor park_acceptance/natural-gas/*/* is in MJ/Nm3"),
        ("substance: anthracite, unit: t", "needs equipment: its oxidation depends on it"),
    ],
)
def test_a_fuel_that_no_factor_can_meet_is_refused_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, told: str
) -> None:
    wrong = ACCOUNTING.replace("substance: natural-gas, unit: Nm3", line)

    (said,) = refused(capsys, arguments(tmp_path, wrong))[1:-1]

    assert said.startswith("park.yaml: accounting.streams[gas]: ")
    assert told in said


def test_weights_of_one_key_from_one_day_on_and_a_ledger_twice_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = """
  ledgers: [cbam, cbam]
  keys:
    - {id: floor, weights: {a: 1}}
    - {id: floor, weights: {b: 1}}
"""

    told = refused(capsys, arguments(tmp_path, ACCOUNTING + more))[1:-1]

    assert [line.split(": ", 1)[1] for line in told] == [
        "accounting.ledgers is empty or names one twice - name each ledger to book once",
        "accounting.keys[floor].valid_from 'floor' has two sets of weights from one day on - give "
        "the later one the day from which it holds",
    ]


def test_an_amount_that_no_ledger_can_hold_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = refused(capsys, arguments(tmp_path, readings=READINGS.replace("0,10,2", "0,1e12,2")))

    assert "exceeds 64 bits; split the meter or shorten the interval" in told[-2]
