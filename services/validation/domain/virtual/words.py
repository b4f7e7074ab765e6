"""Words on the readings of virtual points, and which of several on one key stands (§3.3).

The word known last stands, of one instant that of the higher frame number: as in history, whenever
and wherever in the log a word comes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Key = tuple[str, int]
"""Point and event time, in µs."""


@dataclass(frozen=True, slots=True)
class Word:
    """What is said of (point, event time), in µs, and as of when: `known_us`.

    `offset` is that of the judged frame, None for what a virtual point came to; it decides nothing.
    """

    point_id: str
    event_time_us: int
    value: float
    verdict: int
    doubt: int
    known_us: int
    frame_number: int
    offset: int | None

    @property
    def key(self) -> Key:
        """The natural key of a reading (§3.3)."""
        return (self.point_id, self.event_time_us)

    @property
    def rank(self) -> tuple[int, int, int, int]:
        """What decides between words on one key: the highest stands.

        A frame that was judged again by other rules differs from itself in verdict or doubt only.
        """
        return (self.known_us, self.frame_number, self.verdict, self.doubt)


def standing(words: Iterable[Word]) -> dict[Key, Word]:
    """Return of the words on each key the one that stands."""
    stands: dict[Key, Word] = {}
    for word in words:
        if (other := stands.get(word.key)) is None or word.rank > other.rank:
            stands[word.key] = word
    return stands


def later(words: Mapping[Key, Word], known: Iterable[Word]) -> list[Word]:
    """Return the words that stand where `known` did; a batch that comes again has none."""
    before = {word.key: word for word in known}
    return [
        word
        for key, word in words.items()
        if (other := before.get(key)) is None or word.rank > other.rank
    ]
