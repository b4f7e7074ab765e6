"""Whether what is broken stands in the plan, and what is paid is what is owed (§1)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from services.dispatch.domain.judge.case import Case
from services.dispatch.domain.model.books import Breach
from services.dispatch.domain.model.prices import Limit

TIMES_LARGEST_PRICE = {
    "unserved": 3000.0,
    "surplus": 3000.0,
    "import_limit": 1000.0,
    "export_limit": 1000.0,
    "no_feed_in": 1000.0,
    "island": 1000.0,
    "line_limit": 1000.0,
    "level": 200.0,
    "reserve": 100.0,
    "process": 60.0,
    "committed": 60.0,
    "vehicle": 40.0,
    "target": 40.0,
    "late": 40.0,
    "feed_in_share": 20.0,
    "self_use_share": 20.0,
    "load_share": 20.0,
    "carbon_cap": 10.0,
    "headroom": 5.0,
}
OF_A_STEP = frozenset(
    {"unserved", "surplus", "import_limit", "export_limit", "no_feed_in", "island", "line_limit"}
    | {"level", "reserve", "late", "target", "committed", "headroom"}
)
OF_THE_PARK = frozenset({"feed_in_share", "self_use_share", "load_share", "carbon_cap", "reserve"})
MOST_ALL_THE_HORIZON_LONG = {"level": 900.0, "reserve": 450.0}
LISTED = 2e-3
CENT = 1e-4

Key = tuple[str, str, int | None]


def judge_breaches(case: Case, breaches: Sequence[Breach]) -> None:
    """Judge that exactly what is broken is listed, with its size and price."""
    broken = _summed((limit, who, step, size) for (limit, who, step), size in case.broken.items())
    listed = _summed((one.limit, one.who, one.step, one.size) for one in breaches)
    for key in sorted({*broken, *listed}, key=str):
        is_size, told_size = broken.get(key, 0.0), listed.get(key, 0.0)
        if abs(is_size - told_size) > LISTED + 1e-6 * max(is_size, told_size):
            limit, who, step = key
            text = f"{limit} is broken by {is_size:.4f}, the plan lists {told_size:.4f}"
            case.say(who or "the park", step, text)
    largest = _largest_price(case)
    for one in breaches:
        _judge_price(case, one, largest)


def _summed(entries: Iterable[tuple[Limit, str, int | None, float]]) -> dict[Key, float]:
    sums: defaultdict[Key, float] = defaultdict(float)
    for limit, who, step, size in entries:
        sums[_key(limit, who, step)] += size
    return dict(sums)


def _key(limit: Limit, who: str, step: int | None) -> Key:
    """Limits of the horizon have no step, those of the park as a whole no device."""
    name = str(limit)
    return name, "" if name in OF_THE_PARK else who, step if name in OF_A_STEP else None


def _judge_price(case: Case, breach: Breach, largest: float) -> None:
    right = breach.size * _times(case, str(breach.limit)) * largest
    if abs(breach.cost - right) > CENT + 1e-6 * abs(right):
        text = f"{breach.limit} is priced at {breach.cost:.4f}, not at {right:.4f}"
        case.say(breach.who, breach.step, text)


def _times(case: Case, limit: str) -> float:
    """Return a limit's price in largest prices; what lasts all the horizon long costs so much."""
    times = TIMES_LARGEST_PRICE[limit]
    if limit in MOST_ALL_THE_HORIZON_LONG:
        times = min(times, MOST_ALL_THE_HORIZON_LONG[limit] / case.ends_h[-1])
    return times


def _largest_price(case: Case) -> float:
    """Return the largest price of energy, at least 1; no peak and no hedge is worth a wish."""
    prices = [1.0]
    for grid in case.problem.grids:
        prices += [*case.values(grid.import_price), *case.values(grid.export_price)]
    for contract in case.problem.contracts:
        prices.append(contract.price_per_kwh + contract.fee_per_kwh)
    for supply in case.problem.supplies:
        prices += case.values(supply.price)
    for sink in case.problem.sinks:
        prices += case.values(sink.price)
    intensities = [0.0]
    for grid in case.problem.grids:
        if grid.carbon_kg_per_kwh is not None:
            intensities += case.values(grid.carbon_kg_per_kwh)
    intensities += [one.carbon_kg_per_kwh for one in case.problem.contracts]
    intensities += [one.carbon_kg_per_kwh for one in case.problem.supplies]
    energy = max(abs(price) for price in prices)
    carbon = case.problem.carbon.price_per_kg * max(intensities)
    return max(energy + carbon, _a_peak(case), _held(case), _given_up(case))


def _a_peak(case: Case) -> float:
    """Return a tenth more than what a kWh of the shortest peak costs, in prices of a vehicle."""
    dearest = 0.0
    for grid in case.problem.grids:
        charge, shortest_h, a_kw = grid.demand_charge, min(case.h), grid.excess_price_per_kw
        if charge is not None:
            shortest_h, a_kw = min(shortest_h, charge.interval_h), a_kw + charge.price_per_kw
        dearest = max(dearest, 1.1 * a_kw / shortest_h / 40.0)
    return dearest


def _held(case: Case) -> float:
    """Return a tenth more than what a kWh of a store's hedges costs, in prices of a vehicle."""
    held = (sum(one.price_per_kwh for one in store.hedges) for store in case.problem.stores)
    return 1.1 * max(held, default=0.0) / 40.0


def _given_up(case: Case) -> float:
    """Return a tenth more than what giving up a kWh costs, in prices of a limit."""
    problem, dearest = case.problem, 0.0
    for way in (way for one in problem.loads for way in (one.shedding, one.interruption) if way):
        dearest = max(dearest, way.price_per_kwh)
    for production in problem.productions:
        dearest = max(dearest, production.curtailment_price)
    for node in problem.nodes:
        dearest = max(dearest, node.surplus_price or 0.0)
    for queue in problem.queues:
        dearest = max(dearest, (queue.late_price_per_kwh or 0.0) * sum(case.h))
    for process in problem.processes:
        hour_kwh = sum(
            sum(abs(kw) for kw in each) / len(each) for each in process.flows_kw.values()
        )
        if process.missed_price and hour_kwh:
            left_h = process.duration_h - process.done_h
            dearest = max(dearest, process.missed_price / hour_kwh / left_h)
    return 1.1 * dearest / 1000.0


def judge_money(case: Case, breaches: Sequence[Breach], money: Mapping[str, float]) -> None:
    """Judge each kind of money, and so the sum of all."""
    owed = {**case.owed, "violations": sum(one.cost for one in breaches)}
    for kind in sorted({*owed, *money}):
        right, paid = owed.get(kind, 0.0), float(money.get(kind, 0.0))
        if not abs(right - paid) <= CENT + 1e-6 * max(abs(right), abs(paid)):
            case.found.append(f"money: {paid:.4f} for {kind}, it should be {right:.4f}")
