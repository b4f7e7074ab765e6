"""Labelled faults in the demo park's streams: what was done to which reading, seeds fixed.

A trial is one stretch of one stream with one fault in it. `said` is what the device sends, `marked`
the event times whose rows must carry one of the fault's names in the end.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import floor, inf, isfinite

import numpy as np
from numpy.typing import NDArray

from services.energy.readings import Doubt
from services.validation.domain.defaults import default_rules
from services.validation.domain.point_rules import PointRules
from services.validation.domain.rules import Rules
from tests.support.recorded_streams import Stream

Values = NDArray[np.float64]
Random = np.random.Generator
SAID_TYPE = np.dtype([("arrives", np.int64), ("at", np.int64), ("value", np.float64)])
OFFSET_WH = 2e7
"""Registers in a trial start high enough to be reset, swapped and rolled over."""
MODULUS_WH = 1e8


@dataclass(frozen=True, eq=False)
class Trial:
    """Times are steps from the stretch's start; `said` has `SAID_TYPE`, by arrival."""

    stream: Stream
    truth: Values
    said: NDArray[np.void]
    marked: NDArray[np.int64]


@dataclass(frozen=True)
class Fault:
    """One class of faults: how it is made, the doubts that name it, minutes between readings."""

    name: str
    make: Callable[[Stream, PointRules, Values, Random], Trial | None]
    names: tuple[Doubt, ...]
    minutes_apart: int = 1
    steps: int = 420
    dropped: bool = False


def trials_of(fault: Fault, streams: list[Stream], count: int, seed: int) -> list[Trial]:
    """Return so many trials, in turn over all streams that can show the fault."""
    rng = np.random.default_rng(seed)
    rules = {stream.point.id: rules_of(stream, streams) for stream in streams}
    able, trials, misses = list(streams), [], 0
    while len(trials) < count and able:
        stream = able[len(trials) % len(able)]
        made = _attempted(fault, stream, rules[stream.point.id], rng)
        if made is None:
            able.remove(stream)
            misses += 1
            continue
        trials.append(made)
    return trials


def rules_of(stream: Stream, streams: list[Stream]) -> PointRules:
    """Return the default rules of a stream's point among its device's points."""
    largest_w = max(
        (
            max(abs(other.point.minimum), abs(other.point.maximum))
            for other in streams
            if other.point.device_id == stream.point.device_id
            and other.point.quantity.value in ("active_power_w", "thermal_power_w")
        ),
        default=inf,
    )
    return default_rules(stream.point, stream.kind, largest_w)


def _attempted(fault: Fault, stream: Stream, rules: PointRules, rng: Random) -> Trial | None:
    every, length = fault.minutes_apart, fault.steps * fault.minutes_apart
    for _ in range(60):
        first = int(rng.integers(0, len(stream.values) - length))
        values = stream.values[first : first + length : every]
        if not _is_sound(stream, rules, values, every):
            continue
        if stream.point.quantity.is_register:
            values = values - values[0] + OFFSET_WH + float(rng.integers(0, 6e7))
        made = fault.make(stream, rules, values, rng)
        if made is not None:
            return made
    return None


def _is_sound(stream: Stream, rules: PointRules, values: Values, every: int) -> bool:
    """Return whether a stretch holds none of the defects the recordings are known to have."""
    within = (values >= rules.minimum) & (values <= rules.maximum)
    if not within.all():
        return False
    if isfinite(rules.dropout_above) and (values == 0.0).any():
        return False
    changes = np.flatnonzero(np.append(True, values[1:] != values[:-1]))
    longest_s = np.diff(np.append(changes, len(values))).max() * every * 60
    return bool(
        longest_s < rules.stuck_after_s or not isfinite(rules.stuck_after_s) or _rests(values)
    )


def _rests(values: Values) -> bool:
    return bool((values == 0.0).all())


def said_plainly(values: Values) -> NDArray[np.void]:
    """Return readings that each arrive in the minute they were true."""
    said = np.zeros(len(values), SAID_TYPE)
    said["arrives"] = said["at"] = np.arange(len(values))
    said["value"] = values
    return said


def _spoiled(stream: Stream, truth: Values, values: Values, marked: Values | None = None) -> Trial:
    different = np.flatnonzero(values != truth) if marked is None else marked
    return Trial(stream, truth, said_plainly(values), different.astype(np.int64))


def _span(rng: Random, truth: Values, longest: int) -> slice:
    """Return where a fault lies: half of them single readings, with hours around it."""
    length = 1 if rng.random() < 0.5 else int(rng.integers(5, longest))
    first = int(rng.integers(30, len(truth) - length - 30))
    return slice(first, first + length)


# --- values ---------------------------------------------------------------------------------


def spike(stream: Stream, rules: PointRules, truth: Values, rng: Random) -> Trial | None:
    """One reading off by a lot."""
    at, values = int(rng.integers(30, len(truth) - 30)), truth.copy()
    if stream.point.quantity.is_register:
        if not isfinite(rules.steepest_per_s):
            return None
        quarter_wh = rules.steepest_per_s * 900.0
        values[at] += rng.choice((1.0, -1.0)) * floor(quarter_wh * rng.uniform(0.3, 30.0))
        return _spoiled(stream, truth, np.maximum(values, 1.0))
    if not isfinite(rules.spike_above):
        return None
    height = rng.uniform(1.5, 6.0) * rules.spike_above
    ways = [truth[at] + height, truth[at] - height]
    inside = [value for value in ways if rules.minimum <= value <= rules.maximum]
    values[at] = rng.choice(inside or ways)
    return _spoiled(stream, truth, values)


def stuck(stream: Stream, rules: PointRules, truth: Values, rng: Random) -> Trial | None:
    """A value that stands still for longer than the quantity does."""
    steps = rules.stuck_after_s * rng.uniform(1.1, 1.5) / 300.0
    if not isfinite(steps):
        return None
    length, changes = int(steps), np.flatnonzero(truth[1:60] != truth[:59]) + 1
    if not len(changes):
        return None
    first = int(rng.choice(changes))  # from where the value was last seen to change
    frozen = truth[first]
    if frozen == 0.0 or first + length + 12 >= len(truth):
        return None
    values = truth.copy()
    values[first : first + length] = frozen
    return _spoiled(stream, truth, values, np.arange(first + 1, first + length))


def unit_slip(stream: Stream, rules: PointRules, truth: Values, rng: Random) -> Trial | None:
    """A factor of 1000, for one reading or up to three hours."""
    span, factor = _span(rng, truth, 180), rng.choice((1000.0, 0.001))
    level = abs(truth[span.start - 1])
    if not stream.point.quantity.is_register:
        if not level >= 2 * rules.unit_slip_above or (truth[span] == 0.0).any():
            return None
        return _spoiled(stream, truth, _times(truth, span, factor))
    values = truth.copy()
    values[span] = np.floor(values[span] * factor)
    return _spoiled(stream, truth, values)


def _times(truth: Values, span: slice, factor: float) -> Values:
    values = truth.copy()
    values[span] *= factor
    return values


def sign_slip(stream: Stream, rules: PointRules, truth: Values, rng: Random) -> Trial | None:
    """A flipped sign; where both signs are usual for less than an hour."""
    both = rules.minimum < 0.0 < rules.maximum and rules.minimum < -0.05 * rules.maximum
    both = both and -rules.minimum > 0.05 * rules.maximum and rules.maximum > -0.05 * rules.minimum
    span = _span(rng, truth, 50 if both else 180)
    if stream.point.quantity.is_register:
        return _spoiled(stream, truth, _times(truth, span, -1.0))
    floor_at = 2 * rules.sign_slip_above
    if not (np.abs(truth[span.start - 1 : span.stop + 1]) >= floor_at).all():
        return None
    return _spoiled(stream, truth, _times(truth, span, -1.0))


def dropout(stream: Stream, rules: PointRules, truth: Values, rng: Random) -> Trial | None:
    """Exactly zero instead of a load that never rests."""
    if not isfinite(rules.dropout_above):
        return None
    span, values = _span(rng, truth, 300), truth.copy()
    if not (truth[span.start - 10 : span.start] > rules.dropout_above).all():
        return None
    values[span] = 0.0
    return _spoiled(stream, truth, values)


def not_a_number(stream: Stream, rules: PointRules, truth: Values, rng: Random) -> Trial | None:
    """NaN or infinity."""
    span, values = _span(rng, truth, 60), truth.copy()
    values[span] = rng.choice((np.nan, np.inf, -np.inf))
    return _spoiled(stream, truth, values)


# --- registers ------------------------------------------------------------------------------


def reset(stream: Stream, rules: PointRules, truth: Values, rng: Random) -> Trial | None:
    """The register counts from zero again."""
    return _new_level(stream, truth, rng, 0.0)


def swap(stream: Stream, rules: PointRules, truth: Values, rng: Random) -> Trial | None:
    """Another meter, with another count."""
    share = rng.uniform(0.3, 0.7) if rng.random() < 0.5 else rng.uniform(1.3, 3.0)
    return _new_level(stream, truth, rng, floor(truth[0] * share))


def _new_level(stream: Stream, truth: Values, rng: Random, start_wh: float) -> Trial | None:
    if not stream.point.quantity.is_register:
        return None
    at, values = int(rng.integers(60, len(truth) - 180)), truth.copy()
    values[at:] = truth[at:] - truth[at - 1] + start_wh
    return _spoiled(stream, truth, values, np.array([at]))


def roll_over(stream: Stream, rules: PointRules, truth: Values, rng: Random) -> Trial | None:
    """The register passes its highest number."""
    at = int(rng.integers(60, len(truth) - 180))
    if not stream.point.quantity.is_register or truth[at] - truth[at - 1] < 2:
        return None
    values = (truth - truth[at - 1] + MODULUS_WH - 1.0) % MODULUS_WH
    return _spoiled(stream, truth, values, np.array([at]))


# --- the way --------------------------------------------------------------------------------


def late(stream: Stream, rules: PointRules, truth: Values, rng: Random) -> Trial | None:
    """Readings that arrive 20 minutes to three hours after the others of their time."""
    span, said = _span(rng, truth[:-200], 60), said_plainly(truth)
    said["arrives"][span] += int(rng.integers(20, 180))
    return Trial(stream, truth, said, np.arange(span.start, span.stop))


def repeated(stream: Stream, rules: PointRules, truth: Values, rng: Random) -> Trial | None:
    """Readings that come again up to three hours later."""
    span, said = _span(rng, truth[:-200], 60), said_plainly(truth)
    again = said[span].copy()
    again["arrives"] += int(rng.integers(0, 180))
    return Trial(stream, truth, np.concatenate([said, again]), np.arange(span.start, span.stop))


def corrected(stream: Stream, rules: PointRules, truth: Values, rng: Random) -> Trial | None:
    """Readings that were a little wrong at first and come right up to three hours later."""
    at, said = int(rng.integers(30, len(truth) - 200)), said_plainly(truth)
    first = (truth[at - 1] + truth[at + 1]) / 2 if stream.point.quantity.is_register else truth[at]
    first = floor(first) if stream.point.quantity.is_register else first * rng.uniform(0.97, 1.0)
    if first == truth[at]:
        return None
    said["value"][at] = first
    again = said[at : at + 1].copy()
    again["arrives"], again["value"] = at + int(rng.integers(1, 180)), truth[at]
    return Trial(stream, truth, np.concatenate([said, again]), np.array([at]))


def ahead(stream: Stream, rules: PointRules, truth: Values, rng: Random) -> Trial | None:
    """Readings that arrive long before the time they say."""
    span, said = _span(rng, truth, 30), said_plainly(truth)
    said["arrives"][span] -= int(rng.integers(7, 29))
    return Trial(stream, truth, said, np.arange(span.start, span.stop))


STEEP = (Doubt.REGISTER_TOO_STEEP, Doubt.REGISTER_BACKWARDS)
FAULTS = (
    Fault("spike", spike, (Doubt.SPIKE, Doubt.RATE_OF_CHANGE, Doubt.OUT_OF_RANGE, *STEEP)),
    Fault("stuck", stuck, (Doubt.STUCK,), minutes_apart=5, steps=800),
    Fault("unit slip", unit_slip, (Doubt.UNIT_SLIP,)),
    Fault("sign slip", sign_slip, (Doubt.SIGN_SLIP,)),
    Fault("dropout", dropout, (Doubt.DROPOUT,)),
    Fault("not a number", not_a_number, (Doubt.NOT_A_NUMBER,)),
    Fault("register reset", reset, (Doubt.REGISTER_RESET,)),
    Fault("register roll-over", roll_over, (Doubt.REGISTER_ROLLOVER,)),
    Fault("meter swap", swap, (Doubt.METER_SWAP,)),
    Fault("late", late, (Doubt.LATE,)),
    Fault("duplicate", repeated, (Doubt.DUPLICATE,), dropped=True),
    Fault("correction", corrected, (Doubt.CORRECTED,)),
    Fault("future stamp", ahead, (Doubt.IN_FUTURE,)),
)


def renamed(trials: list[Trial], streams: list[Stream]) -> Rules:
    """Return rules in which each trial is a point of its own, with the defaults of its stream."""
    points = [
        replace(trial.stream.point, id=f"{trial.stream.point.id}#{k}", device_id=f"trial{k}")
        for k, trial in enumerate(trials)
    ]
    kinds = {f"trial{k}": trial.stream.kind for k, trial in enumerate(trials)}
    steepest = {
        point.id: {"steepest_per_s": rules_of(trial.stream, streams).steepest_per_s}
        for point, trial in zip(points, trials, strict=True)
    }
    return Rules.of(points, kinds, steepest)
