"""What is kept of the register readings: the first and the last of each quarter of each point.

A border reading is the first of its quarter when it stands exactly on the border; a missing one is
interpolated between the last reading before the border and the first after it (§5). Nothing else
is ever needed, and first and last are found in any order: `merged` is commutative, associative and
idempotent, so replay and duplication leave the same edges.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from services.energy.time_grid import floor


@dataclass(frozen=True, slots=True)
class Standing:
    """One believed register reading. Natural key (point, event time) (§3.3)."""

    event_time: datetime
    wh: int
    arrival_time: datetime
    frame_id: str

    @property
    def rank(self) -> tuple[datetime, str, int]:
        """Of two readings with one event time the higher rank is believed (§3.3)."""
        return (self.arrival_time, self.frame_id, self.wh)


EdgeKey = tuple[str, datetime]
"""A point and the start of a quarter."""


@dataclass(frozen=True, slots=True)
class Edges:
    """The first and the last reading of one point within one quarter."""

    first: Standing
    last: Standing

    def merged(self, other: "Edges") -> "Edges":
        """Return the edges of both sets of readings."""
        return Edges(_earlier(self.first, other.first), _later(self.last, other.last))


def _earlier(one: Standing, two: Standing) -> Standing:
    if one.event_time != two.event_time:
        return one if one.event_time < two.event_time else two
    return one if one.rank >= two.rank else two


def _later(one: Standing, two: Standing) -> Standing:
    if one.event_time != two.event_time:
        return one if one.event_time > two.event_time else two
    return one if one.rank >= two.rank else two


def edges_of(readings: Iterable[tuple[str, Standing]]) -> dict[EdgeKey, Edges]:
    """Return the edges of (point id, reading) pairs."""
    edges: dict[EdgeKey, Edges] = {}
    for point_id, reading in readings:
        key = (point_id, floor(reading.event_time))
        one = Edges(reading, reading)
        edges[key] = edges[key].merged(one) if key in edges else one
    return edges


@dataclass(frozen=True, slots=True)
class Changed:
    """New edges of one point and quarter; which of the two now differ in time or value."""

    key: EdgeKey
    edges: Edges
    first: bool
    last: bool


def changes(old: Mapping[EdgeKey, Edges], new: Mapping[EdgeKey, Edges]) -> list[Changed]:
    """Return what `new` readings change in the `old` edges; nothing when they are known already."""
    found = []
    for key in sorted(new):
        before = old.get(key)
        after = new[key] if before is None else before.merged(new[key])
        if before == after:
            continue
        found.append(
            Changed(
                key,
                after,
                first=before is None or _differ(before.first, after.first),
                last=before is None or _differ(before.last, after.last),
            )
        )
    return found


def _differ(one: Standing, two: Standing) -> bool:
    return (one.event_time, one.wh) != (two.event_time, two.wh)


@dataclass(frozen=True, slots=True)
class Border:
    """The register at a border of the grid, read there or interpolated."""

    wh: int
    interpolated: bool = False

    def __str__(self) -> str:
        return f"~{self.wh}" if self.interpolated else str(self.wh)


def interpolated(border: datetime, before: Standing, after: Standing) -> Border:
    """Return the register at `border` on the straight line between its neighbours, in whole Wh.

    Both quarters that meet at the border use the same number, so no energy is lost (§5).
    """
    if not before.event_time < border < after.event_time:
        raise ValueError(
            f"border {border} is not between {before.event_time} and {after.event_time}"
        )
    share = Fraction(
        _microseconds(border, before.event_time), _microseconds(after.event_time, before.event_time)
    )
    return Border(before.wh + round((after.wh - before.wh) * share), interpolated=True)


def _microseconds(late: datetime, early: datetime) -> int:
    span = late - early
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds
