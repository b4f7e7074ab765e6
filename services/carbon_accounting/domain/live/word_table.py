"""The words that stand on registers over a span, in columns; which of them a quarter rests on."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.inventory.readings import Mask
from services.carbon_accounting.domain.words import QUARTER_US, Word
from services.energy.time_grid import from_microseconds

COLUMNS = (
    "believed_wh",
    "estimated_wh",
    "suspense_wh",
    "written_off_wh",
    "believed_us",
    "known_us",
    "methods",
    "known_at_us",
    "log_position",
    "frame_number",
)
Quarter = Mapping[str, Word]
"""The words on one quarter by register."""


@dataclass(frozen=True, slots=True)
class Basis:
    """The words a quarter rests on: registers in the order of their ids, values by column."""

    points: tuple[str, ...]
    columns: Mapping[str, Sequence[int]] = field(default_factory=dict)

    @property
    def digest(self) -> bytes:
        """SHA-256 of the registers and their columns as UTF-8 JSON with sorted keys."""
        said: dict[str, Any] = {"points": list(self.points), **self.columns}
        text = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).digest()

    def words(self, start_us: int) -> dict[str, Word]:
        """Return the words, of the quarter that starts then."""
        start, found = from_microseconds(start_us), {}
        for place, point in enumerate(self.points):
            said = {name: self.columns[name][place] for name in COLUMNS}
            known_at = from_microseconds(said.pop("known_at_us"))
            found[point] = Word(point, start, known_at=known_at, **said)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class WordTable:
    """Words by register and quarter hour; arrays of shape (registers, quarters).

    Where `there` is False nobody said anything and the columns are 0.
    """

    points: tuple[str, ...]
    starts_us: Whole
    there: Mask
    columns: Mapping[str, Whole]

    @classmethod
    def blank(cls, points: Sequence[str], start_us: int, end_us: int) -> "WordTable":
        """Return a table without words, to write in."""
        starts_us = np.arange(start_us, end_us, QUARTER_US, dtype=np.int64)
        shape = (len(points), len(starts_us))
        columns = {name: np.zeros(shape, np.int64) for name in COLUMNS}
        return cls(tuple(sorted(points)), starts_us, np.zeros(shape, np.bool_), columns)

    @property
    def known(self) -> Mask:
        """Where the energy of all of the quarter is known."""
        known: Mask = self.there & (self.columns["known_us"] == QUARTER_US)
        return known

    @property
    def measured(self) -> Mask:
        """Where all of it is believed, for all of the quarter (`Word.is_measured`)."""
        of = self.columns
        measured: Mask = (
            self.there
            & (of["believed_us"] == QUARTER_US)
            & (of["estimated_wh"] == 0)
            & (of["suspense_wh"] == 0)
        )
        return measured

    @property
    def energy_wh(self) -> Whole:
        """What is booked where it is known."""
        energy: Whole = self.columns["believed_wh"] + self.columns["estimated_wh"]
        return energy

    def place(self, start_us: int) -> int:
        """Return which quarter of the table starts then."""
        return int((start_us - self.starts_us[0]) // QUARTER_US)

    def bases(self, places: Sequence[int]) -> list[Basis]:
        """Return what each of these quarters rests on."""
        if self.there[:, list(places)].all():
            columns = {name: of[:, list(places)].T.tolist() for name, of in self.columns.items()}
            return [
                Basis(self.points, {name: rows[at] for name, rows in columns.items()})
                for at in range(len(places))
            ]
        return [self._basis(place) for place in places]

    def _basis(self, place: int) -> Basis:
        rows = np.flatnonzero(self.there[:, place])
        points = tuple(self.points[row] for row in rows)
        return Basis(points, {name: of[rows, place].tolist() for name, of in self.columns.items()})

    def words(self, place: int) -> dict[str, Word]:
        """Return the words on one quarter."""
        return self._basis(place).words(int(self.starts_us[place]))
