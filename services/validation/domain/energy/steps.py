"""From one register reading to the next: what moved, and how sure that is (energy-accounting 3).

This file is the meaning; `ordinary` does the usual case of it for many registers at once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum, IntFlag
from itertools import pairwise
from typing import NamedTuple

from services.validation.domain.energy.readings import Counts
from services.validation.domain.energy.table import NO_ROLL_OVER, RegisterRule


class Reading(NamedTuple):
    """One register reading; `counts` is a `Counts`."""

    time_us: int
    wh: int
    counts: int


class Part(IntEnum):
    """Where the energy of a step belongs."""

    BELIEVED = 1
    ESTIMATED = 2
    SUSPENSE = 3
    WRITTEN_OFF = 4
    UNKNOWN = 5  # one register life ended and another began; nobody knows what flowed meanwhile


class Method(IntFlag):
    """How what is not simply believed came about; several may shape one interval."""

    NONE = 0
    LINEAR = 1  # the total is known, spread evenly over a gap
    PROFILE = 2  # the total is known, spread like a like day
    FROM_ZERO = 4  # a reset register has counted this since zero; when it was reset is unknown
    SUSPECT = 8  # a suspect reading shaped it
    ACCEPTED = 16  # an editor took it out of suspense
    EDITED = 32  # an editor wrote the interval's energy
    BROKEN = 64  # holds time of which nothing is known: a new register life, its start unknown


@dataclass(frozen=True, slots=True)
class Step:
    """Energy of (start, end] of one register; `account` names where written-off energy went."""

    start_us: int
    end_us: int
    wh: int
    part: Part
    method: Method = Method.NONE
    account: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Swap:
    """A meter exchanged at `at_us`: the old one's last register and the new one's first."""

    at_us: int
    old_end_wh: int
    new_start_wh: int


@dataclass(frozen=True, slots=True)
class Ruling:
    """What an editor decided of a suspense entry: into the intervals, or to a named account."""

    accepted: bool
    account: str = ""


Rulings = Mapping[tuple[int, int, int], Ruling]
"""By the (start, end, Wh) that the editor saw: when the entry changes, it is open again."""


def supports(readings: Iterable[Reading], rule: RegisterRule) -> list[Reading]:
    """Return the readings that energy is counted between: believed ones and suspects that fit.

    `readings` are in time order. A suspect fits when the register could have gone through it.
    """
    kept: list[Reading] = []
    suspects = 0
    for reading in readings:
        if reading.counts == Counts.BELIEVED:
            while suspects and not _follows(kept[-1], reading, rule):
                kept.pop()
                suspects -= 1
            kept.append(reading)
            suspects = 0
        elif reading.counts == Counts.SUSPECT and (not kept or _follows(kept[-1], reading, rule)):
            kept.append(reading)
            suspects += 1
    return kept


def steps_of(
    supported: Sequence[Reading], rule: RegisterRule, swaps: Sequence[Swap], rulings: Rulings
) -> Iterator[Step]:
    """Yield the steps between consecutive `supports`; they adjoin and leave nothing out."""
    for before, after in pairwise(supported):
        suspect = Counts.SUSPECT in (before.counts, after.counts)
        for leg in _legs(before, after, swaps):
            yield _ruled(_step(leg, rule, suspect), rulings)


class _Leg(NamedTuple):
    """A stretch of one register's life. `end_wh` is None where the end was declared, not read."""

    start_us: int
    end_us: int
    start_wh: int
    rise_wh: int
    end_wh: int | None


def _legs(before: Reading, after: Reading, swaps: Sequence[Swap]) -> list[_Leg]:
    """Return the register lives between two readings; a life without duration joins the last."""
    legs: list[_Leg] = []
    start_us, start_wh = before.time_us, before.wh
    for swap in swaps:
        if before.time_us < swap.at_us <= after.time_us:
            _join(legs, _Leg(start_us, swap.at_us, start_wh, swap.old_end_wh - start_wh, None))
            start_us, start_wh = swap.at_us, swap.new_start_wh
    _join(legs, _Leg(start_us, after.time_us, start_wh, after.wh - start_wh, after.wh))
    return legs


def _join(legs: list[_Leg], leg: _Leg) -> None:
    if leg.start_us == leg.end_us and legs:
        last = legs.pop()
        leg = last._replace(rise_wh=last.rise_wh + leg.rise_wh)
    legs.append(leg)


def _step(leg: _Leg, rule: RegisterRule, suspect: bool) -> Step:
    duration_us = leg.end_us - leg.start_us
    rise_wh = _rolled_over(leg, rule)
    if rise_wh < 0:
        return _after_reset(leg, rule)
    if not rule.allows(rise_wh, duration_us):
        return Step(leg.start_us, leg.end_us, rise_wh, Part.SUSPENSE)
    if duration_us <= rule.gap_after_us and not suspect:
        return Step(leg.start_us, leg.end_us, rise_wh, Part.BELIEVED)
    method = _method(rule, leg) | (Method.SUSPECT if suspect else Method.NONE)
    return Step(leg.start_us, leg.end_us, rise_wh, Part.ESTIMATED, method)


def _rolled_over(leg: _Leg, rule: RegisterRule) -> int:
    """Return the rise, counted through the roll-over where that is what must have happened."""
    modulus_wh = rule.rolls_over_at(leg.start_wh)
    if leg.rise_wh >= 0 or modulus_wh == NO_ROLL_OVER:
        return leg.rise_wh
    through_wh = leg.rise_wh + modulus_wh
    credible = 0 <= through_wh < modulus_wh // 2
    if credible and rule.allows(through_wh, leg.end_us - leg.start_us):
        return through_wh
    return leg.rise_wh


def _after_reset(leg: _Leg, rule: RegisterRule) -> Step:
    """Return what a register counted since it began again, at zero if it stands low enough."""
    if (wh := since_zero(leg.start_wh, leg.end_wh, leg.end_us - leg.start_us, rule)) is not None:
        return Step(leg.start_us, leg.end_us, wh, Part.ESTIMATED, Method.FROM_ZERO | Method.LINEAR)
    return Step(leg.start_us, leg.end_us, 0, Part.UNKNOWN, Method.BROKEN)


def since_zero(
    shown_wh: int, shows_wh: int | None, duration_us: int, rule: RegisterRule
) -> int | None:
    """Return what a register that fell has counted since zero; None when it began elsewhere."""
    low = shows_wh is not None and 2 * shows_wh <= shown_wh
    return shows_wh if low and rule.allows(shows_wh or 0, duration_us) else None


def _ruled(step: Step, rulings: Rulings) -> Step:
    if step.part is not Part.SUSPENSE:
        return step
    ruling = rulings.get((step.start_us, step.end_us, step.wh))
    if ruling is None:
        return step
    if ruling.accepted:
        return replace(step, part=Part.ESTIMATED, method=Method.ACCEPTED)
    return replace(step, part=Part.WRITTEN_OFF, account=ruling.account)


def _method(rule: RegisterRule, leg: _Leg) -> Method:
    return Method.LINEAR if rule.shape_of(leg.start_us, leg.end_us) is None else Method.PROFILE


def _follows(before: Reading, after: Reading, rule: RegisterRule) -> bool:
    rise_wh = after.wh - before.wh
    return rise_wh >= 0 and rule.allows(rise_wh, after.time_us - before.time_us)
