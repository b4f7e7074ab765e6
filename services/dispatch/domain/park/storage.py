"""What keeps energy: batteries, heat, cold, gas and hydrogen stores (§6)."""

import itertools
from dataclasses import dataclass

from services.dispatch.domain.park.quantities import (
    NEAREST,
    Efficiency,
    Magnitude,
    Name,
    Number,
    Part,
    Share,
    Shares,
    must,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerAt(Part):
    """The largest powers at a level of charge; between two levels they change in a line."""

    level_kwh: Magnitude
    charge_kw: Magnitude
    discharge_kw: Magnitude


@dataclass(frozen=True, slots=True, kw_only=True)
class Target(Part):
    """A level wanted at a time (h from the start); what is missing is a violation."""

    at_h: Magnitude
    least_kwh: Magnitude


@dataclass(frozen=True, slots=True, kw_only=True)
class Hedge(Part):
    """Energy that may be needed at a time (h from the start) for what is not foreseen (§10).

    Each kWh that is missing of it then costs its price: what being without costs, times how likely
    it is. That is weighed like any other cost, and is no violation.
    """

    at_h: Magnitude
    least_kwh: Magnitude
    price_per_kwh: Magnitude


@dataclass(frozen=True, slots=True, kw_only=True)
class Store(Part):
    """A store with a window `lowest_kwh`..`highest_kwh` (§6).

    `power_at` limits powers by level (concave: each part's slope is at most the one before).
    `loss_share_per_h` of what is stored is lost each hour. `wear_per_kwh` is paid for each kWh
    discharged (cycles), `holding_price_per_kwh_h` for each kWh kept for an hour above
    `holding_free_kwh` (calendar wear). `end_value_per_kwh` is the worth of what is left; None: the
    lowest price at which it can be filled again, as the planner sees it. `most_cycles` bounds the
    energy discharged over the horizon in units of the window. `availability` is the share of both
    powers that is there: 0 is maintenance.
    """

    id: Name
    highest_kwh: Magnitude
    start_kwh: Magnitude
    charge_kw: Magnitude
    discharge_kw: Magnitude
    node: Name = "electricity"
    lowest_kwh: Magnitude = 0.0
    charge_efficiency: Efficiency = 1.0
    discharge_efficiency: Efficiency = 1.0
    loss_share_per_h: Share = 0.0
    wear_per_kwh: Magnitude = 0.0
    holding_price_per_kwh_h: Magnitude = 0.0
    holding_free_kwh: Magnitude = 0.0
    end_value_per_kwh: Number | None = None
    most_cycles: Magnitude | None = None
    power_at: tuple[PowerAt, ...] = ()
    availability: Shares = 1.0
    targets: tuple[Target, ...] = ()
    hedges: tuple[Hedge, ...] = ()

    def __post_init__(self) -> None:
        must(
            self.lowest_kwh <= self.highest_kwh,
            f"store {self.id}: lowest_kwh {self.lowest_kwh} is above highest_kwh"
            f" {self.highest_kwh}",
        )
        for name in ("charge_kw", "discharge_kw"):
            _must_be_concave(self.id, name, self.power_at)


def _must_be_concave(store: str, name: str, points: tuple[PowerAt, ...]) -> None:
    levels = [point.level_kwh for point in points]
    powers = [float(getattr(point, name)) for point in points]
    must(
        all(b - a >= NEAREST for a, b in itertools.pairwise(levels)),
        f"store {store}: power_at must have rising levels, {NEAREST:g} kWh apart at least",
    )
    slopes = [
        (powers[i + 1] - powers[i]) / (levels[i + 1] - levels[i]) for i in range(len(levels) - 1)
    ]
    must(
        all(a >= b - 1e-9 for a, b in itertools.pairwise(slopes)),
        f"store {store}: {name} of power_at must be concave (each slope at most the one before)",
    )
