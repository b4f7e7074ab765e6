"""The newest believed reading of each point, and the live stream of everything judged.

Whoever watches too slowly loses the oldest of what waits for him, is told how many, and never
holds anyone else up. Fed by the log: what validation publishes, from a while before the start on.
"""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from services.energy.time_grid import to_microseconds
from services.runtime.frames import Frame

MOST_WAITING = 20_000
LARGEST_BURST = 5_000


class LiveReading(NamedTuple):
    """One judged reading as watchers see it."""

    point_id: str
    event_time_us: int
    arrival_time_us: int
    value: float
    verdict: int
    doubt: int
    source_id: str


class Watcher:
    """One client's queue; `dropped` counts what it lost since it was last told."""

    def __init__(self, point_ids: frozenset[str]) -> None:
        self._point_ids = point_ids
        self._waiting: deque[LiveReading] = deque()
        self._more = asyncio.Event()
        self._dropped = 0

    def offer(self, readings: list[LiveReading]) -> None:
        """Queue readings; drops the oldest beyond `MOST_WAITING`."""
        if self._point_ids:
            readings = [r for r in readings if r.point_id in self._point_ids]
        self._waiting.extend(readings)
        while len(self._waiting) > MOST_WAITING:
            self._waiting.popleft()
            self._dropped += 1
        if readings:
            self._more.set()

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
        self._newest: dict[str, LiveReading] = {}
        self._watchers: set[Watcher] = set()

    def show(self, frame: Frame) -> None:
        """Take in a judged frame and pass it on to the watchers."""
        self.recall(frame)
        if self._watchers and len(frame):
            readings = list(_readings(frame, np.arange(len(frame))))
            for watcher in self._watchers:
                watcher.offer(readings)

    def recall(self, frame: Frame) -> None:
        """Take in a frame without telling anyone."""
        for reading in _readings(frame, _newest_rows(frame)):
            known = self._newest.get(reading.point_id)
            if known is None or known.event_time_us <= reading.event_time_us:
                self._newest[reading.point_id] = reading

    @contextmanager
    def watch(self, point_ids: frozenset[str]) -> Iterator[tuple[list[LiveReading], Watcher]]:
        """Yield the newest reading of each wanted point (all when empty) and what follows it."""
        watcher = Watcher(point_ids)
        self._watchers.add(watcher)
        newest = [r for r in self._newest.values() if not point_ids or r.point_id in point_ids]
        try:
            yield newest, watcher
        finally:
            self._watchers.discard(watcher)


def _newest_rows(frame: Frame) -> "np.ndarray[tuple[int], np.dtype[np.intp]]":
    """Return for each point its newest believed row."""
    believed = np.flatnonzero(frame.believed)
    order = believed[np.lexsort((frame.event_time_us[believed], frame.point_index[believed]))]
    points = frame.point_index[order]
    return order[np.append(points[1:] != points[:-1], True)] if len(order) else order


def _readings(
    frame: Frame, rows: "np.ndarray[tuple[int], np.dtype[np.intp]]"
) -> Iterator[LiveReading]:
    arrival_us = to_microseconds(frame.arrival_time)
    for point, time_us, value, verdict, doubt in zip(
        frame.point_index[rows].tolist(),
        frame.event_time_us[rows].tolist(),
        frame.value[rows].tolist(),
        frame.verdict[rows].tolist(),
        frame.doubt[rows].tolist(),
        strict=True,
    ):
        name = frame.point_ids[point]
        yield LiveReading(name, time_us, arrival_us, value, verdict, doubt, frame.source_id)
