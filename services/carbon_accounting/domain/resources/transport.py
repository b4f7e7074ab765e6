"""The transport problem with a yes or no for each connection, solved by scipy's HiGHS.

    maximise   sum over links l, periods t of  hours_t (kept_l value_l - paid_l) flow_lt
               - sum over l of  cost_l built_l
    such that  flows out of a source   <= what it has left over       in every period
               kept_l flow_lt into a demand <= what it needs          in every period
               flow_lt <= most_lt built_l,  flow >= 0,  built_l is 0 or 1

Flows are in kW or m3/h and money in thousands of currency, so that the numbers are of like size.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, inf

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import block_array, coo_array, eye_array, vstack

from services.carbon_accounting.domain.resources.exchange import (
    UNITS_A_PRICE,
    Connection,
    Demand,
    Rates,
    Source,
)

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Rows = tuple[coo_array, Floats]
MICROS_A_THOUSAND = 1e9
SOLVER_SLACK = 1e-3
"""Base units an hour by which the solver may miss a whole number (it is exact to 1e-7 kW)."""


@dataclass(frozen=True, slots=True)
class Effort:
    """When to stop deciding what to build: near enough to the bound, or after so many branches.

    Neither depends on the clock, so the same exchange has the same proposal on every machine.
    """

    gap_share: float = 0.001
    nodes: int = 20


@dataclass(frozen=True, slots=True)
class Link:
    """A connection that could be built, with both its ends."""

    source: Source
    demand: Demand
    connection: Connection

    @property
    def kept(self) -> float:
        """The share that arrives."""
        return float(1 - self.connection.loss_share)

    @property
    def gain_micros(self) -> float:
        """What a kWh or m3 taken saves; negative where it costs more than it is worth."""
        paid = self.source.price_micros + self.connection.running_micros
        return self.kept * self.demand.price_micros - paid


@dataclass(frozen=True, slots=True)
class Plan:
    """The rates of each link, whole base units an hour, rounded down; and the most (micros a year)
    that any plan could save, as the solver has proved it.
    """

    rates: list[Rates]
    bound_micros: int


def planned(hours: Rates, links: Sequence[Link], effort: Effort) -> Plan:
    """Return the best plan that was found with an effort.

    Which links to build is decided first, with a yes or no each; the flows over those are then a
    plain linear program, whose solution is not blurred by the solver's tolerance for a yes.
    """
    if not links or not hours:
        return Plan([(0,) * len(hours) for _ in links], 0)
    most = _most(links)
    gain = np.outer([link.gain_micros for link in links], hours) / MICROS_A_THOUSAND
    shared = _shared(links, most)
    built, bound = _built(links, gain, most, shared, effort)
    flows = _flows(gain, np.where(built[:, None], most, 0.0), shared)
    rates = [tuple(floor(kilo * UNITS_A_PRICE + SOLVER_SLACK) for kilo in row) for row in flows]
    return Plan(rates, ceil(bound * MICROS_A_THOUSAND))


def _built(
    links: Sequence[Link], gain: Floats, most: Floats, shared: Rows, effort: Effort
) -> tuple[Bools, float]:
    """Return which links are worth their cost, (links,), and the most that can be saved."""
    cost = np.array([link.connection.cost_micros_a_year for link in links]) / MICROS_A_THOUSAND
    flows, count = most.size, len(links)
    link_of = np.arange(flows) // most.shape[1]
    opened = coo_array((-most.ravel(), (np.arange(flows), link_of)), (flows, count))
    rows = block_array([[shared[0], None], [eye_array(flows), opened]])
    found = milp(
        c=np.concatenate([-gain.ravel(), cost]),
        constraints=LinearConstraint(rows.tocsc(), -inf, np.append(shared[1], np.zeros(flows))),
        bounds=Bounds(0, np.repeat([inf, 1.0], [flows, count])),
        integrality=np.repeat([0, 1], [flows, count]),
        options={"mip_rel_gap": effort.gap_share, "node_limit": effort.nodes},
    )
    if found.x is None:  # nothing was found yet: doing nothing is always possible
        return np.zeros(count, bool), -float(found.mip_dual_bound)
    return found.x[flows:] > 0.5, -float(found.mip_dual_bound)


def _flows(gain: Floats, most: Floats, shared: Rows) -> Floats:
    """Return the flows of built links, (links, periods), thousands of base units an hour."""
    bounds = [(0, high) for high in most.ravel().tolist()]
    found = linprog(-gain.ravel(), A_ub=shared[0], b_ub=shared[1], bounds=bounds, method="highs")
    if not found.success:  # doing nothing is always possible, and savings have an end
        raise RuntimeError(f"an exchange of {most.shape} links and periods: {found.message}")
    flows: Floats = found.x.reshape(most.shape)
    return flows


def _most(links: Sequence[Link]) -> Floats:
    """Return the most each link can carry, (links, periods), thousands of base units an hour."""
    offered = np.array([link.source.rates for link in links], dtype=np.float64)
    needed = np.array([link.demand.rates for link in links], dtype=np.float64)
    kept = np.array([[link.kept] for link in links])
    most: Floats = np.minimum(offered, needed / kept) / UNITS_A_PRICE
    return most


def _shared(links: Sequence[Link], most: Floats) -> Rows:
    """Return rows `matrix @ flows <= limits` of what sources have and what demands need."""
    sources = _of_ends(most, [(link.source.id, link.source.rates, 1.0) for link in links])
    demands = _of_ends(most, [(link.demand.id, link.demand.rates, link.kept) for link in links])
    return vstack([sources[0], demands[0]]), np.concatenate([sources[1], demands[1]])


def _of_ends(most: Floats, ends: Sequence[tuple[str, Rates, float]]) -> Rows:
    """Return a row for each end and period: what its links carry together is at most its rate."""
    rates = {name: rates for name, rates, _ in ends}
    row_of = {name: row for row, name in enumerate(rates)}
    periods = most.shape[1]
    first = np.array([row_of[name] for name, _, _ in ends]) * periods
    rows = (first[:, None] + np.arange(periods)).ravel()
    shares = np.repeat([share for _, _, share in ends], periods)
    matrix = coo_array((shares, (rows, np.arange(most.size))), (len(rates) * periods, most.size))
    return matrix, np.array(list(rates.values()), dtype=np.float64).ravel() / UNITS_A_PRICE
