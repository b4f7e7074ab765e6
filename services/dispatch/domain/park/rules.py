"""Rules of the park as a whole: supply mode, carbon, reserve, steadiness (§8, §9)."""

from dataclasses import dataclass, field
from typing import Annotated

from annotated_types import Gt, Le

from services.dispatch.domain.park.horizon import MOMENT_H, Floats, Horizon
from services.dispatch.domain.park.quantities import (
    Magnitude,
    Name,
    Part,
    Positive,
    Series,
    Share,
    must,
)

LONGEST_RESERVE_H = 240.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance(Part):
    """A year's energies up to the beginning of the horizon, kWh; `used_kwh` is the park's load.

    `curtailed_kwh` could have been generated beside `generated_kwh`, and was not.
    """

    generated_kwh: Magnitude = 0.0
    fed_in_kwh: Magnitude = 0.0
    used_kwh: Magnitude = 0.0
    curtailed_kwh: Magnitude = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyMode(Part):
    """How the park is supplied (§8.1). Shares count the year so far and the horizon together.

    Green direct connection: `feed_in_share` (at most) and `self_use_share` (at least) of available
    generation, what is curtailed in it, and `load_share` (of use, at least). From `year_ends_h` on
    a new year counts, with nothing so far (None: after the horizon). Source-grid-load-storage:
    `no_feed_in`. Island: `island`, nothing goes through any grid.
    """

    feed_in_share: Share | None = None
    self_use_share: Share | None = None
    load_share: Share | None = None
    no_feed_in: bool = False
    island: bool = False
    so_far: Balance = field(default_factory=Balance)
    year_ends_h: Positive | None = None

    def years(self, horizon: Horizon) -> tuple[tuple[Floats, Balance], ...]:
        """Return how long each step lies in this year, (steps,) h, and the year so far.

        Where the year ends within the horizon the same of the next year too.
        """
        to_h, end_h = self.year_ends_h, float(horizon.ends_h[-1])
        if to_h is None or to_h >= end_h - MOMENT_H:
            return ((horizon.hours, self.so_far),)
        this, following = horizon.overlap_h(0.0, to_h), horizon.overlap_h(to_h, end_h)
        return (this, self.so_far), (following, Balance())


@dataclass(frozen=True, slots=True, kw_only=True)
class CarbonCap(Part):
    """At most `limit_kg` in `[from_h, to_h)`; what is beyond is a violation (§8.2)."""

    limit_kg: Magnitude
    to_h: Positive
    from_h: Magnitude = 0.0

    def __post_init__(self) -> None:
        must(self.to_h > self.from_h, f"a carbon cap from {self.from_h} h to {self.to_h} h is none")


@dataclass(frozen=True, slots=True, kw_only=True)
class CarbonRule(Part):
    """What a kg costs beside energy, and caps (§8.2)."""

    price_per_kg: Magnitude = 0.0
    caps: tuple[CarbonCap, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve(Part):
    """Enough in `stores` at each moment for the critical loads of the next `hours` (§8.3).

    Without sun, wind and grid. A store counts with what it can give in these hours: its energy,
    as far as its power (with `availability`) brings it to critical loads in time. Beyond the
    horizon the critical load of 24 h before counts, and `critical_after_kw` where that is before
    the horizon (None: nothing, which the plan's caveats say). Where no store is named all at
    electric nodes count; others cannot be named, and `critical` loads must be electric.
    """

    hours: Annotated[float, Gt(0.0), Le(LONGEST_RESERVE_H)]
    stores: tuple[Name, ...] = ()
    critical_after_kw: Magnitude | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Former(Part):
    """What the plan before had a device do in these steps; leaving it costs `move_cost_per_kw`.

    Within `committed_h` a start or stop may not change: of units, of processes, of interruptions
    (§9). A process counts by its power at the node that stands first in its `flows_kw`.
    """

    power_kw: dict[Name, Series] = field(default_factory=dict)
    move_cost_per_kw: Magnitude = 0.0
    committed_h: Magnitude = 0.0
