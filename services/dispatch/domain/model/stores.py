"""Stores of any carrier (§6)."""

from collections import defaultdict

import numpy as np

from services.dispatch.domain.model.books import Books
from services.dispatch.domain.model.builder import INFINITE, Builder, OneWay
from services.dispatch.domain.model.prices import Limit
from services.dispatch.domain.model.program import Index
from services.dispatch.domain.model.solution import Courses, Solution
from services.dispatch.domain.park.horizon import MOMENT_H, Floats
from services.dispatch.domain.park.network import Carrier
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.storage import Store


def add(build: Builder, store: Store) -> None:
    """Add charge, discharge and level, and what bounds them."""
    tie = build.hours * build.tie_per_kwh * np.arange(1, build.steps + 1) / build.steps
    there = build.problem.horizon.array(store.availability)
    most = there * store.charge_kw, there * store.discharge_kw
    charge = build.columns(f"{store.id}.charge", most[0], tie)
    discharge = build.columns(
        f"{store.id}.discharge", most[1], tie + build.hours * store.wear_per_kwh
    )
    worth = np.zeros(build.steps)
    worth[-1] = -end_value(build.problem, store)
    lowest, highest = reach(store, build.hours)
    level = build.columns(f"{store.id}.level", highest, worth, lower=lowest)
    build.flow(store.node, charge, -1.0)
    build.flow(store.node, discharge)
    build.one_way.append(OneWay(store.id, charge, discharge, *most))
    _add_course(build, store, charge, discharge, level)
    _add_window(build, store, level)
    _add_power_by_level(build, store, charge, discharge, level)
    _add_holding(build, store, level)
    _add_targets(build, store, level)
    _add_hedges(build, store, level)
    if store.most_cycles is not None:
        most_kwh = store.most_cycles * (store.highest_kwh - store.lowest_kwh)
        build.put(build.rows(f"{store.id}.cycles", 0.0, most_kwh, 1), discharge, build.hours)


def kept(store: Store, hours: Floats) -> Floats:
    """Return the share of what is stored that is left after each step, (steps,)."""
    return np.asarray((1.0 - store.loss_share_per_h) ** hours, np.float64)


def reach(store: Store, hours: Floats) -> tuple[Floats, Floats]:
    """Return the lowest and highest level of each step, (steps,) kWh: the window, or, outside of
    it, where the store is if nothing is done.
    """
    left_alone = store.start_kwh * np.cumprod(kept(store, hours))
    return np.minimum(store.lowest_kwh, left_alone), np.maximum(store.highest_kwh, left_alone)


def end_value(problem: ParkProblem, store: Store) -> float:
    """Return what a kWh left at the end is worth (§6)."""
    if store.end_value_per_kwh is not None:
        return store.end_value_per_kwh
    if problem.carrier_of(store.node) is not Carrier.ELECTRICITY or not problem.grids:
        return 0.0
    lowest = min(float(np.min(grid.import_price)) for grid in problem.grids)
    return max(0.0, lowest) * store.charge_efficiency


def _add_course(
    build: Builder, store: Store, charge: Index, discharge: Index, level: Index
) -> None:
    left = kept(store, build.hours)
    before = np.zeros(build.steps)
    before[0] = left[0] * store.start_kwh
    rows = build.rows(f"{store.id}.level", before, before)
    build.put(rows, level, 1.0)
    build.put(rows[1:], level[:-1], -left[1:])
    build.put(rows, charge, -build.hours * store.charge_efficiency)
    build.put(rows, discharge, build.hours / store.discharge_efficiency)


def _add_window(build: Builder, store: Store, level: Index) -> None:
    """A store that begins or is left outside its window is brought back as prices allow."""
    lowest, highest = reach(store, build.hours)
    if store.lowest_kwh <= lowest.min() and highest.max() <= store.highest_kwh:
        return
    price = build.hours * build.price[Limit.LEVEL]
    outside = build.columns(f"{store.id}.outside", INFINITE, price)
    for name, lower, upper, sign in (
        ("below", store.lowest_kwh, INFINITE, 1.0),
        ("above", -INFINITE, store.highest_kwh, -1.0),
    ):
        rows = build.rows(f"{store.id}.{name}", lower, upper)
        build.put(rows, level, 1.0)
        build.put(rows, outside, sign)


def _add_power_by_level(
    build: Builder, store: Store, charge: Index, discharge: Index, level: Index
) -> None:
    """Bound powers by each line of `power_at`, at the level before and after each step."""
    points = store.power_at
    for name, columns in (("charge", charge), ("discharge", discharge)):
        for i in range(len(points) - 1):
            power = [float(getattr(points[i + k], f"{name}_kw")) for k in (0, 1)]
            slope = (power[1] - power[0]) / (points[i + 1].level_kwh - points[i].level_kwh)
            at_zero = power[0] - slope * points[i].level_kwh
            if slope == 0.0 and at_zero >= getattr(store, f"{name}_kw"):
                continue
            most = np.full(build.steps, at_zero)
            most[0] += slope * store.start_kwh
            short_kw = max(-at_zero - slope * store_kwh for store_kwh in _ends(store, build))
            seldom = short_kw <= 0
            line = f"{store.id}.{name}_line"
            before = build.rows(f"{line}[{i}]", -INFINITE, most, seldom=seldom)
            build.put(before[1:], level[:-1], -slope)
            after = build.rows(f"{line}_after[{i}]", -INFINITE, at_zero, seldom=seldom)
            build.put(after, level, -slope)
            for rows in (before, after):
                build.put(rows, columns, 1.0)
                if short_kw > 0:
                    build.put(rows, _idle(build, store, name, columns), -short_kw)


def _ends(store: Store, build: Builder) -> tuple[float, float]:
    """Return the lowest and the highest level that the store can have, at any time."""
    lowest, highest = reach(store, build.hours)
    return min(store.start_kwh, lowest.min()), max(store.start_kwh, highest.max())


def _idle(build: Builder, store: Store, name: str, columns: Index) -> Index:
    """Return binaries: 1 where a line ends below 0 kW at the level, so that there is no power."""
    if build.has_rows(f"{store.id}.{name}_idle"):
        return build.column(f"{store.id}.{name}_idle")
    idle = build.columns(f"{store.id}.{name}_idle", 1.0, integer=True)
    most_kw = float(getattr(store, f"{name}_kw"))
    rows = build.rows(f"{store.id}.{name}_idle", -INFINITE, most_kw)
    build.put(rows, columns, 1.0)
    build.put(rows, idle, most_kw)
    return idle


def _add_holding(build: Builder, store: Store, level: Index) -> None:
    if store.holding_price_per_kwh_h == 0.0:
        return
    price = build.hours * store.holding_price_per_kwh_h
    held = build.columns(f"{store.id}.held", INFINITE, price)
    rows = build.rows(f"{store.id}.held", -INFINITE, store.holding_free_kwh)
    build.put(rows, level, 1.0)
    build.put(rows, held, -1.0)


def _add_targets(build: Builder, store: Store, level: Index) -> None:
    """What is missing of a target at the end of the step before it is a violation."""
    for i, target in enumerate(store.targets):
        step = step_before(build.problem.horizon.ends_h, target.at_h)
        missing = build.columns(
            f"{store.id}.target[{i}]", INFINITE, build.price[Limit.TARGET], count=1
        )
        row = build.rows(f"{store.id}.target[{i}]", target.least_kwh, INFINITE, 1)
        build.put(row, missing, 1.0)
        build.put(row, level[step : step + 1], 1.0)


def _add_hedges(build: Builder, store: Store, level: Index) -> None:
    """What is missing of hedges at the end of a step costs their prices, the lowest kWh the most.

    The sum of hedges is convex in the level, with a kink at each: a column for what is missing
    between two of them costs what all above it cost together.
    """
    ends_h = build.problem.horizon.ends_h
    by_step = defaultdict(list)
    for hedge in store.hedges:
        by_step[step_before(ends_h, hedge.at_h)].append((hedge.least_kwh, hedge.price_per_kwh))
    for step, wanted in by_step.items():
        least_kwh, price = np.array(sorted(wanted)).T
        width_kwh = np.diff(least_kwh, prepend=-INFINITE)
        dearer = np.cumsum(price[::-1])[::-1]
        name = f"{store.id}.hedge[{step}]"
        missing = build.columns(name, width_kwh, dearer, count=len(price))
        row = build.rows(name, float(least_kwh[-1]), INFINITE, 1)
        build.put(row, missing, 1.0)
        build.put(row, level[step : step + 1], 1.0)


def step_before(ends_h: Floats, at_h: float) -> int:
    """Return the last step that ends by `at_h`; the first or last of all where there is none."""
    return int(
        np.clip(np.searchsorted(ends_h, at_h + MOMENT_H, side="right") - 1, 0, len(ends_h) - 1)
    )


def read(solution: Solution, store: Store) -> Courses:
    """Return `charge_kw`, `discharge_kw` and `level_kwh` at the end of each step."""
    return {
        "charge_kw": solution.of(f"{store.id}.charge"),
        "discharge_kw": solution.of(f"{store.id}.discharge"),
        "level_kwh": solution.of(f"{store.id}.level"),
    }


def book(books: Books, store: Store, courses: Courses) -> None:
    """Book wear, holding, what is left, hedges, and what is missed of levels and targets."""
    level, hours = courses["level_kwh"], books.hours
    books.pay("wear", float(courses["discharge_kw"] @ hours) * store.wear_per_kwh)
    held = np.maximum(0.0, level - store.holding_free_kwh)
    books.pay("holding", float(held @ hours) * store.holding_price_per_kwh_h)
    books.pay("left in stores", -end_value(books.problem, store) * level[-1])
    books.pay("risk", _risk(books, store, level))
    outside = np.maximum(store.lowest_kwh - level, level - store.highest_kwh)
    books.breach_each(Limit.LEVEL, store.id, outside, "kWh h")
    for target in store.targets:
        step = step_before(books.problem.horizon.ends_h, target.at_h)
        missing = target.least_kwh - float(level[step])
        books.breach(Limit.TARGET, store.id, step, missing, "kWh")


def _risk(books: Books, store: Store, level: Floats) -> float:
    """Return what is expected to be paid for what is missing of hedges."""
    ends_h = books.problem.horizon.ends_h
    return sum(
        max(0.0, hedge.least_kwh - float(level[step_before(ends_h, hedge.at_h)]))
        * hedge.price_per_kwh
        for hedge in store.hedges
    )
