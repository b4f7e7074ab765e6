"""The newest believed reading of each point, in columns: a frame is taken in at once."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from services.energy.names import Names, PerNames
from services.energy.time_grid import to_microseconds
from services.runtime.frames import Frame

Places = npt.NDArray[np.intp]
NEVER_US = np.iinfo(np.int64).min
FIRST_ROOM = 1_024
_COLUMNS = np.dtype(
    [
        ("event_time_us", np.int64),
        ("arrival_time_us", np.int64),
        ("value", np.float64),
        ("verdict", np.uint8),
        ("doubt", np.uint8),
        ("source", np.uint32),
    ]
)


class LiveReading(NamedTuple):
    """One judged reading as watchers see it."""

    point_id: str
    event_time_us: int
    arrival_time_us: int
    value: float
    verdict: int
    doubt: int
    source_id: str


class Newest:
    """One row a point that was ever believed; rows and sources are numbered as they come."""

    def __init__(self) -> None:
        self._row_of: dict[str, int] = {}
        self._rows_of = PerNames(self._rows)
        self._source_of: dict[str, int] = {}
        self._held: npt.NDArray[Any] = _nothing(FIRST_ROOM)

    def take(self, frame: Frame) -> None:
        """Take in what is believed and not older than what is known of its point."""
        at = _newest_places(frame)
        rows = self._rows_of(frame.point_ids)[frame.point_index[at]]
        newer = frame.event_time_us[at] >= self._held["event_time_us"][rows]
        at, rows = at[newer], rows[newer]
        for name in ("event_time_us", "value", "verdict", "doubt"):
            self._held[name][rows] = getattr(frame, name)[at]
        self._held["arrival_time_us"][rows] = to_microseconds(frame.arrival_time)
        self._held["source"][rows] = self._source_of.setdefault(
            frame.source_id, len(self._source_of)
        )

    def of(self, point_ids: frozenset[str]) -> list[LiveReading]:
        """Return the newest reading of each of the points that has one; empty: of all."""
        wanted = point_ids or self._row_of.keys()
        known = [(name, row) for name in wanted if (row := self._row_of.get(name)) is not None]
        sources = list(self._source_of)
        return [
            LiveReading(name, time_us, arrival_us, value, verdict, doubt, sources[source])
            for name, row in known
            for time_us, arrival_us, value, verdict, doubt, source in [self._held[row].item()]
            if time_us != NEVER_US
        ]

    def _rows(self, names: Names) -> npt.NDArray[np.int64]:
        row_of = self._row_of
        rows = [row_of.setdefault(name, len(row_of)) for name in names]
        while len(row_of) > len(self._held):
            self._held = np.concatenate([self._held, _nothing(len(self._held))])
        return np.array(rows, np.int64)


def readings_of(frame: Frame, at: Places) -> Iterator[LiveReading]:
    """Yield the rows of a frame one by one."""
    arrival_us = to_microseconds(frame.arrival_time)
    columns = (frame.point_index, frame.event_time_us, frame.value, frame.verdict, frame.doubt)
    for point, time_us, value, verdict, doubt in zip(
        *(column[at].tolist() for column in columns), strict=True
    ):
        name = frame.point_ids[point]
        yield LiveReading(name, time_us, arrival_us, value, verdict, doubt, frame.source_id)


def _newest_places(frame: Frame) -> Places:
    """Return for each point its newest believed row; of equal stamps the last one."""
    believed = np.flatnonzero(frame.believed)
    order = believed[np.lexsort((frame.event_time_us[believed], frame.point_index[believed]))]
    points = frame.point_index[order]
    return order[np.append(points[1:] != points[:-1], True)] if len(order) else order


def _nothing(rows: int) -> npt.NDArray[Any]:
    held = np.zeros(rows, _COLUMNS)
    held["event_time_us"] = NEVER_US
    return held
