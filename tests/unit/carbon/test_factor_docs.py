"""What `docs/carbon-factors.md` says is what the factor files and the reader say."""

import re
from pathlib import Path

from services.carbon_accounting.domain.activities.boundary import boundary_of
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.input_files.factor_import import load_factor_store
from services.carbon_accounting.input_files.factor_row import COLUMNS
from services.carbon_accounting.input_files.factor_table import fuel_table
from tests.support.carbon_factors import rules_factors

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs" / "carbon-factors.md").read_text(encoding="utf-8")


def test_the_table_of_fuels_is_made_from_the_files() -> None:
    assert fuel_table(rules_factors()) in DOCUMENT, (
        "paste the output of python -m services.carbon_accounting.input_files.factor_table"
    )


def test_every_column_of_the_file_is_explained() -> None:
    section = DOCUMENT.partition("## 1")[2].partition("An example")[0]
    explained = set(re.findall(r"^\| (.*?) \|", section, flags=re.MULTILINE))

    assert {name for cell in explained for name in re.findall(r"`(\w+)`", cell)} == set(COLUMNS)


def test_the_example_can_be_read(tmp_path: Path) -> None:
    example = tmp_path / "own.csv"
    example.write_text(DOCUMENT.partition("```csv\n")[2].partition("```")[0], encoding="utf-8")

    store = load_factor_store([example])

    assert store.version("location_based/grid-electricity/CN-GD/2023", 1) is not None


def test_every_name_that_is_explained_is_in_a_file() -> None:
    section = DOCUMENT.partition("## 2")[2].partition("## 3")[0]
    first_cells = re.findall(r"^\| (`.*?) \|", section, flags=re.MULTILINE)
    names = [n for cell in first_cells for n in re.findall(r"`([\w:-]+)`", cell)]
    known = {factor.quantity for factor in rules_factors()}

    assert len(names) > 25
    assert set(names) <= known


def test_every_ledger_is_in_the_table_of_boundaries() -> None:
    section = DOCUMENT.partition("| Ledger | Counts")[2].partition("## 7")[0].lower()

    for ledger in Ledger:
        name = ledger.key.replace("_", "-" if ledger.key.endswith("based") else " ")
        assert name in section, boundary_of(ledger)
