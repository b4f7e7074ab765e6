"""Register readings as the judge left them, in columns, and what each counts for here."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from services.energy.readings import Doubt, Verdict

Int64s = npt.NDArray[np.int64]
LARGEST_WH = 10**15
NO_TIME_OR_VALUE = (Doubt.IN_FUTURE, Doubt.TOO_OLD, Doubt.NOT_A_NUMBER, Doubt.UNKNOWN_POINT)
_PLACED = np.ones(256, np.bool_)
_PLACED[list(NO_TIME_OR_VALUE)] = False
"""By doubt: whether time and value are credible."""


class Counts(IntEnum):
    """What a reading counts for. Its natural key is (point, event time) (§3.3)."""

    BELIEVED = 1  # energy is counted from one believed reading to the next
    SUSPECT = 2  # shapes what lies between two believed ones, where it fits
    CLAIMED = 3  # rejected, but the energy it claims must be set aside (§5)
    NOTHING = 4  # withdrawn: as if there were no reading under its key


@dataclass(frozen=True, slots=True, eq=False)
class JudgedRows:
    """Row i is the newest word of the judge on one (register, event time).

    `register` (int64) is a row of the `RegisterTable`, `event_time_us` int64, `wh` int64 whole Wh,
    `counts` uint8 of `Counts`. Of several rows under one key the last one counts.
    """

    register: Int64s
    event_time_us: Int64s
    wh: Int64s
    counts: npt.NDArray[np.uint8]

    def __post_init__(self) -> None:
        lengths = {len(self.register), len(self.event_time_us), len(self.wh), len(self.counts)}
        if len(lengths) != 1:
            raise ValueError(f"columns have {sorted(lengths)} rows; give each reading one row")

    def __len__(self) -> int:
        return len(self.wh)

    def picked(self, places: npt.NDArray[np.intp] | npt.NDArray[np.bool_]) -> "JudgedRows":
        """Return the rows at these places."""
        return JudgedRows(
            self.register[places], self.event_time_us[places], self.wh[places], self.counts[places]
        )


NO_ROWS = JudgedRows(*(np.empty(0, np.int64),) * 3, np.empty(0, np.uint8))


def rows_of_columns(
    register: Int64s,
    event_time_us: Int64s,
    value_wh: npt.NDArray[np.float64],
    verdict: npt.NDArray[np.uint8],
    doubt: npt.NDArray[np.uint8],
) -> JudgedRows:
    """Return the rows of a judged frame's columns; `register` is -1 where a point is none.

    Left out are points that are no registers and repetitions. Fractions of a Wh are cut off. What
    has no credible time or value claims no energy.
    """
    at = np.flatnonzero((register >= 0) & (doubt != Doubt.DUPLICATE))
    value, judged = value_wh[at], verdict[at]
    sound = np.isfinite(value) & (value >= 0) & (value <= LARGEST_WH)
    claims = sound & _PLACED[doubt[at]]
    counts = np.select(
        [sound & (judged == Verdict.BELIEVED), claims & (judged == Verdict.SUSPECT), claims],
        [Counts.BELIEVED, Counts.SUSPECT, Counts.CLAIMED],
        Counts.NOTHING,
    ).astype(np.uint8)
    wh = np.floor(np.where(sound, value, 0.0)).astype(np.int64)
    return JudgedRows(register[at], event_time_us[at], wh, counts)
