"""What is plausible for one point: thresholds, each of which the park file may set per point.

`inf` switches a rule off. The defaults per quantity are in `defaults`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from math import inf, nan

HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class PointRules:
    """Thresholds of one point. Values are in the unit of its quantity, durations in seconds.

    - `minimum`, `maximum`: range, ends included.
    - `step_at_once` + `step_per_s` × seconds: how far it may move from one reading to the next.
    - `spike_above`: a single reading further than this off both neighbours is a spike.
    - `stuck_after_s`: an unchanged value is suspect from here on; zero is exempt unless
      `stuck_at_zero`.
    - `dropout_above`: exactly zero right after readings that all were above this is suspect.
    - `unit_slip_above`, `sign_slip_above`: levels from which on a factor of 1000 or a flipped sign
      is recognised.
    - `steepest_per_s`: how fast a register may rise (Wh a second).
    - `modulus`: where a register rolls over; NaN: a power of ten just above it.
    - `late_after_s`: an arrival this long after the event time is late.
    - `period_s`: time between two readings, silent after three of them (§11.9); NaN: learned.
    """

    minimum: float
    maximum: float
    step_at_once: float = inf
    step_per_s: float = 0.0
    spike_above: float = inf
    stuck_after_s: float = inf
    stuck_at_zero: bool = False
    dropout_above: float = inf
    unit_slip_above: float = inf
    sign_slip_above: float = inf
    steepest_per_s: float = inf
    modulus: float = nan
    late_after_s: float = 900.0
    period_s: float = nan

    def __post_init__(self) -> None:
        if not self.minimum <= self.maximum:
            raise ValueError(
                f"minimum {self.minimum} is not below maximum {self.maximum}: swap them"
            )
        for name in _NOT_NEGATIVE:
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is {getattr(self, name)}; write zero or more")


_NOT_NEGATIVE = (
    "step_at_once",
    "step_per_s",
    "spike_above",
    "stuck_after_s",
    "dropout_above",
    "unit_slip_above",
    "sign_slip_above",
    "steepest_per_s",
    "modulus",
    "late_after_s",
    "period_s",
)
FIELDS = tuple(field.name for field in fields(PointRules))


def overridden(rules: PointRules, changes: Mapping[str, float]) -> PointRules:
    """Return the rules with a park file's changes; ValueError names an unknown one."""
    if unknown := sorted(set(changes) - set(FIELDS)):
        raise ValueError(f"no rule {', '.join(unknown)}; there are {', '.join(FIELDS)}")
    return replace(rules, **changes)  # type: ignore[arg-type]
