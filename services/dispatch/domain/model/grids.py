"""Connections to public grids, their demand charge, and green power delivered through them (§4)."""

import numpy as np

from services.dispatch.domain.model import reach
from services.dispatch.domain.model.books import Books
from services.dispatch.domain.model.builder import INFINITE, Builder, OneWay
from services.dispatch.domain.model.prices import Limit
from services.dispatch.domain.model.program import Index
from services.dispatch.domain.model.solution import Courses, Solution
from services.dispatch.domain.park.horizon import MOMENT_H, Floats, Horizon
from services.dispatch.domain.park.network import Contract, DemandCharge, Grid
from services.dispatch.domain.park.problem import ParkProblem


def add(build: Builder, grid: Grid) -> None:
    """Add import and export, what goes beyond the limits, and what peaks cost."""
    array, hours, mode = build.problem.horizon.array, build.hours, build.problem.mode
    closed = np.zeros(build.steps)
    in_kw = closed if mode.island else array(grid.import_limit_kw)
    out_kw = closed if mode.island or mode.no_feed_in else array(grid.export_limit_kw)
    paid, earned = hours * array(grid.import_price), hours * array(grid.export_price)
    imported = build.columns(f"{grid.id}.import", in_kw, paid)
    exported = build.columns(f"{grid.id}.export", out_kw, -earned)
    beyond_in, beyond_out = breaches(build.problem)
    beyond_kw = 0.0 if mode.island else INFINITE  # there is no grid to break limits of
    over_in = build.columns(
        f"{grid.id}.over_import", beyond_kw, paid + hours * build.price[beyond_in], seldom=True
    )
    over_out = build.columns(
        f"{grid.id}.over_export", beyond_kw, hours * build.price[beyond_out] - earned, seldom=True
    )
    for columns, into in ((imported, 1.0), (over_in, 1.0), (exported, -1.0), (over_out, -1.0)):
        build.flow(grid.node, columns, into)
    most_in = reach.import_kw(build.problem, grid, in_kw)
    most_out = reach.export_kw(build.problem, grid, out_kw)
    build.one_way.append(OneWay(grid.id, imported, exported, most_in, most_out))
    if (room_kw := headroom_kw(build.problem, grid)).any():
        _add_headroom(build, grid, imported, in_kw - room_kw)
    if grid.contracted_kw is not None:
        _add_excess(build, grid, (imported, over_in))
    if grid.demand_charge is not None:
        _add_peaks(build, grid, grid.demand_charge, (imported, over_in))


def headroom_kw(problem: ParkProblem, grid: Grid) -> Floats:
    """Return what is kept free below the import limit, (steps,) kW; never more than that (§10)."""
    array = problem.horizon.array
    in_kw = 0.0 if problem.mode.island else array(grid.import_limit_kw)
    return np.asarray(np.minimum(array(grid.headroom_kw), in_kw), np.float64)


def _add_headroom(build: Builder, grid: Grid, imported: Index, free_kw: Floats) -> None:
    """Import above `free_kw` uses headroom; what is above the limit itself costs its own price."""
    used = build.columns(f"{grid.id}.headroom", INFINITE, build.hours * build.price[Limit.HEADROOM])
    rows = build.rows(f"{grid.id}.headroom", -INFINITE, free_kw)
    build.put(rows, imported, 1.0)
    build.put(rows, used, -1.0)


def breaches(problem: ParkProblem) -> tuple[Limit, Limit]:
    """Return which limits import and export beyond what is allowed break."""
    mode = problem.mode
    if mode.island:
        return Limit.ISLAND, Limit.ISLAND
    return Limit.IMPORT, Limit.NO_FEED_IN if mode.no_feed_in else Limit.EXPORT


def _add_excess(build: Builder, grid: Grid, imports: tuple[Index, Index]) -> None:
    excess = build.columns(f"{grid.id}.excess", INFINITE, grid.excess_price_per_kw, count=1)
    rows = build.rows(f"{grid.id}.excess", -INFINITE, grid.contracted_kw or 0.0)
    build.put(rows, excess, -1.0)
    for columns in imports:
        build.put(rows, columns, 1.0)


def _add_peaks(
    build: Builder, grid: Grid, charge: DemandCharge, imports: tuple[Index, Index]
) -> None:
    """What each billing period's peak grows by: up to each interval's mean import (§4.2)."""
    share, known_kw, first_h = intervals(build.problem.horizon, charge)
    known_kw = known_kw + share @ build.problem.horizon.array(charge.headroom_kw)
    later = first_h + charge.interval_h / 2 >= (charge.period_ends_h or INFINITE)
    for name, rows_of, former_kw in (
        ("peak", np.flatnonzero(~later), charge.peak_so_far_kw),
        ("next_peak", np.flatnonzero(later), 0.0),
    ):
        if not len(rows_of):
            continue
        new = build.columns(f"{grid.id}.{name}", INFINITE, charge.price_per_kw, count=1)
        rows = build.rows(
            f"{grid.id}.{name}", -INFINITE, former_kw - known_kw[rows_of], len(rows_of)
        )
        build.put(rows, new, -1.0)
        interval, step = np.nonzero(share[rows_of])
        for columns in imports:
            build.put(rows[interval], columns[step], share[rows_of][interval, step])


def intervals(horizon: Horizon, charge: DemandCharge) -> tuple[Floats, Floats, Floats]:
    """Return what a kW of each step adds to each clock interval's mean, (intervals, steps); what
    is known of each mean, (intervals,) kW; and when each interval begins, (intervals,) h.
    """
    length, elapsed_h = charge.interval_h, charge.elapsed_h
    if elapsed_h is None:
        elapsed_h = horizon.elapsed_h(length)
    first_h = np.arange(-elapsed_h, horizon.ends_h[-1] - MOMENT_H, length)
    ends = np.minimum.outer(first_h + length, horizon.ends_h)
    overlap = np.clip(ends - np.maximum.outer(first_h, horizon.begins_h), 0.0, None)
    known = np.where(np.arange(len(first_h)) == 0, charge.metered_kwh / length, 0.0)
    return overlap / length, known, first_h


def add_contract(build: Builder, contract: Contract) -> None:
    """Add what is taken of a contract; what of it must be paid is paid all the same (§4.3)."""
    hours = build.hours
    offered_kw = build.problem.horizon.array(contract.power_kw)
    grid = next(grid for grid in build.problem.grids if grid.id == contract.grid)
    market = build.problem.horizon.array(grid.import_price)
    cost = contract.price_per_kwh + contract.fee_per_kwh - market  # instead of market energy
    taken = build.columns(f"{contract.id}.taken", offered_kw, hours * cost)
    rows_name = f"{contract.grid}.contracts"
    if not build.has_rows(rows_name):
        rows = build.rows(rows_name, 0.0, INFINITE)
        build.put(rows, build.column(f"{grid.id}.import"), 1.0)
        build.put(rows, build.column(f"{grid.id}.over_import"), 1.0)
    build.put(build.row(rows_name), taken, -1.0)
    if (least_kwh := contract.take_or_pay_share * float(offered_kw @ hours)) > 0:
        unused = build.columns(
            f"{contract.id}.take_or_pay_unused", INFINITE, contract.price_per_kwh, count=1
        )
        row = build.rows(f"{contract.id}.take_or_pay", least_kwh, INFINITE, 1)
        build.put(row, unused, 1.0)
        build.put(row, taken, hours)


def read(solution: Solution, grid: Grid) -> Courses:
    """Return `import_kw` and `export_kw`."""
    return {
        "import_kw": solution.of(f"{grid.id}.import") + solution.of(f"{grid.id}.over_import"),
        "export_kw": solution.of(f"{grid.id}.export") + solution.of(f"{grid.id}.over_export"),
    }


def read_contract(solution: Solution, contract: Contract) -> Courses:
    """Return `taken_kw`."""
    return {"taken_kw": solution.of(f"{contract.id}.taken")}


def book(books: Books, grid: Grid, courses: Courses) -> None:
    """Book what import costs at market prices, what export earns, peaks and broken limits."""
    array, hours = books.problem.horizon.array, books.hours
    imported, exported = courses["import_kw"], courses["export_kw"]
    books.pay("import", imported * array(grid.import_price) @ hours)
    books.pay("export", -exported * array(grid.export_price) @ hours)
    mode = books.problem.mode
    closed_in, closed_out = mode.island, mode.island or mode.no_feed_in
    in_kw, out_kw = array(grid.import_limit_kw), array(grid.export_limit_kw)
    beyond_in, beyond_out = breaches(books.problem)
    books.breach_each(beyond_in, grid.id, imported - (0.0 if closed_in else in_kw))
    room_kw = headroom_kw(books.problem, grid)
    used_kw = np.minimum(imported - (in_kw - room_kw), room_kw)
    books.breach_each(Limit.HEADROOM, grid.id, used_kw)
    books.breach_each(beyond_out, grid.id, exported - (0.0 if closed_out else out_kw))
    if grid.contracted_kw is not None:
        excess = max(0.0, float(imported.max()) - grid.contracted_kw)
        books.pay("contracted capacity", excess * grid.excess_price_per_kw)
    if grid.demand_charge is not None:
        books.pay("demand charge", peak_cost(books, grid.demand_charge, imported))


def peak_cost(books: Books, charge: DemandCharge, imported: Floats) -> float:
    """Return what new peaks of this billing period and the next one cost."""
    share, known_kw, first_h = intervals(books.problem.horizon, charge)
    mean_kw = share @ (imported + books.problem.horizon.array(charge.headroom_kw)) + known_kw
    later = first_h + charge.interval_h / 2 >= (charge.period_ends_h or INFINITE)
    new = max(0.0, float(mean_kw[~later].max(initial=0.0)) - charge.peak_so_far_kw)
    return charge.price_per_kw * (new + float(mean_kw[later].max(initial=0.0)))


def book_contract(books: Books, contract: Contract, courses: Courses) -> None:
    """Book a contract's energy instead of the market's."""
    taken, hours = courses["taken_kw"], books.hours
    array = books.problem.horizon.array
    grid = next(grid for grid in books.problem.grids if grid.id == contract.grid)
    books.pay("import", -taken * array(grid.import_price) @ hours)
    must_kwh = contract.take_or_pay_share * float(array(contract.power_kw) @ hours)
    taken_kwh = float(taken @ hours)
    books.pay("contracts", contract.price_per_kwh * max(taken_kwh, must_kwh))
    books.pay("contracts", contract.fee_per_kwh * taken_kwh)
