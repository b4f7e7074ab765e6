"""What is told of a database that cannot be read: where it is and why, never its password."""

from pathlib import Path

import pytest

from services.carbon_accounting.book.history_link import HistoryRefused, opened, shown
from tests.support.booking import run_with
from tests.support.builders import DEMO_PARK_FILE

SECRET = "wordpass"


def why_not(url: str) -> str:
    """Return what is told when a database cannot be opened."""
    with pytest.raises(HistoryRefused) as refused, opened(url):
        pass
    return str(refused.value)


def test_a_server_that_is_away_is_named_without_its_password() -> None:
    told = why_not(f"postgresql://booker:{SECRET}@127.0.0.1:1/parkflow")

    assert told.startswith("history: booker@127.0.0.1:1/parkflow: connection failed")
    assert SECRET not in told


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql:/booker:{SECRET}@db/parkflow",
        f"postgresql://booker:{SECRET}@db:port/parkflow",
        f"postgresql://booker:a@{SECRET}@db/parkflow",
        f"postgresql://booker:12/{SECRET}@db/parkflow",
        f"postgresql://booker:a/{SECRET}@db/parkflow",
        f"password={SECRET} nonsense",
    ],
)
def test_nothing_of_a_url_that_cannot_be_read_is_repeated(url: str) -> None:
    told = why_not(url)

    assert "postgresql://user@host:port/database" in told
    assert SECRET not in told


def test_a_database_is_shown_by_user_host_and_name() -> None:
    assert shown("host=db port=5433 dbname=parkflow user=me password=x") == "me@db:5433/parkflow"


def test_days_go_with_the_history_alone(tmp_path: Path) -> None:
    arguments = ["--park", str(DEMO_PARK_FILE), "--out", str(tmp_path / "books")]

    with pytest.raises(SystemExit) as ended:
        run_with([*arguments, "--readings", "readings.csv", "--from", "2024-01-01"], tmp_path)

    assert ended.value.code == 2
