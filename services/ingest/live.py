"""The newest believed reading of each point, and the live stream of everything judged.

Whoever watches too slowly loses the oldest of what waits for him, is told how many, and never
holds anyone else up. Fed by the log: what validation publishes, from a while before the start on.
"""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from services.ingest.newest import LiveReading, Newest, Places, readings_of
from services.runtime.frames import Frame

MOST_WAITING = 20_000
LARGEST_BURST = 5_000


class Watcher:
    """One client's queue; `dropped` counts what it lost since it was last told."""

    def __init__(self, point_ids: frozenset[str]) -> None:
        self._point_ids = point_ids
        self._waiting: deque[LiveReading] = deque()
        self._more = asyncio.Event()
        self._dropped = 0

    def offer(self, frame: Frame) -> None:
        """Queue the wanted readings of a frame; drops the oldest beyond `MOST_WAITING`."""
        self._waiting.extend(readings_of(frame, self._wanted(frame)))
        while len(self._waiting) > MOST_WAITING:
            self._waiting.popleft()
            self._dropped += 1
        if self._waiting:
            self._more.set()

    def _wanted(self, frame: Frame) -> Places:
        if not self._point_ids:
            return np.arange(len(frame))
        wanted = np.array([name in self._point_ids for name in frame.point_ids], np.bool_)
        return np.flatnonzero(wanted[frame.point_index])

    async def burst(self) -> tuple[list[LiveReading], int]:
        """Return the next readings, oldest first, and how many were dropped before them."""
        await self._more.wait()
        count = min(len(self._waiting), LARGEST_BURST)
        readings = [self._waiting.popleft() for _ in range(count)]
        dropped, self._dropped = self._dropped, 0
        if not self._waiting:
            self._more.clear()
        return readings, dropped


class Live:
    """Holder of the newest readings and the watchers."""

    def __init__(self) -> None:
        self._newest = Newest()
        self._watchers: set[Watcher] = set()

    def show(self, frame: Frame) -> None:
        """Take in a judged frame and pass it on to the watchers."""
        self.recall(frame)
        for watcher in self._watchers:
            watcher.offer(frame)

    def recall(self, frame: Frame) -> None:
        """Take in a frame without telling anyone."""
        self._newest.take(frame)

    @contextmanager
    def watch(self, point_ids: frozenset[str]) -> Iterator[tuple[list[LiveReading], Watcher]]:
        """Yield the newest reading of each wanted point (all when empty) and what follows it."""
        watcher = Watcher(point_ids)
        self._watchers.add(watcher)
        try:
            yield self._newest.of(point_ids), watcher
        finally:
            self._watchers.discard(watcher)
