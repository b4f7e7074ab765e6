"""A year of what some have left over and others need, and what it costs to connect them.

Rates are whole base units an hour (W of heat, dm3/h of water), prices are micros of currency for a
thousand of them (a kWh, a m3).
"""

from dataclasses import dataclass
from fractions import Fraction

from services.carbon_accounting.domain.resources.fitting import Fit

UNITS_A_PRICE = 1000
Rates = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """What an enterprise has left over, by period; `level` is degrees Celsius or a quality class.

    `price_micros` is what it asks for a kWh or m3.
    """

    id: str
    enterprise: str
    rates: Rates
    level: float
    price_micros: int


@dataclass(frozen=True, slots=True)
class Demand:
    """What an enterprise needs, by period; `price_micros` is what a kWh or m3 costs it today."""

    id: str
    enterprise: str
    rates: Rates
    level: float
    price_micros: int


@dataclass(frozen=True, slots=True)
class Connection:
    """What it costs to bring a source to a demand: a year of the pipe, and pumping by the unit."""

    source_id: str
    demand_id: str
    cost_micros_a_year: int
    running_micros: int = 0
    loss_share: Fraction = Fraction(0)

    def __post_init__(self) -> None:
        if min(self.cost_micros_a_year, self.running_micros) < 0 or not 0 <= self.loss_share < 1:
            raise ValueError(
                f"connection {self.source_id} to {self.demand_id}: costs are at least 0, "
                "losses at least 0 and below 1"
            )

    @property
    def pair(self) -> tuple[str, str]:
        """Whom it connects."""
        return self.source_id, self.demand_id


@dataclass(frozen=True, slots=True)
class Exchange:
    """A year cut into periods of `hours`, and everybody in it."""

    hours: tuple[int, ...]
    sources: tuple[Source, ...]
    demands: tuple[Demand, ...]
    connections: tuple[Connection, ...]
    fit: Fit

    def __post_init__(self) -> None:
        ends: list[Source | Demand] = [*self.sources, *self.demands]
        for one in ends:
            if len(one.rates) != len(self.hours) or min(one.rates, default=0) < 0:
                raise ValueError(
                    f"{one.id} has rates {one.rates} for {len(self.hours)} periods; "
                    "give one of at least 0 for each"
                )
        ids = [one.id for one in ends]
        pairs = [one.pair for one in self.connections]
        if len(set(ids)) < len(ids) or len(set(pairs)) < len(pairs):
            raise ValueError(f"ids and connections must differ, got {sorted(ids)}, {sorted(pairs)}")
        if strange := {name for pair in pairs for name in pair} - set(ids):
            raise ValueError(f"connections name {', '.join(sorted(strange))}, which nobody has")

    @property
    def fitting(self) -> tuple[tuple[Source, Demand], ...]:
        """Every source with every demand that it is good enough for."""
        return tuple(
            (source, demand)
            for source in self.sources
            for demand in self.demands
            if self.fit.fits(source.level, demand.level)
        )
