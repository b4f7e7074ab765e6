"""A plan's courses: per device and node, named series of the horizon's steps."""

from dataclasses import dataclass, field

from services.dispatch.domain.model.solution import Courses


@dataclass(frozen=True, slots=True, eq=False)
class Schedule:
    """Courses by device id and by node id; docs/dispatch.md §11 names the series."""

    devices: dict[str, Courses] = field(default_factory=dict)
    nodes: dict[str, Courses] = field(default_factory=dict)
