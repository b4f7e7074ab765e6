"""Waiting for a moment of park time, in steps that let a stage say that it lives."""

import asyncio
from datetime import datetime

from services.runtime.clock import ParkClock

LONGEST_SLEEP_S, SHORTEST_SLEEP_S = 20.0, 0.01


async def sleep_towards(clock: ParkClock, moment: datetime) -> None:
    """Sleep until a moment of park time, but no longer than a stage may stand still."""
    left_s = clock.wall_seconds(moment - clock.now())
    await asyncio.sleep(min(max(left_s, SHORTEST_SLEEP_S), LONGEST_SLEEP_S))
