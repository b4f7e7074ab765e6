"""Plans from files: what they say, and everything that is wrong with them at once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from services.forecasting.backtest.mistakes import BadFiles
from services.forecasting.domain.plans import PlanKind, PlanValue
from services.forecasting.domain.series import quarter_number
from services.forecasting.domain.targets import targets_of
from services.forecasting.plan_desk import plannable
from services.forecasting.plan_files import plans_from
from tests.support.builders import a_park

NOW = datetime(2024, 5, 1, 6, tzinfo=UTC)
HEADER = "device,kind,start,end,value\n"


def read(folder: Path, text: str) -> list[PlanValue]:
    path = folder / "plan.csv"
    path.write_text(text, encoding="utf-8")
    return plans_from(path, plannable(targets_of(a_park())), NOW, "mes")


def test_a_row_is_told_by_quarter_hours_and_known_since_now(tmp_path: Path) -> None:
    rows = "steel,availability,2024-05-01T10:00:00+08:00,2024-05-01T02:30:00Z,0.4\n"

    first, second = read(tmp_path, HEADER + rows)

    assert (first.device_id, first.kind, first.value) == ("steel", PlanKind.AVAILABILITY, 0.4)
    assert first.quarter == quarter_number(NOW - timedelta(hours=4))
    assert second.quarter == first.quarter + 1
    assert (first.issue_time, first.known_at, first.user) == (NOW, NOW, "mes")


def test_a_row_may_say_since_when_it_was_known(tmp_path: Path) -> None:
    text = (
        "device,kind,start,end,value,known_at\n"
        "steel,production,2024-04-01T06:00Z,2024-04-01T06:15Z,12.5,2024-03-30T10:00Z\n"
        "steel,production,2024-04-01T06:15Z,2024-04-01T06:30Z,12.5,\n"
    )

    told, now = read(tmp_path, text)

    assert told.known_at == datetime(2024, 3, 30, 10, tzinfo=UTC)
    assert now.known_at == NOW


def test_every_mistake_is_told_with_its_line(tmp_path: Path) -> None:
    rows = (
        "steel,availability,2024-05-01T10:00Z,2024-05-01T11:00Z,0.4\n"
        "moon,outage,2024-05-01T10:00Z,2024-05-01T11:00,none\n"
        "pv,production,2024-05-01T10:00Z,2024-05-01T11:00Z,3\n"
        "steel,availability,2024-05-01T10:07Z,2024-05-01T11:00Z,40\n"
        "steel,availability,2024-05-01T10:30Z,2024-05-01T12:00Z,0\n"
    )

    with pytest.raises(BadFiles) as refused:
        read(tmp_path, HEADER + rows)

    lines = [mistake.line for mistake in refused.value.mistakes]
    assert lines == [3, 3, 3, 3, 4, 5, 5, 6]
    assert "overlaps line 2" in str(refused.value)


def test_a_file_without_its_columns_or_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFiles, match=r"needs a column 'end'.*\n.*unknown column 'until'"):
        read(tmp_path, "device,kind,start,until,value\n")
    with pytest.raises(BadFiles, match="has no rows"):
        read(tmp_path, HEADER)


def test_a_parquet_file_says_the_same_as_its_text(tmp_path: Path) -> None:
    start = pd.Timestamp(NOW)
    table = pd.DataFrame(
        {
            "device": ["steel"],
            "kind": ["availability"],
            "start": [start],
            "end": [start + pd.Timedelta(minutes=15)],
            "value": [0.0],
            "known_at": [pd.NaT],
        }
    )
    table.to_parquet(tmp_path / "plan.parquet")

    (told,) = plans_from(tmp_path / "plan.parquet", plannable(targets_of(a_park())), NOW, "mes")

    assert (told.quarter, told.value, told.known_at) == (quarter_number(NOW), 0.0, NOW)
