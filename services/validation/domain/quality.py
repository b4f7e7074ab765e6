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
QUARTERS = DAY_US // QUARTER_US
_USABLE = np.array([VERDICT_OF[doubt] is not Verdict.REJECTED for doubt in Doubt], np.bool_)


@dataclass(frozen=True, slots=True)
class SourceQuality:
    """What one source's readings of the last day are like, as far as one partition knows.

    `filled` and `expected` count points, one entry for each of `QUARTERS` quarter hours from
    `first_us` on; `as_of_us` lies in the last one. Filled are the points with a usable reading in
    the quarter hour, expected those that should have one (see `_expected`), `unheard` those that
    never said anything here.
    """

    source_id: str
    newest_event_us: int
    newest_arrival_us: int
    as_of_us: int
    first_us: int
    filled: tuple[int, ...]
    expected: tuple[int, ...]
    unheard: int
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


def newest_arrival_us(state: State) -> int:
    """Return the latest arrival that a partition has seen, NEVER_US before the first."""
    return int(state.arrival_us.max(initial=NEVER_US))


def quality_of(state: State, sources: Sources) -> list[SourceQuality]:
    """Return the quality of each source that has ever said anything."""
    end_us = newest_arrival_us(state)
    if end_us == NEVER_US:
        return []
    rows, places = _told(state)
    recent = (state.time_us[places] > end_us - DAY_US) & (state.time_us[places] <= end_us)
    rows, places = rows[recent], places[recent]
    first_us = end_us // QUARTER_US * QUARTER_US - (QUARTERS - 1) * QUARTER_US
    grid = _Grid.of(state, rows, places, first_us)
    found = []
    for number, source_id in enumerate(sources.ids):
        own = sources.of_row == number
        if not (state.arrival_us[own] == NEVER_US).all():
            doubts = _counted(state.doubt[places[own[rows]]])
            found.append(_quality(state, source_id, own, grid, end_us, doubts))
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Grid:
    """Which quarter hours of each point hold something usable, and since when it is expected."""

    first_us: int
    usable: npt.NDArray[np.bool_]
    begun_us: npt.NDArray[np.int64]

    @classmethod
    def of(
        cls, state: State, rows: npt.NDArray[np.int64], places: npt.NDArray[np.int64], first_us: int
    ) -> "_Grid":
        cells = (state.time_us[places] - first_us) // QUARTER_US
        good = _USABLE[state.doubt[places]] & (cells >= 0)
        usable = np.zeros((len(state.count), QUARTERS), np.bool_)
        usable[rows[good], cells[good]] = True
        oldest = np.arange(len(state.count)) * state.depth + state.start
        return cls(first_us, usable, np.where(state.count > 0, state.time_us[oldest], NEVER_US))


def _quality(
    state: State,
    source_id: str,
    own: npt.NDArray[np.bool_],
    grid: _Grid,
    end_us: int,
    doubts: dict[Doubt, int],
) -> SourceQuality:
    usable = grid.usable[own]
    expected = _expected(usable, grid.begun_us[own], state.floor_us[own], grid.first_us)
    return SourceQuality(
        source_id,
        int(state.newest_us[own].max()),
        int(state.arrival_us[own].max()),
        end_us,
        grid.first_us,
        tuple(usable.sum(axis=0).tolist()),
        tuple(expected.tolist()),
        int((grid.begun_us[own] == NEVER_US).sum()),
        doubts,
    )


def _expected(
    usable: npt.NDArray[np.bool_],
    begun_us: npt.NDArray[np.int64],
    floor_us: npt.NDArray[np.int64],
    first_us: int,
) -> npt.NDArray[np.int64]:
    """Return how many points of a source should have a usable reading in each quarter hour.

    A point should from the quarter hour of its oldest reading on; not where its readings are
    forgotten; and in the quarter hour that is not over, those should that have one.
    """
    heard = begun_us != NEVER_US
    starts_us = first_us + np.arange(QUARTERS) * QUARTER_US
    begun = heard[:, np.newaxis] & (begun_us[:, np.newaxis] < starts_us + QUARTER_US)
    remembered = floor_us[:, np.newaxis] < starts_us
    expected: npt.NDArray[np.int64] = ((begun & remembered) | usable).sum(axis=0)
    expected[-1] = usable[:, -1].sum()
    return expected


def _counted(doubts: npt.NDArray[np.uint8]) -> dict[Doubt, int]:
    counts = np.bincount(doubts)
    return {Doubt(number): int(counts[number]) for number in np.flatnonzero(counts).tolist()}


def _told(state: State) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return point and place of every reading that stands."""
    rows, places = state.held()
    stands = state.doubt[places] != HIDDEN
    return rows[stands], places[stands]
