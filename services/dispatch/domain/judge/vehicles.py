"""Vehicles at ports and the cables they share (§5.3)."""

from services.dispatch.domain.judge.case import Case, above
from services.dispatch.domain.model.prices import Limit
from services.dispatch.domain.park.demand import Cluster, Session


def judge(case: Case, session: Session) -> None:
    """Judge what a vehicle gets and gives, and count what it lacks."""
    discharge_kw, held_kwh = case.course(session.id, "discharge_kw"), session.stored_kwh
    for k, charge_kw in enumerate(case.course(session.id, "charge_kw")):
        _judge_port(case, session, k, charge_kw, discharge_kw[k])
        held_kwh += charge_kw * case.h[k] * session.efficiency
        held_kwh -= discharge_kw[k] * case.h[k] / session.discharge_efficiency
        _judge_battery(case, session, k, held_kwh)
    got_kwh = held_kwh - session.stored_kwh
    if above(got_kwh, session.wanted_kwh):
        case.say(session.id, None, f"gets {got_kwh:.4f} kWh, wants {session.wanted_kwh:.4f}")
    later_h = max(0.0, session.leaves_h - max(case.ends_h[-1], session.arrives_h))
    due_kwh = max(0.0, session.wanted_kwh - later_h * session.power_kw * session.efficiency)
    case.breaks(Limit.VEHICLE, session.id, None, due_kwh - got_kwh)


def _judge_port(
    case: Case, session: Session, k: int, charge_kw: float, discharge_kw: float
) -> None:
    here = case.overlap_h(k, session.arrives_h, session.leaves_h) / case.h[k]
    here *= case.value(session.availability, k)
    case.within(session.id, k, "charge_kw", charge_kw, 0.0, session.power_kw * here)
    case.within(session.id, k, "discharge_kw", discharge_kw, 0.0, session.discharge_kw * here)
    case.one_way(session.id, k, charge_kw, discharge_kw)
    case.flow(session.node, k, discharge_kw - charge_kw)
    case.owe("wear", discharge_kw * case.h[k] * session.wear_per_kwh)


def _judge_battery(case: Case, session: Session, k: int, held_kwh: float) -> None:
    """A vehicle that comes with less or more than its window may keep what it has."""
    low = min(session.least_kwh, session.stored_kwh)
    high = float("inf")
    if session.capacity_kwh is not None:
        high = max(session.capacity_kwh, session.stored_kwh)
    case.within(session.id, k, "its battery's kWh", held_kwh, low, high)


def judge_cluster(case: Case, cluster: Cluster) -> None:
    """Judge what all ports behind one cable take together."""
    limit_kw = case.values(cluster.limit_kw)
    ports = [one.id for one in case.problem.sessions if one.cluster == cluster.id]
    taken_kw = [0.0 for _ in case.steps]
    for port in ports:
        charge_kw, discharge_kw = case.course(port, "charge_kw"), case.course(port, "discharge_kw")
        for k in case.steps:
            taken_kw[k] += charge_kw[k] - discharge_kw[k]
    for k in case.steps:
        case.within(cluster.id, k, "its ports' kW", taken_kw[k], -limit_kw[k], limit_kw[k])
