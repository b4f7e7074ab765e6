"""A plan as it is kept, published and followed. Powers in W, positive into the device."""

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from services.dispatch.domain.framed import Framed
from services.dispatch.domain.ladder import FormerPlan, Origin, Settled
from services.dispatch.domain.model.books import Breach
from services.dispatch.domain.model.planning import Planned, prices_of
from services.dispatch.domain.model.prices import Limit
from services.dispatch.domain.park.horizon import Floats
from services.dispatch.domain.plant import Plant, battery_of
from services.dispatch.domain.playing import Decisions
from services.dispatch.domain.snapshot import Guide

NAMESPACE = uuid.UUID("4a0c3f57-2f0b-5d6e-9d0e-6c2b5a1f7e42")
CURTAILED_W = 1_000.0
MICROS = 1_000_000
MOST_MICROS = 2**63 - 1
"""What the wire's integers hold; a plan that breaks its limits beyond measure is told as that."""
WATTS = {"kWh": "Wh", "kWh h": "Wh h"}
"""What sizes are published in; others stay as they are."""
ENERGY, WEAR, CARBON = ("import", "export", "contracts", "supplies", "sales"), "wear", "carbon"
PENALTY, LEFT = "violations", "left in stores"
"""Kinds of money; whatever is none of them is told by its kind alone."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken limit: `size` in `unit`, what it cost, and whose it is (may be empty).

    `step` is that of the plan, None for a limit of the whole horizon; then `time` is its start.
    """

    limit: Limit
    time: datetime
    size: float
    unit: str
    price_micros: int
    device_id: str = ""
    step: int | None = None


@dataclass(frozen=True, slots=True)
class Costs:
    """Millionths of the currency unit over the horizon; `parts` holds every kind of money."""

    energy_micros: int
    wear_micros: int
    carbon_micros: int
    penalty_micros: int
    end_value_micros: int
    parts: Mapping[str, int] = field(default_factory=dict)

    @property
    def objective_micros(self) -> int:
        """What a planner minimises."""
        named = self.energy_micros + self.wear_micros + self.carbon_micros + self.penalty_micros
        known = {*ENERGY, WEAR, CARBON, PENALTY, LEFT}
        others = sum(paid for kind, paid in self.parts.items() if kind not in known)
        return named + others - self.end_value_micros


@dataclass(frozen=True, slots=True, eq=False)
class DeviceCourse:
    """One device over the horizon; `stored_pct` and `curtailed_w` may be empty."""

    power_w: Floats
    stored_pct: Floats = field(default_factory=lambda: np.zeros(0))
    curtailed_w: Floats = field(default_factory=lambda: np.zeros(0))


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What every steered device is to do, step by step, until `valid_until` at best.

    `prices` is what one more kWh costs at each node, (steps,), NaN where one more would break a
    limit that is kept (§11.3); empty where nobody knows any. `gap` is how much dearer than the best
    possible the plan may be, as a share; None: nobody knows. `rejected`: what the judge found wrong
    with plans that were made for this one and not accepted.
    """

    plan_id: str
    park_id: str
    issue_time: datetime
    valid_until: datetime
    origin: Origin
    start: datetime
    step: timedelta
    courses: Mapping[str, DeviceCourse]
    grid_w: Floats
    base_w: Floats
    currency: str
    costs: Costs
    violations: tuple[Violation, ...]
    snapshot_id: str
    forecast_issue_time: datetime | None
    solve_seconds: float
    caveats: tuple[str, ...]
    prices: Mapping[str, Floats] = field(default_factory=dict)
    gap: float | None = None
    rejected: tuple[str, ...] = ()

    @property
    def end(self) -> datetime:
        """When the last step ends."""
        return self.start + len(self.grid_w) * self.step

    def slot_at(self, moment: datetime) -> int | None:
        """Return the step that holds `moment`; None beyond the horizon."""
        slot = max(0, (moment - self.start) // self.step)
        return slot if slot < len(self.grid_w) else None

    def at(self, device_id: str, moments: Iterable[datetime]) -> Floats | None:
        """Return a device's power at some moments, W, NaN outside the plan; None: not in it."""
        if (course := self.courses.get(device_id)) is None:
            return None
        index = np.array([(moment - self.start) // self.step for moment in moments])
        inside = (index >= 0) & (index < len(course.power_w))
        return np.where(inside, course.power_w[np.clip(index, 0, len(course.power_w) - 1)], np.nan)


def input_hash(framed: Framed) -> str:
    """Return the identity of a problem's content: the same inputs, the same hash."""
    content = f"{framed.start.isoformat()} {framed.park!r}"
    return hashlib.sha256(content.encode()).hexdigest()[:32]


def plan_of(
    plant: Plant,
    framed: Framed,
    settled: Settled,
    *,
    forecast_issue_time: datetime | None,
    solve_seconds: float,
) -> Plan:
    """Return the plan of what was settled; its id follows from park, issue time and inputs."""
    snapshot_id, planned = input_hash(framed), settled.planned
    name = f"{plant.park.id}/{framed.issue_time.isoformat()}/{snapshot_id}"
    grid = planned.schedule.devices[plant.meter.id]
    return Plan(
        plan_id=str(uuid.uuid5(NAMESPACE, name)),
        park_id=plant.park.id,
        issue_time=framed.issue_time,
        valid_until=framed.issue_time + plant.park.dispatch.plan_valid,
        origin=settled.origin,
        start=framed.start,
        step=framed.step,
        courses=_courses(plant, planned),
        grid_w=(grid["import_kw"] - grid["export_kw"]) * 1e3,
        base_w=(framed.base_kw + sum(_batches_kw(planned).values())) * 1e3,
        currency=plant.park.currency,
        costs=costs_of(planned.books.money),
        violations=tuple(_violation(framed, one) for one in _dearest(planned.books.breaches)),
        snapshot_id=snapshot_id,
        forecast_issue_time=forecast_issue_time,
        solve_seconds=solve_seconds,
        caveats=(*framed.caveats, *settled.caveats),
        prices=_prices(planned),
        gap=planned.gap,
        rejected=settled.rejected,
    )


def costs_of(money: Mapping[str, float]) -> Costs:
    """Return what is paid by kind, in millionths; what is earned is negative."""
    paid = {kind: _micros(amount) for kind, amount in sorted(money.items())}
    parts = {kind: micros for kind, micros in paid.items() if micros}
    return Costs(
        energy_micros=_held(sum(parts.get(kind, 0) for kind in ENERGY)),
        wear_micros=parts.get(WEAR, 0),
        carbon_micros=parts.get(CARBON, 0),
        penalty_micros=parts.get(PENALTY, 0),
        end_value_micros=-parts.get(LEFT, 0),
        parts=parts,
    )


def _micros(amount: float) -> int:
    return _held(round(amount * MICROS))


def _held(micros: int) -> int:
    return min(max(micros, -MOST_MICROS), MOST_MICROS)


def _dearest(breaches: Iterable[Breach]) -> list[Breach]:
    return sorted(breaches, key=lambda one: (-one.cost, one.step or 0, one.who))


def _violation(framed: Framed, breach: Breach) -> Violation:
    is_energy = breach.unit in WATTS
    return Violation(
        limit=breach.limit,
        time=framed.start + (breach.step or 0) * framed.step,
        size=breach.size * (1e3 if is_energy else 1.0),
        unit=WATTS.get(breach.unit, breach.unit),
        price_micros=_micros(breach.cost),
        device_id=breach.who,
        step=breach.step,
    )


def _prices(planned: Planned) -> dict[str, Floats]:
    if (prices := prices_of(planned)) is None:
        return {}
    return {node.id: prices.at(node.id) for node in planned.problem.every_node}


def _courses(plant: Plant, planned: Planned) -> dict[str, DeviceCourse]:
    problem, devices = planned.problem, planned.schedule.devices
    courses = {}
    for store in problem.stores:
        kw = devices[store.id]["charge_kw"] - devices[store.id]["discharge_kw"]
        capacity_kwh = battery_of(plant.park.device(store.id)).capacity_wh / 1e3
        level_pct = devices[store.id]["level_kwh"] / capacity_kwh * 100.0
        courses[store.id] = DeviceCourse(kw * 1e3, level_pct)
    for production in (one for one in problem.productions if one.curtailable):
        kw = devices[production.id]["power_kw"]
        curtailed_w = (problem.horizon.array(production.available_kw) - kw) * 1e3
        courses[production.id] = DeviceCourse(-kw * 1e3, curtailed_w=curtailed_w)
    for session in problem.sessions:
        kw = devices[session.id]["charge_kw"] - devices[session.id]["discharge_kw"]
        courses[session.id] = DeviceCourse(kw * 1e3)
    return courses | {name: DeviceCourse(kw * 1e3) for name, kw in _batches_kw(planned).items()}


def _batches_kw(planned: Planned) -> dict[str, Floats]:
    """Return what each batch draws by the plan, (steps,) kW: nobody steers it, people start it."""
    devices = planned.schedule.devices
    return {
        one.id: np.sum([devices[one.id][f"power_kw.{node}"] for node in one.flows_kw], axis=0)
        for one in planned.problem.processes
    }


def guide_at(plant: Plant, plan: Plan, moment: datetime) -> Guide | None:
    """Return what the plan says for `moment`; None beyond its horizon."""
    slot = plan.slot_at(moment)
    if slot is None:
        return None
    courses = plan.courses
    return Guide(
        plan_id=plan.plan_id,
        valid_until=plan.valid_until,
        battery_w={
            d.id: float(courses[d.id].power_w[slot]) for d in plant.batteries if d.id in courses
        },
        production_limit_w={
            d.id: -float(courses[d.id].power_w[slot])
            for d in plant.productions
            if d.id in courses and courses[d.id].curtailed_w[slot] > CURTAILED_W
        },
        session_w={
            d.id: float(courses[d.id].power_w[slot]) for d in plant.ports if d.id in courses
        },
    )


def former_of(plant: Plant, plan: Plan, framed: Framed) -> FormerPlan:
    """Return the plan's decisions in the steps of another problem, for the ladder."""
    moments = framed.moments

    def kw_of(devices: Iterable[str], sign: float = 1.0) -> dict[str, Floats]:
        lines = ((name, plan.at(name, moments)) for name in devices)
        return {name: sign * line / 1e3 for name, line in lines if line is not None}

    decisions = Decisions(
        kw_of(d.id for d in plant.batteries),
        kw_of((d.id for d in plant.productions), -1.0),
        kw_of(d.id for d in plant.ports),
    )
    return FormerPlan(decisions, np.array([plan.start <= moment < plan.end for moment in moments]))
