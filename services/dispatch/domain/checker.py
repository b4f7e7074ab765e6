"""An independent judge of schedules: plain loops, no code shared with whatever made the plan.

It accepts a schedule when physics holds (powers, stored energy, vehicles, balance) and when every
limit that is broken stands in its list of violations.
"""

from collections.abc import Iterator
from math import isclose, isfinite

from services.dispatch.domain.problem import Problem
from services.dispatch.domain.schedule import Limit, Schedule

KW = 1e-2
KWH = 1e-2
MONEY_MICROS = 10


def faults(problem: Problem, schedule: Schedule) -> list[str]:
    """Return one sentence per fault; an empty list accepts the schedule."""
    return [
        *_storage_faults(problem, schedule),
        *_production_faults(problem, schedule),
        *_session_faults(problem, schedule),
        *_grid_faults(problem, schedule),
        *_money_faults(problem, schedule),
    ]


def _storage_faults(problem: Problem, schedule: Schedule) -> Iterator[str]:
    for storage in problem.storages:
        powers = schedule.decisions.storage_kw.get(storage.id)
        levels = schedule.stored_kwh.get(storage.id)
        if powers is None or levels is None or len(powers) != problem.slots != len(levels):
            yield f"{storage.id} is not planned for every slot"
            continue
        level = storage.start_kwh
        low, high = min(storage.lowest_kwh, level), max(storage.highest_kwh, level)
        for k in range(problem.slots):
            power, hours = float(powers[k]), float(problem.hours[k])
            if not isfinite(power) or abs(power) > storage.power_kw + KW:
                yield f"{storage.id} slot {k}: {power} kW is beyond {storage.power_kw} kW"
            if power >= 0:
                level = level + power * hours * storage.charge_efficiency
            else:
                level = level + power * hours / storage.discharge_efficiency
            if not isfinite(level) or level < low - KWH or level > high + KWH:
                yield f"{storage.id} slot {k}: {level} kWh is outside {low}..{high} kWh"
            if not isclose(level, float(levels[k]), abs_tol=KWH):
                yield f"{storage.id} slot {k}: says {levels[k]} kWh, adds up to {level} kWh"
            outside = max(storage.lowest_kwh - level, level - storage.highest_kwh)
            if outside > KWH and not _listed(problem, schedule, Limit.STATE_OF_CHARGE, k):
                yield f"{storage.id} slot {k}: {outside} kWh outside its window, not listed"


def _production_faults(problem: Problem, schedule: Schedule) -> Iterator[str]:
    for production in problem.productions:
        powers = schedule.decisions.production_kw.get(production.id)
        if powers is None or len(powers) != problem.slots:
            yield f"{production.id} is not planned for every slot"
            continue
        for k in range(problem.slots):
            if not -KW <= float(powers[k]) <= float(production.available_kw[k]) + KW:
                yield f"{production.id} slot {k}: {powers[k]} of {production.available_kw[k]} kW"


def _session_faults(problem: Problem, schedule: Schedule) -> Iterator[str]:
    for session in problem.sessions:
        powers = schedule.decisions.session_kw.get(session.port_id)
        if powers is None or len(powers) != problem.slots:
            yield f"{session.port_id} is not planned for every slot"
            continue
        energy, clock_h = 0.0, 0.0
        for k in range(problem.slots):
            power, hours = float(powers[k]), float(problem.hours[k])
            there_h = min(hours, max(0.0, session.stays_h - clock_h))
            if not -KW <= power <= session.power_kw * there_h / hours + KW:
                yield f"{session.port_id} slot {k}: {power} kW, but it is there {there_h} h"
            energy += power * hours
            clock_h += hours
        if energy > session.wanted_kwh + KWH:
            yield f"{session.port_id}: {energy} kWh, but it wants {session.wanted_kwh} kWh"
        listed = any(
            v.limit is Limit.VEHICLE_ENERGY and v.device_id == session.port_id
            for v in schedule.violations
        )
        if session.wanted_kwh - energy > KWH and not listed:
            yield f"{session.port_id}: {session.wanted_kwh - energy} kWh unmet, not listed"


def _grid_faults(problem: Problem, schedule: Schedule) -> Iterator[str]:
    exported_kwh = 0.0
    for k in range(problem.slots):
        sum_kw = float(problem.base_kw[k])
        sum_kw += sum(float(kw[k]) for kw in schedule.decisions.storage_kw.values())
        sum_kw += sum(float(kw[k]) for kw in schedule.decisions.session_kw.values())
        sum_kw -= sum(float(kw[k]) for kw in schedule.decisions.production_kw.values())
        grid_kw = float(schedule.grid_kw[k])
        if not isfinite(grid_kw) or not isclose(sum_kw, grid_kw, rel_tol=1e-9, abs_tol=KW):
            yield f"grid slot {k}: says {grid_kw} kW, the components sum to {sum_kw} kW"
        exported_kwh += max(0.0, -sum_kw) * float(problem.hours[k])
        if sum_kw > problem.import_limit_kw + KW and not _listed(
            problem, schedule, Limit.IMPORT, k
        ):
            yield f"grid slot {k}: imports {sum_kw} kW beyond the limit, not listed"
        if -sum_kw > problem.export_limit_kw + KW and not _listed(
            problem, schedule, Limit.EXPORT, k
        ):
            yield f"grid slot {k}: exports {-sum_kw} kW beyond the limit, not listed"
    budget = problem.feed_in_budget_kwh
    listed = any(v.limit is Limit.FEED_IN_SHARE for v in schedule.violations)
    if budget is not None and exported_kwh > max(0.0, budget) + KWH and not listed:
        yield f"exports {exported_kwh} kWh of {budget} kWh allowed, not listed"


def _money_faults(problem: Problem, schedule: Schedule) -> Iterator[str]:
    energy = 0.0
    for k in range(problem.slots):
        kwh = float(schedule.grid_kw[k]) * float(problem.hours[k])
        energy += kwh * float(problem.import_price[k] if kwh > 0 else problem.export_price[k])
    if not isclose(energy * 1e6, schedule.costs.energy_micros, rel_tol=1e-9, abs_tol=MONEY_MICROS):
        yield f"energy costs {schedule.costs.energy_micros} micros, adds up to {energy * 1e6}"


def _listed(problem: Problem, schedule: Schedule, limit: Limit, slot: int) -> bool:
    start = problem.start + slot * problem.step
    return any(v.limit is limit and v.time == start for v in schedule.violations)
