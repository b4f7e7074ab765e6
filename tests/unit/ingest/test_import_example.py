"""The page about importing shows its example files and what the dry run really says of them."""

from pathlib import Path

import pytest

from tests.support.builders import REPOSITORY, a_park
from tests.support.import_files import dry_run_at, load_mapping

PAGE = (REPOSITORY / "docs/import.md").read_text(encoding="utf-8")
EXAMPLE = Path("docs/examples/import")


def test_the_page_shows_the_files_as_they_are() -> None:
    for name in ("meters.csv", "meters.yaml"):
        assert (REPOSITORY / EXAMPLE / name).read_text(encoding="utf-8").strip() in PAGE


def test_the_page_shows_what_the_dry_run_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)

    said = dry_run_at(
        "2019-10-28T00:00:00Z",
        EXAMPLE / "meters.csv",
        mapping=load_mapping(EXAMPLE / "meters.yaml", a_park()),
    )

    assert "\n".join(said.lines) in PAGE
