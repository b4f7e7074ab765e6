"""The plan without an optimiser: use what is produced, store what is left, keep the limits.

Vehicles charge at once, the least patient first when the connection is narrow. The battery soaks up
surplus and serves deficits. Production is curtailed only where export would break a limit.
"""

import numpy as np

from services.dispatch.domain.problem import Problem, Session
from services.dispatch.domain.schedule import Decisions


def self_consumption(problem: Problem) -> Decisions:
    """Return the decisions of the rules, slot by slot."""
    slots = problem.slots
    battery = {s.id: np.zeros(slots) for s in problem.storages}
    level = {s.id: s.start_kwh for s in problem.storages}
    vehicles = {s.port_id: np.zeros(slots) for s in problem.sessions}
    left_kwh = {s.port_id: s.wanted_kwh for s in problem.sessions}
    produced = {p.id: p.available_kw.copy() for p in problem.productions}
    presence = {s.port_id: problem.presence(s) for s in problem.sessions}
    budget = problem.feed_in_budget_kwh
    budget_kwh = np.inf if budget is None else max(0.0, budget)
    for k, hours in enumerate(problem.hours.tolist()):
        net = float(problem.base_kw[k]) - sum(float(kw[k]) for kw in produced.values())
        can = sum(
            min(s.power_kw, max(0.0, level[s.id] - s.lowest_kwh) * s.discharge_efficiency / hours)
            for s in problem.storages
        )
        room = problem.import_limit_kw + can - net
        for session in sorted(problem.sessions, key=lambda s: _laxity_h(s, left_kwh[s.port_id])):
            port = session.port_id
            most = min(session.power_kw * float(presence[port][k]), left_kwh[port] / hours)
            kw = max(0.0, min(most, room))
            vehicles[port][k] = kw
            left_kwh[port] -= kw * hours
            room, net = room - kw, net + kw
        for storage in problem.storages:
            stored = level[storage.id]
            most = max(0.0, storage.highest_kwh - stored) / (storage.charge_efficiency * hours)
            least = max(0.0, stored - storage.lowest_kwh) * storage.discharge_efficiency / hours
            kw = min(max(-net, -min(storage.power_kw, least)), min(storage.power_kw, most))
            battery[storage.id][k] = kw
            factor = storage.charge_efficiency if kw > 0 else 1.0 / storage.discharge_efficiency
            level[storage.id] += kw * hours * factor
            net += kw
        allowed = min(problem.export_limit_kw, budget_kwh / hours)
        for kw in produced.values():
            cut = min(max(0.0, -net - allowed), float(kw[k]))
            kw[k] -= cut
            net += cut
        budget_kwh -= max(0.0, -net) * hours
    return Decisions(battery, produced, vehicles)


def _laxity_h(session: Session, left_kwh: float) -> float:
    if session.power_kw <= 0:
        return np.inf
    return session.stays_h - left_kwh / session.power_kw
