"""Which module plans which parts of a problem, in the order in which these are added."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from services.dispatch.domain.model import (
    contracts,
    grids,
    lines,
    loads,
    processes,
    queues,
    sessions,
    stores,
    trade,
    units,
)
from services.dispatch.domain.model.books import Books
from services.dispatch.domain.model.builder import Builder
from services.dispatch.domain.model.solution import Courses, Solution


@dataclass(frozen=True, slots=True)
class Family:
    """Parts of one group of the problem: how they are added, read and booked."""

    group: str
    add: Callable[[Builder, Any], None]
    read: Callable[[Solution, Any], Courses]
    book: Callable[[Books, Any, Courses], None]


FAMILIES = (
    Family("lines", lines.add, lines.read, lines.book),
    Family("grids", grids.add, grids.read, grids.book),
    Family("contracts", contracts.add, contracts.read, contracts.book),
    Family("supplies", trade.add_supply, trade.read_traded, trade.book_supply),
    Family("sinks", trade.add_sink, trade.read_traded, trade.book_sink),
    Family("productions", trade.add_production, trade.read_production, trade.book_production),
    Family("loads", loads.add, loads.read, loads.book),
    Family("sessions", sessions.add, sessions.read, sessions.book),
    Family("stores", stores.add, stores.read, stores.book),
    Family("processes", processes.add, processes.read, processes.book),
    Family("queues", queues.add, queues.read, queues.book),
    Family("units", units.add, units.read, units.book),
)
