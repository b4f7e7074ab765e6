"""Words on quarter hours for history's tests, and what stands by definition, one at a time."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from services.energy.time_grid import QUARTER, to_microseconds
from services.runtime.interval_frames import QUARTER_US, IntervalFrame, message_from_intervals
from services.runtime.received import Received
from services.runtime.topics import INTERVALS
from tests.support.history import START

Parts = tuple[int, int, int, int]
"""Believed, estimated, set aside, written off, in Wh."""


@dataclass(frozen=True)
class Word:
    """What is said of one quarter hour; `known` counts minutes after START."""

    register: int
    quarter: int
    parts: Parts
    known: float = 0.0
    position: int = 0

    @property
    def start(self) -> datetime:
        """When the quarter hour begins."""
        return START + self.quarter * QUARTER

    @property
    def known_at(self) -> datetime:
        """As of when it is known."""
        return START + timedelta(minutes=self.known)


def register(number: int) -> str:
    """Return the name of a register."""
    return f"meter_{number}.import_energy_wh"


def a_word_frame(*words: Word) -> IntervalFrame:
    """Return words of one instant as the frame validation would publish."""
    (known_at,) = {word.known_at for word in words}
    (position,) = {word.position for word in words}
    numbers = sorted({word.register for word in words})
    parts = np.array([word.parts for word in words], np.int64).T
    believed_us = np.where(parts[1] + parts[2] > 0, 0, QUARTER_US).astype(np.uint32)
    return IntervalFrame(
        park_id="demo-park",
        source_id="mqtt-site",
        frame_id=f"{to_microseconds(known_at)}/{position}",
        known_at=known_at,
        point_ids=tuple(register(number) for number in numbers),
        point_index=np.array([numbers.index(word.register) for word in words], np.uint32),
        start_us=np.array([to_microseconds(word.start) for word in words], np.int64),
        believed_wh=parts[0],
        estimated_wh=parts[1],
        suspense_wh=parts[2],
        written_off_wh=parts[3],
        believed_us=believed_us,
        known_us=np.where(parts[2] > 0, 0, QUARTER_US).astype(np.uint32),
        methods=(parts[1] > 0).astype(np.uint8),
        log_position=position,
    )


def told(frame: IntervalFrame) -> Received[Any]:
    """Return a frame as history gets it."""
    message = message_from_intervals(frame)
    return Received(message, INTERVALS.name, 0, 0, "demo-park/mqtt-site")


def standing(words: Iterable[Word]) -> dict[tuple[int, int], Word]:
    """Return the word that stands on each (register, quarter)."""
    found: dict[tuple[int, int], Word] = {}
    for word in sorted(words, key=lambda w: (w.known, w.position)):
        found[word.register, word.quarter] = word
    return found


def some_words(seed: int, quarters: int = 96, registers: int = 2) -> list[Word]:
    """Return words on every quarter hour, some of which are said anew once, twice or three times.

    Of those with one known-at the later position stands.
    """
    chance = random.Random(seed)
    words = []
    for number in range(registers):
        for quarter in range(quarters):
            first = Word(number, quarter, (chance.randrange(900), 0, 0, 0), 15.0 * quarter + 16)
            words.append(first)
            for again in range(chance.choice([0, 0, 0, 1, 2, 3])):
                estimated = (chance.randrange(500), chance.randrange(1, 500), 0, 0)
                set_aside = (chance.randrange(500), 0, chance.randrange(1, 9_000), -5)
                words.append(
                    replace(
                        first,
                        parts=chance.choice([estimated, set_aside]),
                        known=first.known + chance.choice([0, 30, 600]),
                        position=again + 1,
                    )
                )
    return words


def frames_of_words(words: Iterable[Word]) -> list[IntervalFrame]:
    """Return words as frames, those of one instant and position together."""
    together: dict[tuple[float, int], list[Word]] = {}
    for word in words:
        together.setdefault((word.known, word.position), []).append(word)
    return [a_word_frame(*part) for part in together.values()]
