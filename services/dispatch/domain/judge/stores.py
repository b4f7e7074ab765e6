"""Stores of any carrier: their course, window, powers by level, and what they cost (§6)."""

import itertools

from services.dispatch.domain.judge.case import MOMENT_H, Case, above, near
from services.dispatch.domain.model.prices import Limit
from services.dispatch.domain.park.storage import PowerAt, Store


def judge(case: Case, store: Store) -> None:
    """Judge a store step by step, and count wear, holding and what is left."""
    discharge_kw, level_kwh = case.course(store.id, "discharge_kw"), _levels(case, store)
    for k, charge_kw in enumerate(case.course(store.id, "charge_kw")):
        _judge_powers(case, store, k, charge_kw, discharge_kw[k])
        _judge_level(
            case,
            store,
            k,
            (level_kwh[k], level_kwh[k + 1]),
            _into_kw(store, charge_kw, discharge_kw[k]),
        )
        for level in level_kwh[k : k + 2]:
            _judge_power_at(case, store, k, level, charge_kw, discharge_kw[k])
        _judge_window(case, store, k, level_kwh[k + 1])
        _count(case, store, k, discharge_kw[k], level_kwh[k + 1])
    _judge_cycles(case, store, discharge_kw)
    _count_targets(case, store, level_kwh[1:])
    _owe_hedges(case, store, level_kwh[1:])
    case.owe("left in stores", -level_kwh[-1] * _worth(case, store))


def _levels(case: Case, store: Store) -> list[float]:
    """Return the level at the beginning, and at the end of each step."""
    return [store.start_kwh, *case.course(store.id, "level_kwh")]


def _into_kw(store: Store, charge_kw: float, discharge_kw: float) -> float:
    """Return what gets into the store; negative: out of it."""
    return charge_kw * store.charge_efficiency - discharge_kw / store.discharge_efficiency


def _judge_level(
    case: Case, store: Store, k: int, levels_kwh: tuple[float, float], into_kw: float
) -> None:
    before_kwh, level_kwh = levels_kwh
    kept_kwh = before_kwh * (1.0 - store.loss_share_per_h) ** case.h[k]
    right_kwh = kept_kwh + case.h[k] * into_kw
    if not near(level_kwh, right_kwh):
        case.say(store.id, k, f"level_kwh {level_kwh:.4f} should be {right_kwh:.4f}")


def _judge_powers(case: Case, store: Store, k: int, charge_kw: float, discharge_kw: float) -> None:
    there = case.value(store.availability, k)
    case.within(store.id, k, "charge_kw", charge_kw, 0.0, store.charge_kw * there)
    case.within(store.id, k, "discharge_kw", discharge_kw, 0.0, store.discharge_kw * there)
    case.one_way(store.id, k, charge_kw, discharge_kw)
    case.flow(store.node, k, discharge_kw - charge_kw)


def _judge_power_at(
    case: Case, store: Store, k: int, level: float, charge_kw: float, discharge_kw: float
) -> None:
    for one, other in itertools.pairwise(store.power_at):
        most_in = _on_line(one, other, level, one.charge_kw, other.charge_kw)
        most_out = _on_line(one, other, level, one.discharge_kw, other.discharge_kw)
        if above(charge_kw, most_in):
            case.say(store.id, k, f"charge_kw {charge_kw:.4f} at {level:.4f} kWh (power_at)")
        if above(discharge_kw, most_out):
            case.say(store.id, k, f"discharge_kw {discharge_kw:.4f} at {level:.4f} kWh (power_at)")


def _on_line(one: PowerAt, other: PowerAt, level: float, first: float, second: float) -> float:
    """Return the power on the line through two points; where it ends below 0, none is left."""
    along = (level - one.level_kwh) / (other.level_kwh - one.level_kwh)
    return max(0.0, first + along * (second - first))


def _judge_window(case: Case, store: Store, k: int, level: float) -> None:
    """Only a store that begins outside, or cannot keep what it loses, may be outside."""
    outside_kwh = max(store.lowest_kwh - level, level - store.highest_kwh)
    began_inside = store.lowest_kwh <= store.start_kwh <= store.highest_kwh
    if began_inside and (level > store.highest_kwh or store.loss_share_per_h == 0.0):
        case.within(store.id, k, "level_kwh", level, store.lowest_kwh, store.highest_kwh)
    else:
        case.breaks(Limit.LEVEL, store.id, k, outside_kwh * case.h[k])


def _count(case: Case, store: Store, k: int, discharge_kw: float, level: float) -> None:
    case.owe("wear", discharge_kw * case.h[k] * store.wear_per_kwh)
    held_kwh = max(0.0, level - store.holding_free_kwh)
    case.owe("holding", held_kwh * case.h[k] * store.holding_price_per_kwh_h)


def _judge_cycles(case: Case, store: Store, discharge_kw: list[float]) -> None:
    if store.most_cycles is None:
        return
    moved_kwh = sum(discharge_kw[k] * case.h[k] for k in case.steps)
    most_kwh = store.most_cycles * (store.highest_kwh - store.lowest_kwh)
    if above(moved_kwh, most_kwh):
        case.say(store.id, None, f"{moved_kwh:.4f} kWh discharged, most_cycles allow {most_kwh:g}")


def _count_targets(case: Case, store: Store, level_kwh: list[float]) -> None:
    """A target holds where the last step by then ends; where none does, at the first one's end."""
    for target in store.targets:
        step = _step_by(case, target.at_h)
        case.breaks(Limit.TARGET, store.id, step, target.least_kwh - level_kwh[step])


def _owe_hedges(case: Case, store: Store, level_kwh: list[float]) -> None:
    for hedge in store.hedges:
        missing_kwh = max(0.0, hedge.least_kwh - level_kwh[_step_by(case, hedge.at_h)])
        case.owe("risk", missing_kwh * hedge.price_per_kwh)


def _step_by(case: Case, at_h: float) -> int:
    ended = [k for k in case.steps if case.ends_h[k] <= at_h + MOMENT_H]
    return ended[-1] if ended else 0


def _worth(case: Case, store: Store) -> float:
    if store.end_value_per_kwh is not None:
        return store.end_value_per_kwh
    prices = [price for grid in case.problem.grids for price in case.values(grid.import_price)]
    if not prices or not case.is_electric(store.node):
        return 0.0
    return max(0.0, min(prices)) * store.charge_efficiency
