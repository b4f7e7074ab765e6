"""Connections to public grids, and what their highest imports cost (§4)."""

import numpy as np

from services.dispatch.domain.model import metering, reach
from services.dispatch.domain.model.books import Books
from services.dispatch.domain.model.builder import INFINITE, Builder, OneWay
from services.dispatch.domain.model.prices import Limit
from services.dispatch.domain.model.program import Index
from services.dispatch.domain.model.solution import Courses, Solution
from services.dispatch.domain.park.horizon import Floats
from services.dispatch.domain.park.network import Grid
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
    metering.add(build, grid, (imported, over_in))


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


def read(solution: Solution, grid: Grid) -> Courses:
    """Return `import_kw` and `export_kw`."""
    return {
        "import_kw": solution.of(f"{grid.id}.import") + solution.of(f"{grid.id}.over_import"),
        "export_kw": solution.of(f"{grid.id}.export") + solution.of(f"{grid.id}.over_export"),
    }


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
    metering.book(books, grid, imported)
