"""The grid of a booking that words of the history are put on: a row a meter, a column a quarter."""

from dataclasses import dataclass

import numpy as np

from services.carbon_accounting.book.history_words import MEASURED, QUARTER_US, UNKNOWN, Words
from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.inventory.readings import ActivityData
from services.energy.time_grid import QUARTER


@dataclass(eq=False)
class Board:
    """The grid that words are put on; its first and last interval that a word was on."""

    meters: tuple[str, ...]
    starts_us: Whole

    def __post_init__(self) -> None:
        shape = (len(self.meters), len(self.starts_us))
        self.amounts, self.known = np.zeros(shape, np.int64), np.zeros(shape, bool)
        self.measured = np.ones(shape, bool)
        self.first, self.last = len(self.starts_us), -1
        self.words, self.newest_us = 0, 0

    def place(self, row: Whole, words: Words) -> None:
        """Put words on their intervals; `row`: the meter of each."""
        column = (words.start_us - self.starts_us[0]) // QUARTER_US
        at = row * len(self.starts_us) + column
        sure = words.quality != UNKNOWN
        self.amounts.reshape(-1)[at] = np.where(sure, words.wh, 0)
        self.known.reshape(-1)[at] = sure
        self.measured.reshape(-1)[at] = ~sure | (words.quality == MEASURED)
        self.first = min(self.first, int(column.min()))
        self.last = max(self.last, int(column.max()))
        self.words += len(at)
        self.newest_us = max(self.newest_us, words.newest_us)

    def cut(self, keeps_begin: bool, keeps_end: bool) -> ActivityData:
        """Return the span; an end that is not kept is the first word's, or the last's."""
        first = 0 if keeps_begin else self.first
        here = slice(first, None if keeps_end else self.last + 1)
        columns = (self.amounts[:, here], self.known[:, here], self.measured[:, here])
        return ActivityData(self.starts_us[here], QUARTER, self.meters, *columns)
