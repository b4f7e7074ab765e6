"""What validation remembers: of each point the newest readings by event time, in columns.

A point's readings lie in a ring of `depth` places, in rising event time; memory is linear in
points (34 bytes a place). A place holds one value said for one event time: `first_us` and `last_us`
are its first and its last arrival. Several values of one time lie next to each other; all but
the one that stands are HIDDEN.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from services.validation.domain.batch import Bytes, Times, Values
from services.validation.domain.rules import Rules
from services.validation.domain.walk import Walk

MOST_PLACES = 4_000_000
DEEPEST, SHALLOWEST = 2048, 16
FEWEST_KNOWN = 4096
NEVER_US = np.iinfo(np.int64).min
HIDDEN = 255
"""In the doubt column: another value of this event time stands."""
UNSETTLED = 0x80
"""In the own column: not accepted at once, so a walk cannot be taken up here."""
OWN = 0x7F

Places = npt.NDArray[np.int64]


@dataclass(slots=True, eq=False)
class State:
    """Columns `(points * depth,)` of places and `(points,)` of points; `advance` consumes it.

    `own` is the doubt of a reading by itself, `doubt` the one it was last shown with. `level`,
    `level_us`, `before` are the last two accepted readings, `run_us` is since when the level has
    not changed, `arrival_us` the latest arrival, `floor_us` the newest event time that was
    forgotten. `known` holds when a place became what it is where that is not its arrival (pruned
    when it holds `prune_at`), `walks` those that hold rivals.
    """

    point_ids: tuple[str, ...]
    depth: int
    time_us: Times
    value: Values
    first_us: Times
    last_us: Times
    own: Bytes
    doubt: Bytes
    start: Places
    count: Places
    newest_us: Times
    level_us: Times
    level: Values
    before: Values
    run_us: Times
    arrival_us: Times
    floor_us: Times
    open: npt.NDArray[np.bool_]
    known: dict[tuple[int, int], int] = field(default_factory=dict)
    walks: dict[int, Walk] = field(default_factory=dict)
    prune_at: int = FEWEST_KNOWN

    def prune(self) -> None:
        """Let go of what is known of readings that fell out of memory."""
        if len(self.known) >= self.prune_at:
            floor_us = self.floor_us
            self.known = {key: us for key, us in self.known.items() if key[1] > floor_us[key[0]]}
            self.prune_at = max(FEWEST_KNOWN, 2 * len(self.known))

    def held(self) -> tuple[Places, Places]:
        """Return point row and place of everything remembered, point by point, oldest first."""
        row = np.repeat(np.arange(len(self.count)), self.count)
        rank = np.arange(len(row)) - np.repeat(np.cumsum(self.count) - self.count, self.count)
        return row, (self.start[row] + rank) % self.depth + row * self.depth

    def places(self, row: int) -> Places:
        """Return the places of a point's readings in rising event time."""
        count, start = int(self.count[row]), int(self.start[row])
        at = np.arange(start, start + count)
        if start + count > self.depth:
            at %= self.depth
        return at + row * self.depth


PLACE_COLUMNS = ("time_us", "value", "first_us", "last_us", "own", "doubt")
POINT_COLUMNS = (
    "count",
    "newest_us",
    "level_us",
    "level",
    "before",
    "run_us",
    "arrival_us",
    "floor_us",
)


def new_state(rules: Rules, depth: int | None = None) -> State:
    """Return a state that knows nothing; it will remember `depth` readings of each point."""
    points = len(rules)
    depth = depth or max(SHALLOWEST, min(DEEPEST, MOST_PLACES // max(points, 1)))
    places = points * depth
    return State(
        point_ids=rules.ids,
        depth=depth,
        time_us=np.zeros(places, np.int64),
        value=np.zeros(places, np.float64),
        first_us=np.zeros(places, np.int64),
        last_us=np.zeros(places, np.int64),
        own=np.zeros(places, np.uint8),
        doubt=np.zeros(places, np.uint8),
        start=np.zeros(points, np.int64),
        count=np.zeros(points, np.int64),
        newest_us=np.full(points, NEVER_US),
        level_us=np.full(points, NEVER_US),
        level=np.full(points, np.nan),
        before=np.full(points, np.nan),
        run_us=np.full(points, NEVER_US),
        arrival_us=np.full(points, NEVER_US),
        floor_us=np.full(points, NEVER_US),
        open=np.zeros(points, np.bool_),
    )
