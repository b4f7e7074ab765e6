"""Percentiles of the latest latencies, exact over a bounded window."""

from collections import deque
from dataclasses import dataclass, field

WINDOW = 20_000


@dataclass
class Latencies:
    """The newest `WINDOW` latencies in seconds of wall time."""

    seconds: deque[float] = field(default_factory=lambda: deque(maxlen=WINDOW))
    count: int = 0

    def add(self, latency_s: float) -> None:
        """Take one latency."""
        self.seconds.append(latency_s)
        self.count += 1

    def percentile(self, share: float) -> float | None:
        """Return the latency that `share` (0..1) of the window does not exceed; None when empty."""
        if not self.seconds:
            return None
        ordered = sorted(self.seconds)
        place = min(len(ordered) - 1, max(0, round(share * len(ordered)) - 1))
        return ordered[place]
