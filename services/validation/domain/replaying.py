"""What stands under each key of an interval, and what differs between two such pictures."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

KINDS_SHOWN = 20
Key = tuple[str, int]
"""Point and event time or start, in microseconds."""


class Word(NamedTuple):
    """The newest word on one key: when it was known, by which source, and what it says.

    `says` is (value, doubt) of a reading, or the energies, times and methods of a quarter hour.
    """

    known_us: int
    source_id: str
    says: tuple[float, ...]


class Change(NamedTuple):
    """A key on which something else is said now; `before` is None when nothing was."""

    key: Key
    before: Word | None
    after: Word


@dataclass
class Picture:
    """The newest word on each key with `start_us <= time < end_us`."""

    start_us: int
    end_us: int
    words: dict[Key, Word] = field(default_factory=dict)

    def holds(self, time_us: int) -> bool:
        """Whether an instant is in the interval."""
        return self.start_us <= time_us < self.end_us

    def hear(self, key: Key, word: Word) -> None:
        """Take a word in; of two of the same instant the one heard later holds."""
        if not self.holds(key[1]):
            return
        known = self.words.get(key)
        if known is None or known.known_us <= word.known_us:
            self.words[key] = word

    def changes_to(self, other: "Picture") -> Iterator[Change]:
        """Yield the keys on which `other` says something else."""
        for key in sorted(other.words):
            before, after = self.words.get(key), other.words[key]
            if before is None or not _same(before.says, after.says):
                yield Change(key, before, after)


def _same(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    """Whether two words say the same; not-a-number is the same as itself."""
    return all(a == b or (a != a and b != b) for a, b in zip(one, other, strict=True))


def most_frequent(kinds: Counter[tuple[str, str]]) -> list[str]:
    """Return a line for each kind of change, the most frequent first."""
    shown = kinds.most_common(KINDS_SHOWN)
    return [f"{count:>10,}  {before} -> {after}" for (before, after), count in shown]
