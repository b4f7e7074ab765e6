"""Park time: wall time in a real park, faster in the demo and in tests (conventions §1.4)."""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class ParkClock:
    """At wall second `wall_origin` it was `park_origin`; it runs `speed` times as fast."""

    park_origin: datetime
    wall_origin: float
    speed: float

    def __post_init__(self) -> None:
        if self.park_origin.tzinfo is None:
            raise ValueError(f"park_origin {self.park_origin} needs a time zone; use UTC")
        if not 0 < self.speed <= 3600:
            raise ValueError(f"speed must be above 0 and at most 3600, got {self.speed}")

    @classmethod
    def wall(cls) -> "ParkClock":
        """Return the clock of a real park."""
        return cls(datetime(1970, 1, 1, tzinfo=UTC), 0.0, 1.0)

    @classmethod
    def parse(cls, text: str) -> "ParkClock":
        """Read `wall` or `<park time>@<wall seconds>x<speed>`; ValueError says what is wrong."""
        if text == "wall":
            return cls.wall()
        try:
            park, rest = text.split("@")
            wall, speed = rest.split("x")
            return cls(datetime.fromisoformat(park), float(wall), float(speed))
        except ValueError as mistake:
            raise ValueError(
                f"clock {text!r} is neither 'wall' nor like "
                f"'2019-06-03T22:00:00Z@1750000000x60': {mistake}"
            ) from None

    def __str__(self) -> str:
        if self == ParkClock.wall():
            return "wall"
        park = self.park_origin.isoformat().replace("+00:00", "Z")
        return f"{park}@{self.wall_origin:.3f}x{self.speed:g}"

    def now(self) -> datetime:
        """Return park time."""
        return self.at_wall(time.time())

    def at_wall(self, wall_seconds: float) -> datetime:
        """Return park time at a wall time in seconds since the epoch."""
        return self.park_origin + timedelta(seconds=(wall_seconds - self.wall_origin) * self.speed)

    def wall_seconds(self, park_span: timedelta) -> float:
        """Return how many wall seconds a span of park time lasts."""
        return park_span.total_seconds() / self.speed

    async def sleep_until(self, moment: datetime) -> None:
        """Wait until park time has reached `moment`; returns at once when it has."""
        while (left := (moment - self.now()).total_seconds()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(min(left / self.speed, 60.0))
