"""The share of generation fed in this year (rules B.2, r3), from register readings.

Each register keeps its reading at the start of the year (or of the ledger) and its newest one, so
repeats and any order leave the same. Curtailed energy is not metered: of the year so far nothing
counts as curtailed, which makes the share of feed-in (r3) stricter than the law asks, and that of
self-use (r1) looser.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Counter:
    """One register over the counting year, Wh."""

    point_id: str
    first_wh: float
    first_time: datetime
    newest_wh: float
    newest_time: datetime

    @property
    def counted_wh(self) -> float:
        """What has flowed since the year's first reading."""
        return max(0.0, self.newest_wh - self.first_wh)


def counted(
    counter: Counter | None, point_id: str, value_wh: float, at: datetime, since: datetime
) -> Counter | None:
    """Return the counter with one more reading; what lies before `since` does not count."""
    if at < since:
        return counter
    if counter is None or counter.first_time < since:
        return Counter(point_id, value_wh, at, value_wh, at)
    if at < counter.first_time:
        counter = replace(counter, first_wh=value_wh, first_time=at)
    if at >= counter.newest_time:
        counter = replace(counter, newest_wh=value_wh, newest_time=at)
    return counter


@dataclass(frozen=True, slots=True)
class FeedIn:
    """Generated, exported and imported energy of the counting year so far, Wh.

    `import_unseen` is for how long generation was counted and import was not.
    """

    generated_wh: float
    exported_wh: float
    imported_wh: float = 0.0
    import_unseen: timedelta = timedelta(0)

    @property
    def share(self) -> float | None:
        """Exported over generated; None while nothing was generated."""
        return self.exported_wh / self.generated_wh if self.generated_wh > 0 else None

    @property
    def used_wh(self) -> float:
        """What the park took; what is in its stores by now counts as taken."""
        return max(0.0, self.generated_wh - self.exported_wh + self.imported_wh)


def feed_in_of(
    counters: Mapping[str, Counter],
    export_point: str,
    import_point: str,
    generation_points: list[str],
) -> FeedIn:
    """Return the year so far; a register that has not been read counts nothing yet."""
    generated = sum(counters[p].counted_wh for p in generation_points if p in counters)
    exported, imported = (
        counters[point].counted_wh if point in counters else 0.0
        for point in (export_point, import_point)
    )
    unseen = _unseen(counters, import_point, generation_points)
    return FeedIn(generated, exported, imported, unseen)


def _unseen(
    counters: Mapping[str, Counter], import_point: str, generation_points: list[str]
) -> timedelta:
    generation = [counters[point] for point in generation_points if point in counters]
    if not generation:
        return timedelta(0)
    seen_from = max(one.newest_time for one in generation)
    if import_point in counters:
        seen_from = counters[import_point].first_time
    return max(timedelta(0), seen_from - min(one.first_time for one in generation))
