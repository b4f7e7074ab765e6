"""A store's target becomes one of its targets (§6)."""

from dataclasses import replace

from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.storage import Store, Target
from services.dispatch.domain.wishes.laid import Laid, exchanged, found
from services.dispatch.domain.wishes.timeline import Timeline
from services.dispatch.domain.wishes.wish import StorageTarget


def lay(problem: ParkProblem, wish: StorageTarget, line: Timeline) -> Laid:
    """Return the problem with the target, as far as it is due within the horizon."""
    store: Store | None = found(problem.stores, wish.store)
    at_h = line.h(wish.at)
    if at_h <= 0.0:
        return Laid(problem)
    if store is None:
        return Laid(problem, (f"no store {wish.store} is planned now",))
    least_kwh = _least_kwh(store, wish)
    due_kwh = least_kwh - _later_kwh(store, at_h - line.end_h)
    if due_kwh <= store.lowest_kwh and at_h > line.end_h:
        return Laid(problem)
    target = Target(at_h=min(at_h, line.end_h), least_kwh=max(0.0, due_kwh))
    wanted = replace(store, targets=(*store.targets, target))
    return Laid(exchanged(problem, "stores", wanted), _beyond(store, least_kwh, at_h))


def _least_kwh(store: Store, wish: StorageTarget) -> float:
    if wish.least_kwh is not None:
        return wish.least_kwh
    return wish.least_share * store.highest_kwh


def _later_kwh(store: Store, later_h: float) -> float:
    """Return what can still be charged after the horizon, as with vehicles (§5.3)."""
    return store.charge_kw * store.charge_efficiency * max(0.0, later_h)


def _beyond(store: Store, least_kwh: float, at_h: float) -> tuple[str, ...]:
    """Return what is to be said where a target is out of reach at full power from now on."""
    reach_kwh = store.start_kwh + store.charge_kw * store.charge_efficiency * at_h
    most_kwh = max(store.start_kwh, min(store.highest_kwh, reach_kwh))
    if least_kwh <= most_kwh:
        return ()
    return (f"{least_kwh:g} kWh wanted, {most_kwh:.1f} kWh possible by then at most",)
