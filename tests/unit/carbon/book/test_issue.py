"""GEC month by month, from files: the rules' case, gaps, what is taken off, and what is refused."""

import csv
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.carbon_accounting.book.command import main as book
from services.carbon_accounting.book.facilities_file import OPTIONAL
from services.carbon_accounting.book.issue_command import main

ROOT = Path(__file__).parents[4]
EXAMPLE = ROOT / "docs/examples/carbon/farm"
PAGE = (ROOT / "docs/carbon-issuing.md").read_text("utf-8")
READINGS = (EXAMPLE / "readings.csv").read_text("utf-8")
PARK = (EXAMPLE / "park.yaml").read_text("utf-8")
FACILITIES = (EXAMPLE / "facilities.csv").read_text("utf-8")
ONE_NODE = re.sub(r"nodes: .*|, node: \w+", "", PARK)
COLUMNS = "device,technology,use,market,owner,emission_kg_per_kwh,trust"
WIND = "wind,wind,on-grid,CN,works,0,V2"
Row = dict[str, str]


def issue(folder: Path, *more: str, **files: str) -> int:
    """Run the command on the example, some of its files replaced."""
    given = {"park": PARK, "readings": READINGS, "facilities": FACILITIES} | files
    words = []
    for name, text in given.items():
        path = folder / f"{name}.{'yaml' if name == 'park' else 'csv'}"
        path.write_text(text, "utf-8")
        words += [f"--{name}", str(path)]
    return main([*words, "--out", str(folder / "out.csv"), *more])


def issued(folder: Path) -> list[tuple[str, str]]:
    """The id and kWh of each certificate that was written."""
    with (folder / "out.csv").open(encoding="utf-8", newline="") as file:
        return [(row["certificate"], row["quantity"]) for row in csv.DictReader(file)]


def claimed(folder: Path, change: Callable[[list[Row]], None]) -> int:
    """Cancel what was written for the works, changed, and book it against the same readings."""
    with (folder / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = [*csv.DictReader(file)]
    for row in rows:
        row |= {"state": "cancelled", "beneficiary": "works", "cancelled_at": "2025-07-01"}
    change(rows)
    with (folder / "claimed.csv").open("w", encoding="utf-8", newline="") as file:
        lines = csv.DictWriter(file, rows[0])
        lines.writeheader()
        lines.writerows(rows)
    return booked(folder, "claimed.csv")


def booked(folder: Path, certificates: str) -> int:
    files = {
        "park": folder / "park.yaml",
        "readings": folder / "readings.csv",
        "certificates": folder / certificates,
        "out": folder / f"books of {certificates}",
    }
    return book([word for name, path in files.items() for word in (f"--{name}", str(path))])


def as_it_is(rows: list[Row]) -> None:
    """Nothing is changed."""


def one_mwh_more_of_the_wind(rows: list[Row]) -> None:
    """May has two."""
    rows[2]["quantity"] = "2000"


def without(meter: str, *hours: str) -> str:
    """The readings without what a meter said in some hours."""
    header, *lines = READINGS.splitlines()
    column = header.split(",").index(meter)
    for number, line in enumerate(lines):
        cells = line.split(",")
        if cells[0] in hours:
            cells[column] = ""
            lines[number] = ",".join(cells)
    return "\n".join([header, *lines]) + "\n"


def test_the_documented_example_says_what_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert issue(tmp_path) == 0

    assert f"```text\n{capsys.readouterr().out}```" in PAGE
    assert "--facilities facilities.csv --out certificates.csv\n" in PAGE


def test_every_column_and_argument_is_documented(capsys: pytest.CaptureFixture[str]) -> None:
    prose = re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL)
    words = {word for code in re.findall(r"`([^`]+)`", prose) for word in code.split()}
    with pytest.raises(SystemExit):
        main(["--help"])
    arguments = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help"}

    assert {"--facilities", "--issued-at"} <= arguments
    assert (arguments | {*COLUMNS.split(","), *OPTIONAL}) - words == set()


def test_the_readings_of_the_example_are_those_its_script_makes(tmp_path: Path) -> None:
    shutil.copy(EXAMPLE / "make_readings.py", tmp_path)

    subprocess.run([sys.executable, str(tmp_path / "make_readings.py")], check=True)

    assert (tmp_path / "readings.csv").read_text("utf-8") == READINGS


def test_1700_1700_and_600_kwh_are_issued_1_2_and_1_and_what_is_left_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert issue(tmp_path, facilities=f"{COLUMNS}\n{WIND}\n") == 0

    told = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [line[2:8] for line in told[2:5]] == [
        ["2025-03", "1,700", "0", "1", "700", "tradeable"],
        ["2025-04", "1,700", "700", "2", "400", "tradeable"],
        ["2025-05", "600", "400", "1", "0", "tradeable"],
    ]
    assert " ".join(told[5]) == "wind on-grid: 0 kWh left to carry after 2025-05"
    months = ("2025-03", "1000"), ("2025-04", "2000"), ("2025-05", "1000")
    assert issued(tmp_path) == [(f"GEC/wind/on-grid/{month}", kwh) for month, kwh in months]


def test_a_device_has_the_ids_of_its_meter_under_both_of_its_names(tmp_path: Path) -> None:
    park, readings = (
        PARK.replace("id: wind", "id: wind.made"),
        READINGS.replace("wind", "wind.made"),
    )
    found = []
    for name in ("wind", "wind.made"):
        row = f"{COLUMNS}\n{WIND.replace('wind', name, 1)}\n"
        assert issue(tmp_path, park=park, readings=readings, facilities=row) == 0
        found.append(issued(tmp_path))

    assert found[0] == found[1]
    assert found[0][0] == ("GEC/wind.made/on-grid/2025-03", "1000")


def test_a_device_of_two_meters_has_ids_of_its_own_name(tmp_path: Path) -> None:
    park = PARK.replace("id: wind", "id: farm.a") + (
        "    - {id: farm.b, role: generation, kind: wind, node: farm}\n"
    )
    header, *lines = READINGS.replace("wind", "farm.a").splitlines()
    readings = "\n".join([f"{header},farm.b", *(f"{line},0" for line in lines)]) + "\n"
    row = f"{COLUMNS}\n{WIND.replace('wind', 'farm', 1)}\n"

    assert issue(tmp_path, park=park, readings=readings, facilities=row) == 0

    assert issued(tmp_path)[0] == ("GEC/farm/on-grid/2025-03", "1000")


def test_what_is_written_is_booked_as_it_is(tmp_path: Path) -> None:
    assert issue(tmp_path) == 0

    assert booked(tmp_path, "out.csv") == 0


def test_all_of_it_may_be_claimed_and_not_one_mwh_more(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    issue(tmp_path)

    assert claimed(tmp_path, as_it_is) == 0
    assert claimed(tmp_path, one_mwh_more_of_the_wind) == 2

    told = capsys.readouterr().err
    assert "larger than metered generation; wind exported 600000 Wh in [2025-04-30T16:00Z" in told


def test_a_month_of_which_an_hour_is_unknown_ends_the_row(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    holes = without("wind", "2025-04-07T00:00", "2025-04-07T01:00")

    assert issue(tmp_path, readings=holes) == 1

    told, gap = capsys.readouterr().out, PAGE.split("```text\n")[2].split("```")[0]
    assert "wind on-grid 2025-04: 2 of 720 intervals are not known;" in gap
    assert gap in told
    assert "wind on-grid: 700 kWh left to carry after 2025-03" in told
    assert [one for one, _ in issued(tmp_path)] == [
        "GEC/wind/on-grid/2025-03",
        *(f"GEC/sun/self-use/2025-0{month}" for month in (3, 4, 5)),
    ]


def test_what_went_to_the_grid_is_unknown_where_the_node_is_not_traced(tmp_path: Path) -> None:
    machines = without("machines", "2025-04-07T00:00")

    assert issue(tmp_path, readings=machines) == 0  # at another node than what is sold
    assert issue(tmp_path, readings=machines, park=ONE_NODE) == 1


def test_power_that_may_flow_to_an_export_is_unknown_where_that_is(tmp_path: Path) -> None:
    export = without("sold", "2025-04-07T00:00")
    sun = f"{COLUMNS}\nsun,solar,self-use,CN,works,0,V2\n"
    flow = PARK + "    - {id: over, role: flow, node: works, to: farm}\n"
    header, *lines = export.splitlines()
    flowing = "\n".join([f"{header},over", *(f"{line},0" for line in lines)]) + "\n"

    assert issue(tmp_path, readings=export, facilities=sun) == 0
    assert issue(tmp_path, readings=flowing, facilities=sun, park=flow) == 1


def test_where_nothing_was_exported_nobodys_power_was_in_it(tmp_path: Path) -> None:
    calm = without("machines", "2025-05-30T00:00")  # the wind rests and nothing is sold

    assert issue(tmp_path, readings=calm, park=ONE_NODE) == 0


def test_a_month_that_the_readings_do_not_hold_is_not_issued(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    header, *lines = READINGS.splitlines()
    cut = "\n".join([header, *lines[24:-1]]) + "\n"  # without the first day and the last hour

    assert issue(tmp_path, readings=cut, facilities=f"{COLUMNS}\n{WIND}\n") == 1
    assert issued(tmp_path) == []
    assert "2025-03: 24 of 744 intervals are not known, 24 of them" in capsys.readouterr().out

    carried = f"{COLUMNS},carry,unit\n{WIND},0.7,MWh\n"
    assert issue(tmp_path, "--from", "2025-04", readings=cut, facilities=carried) == 1
    assert issued(tmp_path) == [("GEC/wind/on-grid/2025-04", "2000")]
    assert "wind on-grid 2025-05: 1 of 744" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("zone", "month", "code"),
    [
        ("Australia/Lord_Howe", "2025-03", 0),  # its summer is 11 h ahead
        ("Australia/Lord_Howe", "2025-04", 2),  # and ends in April, by half an hour
        ("Asia/Kolkata", "2025-03", 2),
    ],
)
def test_a_month_that_ends_within_an_hour_that_was_counted_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], zone: str, month: str, code: int
) -> None:
    park = PARK.replace("Asia/Shanghai", zone)
    first = datetime(2025, 2, 28, tzinfo=UTC)
    hours = [(first + timedelta(hours=hour)).isoformat() for hour in range(70 * 24)]
    readings = "\n".join([READINGS.splitlines()[0], *(f"{hour},1,1,0,1,1" for hour in hours)])
    months = ("--from", month, "--to", month)

    assert issue(tmp_path, *months, park=park, readings=f"{readings}\n") == code

    told = "within an interval of 1:00:00: give readings of an interval that fits"
    assert (told in capsys.readouterr().err) == (code == 2)


def test_two_halves_with_the_carry_handed_on_are_issued_the_same(tmp_path: Path) -> None:
    issue(tmp_path, facilities=f"{COLUMNS}\n{WIND}\n")
    whole = (tmp_path / "out.csv").read_text("utf-8").splitlines()

    issue(tmp_path, "--to", "2025-03", facilities=f"{COLUMNS}\n{WIND}\n")
    first = (tmp_path / "out.csv").read_text("utf-8").splitlines()
    issue(tmp_path, "--from", "2025-04", facilities=f"{COLUMNS},carry,unit\n{WIND},700,kWh\n")

    assert whole == [*first, *(tmp_path / "out.csv").read_text("utf-8").splitlines()[1:]]


def test_where_the_storage_has_no_meter_what_the_plant_took_is_taken_off(tmp_path: Path) -> None:
    park = PARK + "    - {id: taken, role: grid_import, node: farm}\n"
    header, *lines = READINGS.splitlines()
    takes = [f"{line},{1 if '-04-0' in line else 0}" for line in lines]  # 9 days of 24 kWh
    readings = "\n".join([f"{header},taken", *takes]) + "\n"
    row = f"{COLUMNS},storage_metered,off_take\n{WIND},no,taken\n"

    issue(tmp_path, park=park, readings=readings, facilities=row)

    # 1700; 1700 - 216 = 1484 and 700 carried; 600 and 184 carried
    assert [kwh for _, kwh in issued(tmp_path)] == ["1000", "2000"]


def test_an_hour_of_the_off_take_that_is_unknown_ends_the_row_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    park = PARK + "    - {id: taken, role: consumption, node: works}\n"
    header, *lines = READINGS.splitlines()
    takes = [f"{line},{'' if '04-07T03' in line else 0}" for line in lines]
    readings = "\n".join([f"{header},taken", *takes]) + "\n"
    row = f"{COLUMNS},storage_metered,off_take\n{WIND},no,taken\n"

    assert issue(tmp_path, park=park, readings=readings, facilities=row) == 1

    assert "2025-04: 1 of 720 intervals are not known;" in capsys.readouterr().out


def test_certificates_are_issued_when_it_is_told_and_not_before_their_month_ends(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert issue(tmp_path, "--issued-at", "2025-06-15T00:00+08:00") == 0
    written = (tmp_path / "out.csv").read_text("utf-8")
    assert written.count("2025-06-14T16:00:00+00:00") == 6

    assert issue(tmp_path, "--issued-at", "2025-05-31T00:00+08:00") == 2
    told = capsys.readouterr().err
    assert told.startswith("issued_at 2025-05-30T16:00:00+00:00: in the future; 2025-05 ends at")


@pytest.mark.parametrize(
    "words",
    [
        ("--issued-at", "0001-01-01T00:00+14:00"),
        ("--issued-at", "9999-12-31T23:00-12:00"),
        ("--from", "0001-01", "--to", "9999-12"),
        ("--from", "9999-12", "--to", "9999-12"),
        ("--from", "0000-01"),
        ("--to", "1970-12"),
        ("--to", "2199-01"),
    ],
)
def test_a_year_of_no_certificate_is_refused_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    with pytest.raises(SystemExit) as ended:
        issue(tmp_path, *words)

    assert ended.value.code == 2
    told = capsys.readouterr().err.splitlines()[-1]
    assert f"{words[0]}: '{words[1]}' must be of a year after 1970 and before 2199" in told


def test_new_hydro_in_the_market_is_tradeable_and_says_why_in_its_rows(tmp_path: Path) -> None:
    park = PARK.replace("kind: wind", "kind: hydro")
    row = f"{COLUMNS},commissioned,market_hydro\nwind,hydro,on-grid,CN,works,0,V2,2024-05-01,yes\n"

    assert issue(tmp_path, park=park, facilities=row) == 0

    assert ",2024-05-01,yes," in (tmp_path / "out.csv").read_text("utf-8")
    assert booked(tmp_path, "out.csv") == 0


def test_every_mistake_of_the_facilities_is_told_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = (
        *("sol,solar,on-grid,CN,works,0,V2,,,,,,", "wind,solar,on-grid,,works,x,V2,,,,,,"),
        *("wind,solar,on-grid,CN,works,0,V2,,,1,MWh,,", "sun,solar,self-use,CN,works,0,V2,,,,,,"),
        "sun,solar,hydrogen,CN,works,0,V2,,,,,,",
        "sun,storage,on-grid,CN,works,0,V2,,,,,,",
        "sun,hydro,on-grid,CN,works,0,V2,,,,,,",
        "wind,wind,on-grid,CN,works,0,V2,,,,,no,",
        "wind,wind,on-grid,CN,works,0,V2,,,,,,sold",
        "sun,solar,on-grid,CN,works,0,V2,,,,,no,sold",
    )
    columns = f"{COLUMNS},commissioned,market_hydro,carry,unit,storage_metered,off_take"

    assert issue(tmp_path, facilities="\n".join([columns, *rows]) + "\n") == 2

    told = [line.split(" ", 2) for line in capsys.readouterr().err.splitlines()[:-1]]
    assert [(one[0].split(":")[1], one[1]) for one in told] == [
        ("2", "device"),
        *(("3", "emission_kg_per_kwh"), ("3", "market"), ("3", "technology")),
        *(("4", "carry"), ("4", "device"), ("4", "technology")),
        *(("5", "off_take"), ("6", "device"), ("6", "off_take")),
        *(("7", "off_take"), ("7", "technology")),
        *(("8", "commissioned"), ("8", "device"), ("8", "off_take"), ("8", "technology")),
        *(("9", "device"), ("9", "off_take"), ("10", "device"), ("10", "off_take")),
        *(("11", "device"), ("11", "off_take")),
    ]


def test_a_wrong_cell_hides_nothing_that_the_park_says_of_its_row(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = f"{COLUMNS}\nnix,solar,on-grid,CN,works,x,V2\n,wind,on-grid,CN,works,0,V2\n{WIND}\n"

    assert issue(tmp_path, facilities=rows) == 2

    assert capsys.readouterr().err.splitlines() == [
        "facilities.csv:2: device is 'nix', no generation or direct-line meter of the park - name "
        "one of its meters: wind, sun",
        "facilities.csv:2: emission_kg_per_kwh 'x' - must be a number of at least 0, as 12.5",
        "facilities.csv:3: device '' - must not be empty",
        "refused",
    ]


def test_a_rate_in_another_unit_and_a_word_that_is_neither_yes_nor_no_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = f"{COLUMNS},storage_metered\nwind,wind,on-grid,CN,works,5810,V2,maybe\n"

    assert issue(tmp_path, facilities=rows) == 2

    assert capsys.readouterr().err.splitlines() == [
        "facilities.csv:2: emission_kg_per_kwh '5810' - must be at most 1000; check the unit",
        "facilities.csv:2: storage_metered 'maybe' - must be yes or no",
        "refused",
    ]


def test_a_file_that_cannot_be_written_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert issue(tmp_path, "--out", str(tmp_path / "nowhere" / "out.csv")) == 2

    assert capsys.readouterr().err.startswith("--out out.csv: No such file or directory: check")


def test_a_plant_is_what_the_park_file_says_and_no_use_is_certified_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = f"{COLUMNS}\nwind,solar,on-grid,CN,works,0,V2\n{WIND}\n"

    assert issue(tmp_path, facilities=rows) == 2

    assert capsys.readouterr().err.splitlines() == [
        "facilities.csv:2: technology is 'solar', and the park file says 'wind' - say of wind the "
        "same in both",
        "facilities.csv:3: device is 'wind', and what of wind went to the grid is certified "
        "already - meter each use by itself, with a meter of its own",
        "refused",
    ]


def test_a_park_that_counts_no_export_issues_nothing_as_exported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    park = PARK.replace("{id: sold, role: export", "{id: sold, role: consumption")

    assert issue(tmp_path, park=park) == 2

    assert "use is 'on-grid', and no meter of the park counts export" in capsys.readouterr().err


def test_columns_that_lack_or_are_unknown_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert issue(tmp_path, facilities="device,colour\nwind,red\n") == 2

    told = [line.split(" ")[1:4] for line in capsys.readouterr().err.splitlines()[:-1]]
    assert ["colour", "is", "an"] in told
    assert ["trust", "is", "no"] in told


def test_certificates_are_not_written_over_the_facilities(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert issue(tmp_path, "--out", str(tmp_path / "facilities.csv")) == 2

    assert "would overwrite facilities.csv of --facilities" in capsys.readouterr().err
    assert (tmp_path / "facilities.csv").read_text("utf-8") == FACILITIES
