"""The words of all pages are one dictionary: one that two files have would change another page."""

import re
from collections import Counter
from pathlib import Path

from services import console

STATIC = Path(console.__file__).parent / "static"
WORD = re.compile(r'^  "?([\w.-]+)"?: \["', re.MULTILINE)


def words_of(file: Path) -> list[str]:
    return WORD.findall(file.read_text(encoding="utf-8"))


def test_no_word_of_the_pages_is_there_twice() -> None:
    files = sorted(STATIC.glob("*words.js"))
    found = {file.name: words_of(file) for file in files}

    assert len(files) == 4
    assert all(len(words) > 50 for words in found.values())
    counted = Counter(word for words in found.values() for word in words)
    twice = [word for word, count in counted.items() if count > 1]
    assert twice == []
