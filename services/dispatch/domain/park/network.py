"""Places where flows meet, and what joins them with each other and the world (§2, §3, §4)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from annotated_types import Ge, Le

from services.dispatch.domain.park.quantities import (
    ABSURD,
    SHORTEST_H,
    Magnitude,
    Magnitudes,
    Name,
    Part,
    Positive,
    Series,
    Share,
    must,
)


class Carrier(StrEnum):
    """What flows. Water is counted in m³ and captured carbon in kg instead of kWh."""

    ELECTRICITY = "electricity"
    HEAT = "heat"
    STEAM = "steam"
    COLD = "cold"
    GAS = "gas"
    HYDROGEN = "hydrogen"
    WATER = "water"
    CARBON = "carbon"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node(Part):
    """A place of one carrier where what comes in goes out in each step (§2).

    `surplus_price`: what it costs to let a kWh go unused (heat to the air, gas flared); None: no
    kWh may go unused, and what does all the same is a violation.
    """

    id: Name
    carrier: Carrier
    surplus_price: Magnitude | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line(Part):
    """A line, transformer, pipe or feeder between two nodes of a carrier (§3).

    `limit_kw` holds in both directions, unless `back_limit_kw` says another one backwards. Of each
    kWh sent `loss_share` does not arrive. Lines with a `reactance` (any unit, the same for all)
    share flows by Kirchhoff's laws (linear power flow); without one a flow may take any way.
    """

    id: Name
    from_node: Name
    to_node: Name
    limit_kw: Magnitudes
    back_limit_kw: Magnitudes | None = None
    loss_share: Share = 0.0
    reactance: Positive | None = None

    def __post_init__(self) -> None:
        must(self.from_node != self.to_node, f"line {self.id} begins and ends at {self.to_node}")
        must(self.loss_share < 1.0, f"line {self.id} loses everything: loss_share must be below 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandCharge(Part):
    """What the highest mean import over a clock interval costs in a billing period (§4.2).

    Intervals of `interval_h` begin on the local clock, that is `elapsed_h` before the horizon the
    running one did (None: what the horizon's start says, and 0 without a start), in which
    `metered_kwh` were imported already. `peak_so_far_kw` is remembered from this billing period,
    which ends at `period_ends_h` (None: after the horizon). By `headroom_kw` each step's import may
    turn out higher than planned (§10).
    """

    price_per_kw: Magnitude
    peak_so_far_kw: Magnitude = 0.0
    headroom_kw: Magnitudes = 0.0
    interval_h: Annotated[float, Ge(SHORTEST_H), Le(ABSURD)] = 0.25
    elapsed_h: Magnitude | None = None
    metered_kwh: Magnitude = 0.0
    period_ends_h: Positive | None = None

    def __post_init__(self) -> None:
        must(
            self.elapsed_h is None or self.elapsed_h < self.interval_h,
            f"elapsed_h {self.elapsed_h} is not within the interval of {self.interval_h} h",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid(Part):
    """A connection to a public grid (§4). Import and export are magnitudes.

    `carbon_kg_per_kwh` is of import; None: unknown, and not steered by. Above `contracted_kw` each
    kW of the highest mean import over an interval of the demand charge (over a step, without one)
    costs `excess_price_per_kw` in a billing period; `excess_so_far_kw` are remembered from this
    one. One direction at a time. `headroom_kw` is kept free below the import limit for what is not
    foreseen (§10).
    """

    id: Name
    import_price: Series
    export_price: Series = 0.0
    node: Name = "electricity"
    import_limit_kw: Magnitudes
    export_limit_kw: Magnitudes = 0.0
    headroom_kw: Magnitudes = 0.0
    carbon_kg_per_kwh: Magnitudes | None = None
    contracted_kw: Magnitude | None = None
    excess_price_per_kw: Magnitude = 0.0
    excess_so_far_kw: Magnitude = 0.0
    demand_charge: DemandCharge | None = None

    def __post_init__(self) -> None:
        must(
            self.contracted_kw is not None or not self.excess_so_far_kw,
            f"excess_so_far_kw {self.excess_so_far_kw:g} is above no contracted_kw: give that too",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract(Part):
    """Green power bought beside the market price and delivered through a grid connection (§4.3).

    `power_kw` is what is offered in each step. What is offered in an hour of the local clock may be
    taken at any time of that hour, as far as energy is imported then; a step that no single hour
    holds is matched by itself. Of all that is offered at least `take_or_pay_share` is paid, taken
    or not: within the horizon, or in an obligation period of which `offered_so_far_kwh` and
    `taken_so_far_kwh` came before the horizon and `offered_later_kwh` come after it, as far as
    taking all of these cannot make up for it. `fee_per_kwh` is paid for what is taken only
    (network).
    """

    id: Name
    grid: Name
    power_kw: Magnitudes
    price_per_kwh: Magnitude
    fee_per_kwh: Magnitude = 0.0
    take_or_pay_share: Share = 0.0
    offered_so_far_kwh: Magnitude = 0.0
    taken_so_far_kwh: Magnitude = 0.0
    offered_later_kwh: Magnitude = 0.0
    carbon_kg_per_kwh: Magnitude = 0.0

    def __post_init__(self) -> None:
        must(
            self.taken_so_far_kwh <= self.offered_so_far_kwh,
            f"taken_so_far_kwh {self.taken_so_far_kwh:g} is more than offered_so_far_kwh "
            f"{self.offered_so_far_kwh:g}: give both of the same period",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply(Part):
    """What is bought from outside without an electric meter: gas, water, hydrogen, LNG's cold."""

    id: Name
    node: Name
    price: Series
    limit_kw: Magnitudes
    carbon_kg_per_kwh: Magnitude = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sink(Part):
    """What is sold or handed over: hydrogen, heat, captured carbon. `price` is earned.

    `carbon_kg_per_kwh` is what handing over a unit spares (captured carbon: 1 kg a kg).
    """

    id: Name
    node: Name
    price: Series = 0.0
    limit_kw: Magnitudes
    carbon_kg_per_kwh: Magnitude = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Production(Part):
    """Sun, wind or another source that costs nothing; what could be produced is a magnitude."""

    id: Name
    available_kw: Magnitudes
    node: Name = "electricity"
    curtailable: bool = True
    curtailment_price: Magnitude = 0.0
