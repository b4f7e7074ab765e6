"""One point's readings of one frame, walked one by one: whatever is not quiet comes here.

In order of both clocks a reading only prolongs the walk; anything else is told anew (`retelling`).
What is older than memory is judged among what came with it (§11.1).
"""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from services.energy.readings import Doubt
from services.validation.domain.places import DOUBTS, leave, line_at, push, walk_of
from services.validation.domain.point_rules import PointRules
from services.validation.domain.retelling import Reading, put, retell
from services.validation.domain.rules import Rules
from services.validation.domain.state import HIDDEN, State
from services.validation.domain.telling import (
    ALWAYS_US,
    Line,
    Telling,
    base_doubt,
    keys_of,
    may_change,
)
from services.validation.domain.walk import IMPOSSIBLE, Change, Walk


@dataclass(frozen=True, slots=True)
class Row:
    """What stands for one event time since `known_us`; `restated` when a row stood before."""

    value: float
    doubt: Doubt
    known_us: int
    restated: bool


@dataclass(slots=True)
class Outcome:
    """The rows of one point by event time, and the doubts of what left no row."""

    rows: dict[int, Row] = field(default_factory=dict)
    dropped: list[Doubt] = field(default_factory=list)


def rejudge(
    state: State, rules: Rules, row: int, readings: list[Reading], arrival_us: int
) -> Outcome:
    """Return what the readings of one point come to, and remember them."""
    outcome = Outcome()
    floor_us, mine = int(state.floor_us[row]), rules.of_point[row]
    readings = sorted(readings, key=_by_time)
    beyond = [reading for reading in readings if reading[0] <= floor_us]
    within = readings[len(beyond) :]
    telling = Telling(mine, bool(rules.is_register[row]), {})
    if beyond:
        _judge_among_themselves(telling, beyond, arrival_us, outcome)
    if within and _in_order(state, row, within, arrival_us):
        _go_on(state, mine, telling, row, within, arrival_us, outcome)
    elif within:
        _put_in_place(state, mine, telling, row, within, arrival_us, outcome)
    return outcome


def _by_time(reading: Reading) -> tuple[int, float, int]:
    at_us, value, own = reading
    return at_us, value if value == value else float("inf"), own


def _in_order(state: State, row: int, readings: list[Reading], arrival_us: int) -> bool:
    """Return whether each reading is newer than all before it, by both clocks."""
    times = [int(state.newest_us[row]), *(reading[0] for reading in readings)]
    rising = all(a < b for a, b in pairwise(times))
    return rising and arrival_us > int(state.arrival_us[row])


def _judge_among_themselves(
    telling: Telling, readings: list[Reading], arrival_us: int, outcome: Outcome
) -> None:
    lines: list[Line] = []
    news = [put(lines, reading, arrival_us) for reading in readings]
    telling.walk(Walk(), keys_of(lines))
    for at_us, told in telling.told.items():
        outcome.rows[at_us] = Row(told.line.value, told.doubt, arrival_us, restated=False)
    outcome.dropped += [doubt for one in news if (doubt := one.left_out(telling.told))]


def _go_on(
    state: State,
    rules: PointRules,
    telling: Telling,
    row: int,
    readings: list[Reading],
    arrival_us: int,
    outcome: Outcome,
) -> None:
    """Prolong the walk by readings that are newer than all before."""
    walk = walk_of(state, row)
    for at_us, value, own in readings:
        telling.told, telling.changes = {}, []
        telling.walk(walk, [(at_us, [Line(at_us, value, own, arrival_us, arrival_us)])])
        told = telling.told[at_us]
        push(state, row, told)
        outcome.rows[at_us] = Row(value, told.doubt, arrival_us, restated=False)
        for change in telling.changes:
            _restate(state, rules, row, change, arrival_us, outcome)
    leave(state, row, walk, readings[-1][0], arrival_us)


def _restate(
    state: State, rules: PointRules, row: int, change: Change, known_us: int, outcome: Outcome
) -> None:
    """Change the doubt of remembered readings and show those that differ again."""
    first_us, last_us, doubt = change
    places = state.places(row)
    times = state.time_us[places]
    low, high = np.searchsorted(times, first_us), np.searchsorted(times, last_us, "right")
    for place in places[low:high].tolist():
        shown, line = int(state.doubt[place]), line_at(state, place)
        if shown == HIDDEN or not may_change(line.own, DOUBTS[shown], doubt):
            continue
        new = doubt or _base(state, rules, places[times == line.at_us].tolist(), place)
        if new != shown:
            state.doubt[place] = int(new)
            state.known[row, line.at_us] = known_us
            earlier = outcome.rows.get(line.at_us)
            restated = earlier is None or earlier.restated
            outcome.rows[line.at_us] = Row(line.value, new, known_us, restated)


def _base(state: State, rules: PointRules, same: list[int], place: int) -> Doubt:
    lines = [line_at(state, other) for other in same]
    possible = [line for line in lines if line.own not in IMPOSSIBLE]
    return base_doubt(rules, lines[same.index(place)], possible, ALWAYS_US)


def _put_in_place(
    state: State,
    rules: PointRules,
    telling: Telling,
    row: int,
    readings: list[Reading],
    arrival_us: int,
    outcome: Outcome,
) -> None:
    """Put readings between those that are remembered, and show what differs now."""
    before, told, news = retell(state, rules, telling, row, readings, arrival_us)
    for at_us, one in told.items():
        if (one.row, one.known_us) != before.get(at_us):
            restated = at_us in before
            outcome.rows[at_us] = Row(one.line.value, one.doubt, one.known_us, restated)
    outcome.dropped += [doubt for one in news if (doubt := one.left_out(told))]
