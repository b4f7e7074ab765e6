"""Changed quarter hours in columns, as they go out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.validation.domain.energy.intervals import Parts

Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Intervals:
    """Row i is one quarter hour of one register: `parts` (7, n) holds its `Parts`.

    Natural key (register, start); the later known-at stands.
    """

    register: Int64s
    start_us: Int64s
    parts: Int64s

    def __len__(self) -> int:
        return len(self.register)

    def by_key(self) -> dict[tuple[int, int], Parts]:
        """Return the parts by (register, start)."""
        keys = zip(self.register.tolist(), self.start_us.tolist(), strict=True)
        return {key: Parts(*row) for key, row in zip(keys, self.parts.T.tolist(), strict=True)}


NO_INTERVALS = Intervals(
    np.empty(0, np.int64), np.empty(0, np.int64), np.empty((len(Parts._fields), 0), np.int64)
)


def intervals_of_rows(rows: Sequence[tuple[int, int, Parts]]) -> Intervals:
    """Return (register, start, parts) rows in columns."""
    if not rows:
        return NO_INTERVALS
    return Intervals(
        np.array([register for register, _, _ in rows], np.int64),
        np.array([start_us for _, start_us, _ in rows], np.int64),
        np.array([parts for _, _, parts in rows], np.int64).T,
    )


def joined(several: Iterable[Intervals]) -> Intervals:
    """Return all rows of several columns."""
    filled = [one for one in several if len(one)] or [NO_INTERVALS]
    return Intervals(
        np.concatenate([one.register for one in filled]),
        np.concatenate([one.start_us for one in filled]),
        np.concatenate([one.parts for one in filled], axis=1),
    )
