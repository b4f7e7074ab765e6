"""The page on indicators says what the data say: its list, its example and its worked cases."""

import re
from fractions import Fraction
from pathlib import Path

import pytest

from services.carbon_accounting.indicator_listing import listing
from services.carbon_accounting.input_files.indicator_import import INDICATOR_FILES, read_indicators
from tests.support.indicators import a_file, known, shown_for

PAGE = (Path(__file__).parents[2] / "docs" / "carbon-indicators.md").read_text(encoding="utf-8")
CASE = re.compile(r"^\| ([\w.]+) \| ([^|]* = [^|]*) \| ([\d.]+) \|$", re.MULTILINE)


def test_the_list_of_indicators_is_the_one_of_the_data() -> None:
    told = PAGE.partition("<!-- indicators -->")[2].partition("<!-- end of indicators -->")[0]

    assert told.strip() == listing(read_indicators())


def test_the_example_of_a_new_indicator_can_be_read(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)

    book = read_indicators([*INDICATOR_FILES, a_file(tmp_path, example)])

    assert "energy_per_meal" in {one.id for one in book.written}


@pytest.mark.parametrize(("indicator", "inputs", "value"), CASE.findall(PAGE))
def test_each_worked_case_comes_out_as_the_page_says(
    indicator: str, inputs: str, value: str
) -> None:
    amounts = dict(one.strip().split(" = ") for one in inputs.split(","))

    found = known(shown_for(amounts)[indicator])

    assert round(found, 4) == Fraction(value)


def test_the_page_has_worked_cases() -> None:
    assert len(CASE.findall(PAGE)) == 10
