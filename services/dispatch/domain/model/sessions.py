"""Vehicles at ports, with or without giving back (§5.3)."""

import numpy as np

from services.dispatch.domain.model.books import Books
from services.dispatch.domain.model.builder import INFINITE, Builder, OneWay
from services.dispatch.domain.model.prices import Limit
from services.dispatch.domain.model.program import Index
from services.dispatch.domain.model.solution import Courses, Solution
from services.dispatch.domain.park.demand import Cluster, Session
from services.dispatch.domain.park.horizon import Floats, Horizon


def presence(horizon: Horizon, session: Session) -> Floats:
    """Return the share of each step that the vehicle is there, (steps,)."""
    here_h = horizon.overlap_h(session.arrives_h, session.leaves_h)
    return np.asarray(here_h / horizon.hours, np.float64)


def usable(horizon: Horizon, session: Session) -> Floats:
    """Return the share of its powers in each step: presence times availability, (steps,)."""
    return presence(horizon, session) * horizon.array(session.availability)


def add(build: Builder, session: Session) -> None:
    """Add what a vehicle gets, and what it lacks when it leaves.

    It does the same in all scenarios, so what it costs counts in each of them.
    """
    share = usable(build.problem.horizon, session)
    here = np.flatnonzero(presence(build.problem.horizon, session) > 0)
    hours = build.hours[here]
    courses = in_all_courses(build)
    tie = courses * hours * build.tie_per_kwh * here / build.steps
    charge = build.columns(
        f"{session.id}.charge", session.power_kw * share[here], tie, count=len(here)
    )
    build.put(build.row(f"{session.node}.balance")[here], charge, -1.0)
    if session.discharge_kw > 0:
        discharge = _add_giving_back(build, session, here, share, charge)
    due = due_kwh(build.problem.horizon, session)
    unmet = build.columns(
        f"{session.id}.unmet",
        due + given_up_kwh(session),
        courses * build.price[Limit.VEHICLE],
        count=1,
        seldom=True,
    )
    got = [build.rows(f"{session.id}.wanted", due, session.wanted_kwh, 1)]
    build.put(got[0], unmet, 1.0)
    if (room := room_kwh(session)) < session.wanted_kwh:
        got.append(build.rows(f"{session.id}.room", -INFINITE, room, 1))
    for row in got:
        build.put(row, charge, hours * session.efficiency)
        if session.discharge_kw > 0:
            build.put(row, discharge, -hours / session.discharge_efficiency)
    if session.cluster is not None:
        rows = build.row(f"{session.cluster}.cluster")[here]
        build.put(rows, charge, 1.0)
        if session.discharge_kw > 0:
            build.put(rows, discharge, -1.0)


def due_kwh(horizon: Horizon, session: Session) -> float:
    """Return what it must get within the horizon: what it cannot get afterwards (§5.3)."""
    later_h = max(0.0, session.leaves_h - max(float(horizon.ends_h[-1]), session.arrives_h))
    return max(0.0, session.wanted_kwh - session.power_kw * session.efficiency * later_h)


def given_up_kwh(session: Session) -> float:
    """Return what it may lack of what it held: what it can give back for something worse (§5.3)."""
    return max(0.0, session.stored_kwh - session.least_kwh) if session.discharge_kw > 0 else 0.0


def in_all_courses(build: Builder) -> float:
    """Return how often a cost counts that is the same in what is planned for and in scenarios."""
    return 1.0 if build.problem.uncertainty is None else build.problem.uncertainty.weight


def room_kwh(session: Session) -> float:
    """Return what its battery can take, as far as that is known."""
    if session.capacity_kwh is None:
        return INFINITE
    return max(0.0, session.capacity_kwh - session.stored_kwh)


def _add_giving_back(
    build: Builder, session: Session, here: Index, share: Floats, charge: Index
) -> Index:
    hours, most = build.hours[here], session.discharge_kw * share[here]
    wear = in_all_courses(build) * hours * session.wear_per_kwh
    discharge = build.columns(f"{session.id}.discharge", most, wear, count=len(here))
    build.put(build.row(f"{session.node}.balance")[here], discharge, 1.0)
    highest = max(session.capacity_kwh or 0.0, session.stored_kwh)
    lowest = min(session.least_kwh, session.stored_kwh)
    level = build.columns(f"{session.id}.level", highest, lower=lowest, count=len(here))
    before = np.zeros(len(here))
    before[:1] = session.stored_kwh
    rows = build.rows(f"{session.id}.level", before, before, len(here))
    build.put(rows, level, 1.0)
    build.put(rows[1:], level[:-1], -1.0)
    build.put(rows, charge, -hours * session.efficiency)
    build.put(rows, discharge, hours / session.discharge_efficiency)
    most_charge = session.power_kw * share[here]
    build.one_way.append(OneWay(session.id, charge, discharge, most_charge, most))
    return discharge


def add_cluster(build: Builder, cluster: Cluster) -> None:
    """Add the bound on a cluster's ports, before these."""
    most = build.problem.horizon.array(cluster.limit_kw)
    build.rows(f"{cluster.id}.cluster", -most, most)


def read(solution: Solution, session: Session) -> Courses:
    """Return `charge_kw` and `discharge_kw`."""
    horizon = solution.problem.horizon
    here = np.flatnonzero(presence(horizon, session) > 0)
    courses = {name: np.zeros(len(horizon)) for name in ("charge_kw", "discharge_kw")}
    courses["charge_kw"][here] = solution.of(f"{session.id}.charge")
    if session.discharge_kw > 0:
        courses["discharge_kw"][here] = solution.of(f"{session.id}.discharge")
    return courses


def book(books: Books, session: Session, courses: Courses) -> None:
    """Book wear, and what a vehicle lacks when it leaves."""
    hours, given = books.hours, courses["discharge_kw"]
    books.pay("wear", float(given @ hours) * session.wear_per_kwh)
    got = courses["charge_kw"] * session.efficiency - given / session.discharge_efficiency
    last = int(np.flatnonzero(presence(books.problem.horizon, session) > 0)[-1:].sum())
    missing = due_kwh(books.problem.horizon, session) - float(got @ hours)
    books.breach(Limit.VEHICLE, session.id, last, missing, "kWh")
