"""Who could use whose waste heat or water: proposals with their yearly amount and saving.

The transport problem finds rates as floats; what is proposed is whole numbers, rounded down, so
that it fits sources and demands exactly, and money is computed exactly from them.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import floor

from services.carbon_accounting.domain.resources.exchange import (
    UNITS_A_PRICE,
    Connection,
    Demand,
    Exchange,
    Rates,
    Source,
)
from services.carbon_accounting.domain.resources.transport import Effort, Link, planned

USUAL_EFFORT = Effort()


@dataclass(frozen=True, slots=True)
class Line:
    """One proposal. Amounts are whole base units a year (Wh, dm3), money is micros a year.

    `rates` is what the source gives in each period, `delivered` what is left of it after losses.
    `saving_micros` is after the source's price, pumping and the cost of the connection.
    """

    source: Source
    demand: Demand
    connection: Connection
    rates: Rates
    taken: int
    delivered: int
    saving_micros: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """The lines, the best first. `without_cost` are pairs that fit but were left out, the cost of
    their connection not being stated; `bound_micros` is the most that any plan could save a year.
    """

    lines: tuple[Line, ...]
    without_cost: tuple[tuple[str, str], ...]
    bound_micros: int

    @property
    def saving_micros(self) -> int:
        """What all lines together save a year."""
        return sum(line.saving_micros for line in self.lines)


def proposed(exchange: Exchange, effort: Effort = USUAL_EFFORT) -> Proposal:
    """Return the lines that save most in a year, after the cost of their connections.

    What is found may be short of `bound_micros` where the effort was used up before.
    """
    by_pair = {one.pair: one for one in exchange.connections}
    links, without_cost = [], []
    for source, demand in exchange.fitting:
        if (connection := by_pair.get((source.id, demand.id))) is None:
            without_cost.append((source.id, demand.id))
        else:
            links.append(Link(source, demand, connection))
    plan = planned(exchange.hours, links, effort)
    lines = [_line(*both, exchange.hours) for both in zip(links, plan.rates, strict=True)]
    worth = [line for line in lines if line.saving_micros > 0]
    worth.sort(key=lambda line: (-line.saving_micros, line.source.id, line.demand.id))
    return Proposal(tuple(worth), tuple(without_cost), plan.bound_micros)


def _line(link: Link, rates: Rates, hours: Rates) -> Line:
    """Return the proposal of a link: whole amounts, and money exact to the micro."""
    kept = 1 - link.connection.loss_share
    taken = sum(rate * hour for rate, hour in zip(rates, hours, strict=True))
    delivered = sum(floor(rate * kept) * hour for rate, hour in zip(rates, hours, strict=True))
    paid = link.source.price_micros + link.connection.running_micros
    worth = Fraction(delivered * link.demand.price_micros - taken * paid, UNITS_A_PRICE)
    saving = round(worth) - link.connection.cost_micros_a_year
    return Line(link.source, link.demand, link.connection, rates, taken, delivered, saving)
