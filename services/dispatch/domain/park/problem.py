"""One whole planning problem, and what is wrong between its parts."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields

from services.dispatch.domain.park.demand import Cluster, Load, Process, Session, WorkQueue
from services.dispatch.domain.park.horizon import NEARLY_H, Horizon, nearly_a_second_h
from services.dispatch.domain.park.network import (
    Carrier,
    Contract,
    Grid,
    Line,
    Node,
    Production,
    Sink,
    Supply,
)
from services.dispatch.domain.park.quantities import Name, Part
from services.dispatch.domain.park.rules import (
    CarbonRule,
    Former,
    Reserve,
    SupplyMode,
)
from services.dispatch.domain.park.scenarios import Uncertainty
from services.dispatch.domain.park.storage import Store
from services.dispatch.domain.park.units import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkProblem(Part):
    """Everything that is known, may be steered and costs (docs/dispatch.md).

    A carrier's name is a node of that carrier unless `nodes` declare it otherwise.
    """

    horizon: Horizon
    currency: Name = "CNY"
    nodes: tuple[Node, ...] = ()
    lines: tuple[Line, ...] = ()
    grids: tuple[Grid, ...] = ()
    contracts: tuple[Contract, ...] = ()
    supplies: tuple[Supply, ...] = ()
    sinks: tuple[Sink, ...] = ()
    productions: tuple[Production, ...] = ()
    loads: tuple[Load, ...] = ()
    clusters: tuple[Cluster, ...] = ()
    sessions: tuple[Session, ...] = ()
    processes: tuple[Process, ...] = ()
    queues: tuple[WorkQueue, ...] = ()
    stores: tuple[Store, ...] = ()
    units: tuple[Unit, ...] = ()
    mode: SupplyMode = field(default_factory=SupplyMode)
    carbon: CarbonRule = field(default_factory=CarbonRule)
    reserve: Reserve | None = None
    former: Former | None = None
    uncertainty: Uncertainty | None = None

    @property
    def every_node(self) -> tuple[Node, ...]:
        """The declared nodes and those of the carriers that devices name without declaring them."""
        declared = {node.id for node in self.nodes}
        implied = {name for _, name in _node_names(self)} - declared
        known = {carrier.value for carrier in Carrier}
        return (
            *self.nodes,
            *(Node(id=name, carrier=Carrier(name)) for name in sorted(implied & known)),
        )

    def carrier_of(self, node: str) -> Carrier:
        """What flows at a node; ValueError where there is no such node."""
        declared = (one.carrier for one in self.nodes if one.id == node)
        return next(declared, None) or Carrier(node)

    @property
    def devices(self) -> Iterator[tuple[str, str]]:
        """The path and id of every part that has flows of its own."""
        for group in GROUPS:
            for i, part in enumerate(getattr(self, group)):
                yield f"{group}[{i}]", part.id


GROUPS = (
    "lines",
    "grids",
    "contracts",
    "supplies",
    "sinks",
    "productions",
    "loads",
    "sessions",
    "processes",
    "queues",
    "stores",
    "units",
)


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """Where something is wrong, and what would be right."""

    path: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}: {self.text}"


def mistakes_between(problem: ParkProblem) -> list[Mistake]:
    """Return what does not fit together: names, lengths of series, references."""
    return sorted(
        {
            *_wrong_names(problem),
            *_wrong_nodes(problem),
            *_wrong_lengths(problem, "", problem),
            *_wrong_references(problem),
            *_off_the_clock(problem),
            *_too_fine(problem),
        }
    )


def _wrong_names(problem: ParkProblem) -> Iterator[Mistake]:
    first: dict[str, str] = {}
    for path, name in problem.devices:
        if name in first:
            yield Mistake(f"{path}.id", f"{name!r} is taken by {first[name]}: give it another id")
        first.setdefault(name, path)
    for group in ("nodes", "clusters"):
        seen: set[str] = set()
        for i, part in enumerate(getattr(problem, group)):
            if part.id in seen:
                yield Mistake(f"{group}[{i}].id", f"{part.id!r} stands twice: give it another id")
            seen.add(part.id)


def _wrong_nodes(problem: ParkProblem) -> Iterator[Mistake]:
    carriers = {node.id: node.carrier for node in problem.every_node}
    for path, name in _node_names(problem):
        if name not in carriers:
            known = ", ".join(sorted({*carriers, *Carrier}))
            yield Mistake(path, f"no node {name!r}: declare it in nodes, or use one of {known}")
    for i, line in enumerate(problem.lines):
        ends = carriers.get(line.from_node), carriers.get(line.to_node)
        if None not in ends and ends[0] is not ends[1]:
            yield Mistake(f"lines[{i}]", f"joins {ends[0]} with {ends[1]}: that takes a unit")
    for i, grid in enumerate(problem.grids):
        if carriers.get(grid.node, Carrier.ELECTRICITY) is not Carrier.ELECTRICITY:
            yield Mistake(f"grids[{i}].node", "a grid is of electricity; others are supplies")


def _node_names(problem: ParkProblem) -> Iterator[tuple[str, str]]:
    for group in GROUPS:
        for i, part in enumerate(getattr(problem, group)):
            for name in ("node", "from_node", "to_node", "input_node"):
                if hasattr(part, name):
                    yield f"{group}[{i}].{name}", getattr(part, name)
            for k, output in enumerate(getattr(part, "outputs", ())):
                yield f"{group}[{i}].outputs[{k}].node", output.node
            for name in getattr(part, "flows_kw", {}):
                yield f"{group}[{i}].flows_kw.{name}", name


SERIES = frozenset(
    {
        "import_price",
        "export_price",
        "import_limit_kw",
        "export_limit_kw",
        "headroom_kw",
        "carbon_kg_per_kwh",
        "price",
        "limit_kw",
        "back_limit_kw",
        "available_kw",
        "power_kw",
        "arriving_kwh",
        "ratio",
        "availability",
    }
)


def _wrong_lengths(problem: ParkProblem, path: str, part: object) -> Iterator[Mistake]:
    """Look at every series of a part and of what it holds."""
    if isinstance(part, tuple):
        for i, one in enumerate(part):
            yield from _wrong_lengths(problem, f"{path}[{i}]", one)
    if not isinstance(part, Part):
        return
    for one in fields(part):  # type: ignore[arg-type]
        value, at = getattr(part, one.name), f"{path}.{one.name}".lstrip(".")
        if one.name not in SERIES:
            yield from _wrong_lengths(problem, at, value)
            continue
        named = value if isinstance(value, dict) else {"": value}
        for name, series in named.items():
            if isinstance(series, tuple) and len(series) != len(problem.horizon):
                text = f"has {len(series)} values, the horizon {len(problem.horizon)} steps"
                yield Mistake(f"{at}.{name}".rstrip("."), text)


def _wrong_references(problem: ParkProblem) -> Iterator[Mistake]:
    grids = {grid.id for grid in problem.grids}
    for i, contract in enumerate(problem.contracts):
        if contract.grid not in grids:
            yield Mistake(
                f"contracts[{i}].grid", f"no grid {contract.grid!r} among {grids or '{}'}"
            )
    clusters = {cluster.id for cluster in problem.clusters}
    for i, session in enumerate(problem.sessions):
        if session.cluster is not None and session.cluster not in clusters:
            yield Mistake(f"sessions[{i}].cluster", f"no cluster {session.cluster!r}")
    yield from _wrong_sequences(problem)
    yield from _wrong_scenarios(problem)
    yield from _wrong_reserve(problem)


def _wrong_reserve(problem: ParkProblem) -> Iterator[Mistake]:
    """A reserve is of electricity: what other stores hold carries none of its loads (§8.3)."""
    if problem.reserve is None:
        return
    carriers = {node.id: node.carrier for node in problem.every_node}
    nodes = {store.id: store.node for store in problem.stores}
    for i, name in enumerate(problem.reserve.stores):
        carrier = carriers.get(nodes.get(name, ""), Carrier.ELECTRICITY)
        if name not in nodes:
            yield Mistake(f"reserve.stores[{i}]", f"no store {name!r}")
        elif carrier is not Carrier.ELECTRICITY:
            text = f"{name!r} is a store of {carrier}, and a reserve carries electric loads"
            yield Mistake(f"reserve.stores[{i}]", f"{text}: name stores at electric nodes only")
    for i, load in enumerate(problem.loads):
        carrier = carriers.get(load.node, Carrier.ELECTRICITY)
        if load.critical and carrier is not Carrier.ELECTRICITY:
            text = f"{load.id!r} takes {carrier}, and a reserve carries electric loads"
            cure = "leave critical out here, and mark the electric loads that it depends on"
            yield Mistake(f"loads[{i}].critical", f"{text}: {cure}")


MOST_SCENARIO_STEPS = 20_000
"""Each scenario is the whole park once more."""


def _wrong_scenarios(problem: ParkProblem) -> Iterator[Mistake]:
    count = len(problem.uncertainty.scenarios) if problem.uncertainty else 0
    if count * len(problem.horizon) > MOST_SCENARIO_STEPS:
        text = f"{count} scenarios of {len(problem.horizon)} steps are too many"
        cure = f"give {MOST_SCENARIO_STEPS // len(problem.horizon)} at most, or fewer steps"
        yield Mistake("uncertainty.scenarios", f"{text}: {cure}")
    loads = {load.id for load in problem.loads}
    productions = {production.id for production in problem.productions}
    for i, scenario in enumerate(problem.uncertainty.scenarios if problem.uncertainty else ()):
        path = f"uncertainty.scenarios[{i}]"
        for name in sorted(scenario.power_kw.keys() - loads):
            yield Mistake(f"{path}.power_kw.{name}", f"no load {name!r}")
        for name in sorted(scenario.available_kw.keys() - productions):
            yield Mistake(f"{path}.available_kw.{name}", f"no production {name!r}")


def _off_the_clock(problem: ParkProblem) -> Iterator[Mistake]:
    """Yield what is told of a meter's running interval against what the start says of it.

    Of intervals that do not fill a day the clock says nothing.
    """
    start = problem.horizon.start
    for i, grid in enumerate(problem.grids):
        charge = grid.demand_charge
        if start is None or charge is None or charge.elapsed_h is None:
            continue
        interval_h = nearly_a_second_h(charge.interval_h)
        elapsed_h = problem.horizon.elapsed_h(interval_h)
        fills_a_day = apart_on_a_circle(A_DAY_H, 0.0, interval_h) <= NEARLY_H
        if fills_a_day and apart_on_a_circle(charge.elapsed_h, elapsed_h, interval_h) > NEARLY_H:
            text = f"{charge.elapsed_h:g} h contradicts the start at {start.time():%H:%M:%S}"
            cure = f"the clock's interval began {elapsed_h:g} h before: say so, or leave it out"
            yield Mistake(f"grids[{i}].demand_charge.elapsed_h", f"{text}: {cure}")


def apart_on_a_circle(one_h: float, other_h: float, around_h: float) -> float:
    """Return how far two times of a clock are apart that turns once in `around_h`, h."""
    ahead_h = (one_h - other_h) % around_h
    return min(ahead_h, around_h - ahead_h)


A_DAY_H = 24.0
MOST_OVERLAPS = 4e6


def _too_fine(problem: ParkProblem) -> Iterator[Mistake]:
    """Clock intervals are laid over the steps: too many of both fill the memory."""
    for i, grid in enumerate(problem.grids):
        if (charge := grid.demand_charge) is None:
            continue
        intervals = float(problem.horizon.ends_h[-1]) / charge.interval_h
        if intervals * len(problem.horizon) > MOST_OVERLAPS:
            text = f"{intervals:,.0f} intervals over {len(problem.horizon)} steps are too many"
            path = f"grids[{i}].demand_charge.interval_h"
            yield Mistake(path, f"{text}: intervals need not be shorter than the steps")


MOST_IN_A_ROW = 100


def _wrong_sequences(problem: ParkProblem) -> Iterator[Mistake]:
    after = {process.id: process.after for process in problem.processes}
    for i, process in enumerate(problem.processes):
        path, seen, name = f"processes[{i}].after", {process.id}, process.after
        if name is not None and name not in after:
            yield Mistake(path, f"no process {name!r}")
        while name is not None and name in after and len(seen) <= MOST_IN_A_ROW + 1:
            if name in seen:
                yield Mistake(path, f"{process.id} waits for itself: break the circle at {name}")
                break
            seen.add(name)
            name = after[name]
        if name is None and len(seen) == MOST_IN_A_ROW + 1:  # those behind it are told nothing
            yield Mistake(path, f"waits for {MOST_IN_A_ROW} others in a row: make some of them one")
