"""A plan as it is kept, published and followed. Powers in W, positive into the device."""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from services.dispatch.domain.ladder import FormerPlan, Origin, Settled
from services.dispatch.domain.plant import Plant, battery_of
from services.dispatch.domain.problem import Floats, Problem
from services.dispatch.domain.schedule import Costs, Decisions, Violation
from services.dispatch.domain.snapshot import Guide

NAMESPACE = uuid.UUID("4a0c3f57-2f0b-5d6e-9d0e-6c2b5a1f7e42")
CURTAILED_W = 1_000.0


@dataclass(frozen=True, slots=True, eq=False)
class DeviceCourse:
    """One device over the horizon; `stored_pct` and `curtailed_w` may be empty."""

    power_w: Floats
    stored_pct: Floats = field(default_factory=lambda: np.zeros(0))
    curtailed_w: Floats = field(default_factory=lambda: np.zeros(0))


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What every steered device is to do, slot by slot, until `valid_until` at best."""

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

    @property
    def end(self) -> datetime:
        """When the last slot ends."""
        return self.start + len(self.grid_w) * self.step

    def slot_at(self, moment: datetime) -> int | None:
        """Return the slot that holds `moment`; None beyond the horizon."""
        slot = max(0, (moment - self.start) // self.step)
        return slot if slot < len(self.grid_w) else None


def input_hash(problem: Problem) -> str:
    """Return the identity of a problem's content: the same inputs, the same hash."""
    digest = hashlib.sha256()
    for array in (problem.hours, problem.base_kw, problem.import_price, problem.export_price):
        digest.update(np.ascontiguousarray(array).tobytes())
    digest.update(np.nan_to_num(problem.intensity_kg_per_kwh, nan=-1.0).tobytes())
    for production in problem.productions:
        digest.update(production.id.encode() + production.available_kw.tobytes())
    scalars = (
        problem.start.isoformat(),
        problem.carbon_price_per_kg,
        problem.import_limit_kw,
        problem.export_limit_kw,
        problem.feed_in_budget_kwh,
        problem.storages,
        problem.sessions,
    )
    digest.update(repr(scalars).encode())
    return digest.hexdigest()[:32]


def plan_of(
    plant: Plant,
    problem: Problem,
    settled: Settled,
    *,
    forecast_issue_time: datetime | None,
    solve_seconds: float,
) -> Plan:
    """Return the plan of what was settled; its id follows from park, issue time and inputs."""
    snapshot_id = input_hash(problem)
    name = f"{plant.park.id}/{problem.issue_time.isoformat()}/{snapshot_id}"
    schedule = settled.schedule
    rules = plant.park.dispatch
    return Plan(
        plan_id=str(uuid.uuid5(NAMESPACE, name)),
        park_id=plant.park.id,
        issue_time=problem.issue_time,
        valid_until=problem.issue_time + rules.plan_valid,
        origin=settled.origin,
        start=problem.start,
        step=problem.step,
        courses=_courses(plant, problem, settled),
        grid_w=schedule.grid_kw * 1e3,
        base_w=problem.base_kw * 1e3,
        currency=plant.park.currency,
        costs=schedule.costs,
        violations=schedule.violations,
        snapshot_id=snapshot_id,
        forecast_issue_time=forecast_issue_time,
        solve_seconds=solve_seconds,
        caveats=(*problem.caveats, *settled.rejections),
    )


def _courses(plant: Plant, problem: Problem, settled: Settled) -> dict[str, DeviceCourse]:
    schedule, decisions = settled.schedule, settled.schedule.decisions
    courses = {}
    for name, kw in decisions.storage_kw.items():
        capacity_kwh = battery_of(plant.park.device(name)).capacity_wh / 1e3
        courses[name] = DeviceCourse(kw * 1e3, schedule.stored_kwh[name] / capacity_kwh * 100.0)
    for production in problem.productions:
        kw = decisions.production_kw[production.id]
        curtailed_w = (production.available_kw - kw) * 1e3
        courses[production.id] = DeviceCourse(-kw * 1e3, curtailed_w=curtailed_w)
    for name, kw in decisions.session_kw.items():
        courses[name] = DeviceCourse(kw * 1e3)
    return courses


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


def former_of(plant: Plant, plan: Plan) -> FormerPlan:
    """Return the plan's decisions for the ladder."""

    def kw_of(devices: tuple[str, ...], sign: float = 1.0) -> dict[str, Floats]:
        return {
            name: sign * plan.courses[name].power_w / 1e3
            for name in devices
            if name in plan.courses
        }

    decisions = Decisions(
        kw_of(tuple(d.id for d in plant.batteries)),
        kw_of(tuple(d.id for d in plant.productions), -1.0),
        kw_of(tuple(d.id for d in plant.ports)),
    )
    return FormerPlan(plan.start, plan.step, len(plan.grid_w), decisions)
