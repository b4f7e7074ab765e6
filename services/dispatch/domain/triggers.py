"""When to plan again: at every quarter border, and when the world is not what the plan expected."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.energy.time_grid import floor

DEVIATION_SHARE = 0.15
DEVIATING_CYCLES = 3
CALM = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Watch:
    """What the trigger remembers: the last planning, and for how long the load was off the plan."""

    planned_at: datetime | None = None
    deviating_cycles: int = 0
    news: str | None = None


def told(watch: Watch, news: str) -> Watch:
    """Return the watch after something new arrived (a forecast, a price curve)."""
    return replace(watch, news=news)


def observed(
    watch: Watch, base_w: float | None, planned_base_w: float | None, scale_w: float
) -> Watch:
    """Return the watch after one cycle saw the unsteered power `base_w`."""
    if base_w is None or planned_base_w is None:
        return replace(watch, deviating_cycles=0)
    off = abs(base_w - planned_base_w) > DEVIATION_SHARE * scale_w
    return replace(watch, deviating_cycles=watch.deviating_cycles + 1 if off else 0)


def reason_to_plan(watch: Watch, now: datetime, every: timedelta) -> str | None:
    """Return why a plan is due at `now`, None when none is."""
    if watch.planned_at is None:
        return "start"
    if floor(now, every) > watch.planned_at:
        return "quarter border"
    if watch.news is not None:
        return watch.news
    if watch.deviating_cycles >= DEVIATING_CYCLES and now - watch.planned_at >= CALM:
        return "net load is off the plan"
    return None


def planned(watch: Watch, at: datetime) -> Watch:
    """Return the watch after planning began at `at`."""
    return Watch(planned_at=at)
