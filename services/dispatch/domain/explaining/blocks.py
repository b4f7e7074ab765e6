"""Blocks of a program by their names: whose and what they are, and the step of each column."""

import re
from typing import Any

import numpy as np

from services.dispatch.domain.model import placing
from services.dispatch.domain.model.program import Index
from services.dispatch.domain.model.queues import longest_kwh
from services.dispatch.domain.model.sessions import presence
from services.dispatch.domain.park.demand import Process, Session, WorkQueue
from services.dispatch.domain.park.network import Line
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.storage import Store
from services.dispatch.domain.park.units import Unit

NAME = re.compile(r"(?:(.*?)\.)?((?:way|full)\[\d+\]\.\w+|[^.]+)")
"""An owner, whose id may have dots, and what the block is; a choice's rows have two words."""
NOT_BY_STEP = ("hedge", "target", "way", "full")
"""Blocks whose number is that of a step or wish; each is of that one only."""

Named = tuple[str, str, int]
"""Owner, what, and place in the block."""


def owner_and_what(name: str) -> tuple[str, str]:
    """Return whose a block is ("" for the park's own) and what it is."""
    match = NAME.fullmatch(name)
    return ("", name) if match is None else (match[1] or "", match[2])


def steps_of(problem: ParkProblem, device: Any, what: str, count: int) -> Index:
    """Return the step of each column of a device's block; nothing where it is not by step."""
    match device:
        case Session() if what in ("charge", "discharge", "level"):
            return np.flatnonzero(presence(problem.horizon, device) > 0)
        case Process() if placing.is_split(device) and what in ("on", "run_h", "start"):
            return placing.window(problem, device)
        case Process() if what in ("start", "begun"):
            return placing.starts(problem, device)
        case WorkQueue() if what == "busy":
            return np.flatnonzero(longest_kwh(problem.horizon, device) > 0)
    is_by_step = count == len(problem.horizon) and not what.startswith(NOT_BY_STEP)
    return np.arange(count if is_by_step else 0)


def bounds_alone(device: Any, what: str, row: Named) -> bool:
    """Whether a row says nothing but how large a column of the device may be in that step."""
    owner, name, _ = row
    if owner != device.id:
        return False
    if what.startswith("piece["):
        return name == what or (name.startswith("full[") and name.endswith(".begun"))
    match device:
        case Line() if name in ("forward", "back"):
            return name == what
        case Unit() if name == "most":
            return what == "input"
        case Store() if name in ("charge_idle", "discharge_idle"):
            return name == f"{what}_idle"
    return name.startswith("way[")


WISHES = {
    "import": ("headroom",),
    "backlog": ("late",),
    "level": ("target", "hedge", "held", "below", "above"),
}
"""Rows that a column shares only with what is missing of a wish."""


def is_wish(what: str, row: str) -> bool:
    """Whether a row says what is wanted of that column alone, and at a price."""
    return row.partition("[")[0] in WISHES.get(what, ())
