"""The newest believed readings, each with its event time and its place in the log."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

KEPT = 8


@dataclass(frozen=True, slots=True)
class Signal:
    """One believed reading; `position` is where it stands in the log (topic/partition/offset)."""

    value: float
    event_time: datetime
    position: str = ""


History = tuple[Signal, ...]


def remembered(history: History, signal: Signal) -> History:
    """Return the history, oldest first, with `signal` in its place; the same instant corrects."""
    if not history or history[-1].event_time < signal.event_time:
        return (*history[-(KEPT - 1) :], signal)
    others = [s for s in history if s.event_time != signal.event_time]
    return tuple(sorted([*others, signal], key=lambda s: s.event_time))[-KEPT:]


@dataclass
class Signals:
    """Holds the short history of every point; all order and repetition is harmless."""

    by_point: dict[str, History] = field(default_factory=dict)

    def believe(self, point_id: str, signal: Signal) -> None:
        """Take one believed reading in."""
        self.by_point[point_id] = remembered(self.by_point.get(point_id, ()), signal)

    def newest(self) -> dict[str, Signal]:
        """Return the newest reading of every point."""
        return {point: history[-1] for point, history in self.by_point.items()}

    def at(self, moment: datetime) -> dict[str, Signal]:
        """Return what every point showed at `moment`: its newest reading not after it."""
        found = {}
        for point, history in self.by_point.items():
            for signal in reversed(history):
                if signal.event_time <= moment:
                    found[point] = signal
                    break
        return found


def fresh(
    readings: Mapping[str, Signal], point_id: str, now: datetime, ttl: timedelta
) -> float | None:
    """Return the value of a point, None when it is unknown or older than `ttl`."""
    signal = readings.get(point_id)
    if signal is None or now - signal.event_time > ttl:
        return None
    return signal.value
