"""Stores and vehicles that do as they were to do, as far as it is possible now (§5.3, §6)."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from services.dispatch.domain.model.last_plan import LastPlan
from services.dispatch.domain.model.sessions import due_kwh, presence, room_kwh
from services.dispatch.domain.model.solution import Courses
from services.dispatch.domain.model.stores import kept
from services.dispatch.domain.park.demand import Session
from services.dispatch.domain.park.horizon import Floats, Horizon
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.storage import PowerAt, Store

SHORT_KWH = 1e-6


def net_kw(horizon: Horizon, last: LastPlan, device: str) -> Floats:
    """Return what a store or vehicle was to take (negative: to give), (steps,); NaN: unknown."""
    charge, discharge = (last.mean(horizon, device, f"{way}_kw") for way in ("charge", "discharge"))
    return charge - discharge


def there(horizon: Horizon, part: Store | Session) -> Floats:
    """Return the share of a part's powers that is there, (steps,); a part without one: all."""
    return horizon.array(getattr(part, "availability", 1.0))


def stored(horizon: Horizon, store: Store, wanted_kw: Floats) -> Courses:
    """Return a store's courses: what is wanted of it (NaN: rest) as far as powers, window and
    cycles allow; what it loses at its lowest level is charged.
    """
    left, share, filling = kept(store, horizon.hours), there(horizon, store), _Filling(store)
    charge, discharge, level = (np.zeros(len(horizon)) for _ in range(3))
    for step, hours in enumerate(horizon.hours.tolist()):
        kw = 0.0 if np.isnan(wanted_kw[step]) else float(wanted_kw[step])
        net = filling.go(kw, hours, float(left[step]), float(share[step]))
        charge[step], discharge[step] = max(net, 0.0), max(-net, 0.0)
        level[step] = filling.level_kwh
    return {"charge_kw": charge, "discharge_kw": discharge, "level_kwh": level}


class _Filling:
    """A store from step to step."""

    def __init__(self, store: Store) -> None:
        self.store, self.level_kwh = store, store.start_kwh
        window_kwh = store.highest_kwh - store.lowest_kwh
        cycles = np.inf if store.most_cycles is None else store.most_cycles
        self.may_give_kwh = float(cycles * window_kwh) if window_kwh else 0.0

    def go(self, wanted_kw: float, hours: float, left: float, share: float) -> float:
        """Take a step with a share of its powers; return what it takes, negative: gives."""
        before, self.level_kwh = self.level_kwh, self.level_kwh * left
        into, out = hours * self.store.charge_efficiency, hours / self.store.discharge_efficiency
        floor_kwh = min(self.store.lowest_kwh, self.store.start_kwh)
        wanted_kw = max(wanted_kw, (floor_kwh - self.level_kwh) / into)
        if wanted_kw >= 0.0:
            net = min(wanted_kw, share * self.store.charge_kw, self._most_in_kw(before, into))
            self.level_kwh += net * into
            return net
        most_kw = min(share * self.store.discharge_kw, self.may_give_kwh / hours)
        net = min(-wanted_kw, most_kw, self._most_out_kw(before, out))
        self.level_kwh -= net * out
        self.may_give_kwh -= net * hours
        return -net

    def _most_in_kw(self, before_kwh: float, into: float) -> float:
        room_kwh = max(0.0, self.store.highest_kwh - self.level_kwh)
        most = [room_kwh / into]
        for first, second in itertools.pairwise(self.store.power_at):
            slope = _slope(first, second, first.charge_kw, second.charge_kw)
            for level_kwh, per_kw in ((before_kwh, 0.0), (self.level_kwh, into)):
                at_kw = first.charge_kw + slope * (level_kwh - first.level_kwh)
                most.append(at_kw / (1.0 + max(0.0, -slope * per_kw)))
        return max(0.0, min(most))

    def _most_out_kw(self, before_kwh: float, out: float) -> float:
        there_kwh = max(0.0, self.level_kwh - self.store.lowest_kwh)
        most = [there_kwh / out]
        for first, second in itertools.pairwise(self.store.power_at):
            slope = _slope(first, second, first.discharge_kw, second.discharge_kw)
            for level_kwh, per_kw in ((before_kwh, 0.0), (self.level_kwh, out)):
                at_kw = first.discharge_kw + slope * (level_kwh - first.level_kwh)
                most.append(at_kw / (1.0 + max(0.0, slope * per_kw)))
        return max(0.0, min(most))


def _slope(first: PowerAt, second: PowerAt, first_kw: float, second_kw: float) -> float:
    return (second_kw - first_kw) / (second.level_kwh - first.level_kwh)


def vehicles(problem: ParkProblem, last: LastPlan) -> Iterator[tuple[Session, Courses]]:
    """Yield each vehicle's courses: as they were to be, and at once what it would lack then.

    Where the plan before says nothing it charges at once. The first to leave comes first.
    """
    none = np.zeros(len(problem.horizon))
    taken_kw = {cluster.id: none for cluster in problem.clusters}
    limit_kw = {one.id: problem.horizon.array(one.limit_kw) for one in problem.clusters}
    for session in sorted(problem.sessions, key=lambda one: one.leaves_h):
        name = session.cluster
        taken = none if name is None else taken_kw[name]
        limit = none + np.inf if name is None else limit_kw[name]
        port = _Port(problem.horizon, session, limit - taken, limit + taken)
        net = port.net_kw(net_kw(problem.horizon, last, session.id))
        if name is not None:
            taken_kw[name] = taken + net
        yield session, {"charge_kw": np.maximum(net, 0.0), "discharge_kw": np.maximum(-net, 0.0)}


@dataclass(frozen=True, slots=True, eq=False)
class _Port:
    """A vehicle and what its cable lets it take and give, (steps,) kW."""

    horizon: Horizon
    session: Session
    most_in_kw: Floats
    most_out_kw: Floats

    def net_kw(self, wanted_kw: Floats) -> Floats:
        """Return what it takes, (steps,) kW; nothing is given back where it would then lack."""
        net = self._clipped(wanted_kw)
        if self._lacking_kwh(net) > SHORT_KWH and (net < 0).any():
            net = self._clipped(np.maximum(wanted_kw, 0.0))
        return self._topped_up(net) if (net >= 0).all() else net

    def _clipped(self, wanted_kw: Floats) -> Floats:
        """Return what is wanted (NaN: all there is) within powers, battery and what it wants."""
        one, here = self.session, self._share()
        most_in = np.clip(self.most_in_kw, 0.0, one.power_kw * here)
        most_out = np.clip(self.most_out_kw, 0.0, one.discharge_kw * here)
        wanted = np.where(np.isnan(wanted_kw), most_in, wanted_kw)
        highest_kwh = one.stored_kwh + min(one.wanted_kwh, room_kwh(one))
        lowest_kwh, held = min(one.least_kwh, one.stored_kwh), one.stored_kwh
        net = np.clip(wanted, -most_out, most_in)
        for step, hours in enumerate(self.horizon.hours.tolist()):
            into, out = hours * one.efficiency, hours / one.discharge_efficiency
            room_kw, there_kw = (highest_kwh - held) / into, (held - lowest_kwh) / out
            net[step] = min(max(net[step], -max(0.0, there_kw)), max(0.0, room_kw))
            held += net[step] * (into if net[step] > 0 else out)
        return np.asarray(net, np.float64)

    def _share(self) -> Floats:
        """Return the share of its powers in each step, (steps,)."""
        return presence(self.horizon, self.session) * there(self.horizon, self.session)

    def _lacking_kwh(self, net: Floats) -> float:
        """Return what is due and not there; at most what its battery has room for."""
        one, hours = self.session, self.horizon.hours
        got = np.maximum(net, 0.0) * one.efficiency - np.maximum(-net, 0.0) / (
            one.discharge_efficiency
        )
        return min(due_kwh(self.horizon, one), room_kwh(one)) - float(got @ hours)

    def _topped_up(self, net: Floats) -> Floats:
        """Charge at once what is lacking, beside what is charged already."""
        room_kw = np.clip(self.most_in_kw, 0.0, self.session.power_kw * self._share()) - net
        kwh_per_kw = self.horizon.hours * self.session.efficiency
        could_kwh = np.maximum(0.0, room_kw) * kwh_per_kw
        before_kwh = np.cumsum(could_kwh) - could_kwh
        more_kwh = np.clip(max(0.0, self._lacking_kwh(net)) - before_kwh, 0.0, could_kwh)
        return np.asarray(net + more_kwh / kwh_per_kw, np.float64)
