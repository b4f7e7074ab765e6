"""A plan by rules where no solver gives one: simple, never clever, and physically right.

Devices do what they do unprompted (`unprompted.py`), units give what is lacking where nothing else
brings it (`serving.py`); lines carry what a node has too much or
lacks towards the nearest connection (`carrying.py`); there connections balance within their
limits; then loads are shed, and what remains is unserved or surplus: violations, not bent physics.
"""

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from services.dispatch.domain.model.carrying import Tree, tree_of
from services.dispatch.domain.model.contracts import due_kwh, hours_matched
from services.dispatch.domain.model.schedule import Schedule
from services.dispatch.domain.model.serving import serve
from services.dispatch.domain.model.solution import Courses
from services.dispatch.domain.model.unprompted import Did, unprompted
from services.dispatch.domain.park.horizon import Floats, Horizon
from services.dispatch.domain.park.network import Contract, Grid
from services.dispatch.domain.park.problem import ParkProblem

Follow = Callable[[ParkProblem, Schedule, Tree, dict[str, Floats]], None]


def by_rules(problem: ParkProblem) -> Schedule:
    """Return a plan that needs no solver."""
    return balanced(problem, unprompted(problem))


def balanced(problem: ParkProblem, did: Iterable[Did], follow: Follow = serve) -> Schedule:
    """Return a plan in which devices do as given and all others balance what that leaves.

    `follow` lets units give what is lacking.
    """
    schedule = Schedule()
    left_kw = {node.id: np.zeros(len(problem.horizon)) for node in problem.every_node}
    for device, courses, flows in did:
        schedule.devices[device] = courses
        for node, into_kw in flows:
            left_kw[node] = left_kw[node] + into_kw
    tree = tree_of(problem)
    follow(problem, schedule, tree, left_kw)
    _curtail(problem, schedule, tree, left_kw)
    for line, courses in tree.carry(left_kw).items():
        schedule.devices.setdefault(line, courses)
    _give_back(problem, schedule, left_kw)
    for device, courses in _connections(problem, left_kw):
        schedule.devices[device] = courses
    schedule.devices.update(_contracts(problem, schedule))
    _curtail_locally(problem, schedule, left_kw)
    _shed(problem, schedule, left_kw)
    schedule.nodes.update(_remains(problem, left_kw))
    return schedule


def _remains(problem: ParkProblem, left_kw: dict[str, Floats]) -> dict[str, Courses]:
    """Return what each node lacks, and what it has too much."""
    nodes: dict[str, Courses] = {}
    for node in problem.every_node:
        left = left_kw[node.id]
        nodes[node.id] = {"unserved_kw": _above(-left), "surplus_kw": _above(left)}
        if node.surplus_price is not None:
            nodes[node.id] |= {"unused_kw": _above(left), "surplus_kw": np.zeros(len(left))}
    return nodes


def _above(kw: Floats) -> Floats:
    return np.asarray(np.maximum(kw, 0.0), np.float64)


def _curtail(
    problem: ParkProblem, schedule: Schedule, tree: Tree, left_kw: dict[str, Floats]
) -> None:
    """Curtail, behind each connection, what it cannot take off; all productions by one share."""
    array = problem.horizon.array
    behind_each: dict[str, list[str]] = {}
    for node, root in tree.root.items():
        behind_each.setdefault(root, []).append(node)
    for root, behind in behind_each.items():
        takes = sum((most for node, most in _outlets(problem) if node == root), np.zeros(1))
        excess = _above(np.sum([left_kw[node] for node in behind], axis=0) - takes)
        sources = [p for p in problem.productions if p.curtailable and tree.root[p.node] == root]
        possible = sum((array(p.available_kw) for p in sources), np.zeros(1))
        share = np.minimum(1.0, excess / np.maximum(possible, 1e-9))
        for source in sources:
            _cut(schedule, left_kw, source.id, source.node, share * array(source.available_kw))


def _curtail_locally(problem: ParkProblem, schedule: Schedule, left_kw: dict[str, Floats]) -> None:
    """Curtail what no line took away."""
    for source in problem.productions:
        if source.curtailable:
            cut = np.minimum(_above(left_kw[source.node]), schedule.devices[source.id]["power_kw"])
            _cut(schedule, left_kw, source.id, source.node, cut)


def _cut(
    schedule: Schedule, left_kw: dict[str, Floats], device: str, node: str, kw: Floats
) -> None:
    courses = schedule.devices[device]
    courses["power_kw"] = courses["power_kw"] - kw
    left_kw[node] = left_kw[node] - kw


def _outlets(problem: ParkProblem) -> Iterator[tuple[str, Floats]]:
    """Yield what may leave the park at which node, (steps,) kW."""
    for grid in problem.grids:
        yield grid.node, _open(problem, grid)[1]
    for sink in problem.sinks:
        yield sink.node, problem.horizon.array(sink.limit_kw)


def _open(problem: ParkProblem, grid: Grid) -> tuple[Floats, Floats]:
    """Return what may be imported and exported under the supply mode, (steps,) kW each."""
    array, mode, none = problem.horizon.array, problem.mode, np.zeros(len(problem.horizon))
    into = none if mode.island else array(grid.import_limit_kw)
    out = none if mode.island or mode.no_feed_in else array(grid.export_limit_kw)
    return into, out


def _give_back(problem: ParkProblem, schedule: Schedule, left_kw: dict[str, Floats]) -> None:
    """Let what sinks were given be there again: they take off what is too much in the end."""
    for sink in problem.sinks:
        if sink.id in schedule.devices:
            left_kw[sink.node] = left_kw[sink.node] + schedule.devices[sink.id]["power_kw"]


def _connections(problem: ParkProblem, left_kw: dict[str, Floats]) -> Iterator[tuple[str, Courses]]:
    """Yield what connections take and give, one after the other; `left_kw` is what then remains."""
    array = problem.horizon.array
    for grid in problem.grids:
        most_in, most_out = _open(problem, grid)
        into = np.minimum(_above(-left_kw[grid.node]), most_in)
        out = np.minimum(_above(left_kw[grid.node]), most_out)
        left_kw[grid.node] = left_kw[grid.node] + into - out
        yield grid.id, {"import_kw": into, "export_kw": out}
    for supply in problem.supplies:
        into = np.minimum(_above(-left_kw[supply.node]), array(supply.limit_kw))
        left_kw[supply.node] = left_kw[supply.node] + into
        yield supply.id, {"power_kw": into}
    for sink in problem.sinks:
        out = np.minimum(_above(left_kw[sink.node]), array(sink.limit_kw))
        left_kw[sink.node] = left_kw[sink.node] - out
        yield sink.id, {"power_kw": out}


def _contracts(problem: ParkProblem, schedule: Schedule) -> dict[str, Courses]:
    """Return what is taken of contracts: all that is imported, the cheapest first."""
    left = {grid.id: schedule.devices[grid.id]["import_kw"] for grid in problem.grids}
    prices = {grid.id: problem.horizon.array(grid.import_price) for grid in problem.grids}
    taken: dict[str, Courses] = {}
    for one in sorted(problem.contracts, key=_paid):
        worth_it = (_paid(one) < prices[one.grid]) | (due_kwh(problem, one) > 0)
        kw = _taken(problem.horizon, one, left[one.grid] * worth_it, prices[one.grid])
        left[one.grid] = left[one.grid] - kw
        taken[one.id] = {"taken_kw": kw}
    return taken


def _taken(horizon: Horizon, contract: Contract, wanted_kw: Floats, prices: Floats) -> Floats:
    """Return what is taken of a contract, (steps,): in each hour where the market is dearest."""
    hour, hours = hours_matched(horizon), horizon.hours
    offered_kwh = np.bincount(hour, hours * horizon.array(contract.power_kw))
    dearest = np.lexsort((-prices, hour))
    kwh = (wanted_kw * hours)[dearest]
    before_kwh = np.cumsum(kwh) - kwh
    first = np.searchsorted(hour, hour[dearest])
    left_kwh = offered_kwh[hour[dearest]] - (before_kwh - before_kwh[first])
    taken = np.zeros(len(horizon))
    taken[dearest] = np.clip(left_kwh, 0.0, kwh) / hours[dearest]
    return taken


def _paid(contract: Contract) -> float:
    return contract.price_per_kwh + contract.fee_per_kwh


def _shed(problem: ParkProblem, schedule: Schedule, left_kw: dict[str, Floats]) -> None:
    """Shed loads at nodes that lack energy, the cheapest first."""
    ways = [(one.shedding, one) for one in problem.loads if one.shedding is not None]
    for shedding, load in sorted(ways, key=lambda way: way[0].price_per_kwh):
        most = shedding.share * _above(problem.horizon.array(load.power_kw))
        kw = np.minimum(_above(-left_kw[load.node]), most)
        courses = schedule.devices[load.id]
        courses["power_kw"] = courses["power_kw"] - kw
        left_kw[load.node] = left_kw[load.node] + kw
