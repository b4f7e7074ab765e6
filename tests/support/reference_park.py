"""The park by which the planner is judged: a medium industrial park of 2026 in eastern China.

Everything is made from a seed: one seed is one park on one pair of days. Money in CNY. Lines, units
and processes may be left out; then what hangs on them (heat, cold, hydrogen) is left out too, and
every device stands at the grid's node.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from services.dispatch.domain.park.demand import Cluster, Load, Session
from services.dispatch.domain.park.horizon import Floats, Horizon
from services.dispatch.domain.park.network import (
    Carrier,
    DemandCharge,
    Grid,
    Line,
    Node,
    Production,
    Supply,
)
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.rules import CarbonRule
from services.dispatch.domain.park.storage import PowerAt, Store
from tests.support.reference_plants import plants, thermal_stores
from tests.support.reference_processes import batches

BUS, WORKS, CAMPUS, YARD = "electricity", "works", "campus", "yard"
STEP_H = 0.25


@dataclass(frozen=True)
class Days:
    """The clock of the horizon's steps and this seed's luck."""

    steps: int
    seed: int
    hour: Floats = field(init=False)
    rng: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "hour", np.arange(self.steps) * STEP_H % 24.0)
        object.__setattr__(self, "rng", np.random.default_rng(self.seed))

    def walk(self, spread: float) -> Floats:
        """Return a random course about 1 that remembers some hours, (steps,)."""
        shocks = self.rng.normal(0.0, spread, self.steps)
        course = np.zeros(self.steps)
        for step in range(1, self.steps):
            course[step] = 0.95 * course[step - 1] + 0.31 * shocks[step]
        return np.asarray(np.clip(1.0 + course, 0.3, 1.7), np.float64)


def reference_park(
    steps: int = 192,
    *,
    seed: int = 0,
    lines: bool = True,
    units: bool = True,
    processes: bool = True,
) -> ParkProblem:
    """Return the whole park of the bars; a day of steps at least."""
    days = Days(steps, seed)
    price = _import_price(days)
    park = ParkProblem(
        horizon=Horizon(steps=steps, step_h=STEP_H),
        nodes=_feeder_nodes(),
        lines=_feeders(),
        grids=(_grid(days, price),),
        productions=_sun_and_wind(days),
        loads=_loads(days),
        clusters=tuple(Cluster(id=f"ports_{k}", limit_kw=220.0) for k in range(3)),
        sessions=_sessions(days),
        stores=_batteries(days, 10, (WORKS, CAMPUS, YARD)),
        carbon=CarbonRule(price_per_kg=0.09),  # 90 CNY/t: the national market at the end of 2025
    )
    if processes:
        park = replace(park, processes=batches(steps * STEP_H, WORKS, YARD, heat=units))
    if units:
        park = _with_units(park, days)
    return park if lines else _at_one_node(park)


def lp_park(batteries: int = 10, steps: int = 96, seed: int = 0) -> ParkProblem:
    """Return the part that is a linear program: grid with peak, sun and wind, load, batteries.

    Levels are usable energy (from 0), steps are the metering's: what other tools can say as well.
    """
    days = Days(steps, seed)
    price = _import_price(days)
    return ParkProblem(
        horizon=Horizon(steps=steps, step_h=STEP_H),
        grids=(_grid(days, price),),
        productions=tuple(replace(one, node=BUS) for one in _sun_and_wind(days)),
        loads=tuple(replace(one, node=BUS) for one in _loads(days)),
        stores=tuple(
            replace(
                one,
                lowest_kwh=0.0,
                highest_kwh=one.highest_kwh - one.lowest_kwh,
                start_kwh=one.start_kwh - one.lowest_kwh,
                loss_share_per_h=0.0005,
                power_at=(),
            )
            for one in _batteries(days, batteries, (BUS,))
        ),
    )


def _import_price(days: Days) -> Floats:
    """Time of use as in Jiangsu for industry, on top of it a day-ahead market that follows sun."""
    hour = days.hour
    tariff = np.full(days.steps, 0.66)
    tariff[hour < 8] = 0.30
    tariff[((hour >= 8) & (hour < 11)) | ((hour >= 17) & (hour < 22))] = 1.08
    sunny = np.exp(-((hour - 12.5) ** 2) / 5.0)
    return np.asarray(tariff * days.walk(0.08) - 0.12 * sunny * days.rng.uniform(0.5, 1.5))


def _grid(days: Days, price: Floats) -> Grid:
    night = 0.5 - 0.5 * np.cos((days.hour - 13.0) / 24.0 * 2.0 * np.pi)
    return Grid(
        id="grid",
        import_price=_series(price),
        export_price=_series(np.maximum(0.05, 0.45 * price)),
        import_limit_kw=9000.0,  # a 10 MVA transformer
        export_limit_kw=4000.0,
        carbon_kg_per_kwh=_series(0.45 + 0.25 * night * days.walk(0.05)),  # mean 0.58: East China
        demand_charge=DemandCharge(
            price_per_kw=40.0,  # CNY/kW and month, two-part tariff above 315 kVA
            peak_so_far_kw=float(days.rng.uniform(1200.0, 1800.0)),
        ),
    )


def _sun_and_wind(days: Days) -> tuple[Production, ...]:
    clear = np.maximum(0.0, np.sin((days.hour - 6.0) / 12.0 * np.pi)) ** 1.3
    clouds = np.clip(days.walk(0.25) - 0.15, 0.1, 1.0)
    wind = np.clip(0.35 * days.walk(0.5), 0.0, 1.0)
    return (
        Production(id="pv_works", available_kw=_series(2400.0 * clear * clouds), node=WORKS),
        Production(id="pv_campus", available_kw=_series(1100.0 * clear * clouds), node=CAMPUS),
        Production(id="wind", available_kw=_series(2000.0 * wind), node=BUS),
    )


def _loads(days: Days) -> tuple[Load, ...]:
    hour = days.hour
    shift = (hour >= 7) & (hour < 22)
    office = np.exp(-((hour - 13.5) ** 2) / 20.0)
    return (
        Load(id="works_base", power_kw=_kw(days, 1100.0 + 1000.0 * shift), node=WORKS),
        Load(id="campus_base", power_kw=_kw(days, 350.0 + 700.0 * office), node=CAMPUS),
        Load(id="yard_base", power_kw=_kw(days, 120.0 + 100.0 * shift), node=YARD),
        Load(id="control_rooms", power_kw=60.0, node=CAMPUS, critical=True),
    )


def _sessions(days: Days) -> tuple[Session, ...]:
    """Sixty vehicles: workers by day, trucks by night; each tenth may give back."""
    return tuple(_session(days, k) for k in range(60))


def _session(days: Days, k: int) -> Session:
    rng, end_h = days.rng, days.steps * STEP_H
    power_kw = (7.0, 7.0, 11.0, 22.0, 60.0)[k % 5]
    at_night = k % 3 == 2
    arrives = rng.normal(18.0 if at_night else 8.3, 0.8) + 24.0 * (k % 2) * (end_h > 24.0)
    arrives = float(np.clip(arrives, 0.0, end_h - 3.0)) if k >= 6 else 0.0  # six stand there now
    leaves = float(min(end_h, arrives + rng.uniform(4.0, 11.0)))
    most_kwh = power_kw * (leaves - arrives) * 0.92
    wanted = float(min(rng.uniform(0.2, 0.7) * most_kwh, rng.uniform(15.0, 120.0)))
    gives_back = k % 10 == 9
    return Session(
        id=f"vehicle_{k:02}",
        arrives_h=arrives,
        leaves_h=leaves,
        power_kw=power_kw,
        wanted_kwh=wanted,
        efficiency=0.92,
        node=YARD,
        cluster=f"ports_{k % 3}",
        discharge_kw=power_kw if gives_back else 0.0,
        discharge_efficiency=0.92,
        stored_kwh=40.0 if gives_back else 0.0,
        least_kwh=20.0 if gives_back else 0.0,
        capacity_kwh=200.0 if gives_back else None,
        wear_per_kwh=0.15,
    )


def _batteries(days: Days, count: int, nodes: tuple[str, ...]) -> tuple[Store, ...]:
    """LFP cabinets: two hours, 90 % there and back, 6000 cycles of 900 CNY a kWh."""
    return tuple(_battery(days, k, nodes[k % len(nodes)]) for k in range(count))


def _battery(days: Days, k: int, node: str) -> Store:
    power_kw = (100.0, 125.0, 215.0, 250.0, 500.0)[k % 5]
    capacity_kwh = power_kw * 2.0 * (1.0 + 0.05 * (k % 3))
    one_way = 0.945 + 0.002 * (k % 6)
    taper = (
        PowerAt(level_kwh=0.0, charge_kw=power_kw, discharge_kw=0.4 * power_kw),
        PowerAt(level_kwh=0.2 * capacity_kwh, charge_kw=power_kw, discharge_kw=power_kw),
        PowerAt(level_kwh=0.85 * capacity_kwh, charge_kw=power_kw, discharge_kw=power_kw),
        PowerAt(level_kwh=capacity_kwh, charge_kw=0.3 * power_kw, discharge_kw=power_kw),
    )
    return Store(
        id=f"battery_{k:02}",
        highest_kwh=0.95 * capacity_kwh,
        lowest_kwh=0.08 * capacity_kwh,
        start_kwh=float(days.rng.uniform(0.15, 0.85)) * capacity_kwh,
        charge_kw=power_kw,
        discharge_kw=power_kw,
        node=node,
        charge_efficiency=one_way,
        discharge_efficiency=one_way,
        loss_share_per_h=0.0005,
        wear_per_kwh=0.10 + 0.01 * (k % 5),
        power_at=taper if k % 4 == 0 else (),
    )


def _feeder_nodes() -> tuple[Node, ...]:
    return tuple(Node(id=name, carrier=Carrier.ELECTRICITY) for name in (WORKS, CAMPUS, YARD))


def _feeders() -> tuple[Line, ...]:
    """10 kV cables of a kilometre with a transformer each: 1.2 to 1.8 % are lost."""
    return (
        Line(id="feeder_works", from_node=BUS, to_node=WORKS, limit_kw=5000.0, loss_share=0.015),
        Line(id="feeder_campus", from_node=BUS, to_node=CAMPUS, limit_kw=2500.0, loss_share=0.012),
        Line(id="feeder_yard", from_node=BUS, to_node=YARD, limit_kw=2000.0, loss_share=0.018),
    )


def _with_units(park: ParkProblem, days: Days) -> ParkProblem:
    hour = days.hour
    shift = (hour >= 7) & (hour < 22)
    noon = np.exp(-((hour - 14.0) ** 2) / 18.0)
    loads = (
        Load(id="heat_demand", power_kw=_kw(days, 700.0 + 600.0 * shift), node="heat"),
        Load(id="cold_demand", power_kw=_kw(days, 350.0 + 650.0 * noon), node="cold"),
        Load(id="hydrogen_demand", power_kw=_kw(days, 60.0 + 140.0 * shift), node="hydrogen"),
    )
    # Heat may go to the air for next to nothing (cooling tower); cold and hydrogen may not.
    heat = Node(id="heat", carrier=Carrier.HEAT, surplus_price=0.005)
    # 3.6 CNY/m³ at 10.3 kWh/m³; 0.202 kg/kWh is burning it.
    gas = Supply(id="gas_main", node="gas", price=0.35, limit_kw=9000.0, carbon_kg_per_kwh=0.202)
    air_c = 8.0 + 5.0 * np.sin((hour - 9.0) / 24.0 * 2.0 * np.pi)
    return replace(
        park,
        nodes=(*park.nodes, heat),
        supplies=(gas,),
        loads=(*park.loads, *loads),
        units=plants(air_c, WORKS, CAMPUS, YARD),
        stores=(*park.stores, *thermal_stores(days.rng)),
    )


def _at_one_node(park: ParkProblem) -> ParkProblem:
    """Return the park without lines: what stood at their far ends stands at the grid's node."""
    far = {WORKS, CAMPUS, YARD}

    def moved(name: str) -> str:
        return BUS if name in far else name

    return replace(
        park,
        lines=(),
        nodes=tuple(node for node in park.nodes if node.id not in far),
        productions=tuple(replace(one, node=moved(one.node)) for one in park.productions),
        loads=tuple(replace(one, node=moved(one.node)) for one in park.loads),
        sessions=tuple(replace(one, node=moved(one.node)) for one in park.sessions),
        stores=tuple(replace(one, node=moved(one.node)) for one in park.stores),
        processes=tuple(
            replace(one, flows_kw={moved(name): kw for name, kw in one.flows_kw.items()})
            for one in park.processes
        ),
        units=tuple(
            replace(
                one,
                input_node=moved(one.input_node),
                outputs=tuple(replace(out, node=moved(out.node)) for out in one.outputs),
            )
            for one in park.units
        ),
    )


def _kw(days: Days, usual_kw: Floats) -> tuple[float, ...]:
    return _series(usual_kw * days.walk(0.06))


def _series(values: Floats) -> tuple[float, ...]:
    return tuple(float(value) for value in np.round(values, 4))
