"""An English text of a service in Chinese, as far as it is made of sentences that are known.

A text is parts between `; `; a part may name in front what it is about (`steel: …`) and end with
what would cure it (` - …`). What is not known, as the words of a person, stays as it is.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from services.energy.sayings.of_doubts import DOUBTS
from services.energy.sayings.of_indicators import INDICATORS
from services.energy.sayings.of_open_items import OPEN_ITEMS
from services.energy.sayings.of_quality import QUALITY
from services.energy.sayings.of_refusals import REFUSALS
from services.energy.sayings.of_registers import REGISTERS
from services.energy.sayings.of_sources import SOURCES
from services.energy.sayings.of_uses import USES
from services.energy.site import Text

ALL = (*USES, *REGISTERS, *OPEN_ITEMS, *DOUBTS, *INDICATORS, *SOURCES, *REFUSALS, *QUALITY)
BETWEEN, ABOUT, CURE = "; ", ": ", " - "
LONGEST = 4_000
"""Characters; what is longer is no text that a service makes."""
AMOUNT, NEXT_AMOUNT = re.compile(r"\d+ Wh of "), re.compile(r", (?=\d+ Wh of )")
MOST_MARKS, MARK = 12, re.compile(r": | - | became | more")
"""A part with more marks is no sentence of a service; each may be read in two ways."""
MORE = re.compile(r"(.+) and (\d+) more(?: reasons)?")


def in_both(text: str) -> Text:
    """Return a text in both languages."""
    return Text(text, in_chinese(text))


@lru_cache(maxsize=8_192)
def in_chinese(text: str) -> str:
    """Return a text in Chinese; what is not known of it stays as it is."""
    if len(text) > LONGEST:
        return text
    parts = text.split(BETWEEN)
    said = [_part(part) for part in parts]
    if not any(said):
        return text
    return "；".join(chinese or part for chinese, part in zip(said, parts, strict=True))


@lru_cache(maxsize=8_192)
def _part(text: str) -> str | None:
    """Return one part in Chinese, None where nothing of it is known."""
    if len(MARK.findall(text)) > MOST_MARKS:
        return None
    return _sentence(text) or _with_cure(text) or _about(text) or _with_more(text)


def _sentence(text: str) -> str | None:
    for saying in ALL:
        if (found := saying.in_chinese(text, _say)) is not None:
            return found
    return None


def _with_cure(text: str) -> str | None:
    """Return `what - cure`, where the cure is a sentence that is known."""
    for what, cure in _halves(text, CURE):
        if said := _sentence(cure):
            return f"{_part(what) or what}。{said}"
    return None


def _about(text: str) -> str | None:
    """Return `subject: what`; a part without a known end may begin with one."""
    for subject, what in _halves(text, ABOUT):
        if said := _part(what):
            return f"{_sentence(subject) or subject}：{said}"
    for subject, what in _halves(text, ABOUT):
        if said := _sentence(subject):
            return f"{said}：{what}"
    return None


def _with_more(text: str) -> str | None:
    found = MORE.fullmatch(text)
    said = found and _part(found[1])
    return f"{said}，另有 {found[2]} 项" if found and said else None


def _halves(text: str, mark: str) -> Iterator[tuple[str, str]]:
    at = text.find(mark)
    while at >= 0:
        yield text[:at], text[at + len(mark) :]
        at = text.find(mark, at + 1)


def _say(content: str, kind: str) -> str:
    """Return what stands in a hole."""
    match kind:
        case "said" | "changes":
            return _part(content) or content
        case "names":
            return _names(content)
        case _:
            return content


def _names(text: str) -> str:
    """Return a list; one of amounts is cut before each amount."""
    found = MORE.fullmatch(text)
    shown = found[1] if found else text
    names = NEXT_AMOUNT.split(shown) if AMOUNT.match(shown) else shown.split(", ")
    said = "、".join(_sentence(name) or name for name in names)
    return f"{said} 等（另有 {found[2]} 个）" if found else said
