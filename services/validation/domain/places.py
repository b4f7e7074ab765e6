"""Single places of the rings: a new reading, a line of a remembered one, where a walk stands."""

import numpy as np

from services.energy.readings import Doubt
from services.validation.domain.batch import Bytes, Mask
from services.validation.domain.state import HIDDEN, OWN, UNSETTLED, State
from services.validation.domain.telling import Line, Told
from services.validation.domain.walk import ACCEPTED, RECENT, Said, Walk

DOUBTS = {int(doubt): doubt for doubt in Doubt}
_ACCEPTED = np.zeros(256, np.bool_)
_ACCEPTED[[int(doubt) for doubt in ACCEPTED]] = True


def accepted(doubt: Bytes) -> Mask:
    """Return which doubts are of accepted readings."""
    mask: Mask = _ACCEPTED[doubt]
    return mask


def line_at(state: State, place: int) -> Line:
    """Return what a place holds."""
    return Line(
        int(state.time_us[place]),
        float(state.value[place]),
        DOUBTS[int(state.own[place]) & OWN],
        int(state.first_us[place]),
        int(state.last_us[place]),
    )


def shown_at(state: State, row: int, at_us: int) -> tuple[float, Doubt] | None:
    """Return value and doubt of what stands for an event time; None where nothing is remembered."""
    places = state.places(row)
    shown = places[(state.time_us[places] == at_us) & (state.doubt[places] != HIDDEN)]
    if not len(shown):
        return None
    return float(state.value[shown[0]]), DOUBTS[int(state.doubt[shown[0]])]


def lines_of(state: State, row: int) -> tuple[list[Line], list[int], list[bool]]:
    """Return all lines of a point, what each is shown with, and which were accepted at once."""
    places = state.places(row)
    own = state.own[places]
    columns = (
        state.time_us[places].tolist(),
        state.value[places].tolist(),
        [DOUBTS[doubt] for doubt in (own & OWN).tolist()],
        state.first_us[places].tolist(),
        state.last_us[places].tolist(),
    )
    settled = ((own & UNSETTLED) == 0).tolist()
    return [*map(Line, *columns)], state.doubt[places].tolist(), settled


def hold_all(
    state: State, row: int, lines: list[Line], settled: list[bool], doubts: list[int]
) -> None:
    """Put lines into the first places of a point."""
    mine = slice(row * state.depth, row * state.depth + len(lines))
    state.time_us[mine] = [line.at_us for line in lines]
    state.value[mine] = [line.value for line in lines]
    state.first_us[mine] = [line.first_us for line in lines]
    state.last_us[mine] = [line.last_us for line in lines]
    own = np.array([int(line.own) for line in lines], np.uint8)
    state.own[mine] = np.where(settled, own, own | np.uint8(UNSETTLED))
    state.doubt[mine] = doubts


def hold(state: State, place: int, line: Line, *, settled: bool, doubt: int) -> None:
    """Put a line into a place."""
    state.time_us[place], state.value[place] = line.at_us, line.value
    state.first_us[place], state.last_us[place] = line.first_us, line.last_us
    state.own[place] = int(line.own) | (0 if settled else UNSETTLED)
    state.doubt[place] = doubt


def push(state: State, row: int, told: Told) -> None:
    """Put a reading that is newer than all of its point into the ring."""
    start, count, depth = int(state.start[row]), int(state.count[row]), state.depth
    place = row * depth + (start + count) % depth
    if count == depth:
        forget(state, row, int(state.time_us[place]))
        state.start[row] = (start + 1) % depth
    else:
        state.count[row] = count + 1
    hold(state, place, told.line, settled=told.settled, doubt=int(told.doubt))


def forget(state: State, row: int, at_us: int) -> None:
    """Note that a reading falls out of memory."""
    state.floor_us[row] = max(int(state.floor_us[row]), at_us)
    state.known.pop((row, at_us), None)


def walk_of(state: State, row: int) -> Walk:
    """Return where the walk of a point stands."""
    if (walk := state.walks.get(row)) is not None:
        return walk
    places = state.places(row)
    recent: list[Said] = []
    for part in (places[-3 * RECENT :], places):
        at = part[accepted(state.doubt[part])][-RECENT:]
        recent = list(zip(state.time_us[at].tolist(), state.value[at].tolist(), strict=True))
        if len(recent) == RECENT:
            break
    return Walk(recent, int(state.run_us[row]))


def leave(state: State, row: int, walk: Walk, newest_us: int, arrival_us: int) -> None:
    """Note in the point's columns where its walk stands."""
    state.open[row] = walk.is_open
    if walk.is_open:
        state.walks[row] = walk
    else:
        state.walks.pop(row, None)
    if walk.recent:
        state.level_us[row], state.level[row] = walk.recent[-1]
        state.run_us[row] = walk.run_us
    state.before[row] = walk.recent[-2][1] if len(walk.recent) > 1 else np.nan
    state.newest_us[row] = newest_us
    state.arrival_us[row] = max(int(state.arrival_us[row]), arrival_us)
