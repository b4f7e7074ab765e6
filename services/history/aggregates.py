"""Rollups of any grid: from the relations where their windows fit, from readings elsewhere."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from services.history.domain.columns import Rollups, joined
from services.history.domain.covering import covering
from services.history.domain.rollup import combined, rolled_up
from services.history.domain.windows import HOUR_US, QUARTER_US, Level, finer_than
from services.history.rollups import rollups_of
from services.history.samples import samples_known_at, samples_of
from services.runtime.database import Connection

POINTS_A_FETCH = 32
SPAN_A_FETCH_US = 24 * HOUR_US
"""Of points read once a second that is 2.8 million readings, some 70 MB."""


@dataclass(frozen=True, slots=True)
class Question:
    """Which points in [first, end), in slots whose `borders` enclose it; which levels may serve."""

    points: list[int]
    first_us: int
    end_us: int
    borders: NDArray[np.int64]
    levels: tuple[Level, ...]
    known_at: datetime | None
    zone: ZoneInfo


def levels_for_step(step_us: int) -> tuple[Level, ...]:
    """Return the levels, coarsest first, whose windows fit into slots of `step_us`."""
    if step_us % QUARTER_US:
        return ()
    return (Level.QUARTER,) if step_us % HOUR_US else (Level.HOUR, Level.QUARTER)


def levels_for_calendar(level: Level, zone: ZoneInfo) -> tuple[Level, ...]:
    """Return the levels, coarsest first, whose windows fit into local days or months."""
    days = (Level.DAY, finer_than(Level.DAY, zone), Level.QUARTER)
    levels = (Level.MONTH, *days) if level is Level.MONTH else days
    return tuple(dict.fromkeys(levels))


async def answer(connection: Connection, question: Question) -> Rollups:
    """Return the slots that hold a reading or covered time, sorted by (point, start)."""
    levels = question.levels if question.known_at is None else ()
    points = np.array(question.points, dtype=np.int32)
    parts = []
    for piece in covering(levels, question.zone, question.first_us, question.end_us):
        if piece.level is None:
            parts += await _from_readings(connection, question, piece.first_us, piece.end_us)
            continue
        size = len(points)
        whole = (points, np.full(size, piece.first_us), np.full(size, piece.end_us))
        parts.append(await rollups_of(connection, piece.level, whole))
    return await asyncio.to_thread(combined, joined(parts), question.borders)


async def _from_readings(
    connection: Connection, question: Question, first_us: int, end_us: int
) -> list[Rollups]:
    parts = []
    for begin_us in range(first_us, end_us, SPAN_A_FETCH_US):
        until_us = min(begin_us + SPAN_A_FETCH_US, end_us)
        within = (question.borders > begin_us) & (question.borders < until_us)
        borders = np.array([begin_us, *question.borders[within], until_us], dtype=np.int64)
        for place in range(0, len(question.points), POINTS_A_FETCH):
            points = question.points[place : place + POINTS_A_FETCH]
            parts.append(await _piece(connection, points, borders, question.known_at))
    return parts


async def _piece(
    connection: Connection,
    points: list[int],
    borders: NDArray[np.int64],
    known_at: datetime | None,
) -> Rollups:
    first_us, end_us = int(borders[0]), int(borders[-1])
    if known_at is not None:
        samples = await samples_known_at(connection, points, first_us, end_us, known_at)
    else:
        numbers = np.array(points, dtype=np.int32)
        spans = (numbers, np.full(len(points), first_us), np.full(len(points), end_us))
        samples = await samples_of(connection, spans)
    return await asyncio.to_thread(rolled_up, samples, borders)
