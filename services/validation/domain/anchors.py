"""Where a walk can be taken up again: at a reading that was accepted at once and stayed so."""

from itertools import accumulate

from services.energy.readings import Doubt
from services.validation.domain.point_rules import PointRules
from services.validation.domain.state import NEVER_US, State
from services.validation.domain.telling import Key, Told
from services.validation.domain.walk import ACCEPTED, IMPOSSIBLE, RECENT, Said, Walk, goes_on

BEGINNING = -1
"""Before the first key: nothing is known yet."""


def anchor_before(keys: list[Key], told: dict[int, Told], first: int) -> int:
    """Return the last anchor before the key `first`, or BEGINNING."""
    places = range(first - 1, -1, -1)
    return next((i for i in places if is_anchor(told.get(keys[i][0]))), BEGINNING)


def clean_anchor_before(keys: list[Key], told: dict[int, Told], first: int, arrival_us: int) -> int:
    """Return the last anchor before `first` such that all up to it was known before all after it.

    `arrival_us` is when the readings at `first` and after arrived that are new.
    """
    earliest_after = [arrival_us] * len(keys)
    for i in range(len(keys) - 2, -1, -1):
        arrived = min(line.first_us for line in keys[i + 1][1])
        earliest_after[i] = min(earliest_after[i + 1], arrived)
    latest_us, best = NEVER_US, BEGINNING
    for i, (at_us, lines) in enumerate(keys[:first]):
        one = told.get(at_us)
        known_us = one.known_us if one is not None else NEVER_US
        latest_us = max(latest_us, known_us, *(line.last_us for line in lines))
        if latest_us < earliest_after[i] and is_anchor(one):
            best = i
    return best


def clean_cut_after(keys: list[Key], told: dict[int, Told], last: int) -> int | None:
    """Return an anchor behind the key `last` such that all up to it was known before all after it.

    What came after it has changed nothing up to it, or that would be known later. It lies as far
    behind as the recent past reaches; None when there is none before the newest key.
    """
    earliest_after = _earliest_after(keys)
    latest_us = NEVER_US
    for i, (at_us, lines) in enumerate(keys[:-1]):
        one = told.get(at_us)
        known_us = one.known_us if one is not None else NEVER_US
        latest_us = max(latest_us, known_us, *(line.last_us for line in lines))
        if latest_us >= earliest_after[-1]:
            return None
        if i >= last + RECENT and latest_us < earliest_after[i] and is_anchor(one):
            return i
    return None


def _earliest_after(keys: list[Key]) -> list[int]:
    """Return when the first of the readings behind each key but the newest arrived."""
    arrived = (min(line.first_us for line in lines) for _, lines in reversed(keys[1:]))
    return list(accumulate(arrived, min))[::-1]


def walk_at(
    keys: list[Key], told: dict[int, Told], anchor: int, rules: PointRules, state: State, row: int
) -> Walk:
    """Return the walk as it stood after the key `anchor`."""
    recent: list[Said] = []
    run_us, runs, barred = 0, True, False
    for at_us, _ in reversed(keys[: anchor + 1]):
        one = told.get(at_us)
        if one is None or one.line.own in IMPOSSIBLE:
            continue
        if one.doubt not in ACCEPTED:
            barred = True
            continue
        said = (at_us, one.line.value)
        runs = runs and (not recent or goes_on(said, recent[-1], rules))
        run_us = at_us if runs else run_us
        recent.append(said)
        runs, barred = runs and not barred, False
        if len(recent) >= RECENT and not runs:
            break
    if runs and state.run_us[row] < run_us and state.floor_us[row] != NEVER_US:
        run_us = int(state.run_us[row])
    return Walk(recent[:RECENT][::-1], run_us)


def is_anchor(one: Told | None) -> bool:
    """Whether a walk passes this reading the same way, whatever comes after it."""
    return (
        one is not None
        and one.settled
        and one.doubt in ACCEPTED
        and one.doubt is not Doubt.STUCK
        and one.line.own not in IMPOSSIBLE
    )
