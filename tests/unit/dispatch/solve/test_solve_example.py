"""The page about dispatch shows what the solve command really says of its example."""

from pathlib import Path

import pytest

from services.dispatch.solve.command import main
from tests.support.builders import REPOSITORY
from tests.unit.dispatch.solve.documents import mistakes_in

PAGE = (REPOSITORY / "docs/dispatch.md").read_text(encoding="utf-8")
EXAMPLE = "docs/examples/dispatch/factory.json"
MISTAKES = """
grids[0].import_limt_kw: no field of that name; did you mean import_limit_kw?
loads[0].power_kw: has 23 values, the horizon 24 steps
stores[0].charge_kw: -250 is too small: at least 0
"""


def test_the_page_shows_what_the_command_says(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(REPOSITORY)

    assert main([EXAMPLE, "--out", str(tmp_path / "plan.json"), "--explain", "battery@10"]) == 0

    said = capsys.readouterr().out.splitlines()
    assert [line for line in said if not line.startswith("effort") and line not in PAGE] == []


def test_the_page_shows_the_mistakes_of_an_example_that_was_spoiled() -> None:
    content = (REPOSITORY / EXAMPLE).read_text(encoding="utf-8")
    spoiled = content.replace('"export_limit_kw"', '"import_limt_kw"')
    spoiled = spoiled.replace('"charge_kw": 250', '"charge_kw": -250')
    spoiled = spoiled.replace('"power_kw": [180, ', '"power_kw": [')

    told = [f"{path}: {text}" for path, text in mistakes_in(spoiled.encode()).items()]

    assert "\n".join(told) == MISTAKES.strip()
    assert MISTAKES in PAGE
