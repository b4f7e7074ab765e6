"""What a plan comes to: decisions played through the physics, with costs and broken limits listed.

Whatever proposed the decisions (solver, last plan, rules), the stored energy, the grid power, the
costs and the violations are computed here, so a schedule is consistent by construction.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

import numpy as np

from services.dispatch.domain.problem import (
    CONNECTION_PRICE,
    FEED_IN_PRICE,
    STATE_OF_CHARGE_PRICE,
    VEHICLE_PRICE,
    Floats,
    Problem,
    Storage,
)

MICROS = 1_000_000
NOISE_KW = 1e-3
NOISE_KWH = 1e-3


class Limit(StrEnum):
    """A limit or wish that a plan may have to break."""

    IMPORT = "import_limit"
    EXPORT = "export_limit"
    FEED_IN_SHARE = "feed_in_share"
    VEHICLE_ENERGY = "vehicle_energy"
    STATE_OF_CHARGE = "state_of_charge"


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken limit: `size` in `unit` (W or Wh), what it cost, and whose it is (may be empty)."""

    limit: Limit
    time: datetime
    size: float
    unit: str
    price_micros: int
    device_id: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Decisions:
    """Mean power a slot in kW: storages signed (charging positive), the others magnitudes."""

    storage_kw: Mapping[str, Floats] = field(default_factory=dict)
    production_kw: Mapping[str, Floats] = field(default_factory=dict)
    session_kw: Mapping[str, Floats] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Costs:
    """Millionths of the currency unit over the horizon."""

    energy_micros: int
    wear_micros: int
    carbon_micros: int
    penalty_micros: int
    end_value_micros: int

    @property
    def objective_micros(self) -> int:
        """What a planner minimises."""
        paid = self.energy_micros + self.wear_micros + self.carbon_micros + self.penalty_micros
        return paid - self.end_value_micros


@dataclass(frozen=True, slots=True, eq=False)
class Schedule:
    """A complete course of the horizon. `stored_kwh` is at the end of each slot."""

    decisions: Decisions
    stored_kwh: Mapping[str, Floats]
    grid_kw: Floats
    violations: tuple[Violation, ...]
    costs: Costs


def played(problem: Problem, wish: Decisions) -> Schedule:
    """Return the schedule of what the devices can do of `wish`; what is missing stays at rest."""
    zeros = np.zeros(problem.slots)
    storage_kw, stored_kwh = {}, {}
    for storage in problem.storages:
        wanted = wish.storage_kw.get(storage.id, zeros)
        storage_kw[storage.id], stored_kwh[storage.id] = _stored(storage, wanted, problem.hours)
    production_kw = {
        p.id: np.clip(wish.production_kw.get(p.id, p.available_kw), 0.0, p.available_kw)
        for p in problem.productions
    }
    session_kw = {
        s.port_id: _charged(problem, s.power_kw * problem.presence(s), s.wanted_kwh, kw)
        for s in problem.sessions
        for kw in (wish.session_kw.get(s.port_id, zeros),)
    }
    decisions = Decisions(storage_kw, production_kw, session_kw)
    grid_kw = problem.base_kw.copy()
    for kw in (*storage_kw.values(), *session_kw.values()):
        grid_kw += kw
    for kw in production_kw.values():
        grid_kw -= kw
    violations = tuple(_violations(problem, decisions, stored_kwh, grid_kw))
    costs = _costs(problem, decisions, stored_kwh, grid_kw, violations)
    return Schedule(decisions, stored_kwh, grid_kw, violations, costs)


def _stored(storage: Storage, wanted_kw: Floats, hours: Floats) -> tuple[Floats, Floats]:
    power, stored = np.zeros(len(hours)), np.zeros(len(hours))
    level = storage.start_kwh
    for k, h in enumerate(hours.tolist()):
        most = max(0.0, storage.ceiling_kwh - level) / (storage.charge_efficiency * h)
        least = max(0.0, level - storage.floor_kwh) * storage.discharge_efficiency / h
        kw = float(
            np.clip(wanted_kw[k], -min(storage.power_kw, least), min(storage.power_kw, most))
        )
        factor = storage.charge_efficiency if kw > 0 else 1.0 / storage.discharge_efficiency
        level += kw * h * factor
        power[k], stored[k] = kw, level
    return power, stored


def _charged(problem: Problem, most_kw: Floats, wanted_kwh: float, wish_kw: Floats) -> Floats:
    power = np.clip(wish_kw, 0.0, most_kw)
    energy = power * problem.hours
    before = np.cumsum(energy) - energy
    return np.asarray(np.minimum(energy, np.maximum(0.0, wanted_kwh - before)) / problem.hours)


def _violations(
    problem: Problem, decisions: Decisions, stored: Mapping[str, Floats], grid_kw: Floats
) -> Iterator[Violation]:
    over_import = grid_kw - problem.import_limit_kw
    over_export = -grid_kw - problem.export_limit_kw
    for limit, over in ((Limit.IMPORT, over_import), (Limit.EXPORT, over_export)):
        for k in np.flatnonzero(over > NOISE_KW).tolist():
            price = over[k] * problem.hours[k] * CONNECTION_PRICE
            yield Violation(limit, slot_start(problem, k), over[k] * 1e3, "W", micros(price))
    if problem.feed_in_budget_kwh is not None:
        exported = float((np.maximum(-grid_kw, 0.0) * problem.hours).sum())
        beyond = exported - max(0.0, problem.feed_in_budget_kwh)
        if beyond > NOISE_KWH:
            price = beyond * FEED_IN_PRICE
            yield Violation(Limit.FEED_IN_SHARE, problem.start, beyond * 1e3, "Wh", micros(price))
    for session in problem.sessions:
        charged = float((decisions.session_kw[session.port_id] * problem.hours).sum())
        if (unmet := session.wanted_kwh - charged) > NOISE_KWH:
            leaves = problem.issue_time + timedelta(hours=session.stays_h)
            price = micros(unmet * VEHICLE_PRICE)
            yield Violation(Limit.VEHICLE_ENERGY, leaves, unmet * 1e3, "Wh", price, session.port_id)
    for storage in problem.storages:
        level = stored[storage.id]
        outside = np.maximum(storage.lowest_kwh - level, level - storage.highest_kwh)
        for k in np.flatnonzero(outside > NOISE_KWH).tolist():
            price = micros(outside[k] * problem.hours[k] * STATE_OF_CHARGE_PRICE)
            start = slot_start(problem, k)
            yield Violation(Limit.STATE_OF_CHARGE, start, outside[k] * 1e3, "Wh", price, storage.id)


def _costs(
    problem: Problem,
    decisions: Decisions,
    stored: Mapping[str, Floats],
    grid_kw: Floats,
    violations: tuple[Violation, ...],
) -> Costs:
    imported = np.maximum(grid_kw, 0.0) * problem.hours
    exported = np.maximum(-grid_kw, 0.0) * problem.hours
    energy = float(imported @ problem.import_price - exported @ problem.export_price)
    wear = sum(
        float((np.maximum(-decisions.storage_kw[s.id], 0.0) * problem.hours).sum()) * s.wear_per_kwh
        for s in problem.storages
    )
    end_value = sum(float(stored[s.id][-1]) * s.end_value_per_kwh for s in problem.storages)
    return Costs(
        energy_micros=micros(energy),
        wear_micros=micros(wear),
        carbon_micros=micros(float(imported @ problem.carbon_price)),
        penalty_micros=sum(violation.price_micros for violation in violations),
        end_value_micros=micros(end_value),
    )


def slot_start(problem: Problem, slot: int) -> datetime:
    """Return when a slot begins on the grid."""
    return problem.start + slot * problem.step


def micros(amount: float) -> int:
    """Return an amount of currency in millionths."""
    return round(amount * MICROS)
