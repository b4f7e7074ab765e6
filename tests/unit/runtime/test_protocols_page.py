"""Every example of the page on field protocols is a park file's right source."""

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from services.runtime.field_protocols import field_protocols
from services.runtime.park_file import load_park
from tests.support.builders import REPOSITORY
from tests.support.field import park_text

PAGE = (REPOSITORY / "docs" / "protocols.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(- .*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.splitlines()[0][2:])
def test_an_example_can_be_used_as_it_stands(example: str, tmp_path: Path) -> None:
    sources = YAML(typ="safe").load(example)
    indented = "".join(f"  {line}\n" for line in example.splitlines())
    text = park_text(indented).replace("mqtt-site", sources[0]["id"])
    if sources[0]["protocol"] == "ocpp":
        text = text.replace("source: modbus-cabinet", "source: ocpp")
        text = text.replace("cabinets: 4", "cabinets: 1")
    (tmp_path / "park.yaml").write_text(text, encoding="utf-8")

    park = load_park(tmp_path / "park.yaml")

    assert [park.source(said["id"]).protocol for said in sources] == [
        said["protocol"] for said in sources
    ]


def test_every_protocol_has_an_example() -> None:
    shown = {said["protocol"] for example in EXAMPLES for said in YAML(typ="safe").load(example)}

    assert shown == set(field_protocols())


def test_every_test_the_page_names_is_there() -> None:
    named = set(re.findall(r"`(test_(?!ingest_)\w+)`", PAGE))
    files = (REPOSITORY / "tests").rglob("test_*.py")
    there = {
        name
        for file in files
        for name in re.findall(r"^(?:async )?def (test_\w+)", file.read_text("utf-8"), re.M)
    }

    assert named - there == set()
    assert len(named) > 50
