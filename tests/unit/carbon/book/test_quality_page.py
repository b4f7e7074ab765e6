"""docs/carbon-quality.md: the example says what is shown, and every criterion stands there."""

import csv
import re
from io import StringIO
from pathlib import Path

import pytest

from services.carbon_accounting.book.command import main as book
from services.carbon_accounting.domain.certificates.quality import TRUST, Criterion, Met

ROOT = Path(__file__).parents[4]
EXAMPLE = ROOT / "docs/examples/carbon/valley"
TEXT = (ROOT / "docs/carbon-quality.md").read_text("utf-8")


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    return str(found)


def test_the_example_says_what_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = ("readings", "certificates", "production")
    words = [word for name in names for word in (f"--{name}", str(EXAMPLE / f"{name}.csv"))]

    assert book(["--park", str(EXAMPLE / "park.yaml"), *words, "--out", str(tmp_path / "b")]) == 0

    assert block("text") in capsys.readouterr().out
    with (tmp_path / "b" / "claims_quality.csv").open(encoding="utf-8", newline="") as file:
        of_second = [row for row in csv.DictReader(file) if row["claimant"] == "weaving"]
    shown = [*csv.DictReader(StringIO(block("csv")))]
    assert shown == [{name: row[name] for name in shown[0]} for row in of_second]


def test_every_criterion_and_verdict_is_explained() -> None:
    for criterion in Criterion:
        number, _, name = criterion.partition(" ")
        unread = " (M)" if TRUST[criterion] == "M" else ""
        assert f"| {number} | {name}{unread} |" in TEXT
    assert {f"`{met}`" for met in Met} - {*re.findall(r"`[^`]+`", TEXT)} == set()
