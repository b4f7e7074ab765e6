"""A file says what it holds, and every mistake in it with place and cure, before anything moves."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from services.ingest.importing.blocks import Unreadable
from services.ingest.importing.csv_blocks import CsvFile
from services.ingest.importing.mapping import FileMapping, Target
from services.ingest.importing.parquet_blocks import ParquetFile
from services.ingest.importing.parsing import Parser
from services.ingest.importing.times import moments
from tests.support.builders import a_park
from tests.support.import_files import a_mapping, dry_run, parquet, written

LONG = "point,event_time,value\n"
GERMAN = """
layout: wide
time_zone: Europe/Berlin
time_format: "%d.%m.%Y %H:%M"
decimal: comma
delimiter: ";"
columns: {event_time: Zeit}
points:
  "Stahl kW": {point: steel.active_power_w, unit: kW}
  "PV kW": {point: pv.active_power_w, unit: kW, invert: true}
"""
Rows = list[tuple[str, str, float, int]]


def read(path: Path, mapping: FileMapping | None = None) -> Rows:
    """Every reading of a file: point, UTC time, value, quality."""
    mapping = mapping or FileMapping()
    file = ParquetFile(path) if path.suffix == ".parquet" else CsvFile(path, mapping)
    parser = Parser(str(path), file.columns, mapping, [point.id for point in a_park().points])
    found: Rows = []
    for block in file.blocks(parser.needed, _fail):
        readings = parser.readings(block, _fail)
        for index, time_us, value, quality in zip(
            readings.point_index,
            readings.event_time_us,
            readings.value,
            readings.quality,
            strict=True,
        ):
            at = datetime.fromtimestamp(int(time_us) / 1e6, UTC)
            found.append(
                (readings.point_ids[index], f"{at:%m-%dT%H:%M}", float(value), int(quality))
            )
    return found


def _fail(mistake: object) -> None:
    raise AssertionError(mistake)


# ---- what is read


def test_a_long_file_needs_no_mapping(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        "a.csv",
        LONG
        + "steel.active_power_w,2019-06-04T08:00:00Z,512000.5\n"
        + "weather.temperature_c,2019-06-04T10:15:00+02:00,-3.5\n",
    )

    assert read(file) == [
        ("steel.active_power_w", "06-04T08:00", 512000.5, 0),
        ("weather.temperature_c", "06-04T08:15", -3.5, 0),
    ]


def test_the_quality_of_a_long_file_goes_on_as_the_field_said(tmp_path: Path) -> None:
    head, at = "point,event_time,value,quality\n", "steel.active_power_w,2019-06-04T08:00:00Z,1"
    file = written(tmp_path, "a.csv", f"{head}{at},good\n{at},questionable\n{at},invalid\n{at},\n")

    assert [quality for *_, quality in read(file)] == [0, 1, 2, 0]


def test_a_wide_file_is_read_in_its_zone_its_decimals_and_its_units(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        "a.csv",
        "Zeit;Stahl kW;PV kW\n04.06.2019 10:00;512,5;100\n04.06.2019 10:15;;0,25\n",
    )

    assert read(file, a_mapping(tmp_path, GERMAN)) == [
        ("steel.active_power_w", "06-04T08:00", 512_500.0, 0),
        ("pv.active_power_w", "06-04T08:00", -100_000.0, 0),
        ("pv.active_power_w", "06-04T08:15", -250.0, 0),
    ]


def test_names_of_a_long_file_may_be_the_files_own(tmp_path: Path) -> None:
    mapping = a_mapping(
        tmp_path,
        "columns: {point: Zähler, event_time: Zeit, value: Wert}\n"
        "points:\n  Z-4711: {point: steel.consumption_energy_wh, unit: MWh}\n",
    )
    file = written(tmp_path, "a.csv", "Zähler,Zeit,Wert\nZ-4711,2019-06-04T08:00:00Z,1.5\n")

    assert read(file, mapping) == [("steel.consumption_energy_wh", "06-04T08:00", 1_500_000.0, 0)]


@pytest.mark.parametrize(
    ("format_", "text"), [("epoch_s", "1559635200"), ("epoch_ms", "1559635200000")]
)
def test_times_may_be_counted_from_the_epoch(tmp_path: Path, format_: str, text: str) -> None:
    mapping = a_mapping(tmp_path, f"time_format: {format_}\n")
    file = written(tmp_path, "a.csv", f"{LONG}steel.active_power_w,{text},1\n")

    assert read(file, mapping) == [("steel.active_power_w", "06-04T08:00", 1.0, 0)]


def test_another_encoding_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    mapping = a_mapping(tmp_path, "encoding: gb18030\ncolumns: {point: 测点}\n")
    chinese = written(
        tmp_path,
        "a.csv",
        "测点,event_time,value\nsteel.active_power_w,2019-06-04T08:00:00Z,1\n",
        "gb18030",
    )
    marked = written(
        tmp_path, "b.csv", f"\ufeff{LONG}steel.active_power_w,2019-06-04T08:00:00Z,1\n"
    )

    assert read(chinese, mapping) == read(marked)


def test_parquet_gives_the_same_readings_as_csv(tmp_path: Path) -> None:
    csv = written(tmp_path, "a.csv", f"{LONG}steel.active_power_w,2019-06-04T08:00:00Z,1.5\n")
    at = np.array(["2019-06-04T08:00:00"], "datetime64[ms]")
    zoned = a_mapping(tmp_path, "time_zone: UTC\n")

    for value in ([1.5], [Decimal("1.5")], ["1.5"]):
        file = parquet(
            tmp_path, "a.parquet", point=["steel.active_power_w"], event_time=at, value=value
        )
        assert read(file, zoned) == read(csv)


def test_a_file_of_many_blocks_keeps_its_order_and_its_lines(tmp_path: Path) -> None:
    rows = [
        f"steel.active_power_w,2019-06-04T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}Z,{n}"
        for n in range(20_000)
    ] * 8
    rows[150_000] = "steel.active_power_w,never,1"
    file = written(tmp_path, "a.csv", LONG + "\n".join(rows) + "\n")

    said = dry_run(file)

    assert said.mistakes == ["line 150002: 'never' is no time - write it as 2019-06-03T22:00:00Z"]
    assert "159,999" in said.table


# ---- what is wrong with it


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("steel.active_power_w,gestern,1", "'gestern' is no time - write it as 2019-06-03T22:"),
        ("steel.active_power_w,2019-06-04,1", "'2019-06-04' is no time"),
        ("steel.active_power_w,2019-06-04T08:00:00,1", "has no time zone - end it with Z"),
        ("steel.active_power_w,,1", "'' is no time"),
        ("steel.active_power_w,2019-06-04T08:00:00Z,1.234.5", "value '1.234.5' is no number"),
        ("steel.active_power_w,2019-06-04T08:00:00Z,'1", 'value "\'1" is no number'),
        ("steel.active_power_w,2019-06-04T08:00:00Z,NaN", "value 'NaN' is no number"),
        ("steel.active_power_w,2019-06-04T08:00:00Z,1_000", "value '1_000' is no number"),
        ("steel.active_power,2019-06-04T08:00:00Z,1", "did you mean steel.active_power_w?"),
        ("xxx,2019-06-04T08:00:00Z,1", "name its point in the mapping"),
        ("steel.active_power_w,2019-06-04T08:00:00Z", "has 2 fields, the first line has 3"),
        ("a,b,c,d", "has 4 fields, the first line has 3"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_a_cure(tmp_path: Path, line: str, words: str) -> None:
    good = "steel.active_power_w,2019-06-04T08:00:00Z,1\n"
    said = dry_run(written(tmp_path, "a.csv", f"{LONG}{good}{line}\n{good}"))

    assert said.code == 1
    (mistake,) = said.mistakes
    assert mistake.startswith("line 3: ")
    assert words in mistake
    assert "readings                2" in said.table


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    good = "steel.active_power_w,2019-06-04T08:00:00Z,1"
    lines = ["x,y,z", good, "", "a,b", "steel.active_power_w,t,1", "", ""]

    said = dry_run(written(tmp_path, "a.csv", LONG + "\n".join(lines) + "\n"))

    assert [int(m.split()[1].rstrip(":")) for m in said.mistakes] == [2, 2, 2, 5, 6]


def test_a_local_time_that_happens_twice_or_never_is_a_mistake_with_a_cure(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        "a.csv",
        "Zeit;Stahl kW;PV kW\n27.10.2018 23:00;1;1\n28.10.2018 02:30;1;1\n31.03.2019 02:30;1;1\n",
    )

    said = dry_run(file, mapping=a_mapping(tmp_path, GERMAN))

    twice, never = said.mistakes
    assert "line 3: '28.10.2018 02:30' happens twice in Europe/Berlin" in twice
    assert "repeated_hour: earlier or later" in twice
    assert "line 4: '31.03.2019 02:30' does not exist in Europe/Berlin" in never
    assert "correct time_zone" in never


def test_which_of_the_two_hours_is_meant_can_be_said(tmp_path: Path) -> None:
    head = "Zeit;Stahl kW;PV kW\n28.10.2018 02:30;1;\n"
    file = written(tmp_path, "a.csv", head)

    earlier = read(file, a_mapping(tmp_path, GERMAN + "repeated_hour: earlier\n"))
    later = read(file, a_mapping(tmp_path, GERMAN + "repeated_hour: later\n"))

    assert [earlier[0][1], later[0][1]] == ["10-28T00:30", "10-28T01:30"]


def test_a_point_among_decimal_commas_is_no_number(tmp_path: Path) -> None:
    file = written(tmp_path, "a.csv", "Zeit;Stahl kW;PV kW\n04.06.2019 10:00;1.234,5;12.5\n")

    said = dry_run(file, mapping=a_mapping(tmp_path, GERMAN))

    assert len(said.mistakes) == 2
    assert all("without separators of thousands" in mistake for mistake in said.mistakes)


def test_an_unknown_quality_is_told(tmp_path: Path) -> None:
    row = "steel.active_power_w,2019-06-04T08:00:00Z,1,dubious\n"
    said = dry_run(written(tmp_path, "a.csv", f"point,event_time,value,quality\n{row}"))

    assert said.mistakes == [
        "line 2: 'dubious' is no quality - write good, questionable, invalid, or nothing"
    ]


def test_a_column_that_is_missing_is_told_with_the_nearest(tmp_path: Path) -> None:
    said = dry_run(written(tmp_path, "a.csv", "point,event_tme,value\n"))

    assert said.mistakes == ["columns: there is no 'event_time' - did you mean event_tme?"]


def test_a_mistake_in_parquet_is_told_with_row_group_and_row(tmp_path: Path) -> None:
    file = parquet(
        tmp_path,
        "a.parquet",
        group_rows=2,
        point=["steel.active_power_w"] * 3,
        event_time=["2019-06-04T08:00:00Z", "2019-06-04T08:15:00Z", "soon"],
        value=[1.0, float("nan"), 2.0],
    )

    assert dry_run(file).mistakes == [
        "row group 1, row 2: value 'nan' is no number - leave the cell empty where there is no "
        "value",
        "row group 2, row 1: 'soon' is no time - write it as 2019-06-03T22:00:00Z",
    ]


@pytest.mark.parametrize(
    ("column", "content", "words"),
    [
        ("value", [[1.0]], "'value' is of type list<element: double> - write numbers"),
        ("value", [date(2019, 6, 4)], "'value' is of type date32[day] - write numbers"),
        ("event_time", [1.0], "'event_time' is of type double - write timestamps or text; of"),
        ("event_time", [date(2019, 6, 4)], "'event_time' is of type date32[day] - write times"),
        ("point", [1.5], "'point' is of type double - write it as text"),
    ],
)
def test_a_column_of_a_wrong_type_is_told_once_and_not_row_by_row(
    tmp_path: Path, column: str, content: list[object], words: str
) -> None:
    right = {"point": "steel.active_power_w", "event_time": "2019-06-04T08:00:00Z", "value": 1.0}
    columns = {name: [cell] * 3 for name, cell in right.items()} | {column: content * 3}

    said = dry_run(parquet(tmp_path, "a.parquet", **columns))

    (mistake,) = said.mistakes
    assert mistake.startswith(f"columns: {words}")


def test_numbers_of_every_kind_names_and_times_are_columns_of_a_right_type(tmp_path: Path) -> None:
    mapping = FileMapping(time_format="epoch_s", targets={"7": Target("steel.active_power_w")})

    said = dry_run(
        parquet(tmp_path, "a.parquet", point=[7], event_time=[1_559_635_200], value=[Decimal(1)]),
        mapping=mapping,
    )

    assert (said.code, said.mistakes) == (0, [])


def test_mistakes_of_many_row_groups_are_told_in_the_order_of_the_file(tmp_path: Path) -> None:
    file = parquet(
        tmp_path,
        "a.parquet",
        group_rows=2,
        point=["steel.active_power_w"] * 4,
        event_time=["2019-06-04T08:00:00Z", "soon", "later", "2019-06-04T08:00:00Z"],
        value=[1.0] * 4,
    )

    assert [m.split(":")[0] for m in dry_run(file).mistakes] == [
        "row group 1, row 2",
        "row group 2, row 1",
    ]


def test_every_file_that_is_none_is_told_before_any_is_read(tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as refused:
        dry_run(tmp_path / "a.csv", written(tmp_path, "b.xlsx", ""), tmp_path)

    assert str(refused.value).splitlines() == [
        f"{tmp_path}/a.csv: there is no such file - check the path",
        f"{tmp_path}/b.xlsx: its name ends neither in .csv nor in .parquet - rename it",
        f"{tmp_path}: there is no such file - check the path",
    ]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", "", "Empty CSV file"),
        ("a.csv", "a,a\n1,2\n", "'a' stand twice"),
        ("a.parquet", "not parquet", "is it a Parquet file?"),
        ("a.xlsx", "", "neither in .csv nor in .parquet"),
    ],
)
def test_a_file_that_is_none_is_refused_as_a_whole(
    tmp_path: Path, name: str, content: str, words: str
) -> None:
    with pytest.raises(Unreadable, match=words):
        dry_run(written(tmp_path, name, content))


# ---- what would become of it


def test_the_table_says_what_is_there_and_what_would_be_refused_and_why(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        "a.csv",
        LONG
        + "steel.active_power_w,2019-06-04T08:00:00Z,512000\n"
        + "steel.active_power_w,2019-06-04T08:15:00Z,99999999\n"
        + "weather.temperature_c,2018-01-01T00:00:00Z,20\n"
        + "weather.temperature_c,2019-06-05T00:00:00Z,20\n"
        + "weather.temperature_c,2019-06-04T08:00:00Z,\n",
    )

    said = dry_run(file)

    assert said.code == 0
    for words in (
        "readings                4",
        "points                  2",
        "2018-01-01T00:00:00Z to 2019-06-05T00:00:00Z",
        "empty cells left out    1",
        "would be refused        3",
        "out_of_range          1",
        "e.g. steel.active_power_w 2019-06-04T08:15:00Z 1e+08",
        "too_old               1",
        "in_future             1",
    ):
        assert words in said.table
    assert said.lines[-1] == "dry run: nothing was imported"


def test_huge_numbers_are_no_times(tmp_path: Path) -> None:
    import pyarrow as pa

    mapping = FileMapping(time_format="epoch_s")

    assert moments(pa.array([1e300, -1.0, 1559635200.0]), mapping).bad.tolist() == [
        True,
        True,
        False,
    ]
