"""One sentence in both languages, with holes; what it makes of an English text."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from re import Match, Pattern

HOLE = re.compile(r"\{(\w+)(?::(\w+))?\}")
ANYTHING, NUMBER, WORD = r"(?:(?!; |: ).)+?", r"[+-]?\d[\d.,:TZ+-]*", r"[^\s;,]+?"
CHANGES = r"[a-z]+ changed(?: (?:or|and) [a-z]+ changed)*"
SECTION = r"[A-Z0-9][0-9.()]*(?:,? [A-Z0-9(][0-9.()]*)*(?: notes)?"
KINDS = {
    "": ANYTHING,
    "n": NUMBER,
    "word": WORD,
    "said": ANYTHING,
    "names": ANYTHING,
    "changes": CHANGES,
    "section": SECTION,
}
"""What a hole takes: words up to `; ` or `: `, a number or time, one word, words that are a saying
of their own, a list of names, which inputs changed, or a section of the rules."""
Say = Callable[[str, str], str]
"""Returns how the content of a hole of some kind is said."""


@dataclass(frozen=True, slots=True)
class Saying:
    """A sentence as `{count:n} of {names:names}`; the Chinese one has no other holes."""

    en: str
    zh: str
    pattern: Pattern[str] = field(init=False, repr=False, compare=False)
    kinds: dict[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kinds", dict(HOLE.findall(self.en)))
        object.__setattr__(self, "pattern", re.compile(_pattern(self.en), re.DOTALL))
        if foreign := {name for name, _ in HOLE.findall(self.zh)} - self.kinds.keys():
            raise ValueError(f"{self.zh!r} has holes {sorted(foreign)} that {self.en!r} has not")
        if "; " in self.en:
            raise ValueError(f"{self.en!r} is several sentences; give each for itself")

    def in_chinese(self, text: str, say: Say) -> str | None:
        """Return the text in Chinese; None where it is not this sentence."""
        if (found := self.pattern.fullmatch(text)) is None:
            return None
        return HOLE.sub(lambda hole: self._filled(hole, found, say), self.zh)

    def _filled(self, hole: Match[str], found: Match[str], say: Say) -> str:
        name = hole[1]
        return say(found[name], self.kinds[name])


def _pattern(en: str) -> str:
    """Return the sentence as a pattern, each hole a group of its name."""
    end, parts = 0, []
    for hole in HOLE.finditer(en):
        parts += [re.escape(en[end : hole.start()]), f"(?P<{hole[1]}>{KINDS[hole[2] or '']})"]
        end = hole.end()
    return "".join((*parts, re.escape(en[end:])))


def sayings(*pairs: tuple[str, str]) -> tuple[Saying, ...]:
    """Return a list of sentences, given as (English, Chinese)."""
    return tuple(Saying(en, zh) for en, zh in pairs)
