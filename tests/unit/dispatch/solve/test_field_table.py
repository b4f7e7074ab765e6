"""The page of fields is what the classes say, and says it of every field."""

import json
import re
import subprocess
import sys
from typing import Any

import pytest

from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.solve import field_table
from services.dispatch.solve.problem_file import adapter
from tests.support.builders import REPOSITORY

PAGE = REPOSITORY / "docs" / "dispatch-problem.md"


def test_the_page_in_the_repository_is_the_one_that_the_classes_give() -> None:
    renew = "python -m services.dispatch schema --fields > docs/dispatch-problem.md"

    assert PAGE.read_text(encoding="utf-8") == field_table.page(), f"renew it: {renew}"


def test_the_page_and_the_schema_name_the_same_fields() -> None:
    schema = adapter().json_schema()
    parts = [schema, *(one for one in schema["$defs"].values() if "properties" in one)]

    told = {frozenset(re.findall(r"^\| `(\w+)` \|", part, re.M)) for part in sections()}

    assert told == {frozenset(part["properties"]) for part in parts}


def test_the_page_and_the_schema_agree_on_what_must_be_given() -> None:
    schema = adapter().json_schema()
    parts = [schema, *(one for one in schema["$defs"].values() if "properties" in one)]

    told = sorted(
        re.findall(r"^\| `(\w+)` \|.*\*\*must be given\*\* \|$", part, re.M) for part in sections()
    )

    assert told == sorted(part.get("required", []) for part in parts)


def sections() -> list[str]:
    return field_table.page().split("\n## ")[1:]


def test_of_every_number_that_may_have_either_sign_the_page_says_what_it_means() -> None:
    assert not re.findall(r"^\| `\w+` \| [^|]* \| any\b.*$", field_table.page(), re.M)


def test_every_field_stands_with_its_unit_values_and_default() -> None:
    page = field_table.page()

    assert "| `charge_efficiency` | share | at least 0.001, at most 1 | `1.0` |" in page
    assert "| `steps_h` | h | at least 0.01, at most 24, list | none |" in page
    assert "| `flows_kw` | kW | by name: above 0: taken from the node, list | **must be" in page
    assert "| `curtailable` |  | true or false | `true` |" in page


def test_a_number_without_a_unit_is_not_told() -> None:
    with pytest.raises(KeyError, match="strength: give it a unit in its name"):
        field_table.unit_of("strength")


def test_each_part_has_its_section_once() -> None:
    paths = [path for path, _ in field_table.parts_of(ParkProblem)]

    assert len(paths) == len(set(paths))
    assert {"", "horizon", "grids[].demand_charge", "units[].outputs[].curve[]"} <= set(paths)


def test_the_command_prints_the_page() -> None:
    command = [sys.executable, "-m", "services.dispatch", "schema", "--fields"]
    done: Any = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=True, timeout=60)

    assert done.stdout.decode() == field_table.page()


def test_the_examples_keys_are_fields_of_the_page() -> None:
    example = json.loads((REPOSITORY / "docs/examples/dispatch/factory.json").read_bytes())

    assert all(f"| `{key}` |" in field_table.page() for key in example)
