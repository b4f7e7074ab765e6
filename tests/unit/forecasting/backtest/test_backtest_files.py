"""The command's files: what is asked comes out, and what is wrong is told with its line."""

import gzip
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from services.forecasting.backtest.command import carried, main
from tests.support.outlooks import rows_of, shift_work, write_files


def run(paths: dict[str, Path]) -> int:
    return main([part for name, path in paths.items() for part in (f"--{name}", str(path))])


def told(paths: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> list[str]:
    assert run(paths) == 2
    assert not paths["out"].exists()
    return capsys.readouterr().err.strip().splitlines()


def rewrite(path: Path, *changes: tuple[str, str]) -> None:
    text = gzip.decompress(path.read_bytes()).decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_bytes(gzip.compress(text.encode()))


def test_one_row_an_issue_and_horizon_the_first_period_begins_at_the_issue(tmp_path: Path) -> None:
    paths = write_files(tmp_path, shift_work(3), [48, 50], horizons=[1, 4])

    assert run(paths) == 0

    times = [(row["issue_time"], row["target_time"]) for row in rows_of(paths["out"])]
    assert times == [
        ("2019-06-05T00:00Z", "2019-06-05T00:00Z"),
        ("2019-06-05T00:00Z", "2019-06-05T03:00Z"),
        ("2019-06-05T02:00Z", "2019-06-05T02:00Z"),
        ("2019-06-05T02:00Z", "2019-06-05T05:00Z"),
    ]
    assert list(rows_of(paths["out"])[0]) == ["issue_time", "target_time", "p10", "p50", "p90"]


def test_stamps_come_back_as_they_were_written(tmp_path: Path) -> None:
    paths = write_files(tmp_path, shift_work(3), [48], horizons=[2])
    rewrite(paths["input"], *[("Z,", ",")] * 72)
    rewrite(paths["input"], *[("T", " ")] * 72)
    paths["issues"].write_text("issue_time\n2019-06-05 00:00:00\n")

    assert run(paths) == 0

    (row,) = rows_of(paths["out"])
    assert (row["issue_time"], row["target_time"]) == (
        "2019-06-05 00:00:00",
        "2019-06-05 01:00:00",
    )


def test_of_rows_with_one_stamp_the_last_stands(tmp_path: Path) -> None:
    paths = write_files(tmp_path, np.full(72, 7.0), [72], horizons=[1])
    rewrite(
        paths["input"],
        ("2019-06-05T23:00Z,7.0\r\n", "2019-06-05T23:00Z,999.0\r\n2019-06-05T23:00Z,7.0\r\n"),
    )

    assert run(paths) == 0

    assert float(rows_of(paths["out"])[0]["p50"]) == pytest.approx(7.0, abs=0.1)


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    paths = write_files(tmp_path, shift_work(5), [120])
    run(paths)
    sorted_out = paths["out"].read_bytes()
    header, *rows = gzip.decompress(paths["input"].read_bytes()).decode().splitlines()
    paths["input"].write_bytes(gzip.compress("\n".join([header, *reversed(rows)]).encode()))

    run(paths)

    assert paths["out"].read_bytes() == sorted_out


def test_every_mistake_of_the_series_is_told_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = write_files(tmp_path, shift_work(3), [48])
    rewrite(
        paths["input"],
        ("2019-06-03T01:00Z,", "yesterday,"),
        ("2019-06-03T03:00Z,", "2019-06-03T03:07Z,"),
        ("2019-06-03T05:00Z,", "2019-06-03T05:00Z,much"),
        ("2019-06-03T07:00Z,", "2019-06-03T07:00,"),
    )

    mistakes = told(paths, capsys)

    assert [mistake.split(": ")[0] for mistake in mistakes] == [
        f"input.csv.gz:{line}" for line in (3, 5, 7, 9)
    ]


def test_unknown_columns_and_a_missing_one_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = write_files(tmp_path, shift_work(3), [48])
    rewrite(paths["input"], ("ts,value", "ts,load"))

    assert told(paths, capsys) == [
        "input.csv.gz:1: needs one column 'value'; it has ts, load",
        "input.csv.gz:1: unknown column 'load': covariates are named p_… or f_…",
    ]


def test_every_mistake_of_the_issues_is_told_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = write_files(tmp_path, shift_work(3), [48])
    paths["issues"].write_text("issue_time\nsoon\n2019-06-05T00:30Z\n2019-06-01T00:00Z\n")

    mistakes = told(paths, capsys)

    assert [mistake.split(": ")[0] for mistake in mistakes] == [
        f"issues.csv:{line}" for line in (2, 3, 4)
    ]


def test_every_mistake_of_the_meta_file_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    meta = {"step_min": 7, "horizons": [0], "local": "Mars/Olympus", "holidays": "XX", "hi": "a"}
    paths = write_files(tmp_path, shift_work(3), [48], **meta)
    mistakes = " ".join(told(paths, capsys))

    for key in ("step_min", "horizons", "local", "holidays", "hi"):
        assert key in mistakes


def test_a_file_that_is_not_there_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = write_files(tmp_path, shift_work(3), [48])
    paths["input"].unlink()

    (mistake,) = told(paths, capsys)

    assert mistake.startswith("input.csv.gz: cannot be read")


def test_an_issue_beyond_the_last_row_is_answered(tmp_path: Path) -> None:
    paths = write_files(tmp_path, shift_work(20), [20 * 24 - 1])
    paths["issues"].write_text("issue_time\n2019-06-25T00:00Z\n")

    assert run(paths) == 0

    assert len(rows_of(paths["out"])) == 24


def test_what_is_wrong_in_all_three_files_is_told_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = write_files(tmp_path, shift_work(3), [48], norm=-1)
    paths["issues"].write_text("issue_time\nsoon\n")
    paths["input"].unlink()

    files = {mistake.split(":")[0] for mistake in told(paths, capsys)}

    assert files == {"meta.json", "issues.csv", "input.csv.gz"}


@pytest.mark.parametrize("name", ["nowhere/out.csv", "."])
def test_an_output_that_cannot_be_written_is_told_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    paths = write_files(tmp_path, shift_work(3), [48]) | {"out": tmp_path / name}

    assert run(paths) == 2
    assert "cannot be written: name a file" in capsys.readouterr().err


def test_an_output_that_is_no_file_is_written_to_and_stays_what_it_is(tmp_path: Path) -> None:
    paths = write_files(tmp_path, shift_work(3), [48], horizons=[1])
    pipe, link, target = (tmp_path / name for name in ("pipe", "link.csv", "target.csv"))
    os.mkfifo(pipe)
    link.symlink_to(target)
    with ThreadPoolExecutor(1) as reader:
        read = reader.submit(pipe.read_text)
        assert run(paths | {"out": pipe}) == 0
        assert read.result(timeout=30.0).startswith("issue_time")
    assert run(paths | {"out": link}) == 0

    assert pipe.is_fifo()
    assert link.is_symlink()
    assert target.read_text().startswith("issue_time")


@pytest.mark.parametrize(
    ("text", "told_of"),
    [
        ("[" * 100_000, "nested"),
        ('{"step_min": 60, "horizons": [1], "norm": 1%s}' % ("0" * 401), "norm"),
        ('{"step_min": 60, "horizons": [1], "lo": %s}' % ("9" * 5000), "thousands of digits"),
        ('{"step_min": 60, "horizons": [1, 2, 2]}', "has step 2 twice"),
        ('{"step_min": 60, "horizons": [1, 0]}', "0 is no step"),
    ],
)
def test_a_meta_file_beyond_measure_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, told_of: str
) -> None:
    paths = write_files(tmp_path, shift_work(3), [48])
    paths["meta"].write_text(text)

    assert told_of in " ".join(told(paths, capsys))


@pytest.mark.parametrize("stamp", ["0001-01-01T00:00:00+02:00", "9999-12-31T23:00:00-02:00"])
def test_a_time_at_the_end_of_all_years_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], stamp: str
) -> None:
    paths = write_files(tmp_path, shift_work(3), [48])
    paths["issues"].write_text(f"issue_time\n{stamp}\n")

    assert told(paths, capsys) == [f"issues.csv:2: {stamp!r} is outside 1970 to 2199"]


@pytest.mark.parametrize(
    ("issue", "next_one"),
    [
        ("2019-06-05T02:00:00+02:00", "2019-06-05T03:00:00+02:00"),
        ("2019-06-04T19:00-05:00", "2019-06-04T20:00-05:00"),
        ("2019-06-05T00:00:00.000000+00:00", "2019-06-05T01:00:00+00:00"),
    ],
)
def test_the_first_target_is_written_as_its_issue_and_others_like_it(
    tmp_path: Path, issue: str, next_one: str
) -> None:
    paths = write_files(tmp_path, shift_work(3), [48], horizons=[1, 2])
    paths["issues"].write_text(f"issue_time\n{issue}\n")

    assert run(paths) == 0

    assert [row["target_time"] for row in rows_of(paths["out"])] == [issue, next_one]


def test_bounds_that_most_values_lie_beyond_are_doubted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = write_files(tmp_path, 1e3 * shift_work(3), [48], hi=400.0)

    assert run(paths) == 0

    assert "hi 400 and are not believed: is the unit right?" in capsys.readouterr().err


def test_values_beyond_all_measure_are_unknown(tmp_path: Path) -> None:
    value = shift_work(5)
    value[50:60] = 1.7e308
    paths = write_files(tmp_path, value, [110])

    assert run(paths) == 0

    assert all(np.isfinite(float(row[p])) for row in rows_of(paths["out"]) for p in ("p10", "p90"))


def test_weather_by_three_hours_holds_until_the_next_and_an_empty_column_is_left_out(
    tmp_path: Path,
) -> None:
    """Of four columns one says nothing; the hours between those of another look back only."""
    nan = np.nan
    foreseen = np.array([[1.0, nan], [nan, nan], [nan, nan], [2.0, nan], [nan, nan], [nan, nan]])

    assert carried(foreseen[:, :1], 2).ravel().tolist() == [1.0, 1.0, 1.0, 2.0, 2.0, 2.0]
    np.testing.assert_equal(carried(foreseen[:, :1], 1).ravel(), [1.0, 1.0, nan, 2.0, 2.0, nan])

    weather = np.sin(np.arange(30 * 24) / 5.0)
    value = 50.0 + 20.0 * np.repeat(weather[::3], 3)
    coarse = np.where(np.arange(len(weather)) % 3 == 0, weather, nan)
    outs = []
    for name, columns in (
        ("as", {"f_wind": np.repeat(weather[::3], 3)}),
        ("is", {"f_wind": coarse, "f_dead": np.full(len(weather), nan)}),
    ):
        (tmp_path / name).mkdir()
        paths = write_files(tmp_path / name, value, [26 * 24], columns=columns)
        assert run(paths) == 0
        outs.append(paths["out"].read_bytes())
    assert outs[0] == outs[1]
