"""How good the readings of each source are: fresh, complete, and what is doubted of them.

Read off the state alone, over the last 24 hours before its newest arrival, so that it is the same
whenever the same log is folded. What has no place among a point's readings (unknown points, stamps
beyond the allowed) and what came again is not in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.energy.readings import VERDICT_OF, Doubt, Verdict
from services.energy.site import Park
from services.validation.domain.state import HIDDEN, NEVER_US, State

DAY_US = 86_400_000_000
QUARTER_US = 900_000_000
_USABLE = np.array([VERDICT_OF[doubt] is not Verdict.REJECTED for doubt in Doubt], np.bool_)


@dataclass(frozen=True, slots=True)
class SourceQuality:
    """What one source's readings of the last day are like, as far as one partition knows.

    `filled` of `expected` cells (a point and a quarter hour) hold a usable reading; expected is
    counted from the oldest reading that is remembered.
    """

    source_id: str
    newest_event_us: int
    newest_arrival_us: int
    filled: int
    expected: int
    doubts: Mapping[Doubt, int]


@dataclass(frozen=True, slots=True, eq=False)
class Sources:
    """Which source of the park file each point (a row of the rules) belongs to."""

    ids: tuple[str, ...]
    of_row: npt.NDArray[np.int64]

    @classmethod
    def of(cls, park: Park, point_ids: tuple[str, ...]) -> "Sources":
        """Return the sources of these points."""
        source_of = {device.id: device.source_id for device in park.devices}
        names = [source_of[point_id.split(".")[0]] or "" for point_id in point_ids]
        ids = tuple(sorted(set(names)))
        return cls(ids, np.array([ids.index(name) for name in names], np.int64))


def quality_of(state: State, sources: Sources) -> list[SourceQuality]:
    """Return the quality of each source that has ever said anything."""
    rows, places = _told(state)
    end_us = int(state.arrival_us.max(initial=NEVER_US))
    recent = (state.time_us[places] > end_us - DAY_US) & (state.time_us[places] <= end_us)
    rows, places = rows[recent], places[recent]
    found = []
    for number, source_id in enumerate(sources.ids):
        own = sources.of_row == number
        if (state.arrival_us[own] == NEVER_US).all():
            continue
        mine = own[rows]
        found.append(_quality(state, source_id, own, rows[mine], places[mine], end_us))
    return found


def _quality(
    state: State,
    source_id: str,
    own: npt.NDArray[np.bool_],
    rows: npt.NDArray[np.int64],
    places: npt.NDArray[np.int64],
    end_us: int,
) -> SourceQuality:
    doubt = state.doubt[places]
    cells = (end_us - state.time_us[places]) // QUARTER_US
    usable = _USABLE[doubt]
    filled = np.zeros((len(state.count), DAY_US // QUARTER_US), np.bool_)
    filled[rows[usable], cells[usable]] = True
    quarters = int(cells.max()) + 1 if len(cells) else 0
    counts = np.bincount(doubt)
    return SourceQuality(
        source_id,
        int(state.newest_us[own].max()),
        int(state.arrival_us[own].max()),
        int(np.count_nonzero(filled)),
        quarters * int(own.sum()),
        {Doubt(number): int(counts[number]) for number in np.flatnonzero(counts).tolist()},
    )


def _told(state: State) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return point and place of every reading that stands."""
    rows, places = state.held()
    stands = state.doubt[places] != HIDDEN
    return rows[stands], places[stands]
