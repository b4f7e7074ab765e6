"""A point's memory as lines and what was told of them, and back into its ring."""

from services.validation.domain.places import DOUBTS, forget, hold_all, lines_of
from services.validation.domain.point_rules import PointRules
from services.validation.domain.state import HIDDEN, State
from services.validation.domain.telling import ALWAYS_US, Line, Told, base_doubt, keys_of
from services.validation.domain.walk import IMPOSSIBLE


def remembered(state: State, rules: PointRules, row: int) -> tuple[list[Line], dict[int, Told]]:
    """Return the lines of a point and what was told of them."""
    lines, shown, settled = lines_of(state, row)
    told: dict[int, Told] = {}
    for line, doubt, at_once in zip(lines, shown, settled, strict=True):
        if doubt != HIDDEN:
            known_us = state.known.get((row, line.at_us), line.first_us)
            own = DOUBTS[doubt]
            told[line.at_us] = Told(line, own, own, at_once, known_us)
    for at_us, same in keys_of(lines):
        possible = [line for line in same if line.own not in IMPOSSIBLE]
        if possible:
            told[at_us].base = base_doubt(rules, told[at_us].line, possible, ALWAYS_US)
    return lines, told


def write_back(state: State, row: int, lines: list[Line], told: dict[int, Told]) -> None:
    """Put the newest lines back into the ring."""
    for line in lines[: -state.depth]:
        forget(state, row, line.at_us)
    kept = lines[-state.depth :]
    state.start[row], state.count[row] = 0, len(kept)
    stands = [told[line.at_us].line is line for line in kept]
    every = list(zip((told[line.at_us] for line in kept), stands, strict=True))
    settled = [own and one.settled for one, own in every]
    hold_all(state, row, kept, settled, [int(one.doubt) if own else HIDDEN for one, own in every])
    for one, own in every:
        if own:
            _note_known(state, row, one)


def _note_known(state: State, row: int, one: Told) -> None:
    key = row, one.line.at_us
    if one.known_us != one.line.first_us:
        state.known[key] = one.known_us
    else:
        state.known.pop(key, None)
