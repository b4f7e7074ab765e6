"""A stretch of a file: its columns as they stand, and where each row is in the file."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One thing in a file that cannot be used, and its cure; `number` is its row in the block."""

    file: str
    number: int
    place: str
    what: str
    cure: str

    def __str__(self) -> str:
        return f"{self.file}, {self.place}: {self.what} - {self.cure}"


Report = Callable[[Mistake], None]


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """`number` is of each row what `place` says in words: a line, or a row of its group."""

    columns: Mapping[str, pa.Array]
    number: npt.NDArray[np.int64]
    words: str = "line {}"

    def __len__(self) -> int:
        return len(self.number)

    def place(self, row: int) -> str:
        """Return where a row is in its file."""
        return self.words.format(int(self.number[row]))


class TableFile(Protocol):
    """A file of rows, opened; `share` is how much of it has been read, 0 to 1."""

    path: Path
    columns: tuple[str, ...]
    types: Mapping[str, pa.DataType]

    def blocks(self, columns: tuple[str, ...], report: Report) -> Iterator[Block]:
        """Yield these columns of the file stretch by stretch, telling of unreadable rows."""

    @property
    def share(self) -> float:
        """Return how much has been read."""


class Unreadable(Exception):
    """A file that is not what it says it is."""
