"""What curves say of quarters: a word is one value of one quarter, by one source at one time.

Words are a set, never replaced: so what was published by any moment can be told, and neither order
nor repetition of curves matters. Of a quarter the word with the latest known-at stands, whoever
said it, as dispatch has it; of two at one time that of the later source name.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isfinite

from services.energy.time_grid import QUARTER, ceiling
from services.forecasting.domain.series import quarter_number
from services.forecasting.domain.signals import Signal


@dataclass(frozen=True, slots=True)
class Curve:
    """A published curve: values from `start` on, one a step, in the unit of its signal."""

    signal: Signal
    source_id: str
    known_at: datetime
    start: datetime
    step: timedelta
    values: Sequence[float]

    def __post_init__(self) -> None:
        if self.step <= timedelta(0):
            raise ValueError(f"curve of {self.signal} has step {self.step}; it must be above 0")


@dataclass(frozen=True, slots=True)
class Word:
    """What a source said of a quarter; `key` names it once and for all."""

    signal: Signal
    quarter: int
    known_at: datetime
    source_id: str
    value: float

    @property
    def key(self) -> tuple[Signal, int, datetime, str]:
        """Which word it is."""
        return self.signal, self.quarter, self.known_at, self.source_id


def words_of(curve: Curve) -> Iterator[Word]:
    """Yield a word for each quarter whose start lies inside the curve: the value held there.

    Where the curve says nothing (NaN) there is no word.
    """
    moment, end = ceiling(curve.start), curve.start + len(curve.values) * curve.step
    while moment < end:
        value = curve.values[(moment - curve.start) // curve.step]
        if isfinite(value):
            quarter = quarter_number(moment)
            yield Word(curve.signal, quarter, curve.known_at, curve.source_id, value)
        moment += QUARTER


def distinct(words: Iterable[Word]) -> list[Word]:
    """Return one word a key, the larger value of a source that contradicts itself."""
    found: dict[tuple[Signal, int, datetime, str], Word] = {}
    for word in words:
        held = found.get(word.key)
        if held is None or word.value > held.value:
            found[word.key] = word
    return list(found.values())
