"""What follows a level of a power, a temperature, a state of charge: anything but a register.

§11.5: dropout, sign slip, unit slip and rate of change dispute the level; a single value off both
neighbours is a spike.
"""

from itertools import pairwise
from math import isnan, log
from statistics import median

from services.energy.readings import Doubt
from services.validation.domain.point_rules import HOUR_S, PointRules
from services.validation.domain.walk import Change, Rivals, Said, Step, Walk

CONFIRMED_BY = 5
CONFIRMED_AFTER_S = {
    Doubt.SIGN_SLIP: HOUR_S,
    Doubt.UNIT_SLIP: 24 * HOUR_S,
    Doubt.DROPOUT: 72 * HOUR_S,
}
"""How long rivals of a kind must agree to be the truth; rates of change need one follower."""
SLIP = 1000.0
SLIP_BAND, MIRROR_BAND, DRIFT_BAND = 3.0, 1.3, 10.0
"""A slipped value, put right, is within this factor of the recent ones; a flipped one is nearer;
and from one slipped value to the next a point may drift this far."""
FAR_OFF = 30.0
"""A slipped value is at least this factor away from the level: half of 1000 in logarithms."""
MIRROR_SHARE = 0.1
"""A flipped value is this near to the level's mirror image, as a share of the level."""
BACK_SHARE = 0.3
"""After a spike the neighbours agree to this share of its height."""
RESTLESS = 4.0
"""A spike stands out by more than this many median steps of the recent past."""


def step(walk: Walk, rules: PointRules, said: Said) -> Step:
    """Return what a reading comes to that is possible by itself."""
    if not walk.recent:
        return walk.accept(said, rules, [])
    spikes = _spikes(walk, rules, said[1])
    doubt = oddity(walk, rules, said)
    if doubt is Doubt.NONE:
        return walk.accept(said, rules, [*spikes, *_lone_rival(walk, said[1])])
    rivals = walk.rivals
    joins = rivals is not None and rivals.doubt is doubt and _agree(rules, doubt, rivals.last, said)
    rivals = walk.oppose(doubt, said, rules, joins=joins)
    if _is_confirmed(rivals):
        return walk.give_way(rivals, rules, Doubt.NONE, spikes)
    return Step(doubt, settled=False, changes=spikes)


def oddity(walk: Walk, rules: PointRules, said: Said) -> Doubt:
    """Return why a reading does not follow the level, or NONE."""
    level, value = walk.recent[-1][1], said[1]
    if _dropped_out(walk, rules, value):
        return Doubt.DROPOUT
    if _sign_slipped(walk, rules, level, value):
        return Doubt.SIGN_SLIP
    if _unit_slipped(walk, rules, level, value):
        return Doubt.UNIT_SLIP
    if not _within_reach(rules, walk.recent[-1], said):
        return Doubt.RATE_OF_CHANGE
    return Doubt.NONE


def named(walk: Walk, rules: PointRules, said: Said) -> Doubt:
    """Return the name of a value out of range: a slip of the recent level, or just that."""
    if not walk.recent:
        return Doubt.OUT_OF_RANGE
    size = abs(walk.recent[-1][1])
    if size >= rules.sign_slip_above and _slips_to(walk, -said[1], MIRROR_BAND):
        return Doubt.SIGN_SLIP
    if size >= rules.unit_slip_above and _slips_to(walk, said[1] / SLIP, SLIP_BAND):
        return Doubt.UNIT_SLIP
    walk.slipped = None
    return Doubt.OUT_OF_RANGE


def _slips_to(walk: Walk, put_right: float, band: float) -> bool:
    """Return whether a value put right goes on from the level, or from the last that slipped."""
    drifts = walk.slipped is not None and _alike(put_right, walk.slipped, DRIFT_BAND)
    if not drifts and not _like_recent(walk, put_right, band):
        return False
    walk.slipped = put_right
    return True


def is_spike(rules: PointRules, before: float, peak: float, after: float, usual: float) -> bool:
    """Return whether `peak` stands out of both neighbours, which agree."""
    up, down = peak - before, peak - after
    height = min(abs(up), abs(down))
    out = up * down > 0 and height > max(rules.spike_above, RESTLESS * usual)
    return out and abs(after - before) <= BACK_SHARE * height


def _spikes(walk: Walk, rules: PointRules, value: float) -> list[Change]:
    """Return the spike that the return of the level shows up; it leaves the recent past."""
    if walk.rivals is not None or len(walk.recent) < 2 or walk.run_us != walk.recent[-1][0]:
        return []
    (_, before), (peak_us, peak) = walk.recent[-2:]
    if not is_spike(rules, before, peak, value, _usual_step(walk.recent[:-1])):
        return []
    walk.recent = walk.recent[:-1]
    walk.run_us = walk.recent[-1][0]
    return [(peak_us, peak_us, Doubt.SPIKE)]


def _lone_rival(walk: Walk, value: float) -> list[Change]:
    """Return what a single reading was, now that another is believed.

    Out of reach it was a spike. One of another unit was none if the value did not go back to where
    it came from: it was read on the way.
    """
    rivals = walk.rivals
    if rivals is None or rivals.count > 1:
        return []
    if rivals.doubt is Doubt.RATE_OF_CHANGE:
        return [(rivals.first[0], rivals.first[0], Doubt.SPIKE)]
    put_right = rivals.first[1] * SLIP
    if rivals.doubt is Doubt.UNIT_SLIP and not _alike(put_right, value, SLIP_BAND):
        return [(rivals.first[0], rivals.first[0], Doubt.NONE)]
    return []


def _usual_step(recent: list[Said]) -> float:
    steps = [abs(b - a) for (_, a), (_, b) in pairwise(recent)]
    return median(steps) if steps else 0.0


def _agree(rules: PointRules, doubt: Doubt, last: Said, said: Said) -> bool:
    return doubt is not Doubt.RATE_OF_CHANGE or _within_reach(rules, last, said)


def _is_confirmed(rivals: Rivals) -> bool:
    if rivals.doubt is Doubt.RATE_OF_CHANGE:
        return rivals.count >= 2
    long_enough = rivals.lasted_us() >= CONFIRMED_AFTER_S[rivals.doubt] * 1e6
    return long_enough and rivals.count >= CONFIRMED_BY


def _within_reach(rules: PointRules, last: Said, said: Said) -> bool:
    seconds = (said[0] - last[0]) / 1e6
    return abs(said[1] - last[1]) <= rules.step_at_once + rules.step_per_s * seconds


def _dropped_out(walk: Walk, rules: PointRules, value: float) -> bool:
    if value != 0.0:
        return False
    return all(abs(was) > rules.dropout_above for _, was in walk.recent)


def _sign_slipped(walk: Walk, rules: PointRules, level: float, value: float) -> bool:
    if walk.rivals is not None and walk.rivals.doubt is Doubt.SIGN_SLIP:
        return abs(value - walk.rivals.last[1]) < abs(value - level)
    return (
        abs(level) >= rules.sign_slip_above
        and level * value < 0
        and abs(value + level) <= MIRROR_SHARE * abs(level)
    )


def _unit_slipped(walk: Walk, rules: PointRules, level: float, value: float) -> bool:
    if value == 0.0 or level == 0.0:
        return False
    if walk.rivals is not None and walk.rivals.doubt is Doubt.UNIT_SLIP:
        return _nearer(value, walk.rivals.last[1], level)
    if abs(level) < rules.unit_slip_above or abs(value) * FAR_OFF > abs(level):
        return False
    put_right = value * SLIP
    in_range = rules.minimum <= put_right <= rules.maximum
    return in_range and _like_recent(walk, put_right, SLIP_BAND)


def _nearer(value: float, here: float, there: float) -> bool:
    """Return whether a value is, by factor, nearer to `here` than to `there`."""
    if here == 0.0 or isnan(here):
        return False
    return abs(log(abs(value / here))) < abs(log(abs(value / there)))


def _like_recent(walk: Walk, value: float, band: float) -> bool:
    """Return whether a value has the sign and the size of the recent ones."""
    sizes = [abs(was) for _, was in walk.recent if was]
    if not sizes or value * walk.recent[-1][1] <= 0:
        return False
    return min(sizes) / band <= abs(value) <= max(sizes) * band


def _alike(value: float, other: float, band: float) -> bool:
    return value * other > 0 and abs(other) / band <= abs(value) <= abs(other) * band
