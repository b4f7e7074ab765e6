"""What turns one carrier into others: boilers, CHP, heat pumps, chillers, electrolysers (§7)."""

import itertools
from dataclasses import dataclass
from typing import Annotated

from annotated_types import MinLen

from services.dispatch.domain.park.quantities import (
    NEAREST,
    Count,
    Magnitude,
    Name,
    Number,
    Part,
    Positive,
    Series,
    Shares,
    must,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint(Part):
    """What comes out at an input."""

    input_kw: Magnitude
    output_kw: Magnitude


@dataclass(frozen=True, slots=True, kw_only=True)
class Output(Part):
    """What a unit gives to a node: `ratio` of its input (a COP may change by the step), or `curve`.

    A curve begins at `least_kw` and ends at `most_kw` of the unit; between points it is a line. A
    negative ratio takes from the node: an electrolyser's water, a capture's heat.
    """

    node: Name
    ratio: Series | None = None
    curve: tuple[CurvePoint, ...] = ()

    def __post_init__(self) -> None:
        must(
            (self.ratio is None) != (not self.curve),
            f"an output to {self.node} needs either ratio or curve",
        )
        must(len(self.curve) != 1, f"the curve to {self.node} needs two points at least")
        inputs = [point.input_kw for point in self.curve]
        must(
            all(b - a >= NEAREST for a, b in itertools.pairwise(inputs)),
            f"the curve to {self.node} must have rising input_kw, {NEAREST:g} kW apart at least",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit(Part):
    """A converter. When on, its input lies in `least_kw`..`most_kw` (§7).

    States are off, standby (only with `standby_kw`: it draws that much of its input and gives
    nothing) and on. A start from off costs `start_cost`; one after `cold_after_h` or more off costs
    `cold_start_cost` instead; one from standby costs nothing. `ramp_kw_per_h` bounds the change of
    input between two steps while on. `state_since_h` is how long the state at the beginning
    (`on_at_start`, with `input_at_start_kw`) has lasted. `most_starts` are those of the horizon,
    `most_starts_per_day` those of each calendar day, of the first beside `starts_today` that were
    before the horizon. `availability` is the share of `most_kw`
    that is there; 0 is maintenance and switches it off.
    """

    id: Name
    input_node: Name
    outputs: Annotated[tuple[Output, ...], MinLen(1)]
    most_kw: Positive
    least_kw: Magnitude = 0.0
    standby_kw: Magnitude | None = None
    start_cost: Magnitude = 0.0
    cold_start_cost: Magnitude | None = None
    cold_after_h: Positive | None = None
    running_cost_per_h: Magnitude = 0.0
    cost_per_kwh: Number = 0.0
    ramp_kw_per_h: Positive | None = None
    least_on_h: Magnitude = 0.0
    least_off_h: Magnitude = 0.0
    most_starts: int | None = None
    most_starts_per_day: Count | None = None
    starts_today: Count = 0
    on_at_start: bool = False
    state_since_h: Magnitude = 1000.0
    input_at_start_kw: Magnitude | None = None
    availability: Shares = 1.0

    def __post_init__(self) -> None:
        must(
            self.least_kw <= self.most_kw,
            f"unit {self.id}: least_kw {self.least_kw} is above most_kw {self.most_kw}",
        )
        must(
            (self.cold_start_cost is None) == (self.cold_after_h is None),
            f"unit {self.id}: cold_start_cost and cold_after_h belong together",
        )
        must(
            self.cold_start_cost is None or self.cold_start_cost >= self.start_cost,
            f"unit {self.id}: a cold start cannot be cheaper than a warm one",
        )
        must(self.most_starts is None or self.most_starts >= 0, "most_starts must not be negative")
        for output in self.outputs:
            if output.curve:
                ends = (output.curve[0].input_kw, output.curve[-1].input_kw)
                must(
                    ends == (self.least_kw, self.most_kw),
                    f"unit {self.id}: the curve to {output.node} spans {ends[0]}..{ends[1]} kW, not"
                    f" least_kw..most_kw {self.least_kw}..{self.most_kw}",
                )

    @property
    def is_committed(self) -> bool:
        """Whether it matters if the unit is on: then each step has that decision."""
        return bool(
            self.least_kw
            or self.start_cost
            or self.running_cost_per_h
            or self.standby_kw is not None
            or self.least_on_h
            or self.least_off_h
            or self.most_starts is not None
            or self.most_starts_per_day is not None
            or self.cold_start_cost
        )
