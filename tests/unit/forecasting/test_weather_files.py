"""Weather forecasts from files: what they say, and everything that is wrong with them at once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from services.forecasting.backtest.mistakes import BadFiles
from services.forecasting.domain.weather import Weather
from services.forecasting.weather_files import WeatherFile, weather_from
from services.forecasting.weather_rows import Words

SIX = datetime(2024, 5, 1, 6, tzinfo=UTC)
HEADER = "issue_time,target_time,temperature_c,wind_speed_m_s\n"


def a_file(folder: Path, text: str) -> Path:
    path = folder / "weather.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_row_holds_the_quantities_of_one_time_and_an_empty_cell_nothing(tmp_path: Path) -> None:
    rows = "2024-05-01T06:00:00Z,2024-05-01T15:00:00+08:00,21.5,\n"

    [value] = weather_from(a_file(tmp_path, HEADER + rows))

    assert (value.quantity, value.value) == (Weather.TEMPERATURE_C, 21.5)
    assert (value.issue_time, value.target_time) == (SIX, SIX + timedelta(hours=1))
    assert (value.place_id, value.known_at) == ("park", SIX)


def test_a_file_may_say_since_when_a_value_was_known(tmp_path: Path) -> None:
    text = (
        "issue_time,target_time,known_at,place,pressure_hpa\n"
        "2024-05-01T06:00Z,2024-05-01T07:00Z,2024-05-01T09:30Z,park,1013\n"
    )

    [value] = weather_from(a_file(tmp_path, text))

    assert (value.place_id, value.known_at) == ("park", SIX + timedelta(hours=3.5))


def as_csv(folder: Path, rows: list[tuple[int, float]], name: str = "weather") -> Path:
    """Return a file that says, by the run of six, a temperature so many hours ahead."""
    path = folder / f"{name}.csv"
    said = (f"{SIX.isoformat()},{(SIX + timedelta(hours=h)).isoformat()},{t}" for h, t in rows)
    path.write_text("\n".join(("issue_time,target_time,temperature_c", *said)), encoding="utf-8")
    return path


def as_parquet(folder: Path, rows: list[tuple[int, float]], name: str = "weather") -> Path:
    path = folder / f"{name}.parquet"
    columns = {
        "issue_time": pd.to_datetime([SIX] * len(rows)),
        "target_time": pd.to_datetime([SIX + timedelta(hours=h) for h, _ in rows]),
        "temperature_c": [t for _, t in rows],
    }
    pd.DataFrame(columns).to_parquet(path)
    return path


@pytest.mark.parametrize("file", [as_csv, as_parquet])
def test_two_values_of_one_time_are_a_mistake_that_names_both_lines(
    tmp_path: Path, file: Callable[..., Path]
) -> None:
    path = file(tmp_path, [(1, 21.0), (2, 22.0), (1, 25.0)])

    with pytest.raises(BadFiles) as told:
        weather_from(path)

    [mistake] = told.value.mistakes
    assert mistake.line == 4
    assert f"25 for 2024-05-01T07:00Z, but {path.name}:2 says 21" in mistake.text


@pytest.mark.parametrize("file", [as_csv, as_parquet])
def test_a_row_that_is_there_twice_counts_once(tmp_path: Path, file: Callable[..., Path]) -> None:
    values = weather_from(file(tmp_path, [(1, 21.0), (1, 21.0)]))

    assert [value.value for value in values] == [21.0]


def test_files_that_belong_together_may_not_contradict_each_other(tmp_path: Path) -> None:
    words = Words()
    weather_from(as_csv(tmp_path, [(1, 21.0)], "north"), words)

    with pytest.raises(BadFiles, match=r"south.csv:2: .* but north.csv:2 says 21"):
        weather_from(as_csv(tmp_path, [(1, 19.0)], "south"), words)


def test_weather_of_a_place_that_no_forecast_looks_at_is_refused(tmp_path: Path) -> None:
    text = (
        "issue_time,target_time,place,temperature_c\n2024-05-01T06:00Z,2024-05-01T07:00Z,roof,20\n"
    )

    with pytest.raises(BadFiles, match=r"weather.csv:2: place 'roof': .* leave the column out"):
        weather_from(a_file(tmp_path, text))


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("2024-05-01T06:00Z,2024-05-01T07:00Z,21,3,4", "has 5 cells, the header 4"),
        ("2024-05-01T06:00Z,0001-01-01T00:00+08:00,21,3", "is outside 1970 to 2199"),
        ("1960-05-01T06:00Z,2024-05-01T07:00Z,21,3", "is outside 1970 to 2199"),
    ],
)
def test_rows_of_another_form_or_age_are_refused(tmp_path: Path, row: str, why: str) -> None:
    with pytest.raises(BadFiles, match=f"weather.csv:4: .*{why}"):
        weather_from(a_file(tmp_path, f"{HEADER}\n\n{row}\n"))


def test_every_mistake_is_told_with_its_line(tmp_path: Path) -> None:
    rows = (
        "2024-05-01T06:00:00Z,2024-05-01T07:00:00Z,21,3\n"
        "yesterday,2024-05-01T07:00:00Z,21,3\n"
        "2024-05-01T06:00:00Z,2024-05-01T07:00:00,21,3\n"
        "2024-05-01T06:00:00Z,2024-05-01T07:00:00Z,warm,3\n"
        "2024-05-01T06:00:00Z,2024-05-01T07:00:00Z,294,-3\n"
    )

    with pytest.raises(BadFiles) as told:
        weather_from(a_file(tmp_path, HEADER + rows))

    assert [mistake.line for mistake in told.value.mistakes] == [3, 4, 5, 6, 6]
    assert "names no zone" in str(told.value)
    assert "wind_speed_m_s -3 is not in 0..90" in str(told.value)


def test_a_header_that_names_nothing_we_know_is_refused_with_what_we_do(tmp_path: Path) -> None:
    with pytest.raises(BadFiles) as told:
        weather_from(a_file(tmp_path, "issued,target_time,temp\n"))

    assert "needs a column 'issue_time'" in str(told.value)
    assert "unknown column 'temp': quantities are irradiance_w_m2" in str(told.value)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFiles, match="has no rows"):
        weather_from(a_file(tmp_path, HEADER))


def test_parquet_says_the_same_as_csv(tmp_path: Path) -> None:
    path = tmp_path / "weather.parquet"
    columns = {
        "issue_time": pd.to_datetime([SIX, SIX]),
        "target_time": pd.to_datetime([SIX, SIX + timedelta(hours=1)]),
        "temperature_c": [21.0, None],
    }
    pd.DataFrame(columns).to_parquet(path)

    [value] = weather_from(path)

    assert (value.target_time, value.value) == (SIX, 21.0)


async def test_a_provider_gives_the_runs_that_are_newer(tmp_path: Path) -> None:
    rows = "".join(
        f"2024-05-01T{hour:02}:00:00Z,2024-05-02T00:00:00Z,{hour},\n" for hour in (12, 6)
    )
    provider = WeatherFile(a_file(tmp_path, HEADER + rows))

    newer = await provider.issued_after(SIX)

    assert [value.value for value in newer] == [12.0]
