"""What follows a level of a cumulative register (§2.3, §11.7).

It never falls and never rises faster than its device can move energy, give or take a quarter hour.
One that keeps to another level has rolled over, was reset or was exchanged: believed then, with
that name on the first reading. A fault does not last that long.
"""

from math import ceil, isnan, log10

from services.energy.readings import Doubt
from services.validation.domain.point_rules import HOUR_S, PointRules
from services.validation.domain.walk import Rivals, Said, Step, Walk

CONFIRMED_BY = 5
CONFIRMED_AFTER_US = HOUR_S * 1e6
QUARTER_S = 900.0
SLIP = 1000.0
SMALLEST_MODULUS = 1e5
"""Without a declared modulus a register rolls over at the power of ten above it, from here on."""


def step(walk: Walk, rules: PointRules, said: Said) -> Step:
    """Return what a register reading comes to that is possible by itself."""
    if not walk.recent:
        return walk.accept(said, rules, [])
    doubt = oddity(rules, walk.recent[-1], said)
    if doubt is Doubt.NONE:
        return walk.accept(said, rules, [])
    rivals = walk.oppose(doubt, said, rules, joins=_joins(walk.rivals, rules, doubt, said))
    if rivals.doubt is Doubt.UNIT_SLIP:
        rivals.doubt = doubt  # a slipped register counts a thousand times slower: all slip or none
    if _level_was_a_spike(walk, rules, rivals):
        return _without_spike(walk, rivals, rules)
    if _rolled_over(walk, rules, rivals):
        return walk.give_way(rivals, rules, Doubt.REGISTER_ROLLOVER, [])
    if _is_confirmed(rivals):
        anew = rivals.first[1] <= _most_wh(rules, walk.recent[-1][0], rivals.first[0])
        named = Doubt.REGISTER_RESET if anew else Doubt.METER_SWAP
        return walk.give_way(rivals, rules, named, [])
    return Step(rivals.doubt, settled=False)


def oddity(rules: PointRules, level: Said, said: Said) -> Doubt:
    """Return why a reading does not follow the level, or NONE."""
    most_wh = _most_wh(rules, level[0], said[0])
    rise_wh = said[1] - level[1]
    if 0.0 <= rise_wh <= most_wh:
        return Doubt.NONE
    if level[1] >= SLIP and _is_slip(level[1], said[1], most_wh):
        return Doubt.UNIT_SLIP
    return Doubt.REGISTER_BACKWARDS if rise_wh < 0.0 else Doubt.REGISTER_TOO_STEEP


def named(walk: Walk, rules: PointRules, said: Said) -> Doubt:
    """Return the name of a register value out of range: its sign or unit slipped, or just that."""
    if not walk.recent or walk.recent[-1][1] <= 0.0:
        return Doubt.OUT_OF_RANGE
    (level_us, level_wh), (at_us, value) = walk.recent[-1], said
    most_wh = _most_wh(rules, level_us, at_us)
    if level_wh <= -value <= level_wh + most_wh:
        return Doubt.SIGN_SLIP
    return Doubt.UNIT_SLIP if _is_slip(level_wh, value, most_wh) else Doubt.OUT_OF_RANGE


def _most_wh(rules: PointRules, from_us: int, to_us: int) -> float:
    return rules.steepest_per_s * ((to_us - from_us) / 1e6 + QUARTER_S)


def _is_slip(level_wh: float, value: float, most_wh: float) -> bool:
    """Return whether the value is the level in a unit a thousand times larger or smaller."""
    low, high = level_wh, level_wh + most_wh
    return low <= value / SLIP <= high or low - SLIP <= value * SLIP <= high


def _joins(rivals: Rivals | None, rules: PointRules, doubt: Doubt, said: Said) -> bool:
    """Return whether a reading goes on from the rivals, or slipped like them."""
    if rivals is None:
        return False
    return rivals.doubt is doubt is Doubt.UNIT_SLIP or _goes_on(rules, rivals.last, said)


def _goes_on(rules: PointRules, last: Said, said: Said) -> bool:
    return 0.0 <= said[1] - last[1] <= _most_wh(rules, last[0], said[0])


def _is_confirmed(rivals: Rivals) -> bool:
    if rivals.doubt is Doubt.UNIT_SLIP:
        return False
    return rivals.count >= CONFIRMED_BY and rivals.lasted_us() >= CONFIRMED_AFTER_US


def _level_was_a_spike(walk: Walk, rules: PointRules, rivals: Rivals) -> bool:
    """Return whether two readings go on from before the level: then the level was wrong."""
    if rivals.count != 2 or rivals.doubt is not Doubt.REGISTER_BACKWARDS or len(walk.recent) < 2:
        return False
    return oddity(rules, walk.recent[-2], rivals.first) is Doubt.NONE


def _without_spike(walk: Walk, rivals: Rivals, rules: PointRules) -> Step:
    spike_us = walk.recent[-1][0]
    walk.recent = walk.recent[:-1]
    walk.run_us = walk.recent[-1][0]
    return walk.give_way(rivals, rules, Doubt.NONE, [(spike_us, spike_us, Doubt.SPIKE)])


def _rolled_over(walk: Walk, rules: PointRules, rivals: Rivals) -> bool:
    """Return whether two readings count on beyond the register's highest number."""
    (level_us, level_wh), (first_us, first_wh) = walk.recent[-1], rivals.first
    if rivals.count != 2 or rivals.doubt is not Doubt.REGISTER_BACKWARDS:
        return False
    rise_wh = _modulus(rules, level_wh) - level_wh + first_wh
    return 0.0 <= rise_wh <= _most_wh(rules, level_us, first_us)


def _modulus(rules: PointRules, level_wh: float) -> float:
    if not isnan(rules.modulus):
        return rules.modulus
    return max(SMALLEST_MODULUS, 10.0 ** ceil(log10(level_wh + 1.0)))
