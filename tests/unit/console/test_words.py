"""The words of all pages are one dictionary: one that two files have would change another page."""

import re
from collections import Counter
from pathlib import Path

import pytest

from parkflow.alert.v1.incident_pb2 import IncidentKind
from services import console
from services.carbon_accounting.domain.reporting.activity_names import ACTIVITIES, SUBSTANCES

STATIC = Path(console.__file__).parent / "static"
WORD = re.compile(r'^  "?([\w.-]+)"?: \["', re.MULTILINE)


def words_of(file: Path) -> list[str]:
    return WORD.findall(file.read_text(encoding="utf-8"))


def test_every_kind_of_incident_has_a_name_on_the_page() -> None:
    known = {*words_of(STATIC / "words.js")}
    kinds = [
        name.removeprefix("INCIDENT_KIND_").lower()
        for name in IncidentKind.DESCRIPTOR.values_by_name
    ]

    assert [kind for kind in kinds if f"kind_{kind}" not in known] == []


def test_no_word_of_the_pages_is_there_twice() -> None:
    files = sorted(STATIC.glob("*words.js"))
    found = {file.name: words_of(file) for file in files}

    assert len(files) == 4
    assert all(len(words) > 50 for words in found.values())
    counted = Counter(word for words in found.values() for word in words)
    twice = [word for word, count in counted.items() if count > 1]
    assert twice == []


@pytest.mark.parametrize(("group", "names"), [("activity", ACTIVITIES), ("carrier", SUBSTANCES)])
def test_whatever_the_reports_have_a_name_for_the_page_has_too(
    group: str, names: dict[str, object]
) -> None:
    known = {*words_of(STATIC / "carbon_words.js")}

    assert [name for name in names if f"{group}_{name}" not in known] == []
