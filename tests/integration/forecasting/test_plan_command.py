"""The command that takes plans from files, on a real database."""

import asyncio
from pathlib import Path

import psycopg
import pytest

from services.forecasting.plan_command import main
from services.runtime.database import migrate
from tests.support.builders import DEMO_PARK_FILE

HEADER = "device,kind,start,end,value\n"
OUTAGE = "steel,availability,2019-06-04T10:00Z,2019-06-04T12:00Z,0\n"


@pytest.fixture
def database_url(fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> str:
    asyncio.run(migrate("forecasting", fresh_database))
    monkeypatch.setenv("PARKFLOW_DATABASE_URL", fresh_database)
    monkeypatch.setenv("PARKFLOW_PARK", str(DEMO_PARK_FILE))
    monkeypatch.setenv("PARKFLOW_CLOCK", "2019-06-03T22:00:00Z@1750000000x0.001")
    return fresh_database


def kept(database_url: str) -> list[tuple[float, str]]:
    with psycopg.connect(database_url) as connection:
        return connection.execute("SELECT value, said_by FROM forecasting.plan").fetchall()


def test_what_a_file_says_is_kept_under_the_name_of_who_said_it(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "plan.csv").write_text(HEADER + OUTAGE)

    code = main([str(tmp_path / "plan.csv"), "--user", "maintenance"])

    assert code == 0
    assert capsys.readouterr().out.endswith("8 quarter hours read, 8 of them news\n")
    assert kept(database_url) == [(0.0, "maintenance")] * 8


def test_of_files_with_a_mistake_nothing_is_kept(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "good.csv").write_text(HEADER + OUTAGE)
    (tmp_path / "bad.csv").write_text(HEADER + OUTAGE.replace("steel", "moon"))

    code = main([str(tmp_path / "good.csv"), str(tmp_path / "bad.csv")])

    assert code == 2
    assert "bad.csv:2: device 'moon' is not forecast" in capsys.readouterr().err
    assert kept(database_url) == []


def test_two_files_that_tell_the_same_time_are_refused(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "one.csv").write_text(HEADER + OUTAGE)
    (tmp_path / "other.csv").write_text(HEADER + OUTAGE.replace(",0\n", ",0.5\n"))

    code = main([str(tmp_path / "one.csv"), str(tmp_path / "other.csv")])

    assert code == 2
    assert "another file tells, too" in capsys.readouterr().err
    assert kept(database_url) == []
