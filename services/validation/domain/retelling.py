"""Readings that came out of order: put into their place, and the walk taken up from before it.

When they arrived after all that is remembered, one new walk says what stands now, and whatever
differs is known since now. When frames overtook each other on the way, the walk is repeated arrival
by arrival, so that `known_at` is what it would have been in order of arrival (§11.8). So it is when
one of several values of an event time is repeated: what counts are its first and last arrival.
"""

from bisect import bisect_left
from dataclasses import dataclass

from services.energy.readings import Doubt
from services.validation.domain.anchors import (
    anchor_before,
    clean_anchor_before,
    clean_cut_after,
    is_anchor,
    walk_at,
)
from services.validation.domain.places import leave
from services.validation.domain.point_rules import PointRules
from services.validation.domain.recollecting import remembered, write_back
from services.validation.domain.state import State
from services.validation.domain.telling import (
    Key,
    Line,
    Telling,
    Told,
    keys_of,
)
from services.validation.domain.walk import IMPOSSIBLE, Walk

Reading = tuple[int, float, Doubt]
"""Event time, value, doubt by itself."""
Seen = dict[int, tuple[tuple[float, Doubt], int]]
"""By event time what a reader sees, and since when."""


@dataclass(frozen=True, slots=True)
class News:
    """A reading put among the lines; `repeats` one, or `matters` to what is told."""

    line: Line
    repeats: bool
    matters: bool

    def left_out(self, told: dict[int, Told]) -> Doubt:
        """Return why the reading has no row of its own, or NONE."""
        if self.repeats:
            return Doubt.DUPLICATE
        if told[self.line.at_us].line is self.line:
            return Doubt.NONE
        return self.line.own if self.line.own in IMPOSSIBLE else Doubt.CORRECTED


def put(lines: list[Line], reading: Reading, arrival_us: int) -> News:
    """Put a reading among the lines of its point, which lie in event-time order."""
    at_us, value, own = reading
    place = bisect_left(lines, at_us, key=_time)
    first = place
    while place < len(lines) and lines[place].at_us == at_us:
        line = lines[place]
        if line.is_same(at_us, value, own):
            return _repeated(line, arrival_us, alone=_is_alone(lines, first))
        place += 1
    line = Line(at_us, value, own, arrival_us, arrival_us)
    lines.insert(place, line)
    return News(line, repeats=False, matters=True)


def retell(
    state: State,
    rules: PointRules,
    telling: Telling,
    row: int,
    readings: list[Reading],
    arrival_us: int,
) -> tuple[Seen, dict[int, Told], list[News]]:
    """Return what was seen of a point, what is told now, and the readings as put in place."""
    lines, told = remembered(state, rules, row)
    before = _seen(told)
    news = [put(lines, reading, arrival_us) for reading in readings]
    matters = [one.line.at_us for one in news if one.matters]
    if matters:
        keys = keys_of(lines)
        first, last = (bisect_left(keys, of(matters), key=_key_time) for of in (min, max))
        telling.told = told
        repeats = any(one.repeats and one.matters for one in news)
        if arrival_us > int(state.arrival_us[row]) and not repeats:
            walk = _tell_latest(state, rules, telling, row, keys, first, arrival_us)
            leave(state, row, walk, lines[-1].at_us, arrival_us)
        elif not _tell_up_to_cut(state, rules, telling, row, keys, (first, last), arrival_us):
            walk = _tell_by_arrival(state, rules, telling, row, keys, first, arrival_us)
            leave(state, row, walk, lines[-1].at_us, arrival_us)
    write_back(state, row, lines, told)
    return before, told, news


def _time(line: Line) -> int:
    return line.at_us


def _key_time(key: Key) -> int:
    return key[0]


def _is_alone(lines: list[Line], first: int) -> bool:
    return first + 1 == len(lines) or lines[first + 1].at_us != lines[first].at_us


def _repeated(line: Line, arrival_us: int, *, alone: bool) -> News:
    """Take a repeat in: it matters when it came first, or when other values contest the time."""
    matters = arrival_us < line.first_us or (arrival_us > line.last_us and not alone)
    line.first_us = min(line.first_us, arrival_us)
    line.last_us = max(line.last_us, arrival_us)
    return News(line, repeats=True, matters=matters)


def _seen(told: dict[int, Told]) -> Seen:
    return {at_us: (one.row, one.known_us) for at_us, one in told.items()}


def _tell_latest(
    state: State,
    rules: PointRules,
    telling: Telling,
    row: int,
    keys: list[Key],
    first: int,
    arrival_us: int,
) -> Walk:
    """Walk anew with readings that arrived last: whatever differs now is known since now."""
    before = _seen(telling.told)
    anchor = anchor_before(keys, telling.told, first)
    walk = walk_at(keys, telling.told, anchor, rules, state, row)
    telling.walk(walk, keys[anchor + 1 :])
    for at_us in telling.touched:
        one = telling.told[at_us]
        seen = before.get(at_us)
        one.known_us = seen[1] if seen is not None and seen[0] == one.row else arrival_us
    return walk


def _tell_by_arrival(
    state: State,
    rules: PointRules,
    telling: Telling,
    row: int,
    keys: list[Key],
    first: int,
    arrival_us: int,
) -> Walk:
    """Walk anew arrival by arrival, from where all before had arrived before all after."""
    anchor = clean_anchor_before(keys, telling.told, first, arrival_us)
    start = walk_at(keys, telling.told, anchor, rules, state, row)
    head = {at_us: telling.told[at_us] for at_us, _ in keys[: anchor + 1]}
    doubts = {at_us: one.doubt for at_us, one in head.items()}
    seen, tail = _seen(head), keys[anchor + 1 :]
    walk, newest_us = _begin_again(telling, start, head, doubts), None
    for now_us, news in _by_arrival(tail):
        telling.touched.clear()
        if newest_us is None or min(news) > newest_us:
            telling.walk(walk, [key for key in tail if key[0] in news], now_us)
        else:
            walk = _begin_again(telling, start, head, doubts)
            telling.walk(walk, tail, now_us)
            telling.touched.update(head)
        newest_us = max(news if newest_us is None else {newest_us, *news})
        _note(seen, telling, now_us)
    for at_us, one in telling.told.items():
        one.known_us = seen[at_us][1]
    return walk


def _tell_up_to_cut(
    state: State,
    rules: PointRules,
    telling: Telling,
    row: int,
    keys: list[Key],
    changed: tuple[int, int],
    arrival_us: int,
) -> bool:
    """Walk anew up to a clean cut, if there the walk goes on as it did before: else change nothing.

    What is behind the cut came later than all before it and begins from the same walk, so it is
    told as it was. `changed` are the first and the last key that are told anew for sure.
    """
    first, last = changed
    newest = arrival_us > int(state.arrival_us[row])
    cut = None if newest else clean_cut_after(keys, telling.told, last)
    if cut is None:
        return False
    before = dict(telling.told)
    shown = [(one, one.doubt, one.known_us) for one in before.values()]
    went = walk_at(keys, before, cut, rules, state, row)
    walk = _tell_by_arrival(state, rules, telling, row, keys[: cut + 1], first, arrival_us)
    if walk == went and is_anchor(telling.told[keys[cut][0]]):
        telling.told.update((at_us, before[at_us]) for at_us, _ in keys[cut + 1 :])
        return True
    for one, doubt, known_us in shown:
        one.doubt, one.known_us = doubt, known_us
    telling.told.clear()
    telling.told.update(before)
    return False


def _begin_again(
    telling: Telling, start: Walk, head: dict[int, Told], doubts: dict[int, Doubt]
) -> Walk:
    """Return to the anchor: only what is up to it is told."""
    telling.told.clear()
    telling.told.update(head)
    for at_us, doubt in doubts.items():
        head[at_us].doubt = doubt
    return start.copy()


def _note(seen: Seen, telling: Telling, now_us: int) -> None:
    """Note what a reader sees differently since now."""
    for at_us in telling.touched:
        row = telling.told[at_us].row
        if at_us not in seen or seen[at_us][0] != row:
            seen[at_us] = (row, now_us)


def _by_arrival(keys: list[Key]) -> list[tuple[int, set[int]]]:
    """Return each arrival with the event times it said something of."""
    news: dict[int, set[int]] = {}
    for at_us, lines in keys:
        for line in lines:
            news.setdefault(line.first_us, set()).add(at_us)
            if len(lines) > 1:
                news.setdefault(line.last_us, set()).add(at_us)
    return sorted(news.items())
