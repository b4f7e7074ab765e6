"""What a broken limit costs, in multiples of the largest price of energy (§1)."""

from collections.abc import Iterator
from enum import StrEnum

import numpy as np

from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.quantities import Series


class Limit(StrEnum):
    """A limit or wish that a plan may have to break."""

    UNSERVED = "unserved"
    SURPLUS = "surplus"
    IMPORT = "import_limit"
    EXPORT = "export_limit"
    NO_FEED_IN = "no_feed_in"
    ISLAND = "island"
    LINE = "line_limit"
    LEVEL = "level"
    RESERVE = "reserve"
    PROCESS = "process"
    COMMITTED = "committed"
    VEHICLE = "vehicle"
    TARGET = "target"
    LATE = "late"
    FEED_IN_SHARE = "feed_in_share"
    SELF_USE_SHARE = "self_use_share"
    LOAD_SHARE = "load_share"
    CARBON_CAP = "carbon_cap"
    HEADROOM = "headroom"


IN_LARGEST_PRICES: dict[Limit, float] = {
    Limit.UNSERVED: 3000.0,
    Limit.SURPLUS: 3000.0,
    Limit.IMPORT: 1000.0,
    Limit.EXPORT: 1000.0,
    Limit.NO_FEED_IN: 1000.0,
    Limit.ISLAND: 1000.0,
    Limit.LINE: 1000.0,
    Limit.LEVEL: 200.0,
    Limit.RESERVE: 100.0,
    Limit.PROCESS: 60.0,
    Limit.COMMITTED: 60.0,
    Limit.VEHICLE: 40.0,
    Limit.TARGET: 40.0,
    Limit.LATE: 40.0,
    Limit.FEED_IN_SHARE: 20.0,
    Limit.SELF_USE_SHARE: 20.0,
    Limit.LOAD_SHARE: 20.0,
    Limit.CARBON_CAP: 10.0,
    Limit.HEADROOM: 5.0,
}


DEARER = 1.1
TIE_PER_KWH = 1e-4
"""Doing a thing later costs next to nothing more, so that ties have one answer."""
TIE_SHARE = 1e-3
MOST_FOR_A_KWH: dict[Limit, float] = {Limit.LEVEL: 900.0, Limit.RESERVE: 450.0}
"""What a kWh that is missing all the horizon long costs at most, in largest prices.

Less than what serving it (or the import limit) is worth: nobody goes dark to keep a reserve.
"""


def penalties(problem: ParkProblem) -> dict[Limit, float]:
    """Return the price of each limit, currency units per kWh (or kg, or kWh h)."""
    largest, hours = largest_price(problem), float(problem.horizon.hours.sum())
    return {
        limit: min(times, MOST_FOR_A_KWH.get(limit, np.inf) / hours) * largest
        for limit, times in IN_LARGEST_PRICES.items()
    }


def tie_per_kwh(problem: ParkProblem) -> float:
    """Return what settles ties: `TIE_PER_KWH`, or less where the largest price is next to nothing.

    So in no unit of money it weighs like a price. As a rule it is not smaller: GLOP gives up on
    costs that lie further apart than this and the prices of violations.
    """
    largest = max((float(np.abs(series).max()) for series in _prices(problem)), default=0.0)
    return min(TIE_PER_KWH, TIE_SHARE * largest) if largest else TIE_PER_KWH


def largest_price(problem: ParkProblem) -> float:
    """Return the largest price of energy, at least 1, and so that no peak is worth a wish (§1)."""
    energy = max(float(np.abs(series).max()) for series in (1.0, *_prices(problem)))
    carbon = max((float(np.max(kg)) for kg in _intensities(problem)), default=0.0)
    return max(energy + problem.carbon.price_per_kg * carbon, *_in_wishes(problem))


def _intensities(problem: ParkProblem) -> Iterator[Series]:
    yield from (grid.carbon_kg_per_kwh for grid in problem.grids if grid.carbon_kg_per_kwh)
    yield from (contract.carbon_kg_per_kwh for contract in problem.contracts)
    yield from (supply.carbon_kg_per_kwh for supply in problem.supplies)


def _in_wishes(problem: ParkProblem) -> Iterator[float]:
    """Yield what a kWh of a new peak, or of hedges, costs in a vehicle's wish.

    And what a kWh that is given up costs in a limit's.
    """
    yield 0.0
    for store in problem.stores:
        held = sum(one.price_per_kwh for one in store.hedges)
        yield DEARER * held / IN_LARGEST_PRICES[Limit.VEHICLE]
    for grid in problem.grids:
        charge, a_kw = grid.demand_charge, grid.excess_price_per_kw
        shortest_h = float(problem.horizon.hours.min())
        if charge is not None:
            shortest_h, a_kw = min(shortest_h, charge.interval_h), a_kw + charge.price_per_kw
        yield DEARER * a_kw / shortest_h / IN_LARGEST_PRICES[Limit.VEHICLE]
    for price_per_kwh in _given_up(problem):
        yield DEARER * price_per_kwh / IN_LARGEST_PRICES[Limit.IMPORT]


def _given_up(problem: ParkProblem) -> Iterator[float]:
    """Yield what a kWh costs that is shed, interrupted, curtailed, unused, late or missed."""
    for way in (way for load in problem.loads for way in (load.shedding, load.interruption)):
        yield 0.0 if way is None else way.price_per_kwh
    yield from (production.curtailment_price for production in problem.productions)
    yield from (node.surplus_price or 0.0 for node in problem.nodes)
    hours = float(problem.horizon.hours.sum())
    yield from ((queue.late_price_per_kwh or 0.0) * hours for queue in problem.queues)
    for process in problem.processes:
        kw = sum(float(np.mean(np.abs(profile))) for profile in process.flows_kw.values())
        kwh = kw * (process.duration_h - process.done_h)
        yield (process.missed_price or 0.0) / kwh if kwh else 0.0


def _prices(problem: ParkProblem) -> Iterator[Series]:
    for grid in problem.grids:
        yield grid.import_price
        yield grid.export_price
    yield from (contract.price_per_kwh + contract.fee_per_kwh for contract in problem.contracts)
    yield from (supply.price for supply in problem.supplies)
    yield from (sink.price for sink in problem.sinks)
