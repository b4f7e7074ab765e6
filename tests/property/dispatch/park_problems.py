"""Random parks of every part, sensible and contradictory ones, by seed.

`BUILT` names the groups that the model plans; one that it does not plan yet is left out of a park.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from services.dispatch.domain.park.demand import (
    Cluster,
    Interruption,
    Load,
    Process,
    Session,
    Shedding,
    WorkQueue,
)
from services.dispatch.domain.park.horizon import Horizon
from services.dispatch.domain.park.network import (
    Carrier,
    Contract,
    DemandCharge,
    Grid,
    Line,
    Node,
    Production,
    Sink,
    Supply,
)
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.rules import (
    Balance,
    CarbonCap,
    CarbonRule,
    Former,
    Reserve,
    SupplyMode,
)
from services.dispatch.domain.park.storage import PowerAt, Store, Target
from services.dispatch.domain.park.units import CurvePoint, Output, Unit

BUILT = frozenset({"grids", "contracts", "trade", "productions", "loads", "sessions", "stores"})
"""To come: lines, interruptions, processes, queues, units, shares, carbon, reserve, former."""

EVERY = BUILT | {
    "lines",
    "interruptions",
    "processes",
    "queues",
    "units",
    "shares",
    "carbon",
    "reserve",
    "former",
}
SPOILED_EVERY = 3


class Draw:
    """Draws the numbers of one park; `steps` is how many a series has."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.horizon = self._horizon()

    def _horizon(self) -> Horizon:
        steps = self.pick(1, 2, 4, 6, 8, 12, 24)
        if self.maybe(0.5):
            return Horizon(steps=steps, step_h=self.pick(0.25, 1.0))
        return Horizon(steps_h=tuple(self.pick(0.1, 0.25, 0.5, 1.0) for _ in range(steps)))

    def pick(self, *values: Any) -> Any:
        return values[int(self.rng.integers(len(values)))]

    def maybe(self, chance: float) -> bool:
        return bool(self.rng.random() < chance)

    def number(self, low: float, high: float) -> float:
        return round(float(self.rng.uniform(low, high)), 3)

    def series(self, low: float, high: float) -> tuple[float, ...]:
        return tuple(self.number(low, high) for _ in range(len(self.horizon)))

    def moment(self, low: float = 0.0, high: float = 1.0) -> float:
        """Return a time of the horizon, by default any; above 0."""
        return max(0.01, self.number(low, high) * float(self.horizon.ends_h[-1]))


def a_random_park(seed: int, groups: frozenset[str] = BUILT) -> ParkProblem:
    """Return a park of some of the groups; each third is contradictory."""
    draw = Draw(seed)
    parts: dict[str, Any] = {"horizon": draw.horizon}
    for name, drawn in PARTS:
        if name in groups and draw.maybe(0.8):
            parts |= drawn(draw, parts)
    problem = ParkProblem(**parts)
    return spoiled(problem, draw) if seed % SPOILED_EVERY == 0 else problem


def grids(draw: Draw, parts: dict[str, Any]) -> dict[str, Any]:
    low = draw.pick(-0.2, 0.05, 0.05)
    grid = Grid(
        id="grid",
        import_price=draw.series(low, 1.2),
        export_price=draw.pick(0.0, draw.series(low, 0.4), draw.series(0.5, 1.5)),
        import_limit_kw=draw.pick(200.0, draw.series(20.0, 300.0)),
        export_limit_kw=draw.pick(0.0, 100.0, draw.series(0.0, 100.0)),
        carbon_kg_per_kwh=draw.pick(None, 0.6, draw.series(0.2, 0.9)),
        contracted_kw=draw.pick(None, 60.0),
        excess_price_per_kw=draw.pick(0.0, 8.0),
        demand_charge=draw.pick(None, demand_charge(draw)),
    )
    other = replace(grid, id="second grid", demand_charge=None, import_price=draw.series(0.2, 1.0))
    return {"grids": draw.pick((grid,), (grid,), (grid, other))}


def demand_charge(draw: Draw) -> DemandCharge:
    interval_h = draw.pick(0.25, 0.5, 1.0)
    return DemandCharge(
        price_per_kw=draw.pick(0.0, 5.0, 40.0),
        peak_so_far_kw=draw.pick(0.0, 50.0, 120.0),
        interval_h=interval_h,
        elapsed_h=draw.pick(0.0, interval_h * 0.4),
        metered_kwh=draw.pick(0.0, 12.0),
        period_ends_h=draw.pick(None, draw.moment()),
    )


def contracts(draw: Draw, parts: dict[str, Any]) -> dict[str, Any]:
    if "grids" not in parts:
        return {}
    some = [
        Contract(
            id=f"contract {i}",
            grid="grid",
            power_kw=draw.pick(30.0, draw.series(0.0, 80.0)),
            price_per_kwh=draw.number(0.1, 0.9),
            fee_per_kwh=draw.pick(0.0, 0.08),
            take_or_pay_share=draw.pick(0.0, 0.7, 1.0),
            carbon_kg_per_kwh=draw.pick(0.0, 0.02),
        )
        for i in range(draw.pick(1, 2))
    ]
    return {"contracts": tuple(some)}


def trade(draw: Draw, parts: dict[str, Any]) -> dict[str, Any]:
    gas = Supply(
        id="gas", node="gas", price=draw.number(0.2, 0.5), limit_kw=300.0, carbon_kg_per_kwh=0.2
    )
    steam = Supply(id="steam", node="steam", price=draw.series(0.2, 0.9), limit_kw=80.0)
    sold = Sink(
        id="steam sold",
        node="steam",
        price=draw.number(0.0, 1.0),
        limit_kw=draw.series(0.0, 30.0),
        carbon_kg_per_kwh=draw.pick(0.0, 0.05),
    )
    return {"supplies": (gas, steam), "sinks": (sold,)}


def productions(draw: Draw, parts: dict[str, Any]) -> dict[str, Any]:
    sun = Production(
        id="pv",
        available_kw=draw.series(0.0, draw.pick(50.0, 200.0)),
        curtailable=draw.maybe(0.7),
        curtailment_price=draw.pick(0.0, 0.02),
    )
    waste = Production(id="waste heat", node="heat", available_kw=draw.series(0.0, 30.0))
    return {"productions": draw.pick((sun,), (sun, waste))}


def loads(draw: Draw, parts: dict[str, Any]) -> dict[str, Any]:
    priced = Shedding(price_per_kwh=draw.number(0.5, 20.0), share=draw.pick(0.3, 1.0))
    return {
        "loads": (
            Load(id="base", power_kw=draw.series(5.0, 90.0), critical=draw.maybe(0.5)),
            Load(id="offices", power_kw=draw.series(-5.0, 30.0), shedding=priced),
            Load(id="heating", node="heat", power_kw=draw.series(0.0, 40.0)),
        )
    }


def interruptions(draw: Draw, parts: dict[str, Any]) -> dict[str, Any]:
    least_h = draw.pick(0.0, 0.5, 1.0)
    rule = Interruption(
        price_per_kwh=draw.pick(0.0, 0.3, 3.0),
        price_per_start=draw.pick(0.0, 5.0),
        least_h=least_h,
        most_h=draw.pick(None, least_h + 1.0),
        most_starts=draw.pick(None, 0, 1, 3),
    )
    pump = Load(id="pump", power_kw=draw.series(0.0, 40.0), interruption=rule)
    return {"loads": (*parts.get("loads", ()), pump)}


def sessions(draw: Draw, parts: dict[str, Any]) -> dict[str, Any]:
    some = []
    for i in range(draw.pick(1, 3)):
        arrives_h = draw.pick(0.0, draw.moment(0.0, 0.6))
        capacity_kwh = draw.number(40.0, 80.0)
        some.append(
            Session(
                id=f"vehicle {i}",
                arrives_h=arrives_h,
                leaves_h=arrives_h + draw.moment(0.1, 1.2),
                power_kw=draw.pick(7.0, 22.0, 60.0),
                wanted_kwh=draw.pick(0.0, draw.number(0.0, 60.0)),
                efficiency=draw.pick(1.0, 0.93),
                cluster=draw.pick(None, "yard"),
                discharge_kw=draw.pick(0.0, 11.0),
                discharge_efficiency=draw.pick(1.0, 0.95),
                stored_kwh=draw.number(0.0, capacity_kwh),
                least_kwh=draw.pick(0.0, 10.0),
                capacity_kwh=capacity_kwh,
                wear_per_kwh=draw.pick(0.0, 0.1),
            )
        )
    limit_kw = draw.pick(15.0, draw.series(0.0, 60.0))
    return {"sessions": tuple(some), "clusters": (Cluster(id="yard", limit_kw=limit_kw),)}


def processes(draw: Draw, parts: dict[str, Any]) -> dict[str, Any]:
    end_h = float(draw.horizon.ends_h[-1])
    duration_h = draw.moment(0.1, 0.5)
    first = Process(
        id="batch",
        flows_kw={"electricity": (30.0, 10.0), "heat": (-8.0,)},
        duration_h=duration_h,
        latest_end_h=draw.pick(end_h, end_h, draw.moment(0.5, 1.5)),
        earliest_h=draw.pick(0.0, draw.moment(0.0, 0.3)),
        done_h=draw.pick(0.0, 0.0, round(duration_h / 3, 3)),
        missed_price=draw.pick(None, 20.0),
    )
    second = Process(
        id="finish",
        flows_kw={"electricity": (15.0,)},
        duration_h=draw.moment(0.05, 0.4),
        latest_end_h=draw.pick(end_h, draw.moment(0.5, 1.5)),
        after="batch",
        gap_h=draw.pick(0.0, 0.25),
    )
    split = a_mill(draw)
    sifting = replace(second, id="sift", after="mill", flows_kw={"electricity": (4.0, 0.0, 9.0)})
    return {
        "processes": draw.pick(
            (first,), (first, second), (split,), (split, sifting), (first, second, split)
        )
    }


def a_mill(draw: Draw) -> Process:
    duration_h = draw.moment(0.1, 0.6)
    return Process(
        id="mill",
        flows_kw={"electricity": (25.0,), "steam": (6.0,)},
        duration_h=duration_h,
        latest_end_h=draw.moment(0.7, 1.5),
        most_starts=draw.pick(2, 3),
        least_run_h=draw.pick(None, 0.5),
        done_h=draw.pick(0.0, round(duration_h / 2, 3)),
    )


def queues(draw: Draw, parts: dict[str, Any]) -> dict[str, Any]:
    jobs = WorkQueue(
        id="jobs",
        arriving_kwh=draw.series(0.0, 20.0),
        patience_h=draw.pick(0.1, 0.25, 1.0, 4.0),
        power_kw=draw.pick(5.0, 20.0, 60.0),
        least_kw=draw.pick(0.0, 0.0, 5.0),
        backlog_kwh=draw.pick(0.0, 15.0),
        backlog_patience_h=draw.pick(None, 0.5, 100.0),
        late_price_per_kwh=draw.pick(None, 0.4),
    )
    return {"queues": (jobs,)}


def stores(draw: Draw, parts: dict[str, Any]) -> dict[str, Any]:
    battery = Store(
        id="battery",
        highest_kwh=100.0,
        lowest_kwh=draw.pick(0.0, 10.0),
        start_kwh=draw.number(10.0, 100.0),
        charge_kw=draw.pick(20.0, 50.0),
        discharge_kw=draw.pick(20.0, 50.0),
        charge_efficiency=draw.pick(1.0, 0.95),
        discharge_efficiency=draw.pick(1.0, 0.93),
        loss_share_per_h=draw.pick(0.0, 0.001),
        wear_per_kwh=draw.pick(0.0, 0.05),
        holding_price_per_kwh_h=draw.pick(0.0, 0.002),
        holding_free_kwh=draw.pick(0.0, 50.0),
        end_value_per_kwh=draw.pick(None, 0.0, 0.4),
        most_cycles=draw.pick(None, 0.0, 0.3),
        power_at=draw.pick((), tapering()),
        targets=draw.pick((), (Target(at_h=draw.moment(), least_kwh=draw.number(0.0, 110.0)),)),
    )
    tank = Store(
        id="heat tank",
        node="heat",
        highest_kwh=60.0,
        start_kwh=20.0,
        charge_kw=30.0,
        discharge_kw=30.0,
        loss_share_per_h=0.02,
    )
    return {"stores": draw.pick((battery,), (battery, tank))}


def tapering() -> tuple[PowerAt, ...]:
    """Charging slows down above 80 kWh, discharging below 20 kWh."""
    return (
        PowerAt(level_kwh=0.0, charge_kw=50.0, discharge_kw=5.0),
        PowerAt(level_kwh=20.0, charge_kw=50.0, discharge_kw=50.0),
        PowerAt(level_kwh=80.0, charge_kw=50.0, discharge_kw=50.0),
        PowerAt(level_kwh=100.0, charge_kw=5.0, discharge_kw=50.0),
    )


def units(draw: Draw, parts: dict[str, Any]) -> dict[str, Any]:
    chp = a_chp(draw)
    pump = Unit(
        id="heat pump",
        input_node="electricity",
        outputs=(Output(node="heat", ratio=draw.series(2.0, 4.0)),),
        most_kw=20.0,
        ramp_kw_per_h=draw.pick(None, 15.0),
    )
    electrolyser = Unit(
        id="electrolyser",
        input_node="electricity",
        outputs=(Output(node="hydrogen", curve=curve()), Output(node="water", ratio=-0.001)),
        least_kw=5.0,
        most_kw=40.0,
        standby_kw=draw.pick(None, 1.0),
        start_cost=draw.pick(0.0, 2.0),
    )
    hydrogen = Sink(id="hydrogen sold", node="hydrogen", price=draw.number(0.2, 2.0), limit_kw=50.0)
    water = Supply(id="water", node="water", price=3.0, limit_kw=1.0)
    more = {
        "sinks": (*parts.get("sinks", ()), hydrogen),
        "supplies": (*parts.get("supplies", ()), water),
    }
    some = draw.pick((chp,), (pump,), (chp, pump), (chp, pump, electrolyser))
    return {"units": some, **(more if electrolyser in some else {})}


def a_chp(draw: Draw) -> Unit:
    cold_cost = draw.pick(None, 15.0)
    availability = tuple(draw.pick(0.0, 0.3, 0.5, 1.0, 1.0, 1.0) for _ in draw.horizon.hours)
    return Unit(
        id="chp",
        input_node="gas",
        outputs=(Output(node="electricity", ratio=0.4), Output(node="heat", ratio=0.45)),
        least_kw=draw.pick(0.0, 40.0),
        most_kw=100.0,
        start_cost=draw.pick(0.0, 6.0),
        cold_start_cost=cold_cost,
        cold_after_h=None if cold_cost is None else 3.0,
        running_cost_per_h=draw.pick(0.0, 1.5),
        cost_per_kwh=draw.pick(0.0, 0.02, -0.3),
        ramp_kw_per_h=draw.pick(None, 80.0),
        least_on_h=draw.pick(0.0, 1.0, 2.0),
        least_off_h=draw.pick(0.0, 1.0),
        most_starts=draw.pick(None, 0, 1, 2),
        on_at_start=draw.maybe(0.4),
        state_since_h=draw.pick(0.5, 1000.0),
        input_at_start_kw=draw.pick(None, 60.0, 100.0),
        availability=draw.pick(1.0, availability),
    )


def curve() -> tuple[CurvePoint, ...]:
    """Best in the middle: 60 % at 5 kW, 70 % at 20 kW, 62.5 % at 40 kW."""
    points = ((5.0, 3.0), (20.0, 14.0), (40.0, 25.0))
    return tuple(CurvePoint(input_kw=x, output_kw=y) for x, y in points)


def lines(draw: Draw, parts: dict[str, Any]) -> dict[str, Any]:
    """A triangle of feeders; some loads and productions move to its corners."""
    nodes = tuple(Node(id=name, carrier=Carrier.ELECTRICITY) for name in ("north", "south"))
    reactance, loss = draw.pick(None, 0.1), draw.pick(0.0, 0.03)
    ends = (("electricity", "north"), ("electricity", "south"), ("north", "south"))
    some = tuple(
        Line(
            id=f"{one}-{other}",
            from_node=one,
            to_node=other,
            limit_kw=draw.pick(0.0, 20.0, 100.0, draw.series(10.0, 80.0)),
            back_limit_kw=draw.pick(None, 15.0),
            loss_share=loss,
            reactance=None if reactance is None else draw.number(0.05, 0.3),
        )
        for one, other in draw.pick(ends, ends[:2])
    )
    moved = [
        replace(load, node="north") if load.id == "base" else load
        for load in parts.get("loads", ())
    ]
    sun = [
        replace(one, node="south") if one.id == "pv" else one
        for one in parts.get("productions", ())
    ]
    return {"nodes": nodes, "lines": some, "loads": tuple(moved), "productions": tuple(sun)}


def shares(draw: Draw, parts: dict[str, Any]) -> dict[str, Any]:
    so_far = Balance(generated_kwh=500.0, fed_in_kwh=80.0, used_kwh=900.0)
    mode = SupplyMode(
        feed_in_share=draw.pick(None, 0.0, 0.2),
        self_use_share=draw.pick(None, 0.6, 1.0),
        load_share=draw.pick(None, 0.3, 1.0),
        so_far=draw.pick(Balance(), so_far),
    )
    return {"mode": mode}


def carbon(draw: Draw, parts: dict[str, Any]) -> dict[str, Any]:
    cap = CarbonCap(limit_kg=draw.pick(0.0, 20.0, 500.0), from_h=0.0, to_h=draw.moment())
    price = draw.pick(0.0, 0.08)
    return {"carbon": CarbonRule(price_per_kg=price, caps=draw.pick((), (cap,), (cap, cap)))}


def reserve(draw: Draw, parts: dict[str, Any]) -> dict[str, Any]:
    if not any(store.id == "battery" for store in parts.get("stores", ())):
        return {}
    return {"reserve": Reserve(hours=draw.pick(0.5, 2.0, 30.0), stores=("battery",))}


def former(draw: Draw, parts: dict[str, Any]) -> dict[str, Any]:
    named = [
        part.id
        for group in ("stores", "sessions", "productions", "units")
        for part in parts.get(group, ())
        if draw.maybe(0.5)
    ]
    some = {name: draw.pick(0.0, draw.series(-20.0, 60.0)) for name in (*named, "who has gone")}
    return {
        "former": Former(
            power_kw=some,
            move_cost_per_kw=draw.pick(0.0, 0.01),
            committed_h=draw.pick(0.0, draw.moment()),
        )
    }


PARTS = (
    ("grids", grids),
    ("contracts", contracts),
    ("trade", trade),
    ("productions", productions),
    ("loads", loads),
    ("interruptions", interruptions),
    ("sessions", sessions),
    ("processes", processes),
    ("queues", queues),
    ("stores", stores),
    ("units", units),
    ("lines", lines),
    ("shares", shares),
    ("carbon", carbon),
    ("reserve", reserve),
    ("former", former),
)


def spoiled(problem: ParkProblem, draw: Draw) -> ParkProblem:
    """Return the park with wishes in it that nothing can fulfil; what is physical stays so."""
    for spoil in (stormy, without_grid, without_feed_in, overloaded, ill_stored, rushed, unpaid):
        if draw.maybe(0.4):
            problem = spoil(problem, draw)
    return problem


def stormy(problem: ParkProblem, draw: Draw) -> ParkProblem:
    """Power that cannot be turned down, in a park with other things to do."""
    must_run = Production(id="must run", available_kw=draw.series(0.0, 900.0), curtailable=False)
    return replace(problem, productions=(*problem.productions, must_run))


def without_grid(problem: ParkProblem, draw: Draw) -> ParkProblem:
    """An island, with or without sources."""
    return replace(problem, mode=replace(problem.mode, island=True))


def without_feed_in(problem: ParkProblem, draw: Draw) -> ParkProblem:
    """Connections that carry nothing, or nothing out."""
    no_limits = tuple(
        replace(grid, import_limit_kw=draw.pick(0.0, 10.0), export_limit_kw=0.0)
        for grid in problem.grids
    )
    return replace(problem, grids=no_limits, mode=replace(problem.mode, no_feed_in=True))


def overloaded(problem: ParkProblem, draw: Draw) -> ParkProblem:
    """A load beyond every limit, at a node that may have no source, and one that gives."""
    huge = Load(id="huge", power_kw=draw.series(0.0, 5000.0), node=draw.pick("electricity", "cold"))
    gives = Load(id="gives", power_kw=draw.series(-40.0, 0.0), node=draw.pick("heat", "hydrogen"))
    return replace(problem, loads=(*problem.loads, huge, gives))


def ill_stored(problem: ParkProblem, draw: Draw) -> ParkProblem:
    """Stores that begin outside their windows, leak, or cannot be filled."""
    stores = tuple(
        replace(
            store,
            lowest_kwh=draw.pick(0.0, 30.0, store.highest_kwh),
            start_kwh=draw.pick(0.0, 5.0, 30.0, 140.0),
            loss_share_per_h=draw.pick(0.0, 0.05, 1.0),
            charge_kw=draw.pick(0.0, 20.0),
            discharge_kw=draw.pick(0.0, 20.0),
            most_cycles=draw.pick(None, 0.0),
        )
        for store in problem.stores
    )
    return replace(problem, stores=stores)


def rushed(problem: ParkProblem, draw: Draw) -> ParkProblem:
    """Vehicles that cannot be served: too short, too much, no power, a dead cable, a full one."""
    sessions = tuple(
        replace(
            session,
            wanted_kwh=draw.pick(0.0, 500.0),
            leaves_h=session.arrives_h + 0.05,
            power_kw=draw.pick(0.0, 7.0),
            stored_kwh=draw.pick(0.0, 100.0),
        )
        for session in problem.sessions
    )
    clusters = tuple(replace(one, limit_kw=0.0) for one in problem.clusters)
    return replace(problem, sessions=sessions, clusters=clusters)


def unpaid(problem: ParkProblem, draw: Draw) -> ParkProblem:
    """Prices below nothing, both ways, and ones that invite to buy and sell at once.

    Few steps only: burning energy in all vehicles and stores at once takes solvers long.
    """
    if len(problem.horizon) > 6:
        return problem
    grids = tuple(
        replace(grid, import_price=draw.series(-3.0, 0.1), export_price=draw.series(-3.0, 0.5))
        for grid in problem.grids
    )
    return replace(problem, grids=grids)
