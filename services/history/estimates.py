"""Quarter-hour means of points with their gaps estimated, from what history knows, now or then."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from services.history import aggregates, energy_queries
from services.history.aggregates import Question
from services.history.directory import Directory
from services.history.domain.energy import Grid
from services.history.domain.filling import filled, holes_in, weeks_of
from services.history.domain.gaps import LONGEST, Course, Floats, Method, Weeks
from services.history.domain.windows import QUARTER_US, Level
from services.runtime.database import Connection

WATTS_A_WH = 4.0
"""One Wh in a quarter hour is a mean of 4 W."""


@dataclass(frozen=True, slots=True, eq=False)
class Estimated:
    """Means (points, quarters) with estimates, and `Method` bits; `start_us` (quarters,)."""

    start_us: NDArray[np.int64]
    mean: Floats
    method: NDArray[np.uint8]


async def answer(
    connection: Connection, question: Question, courses: Sequence[Course], directory: Directory
) -> Estimated:
    """Return the quarter hours of a question; `courses` are of its points, in their order."""
    mean = await _means(connection, question, question.first_us, question.end_us)
    method = np.zeros(mean.shape, np.uint8)
    await _count(connection, question, courses, directory, mean, method)
    rows = np.flatnonzero(np.isnan(mean).any(axis=1)).tolist()
    if rows:
        some = replace(question, points=[question.points[row] for row in rows])
        theirs = [courses[row] for row in rows]
        mean[rows], more = await _estimate(connection, some, theirs, mean[rows])
        method[rows] |= more
    start_us = np.arange(question.first_us, question.end_us, QUARTER_US)
    return Estimated(start_us, mean, method)


async def _means(connection: Connection, question: Question, first_us: int, end_us: int) -> Floats:
    """Return the measured means (points, quarters), NaN where no reading counts."""
    borders = np.arange(first_us, end_us + 1, QUARTER_US)
    quarters = replace(
        question, first_us=first_us, end_us=end_us, borders=borders, levels=(Level.QUARTER,)
    )
    rollups = await aggregates.answer(connection, quarters)
    rollups = rollups.take(rollups.readings > 0)
    mean = np.full((len(question.points), len(borders) - 1), np.nan)
    row = np.searchsorted(question.points, rollups.point_id)
    mean[row, (rollups.start_us - first_us) // QUARTER_US] = rollups.total / rollups.readings
    return mean


async def _count(
    connection: Connection,
    question: Question,
    courses: Sequence[Course],
    directory: Directory,
    mean: Floats,
    method: NDArray[np.uint8],
) -> None:
    """Fill what the registers of a device know of its power."""
    rows = [r for r, course in enumerate(courses) if course.registers and np.isnan(mean[r]).any()]
    registers = [name for row in rows for name, _ in courses[row].registers]
    numbers = await directory.by_name(connection, registers)
    if not numbers:
        return
    borders = np.arange(question.first_us, question.end_us + 1, QUARTER_US)
    asked = replace(
        question, points=sorted(numbers.values()), borders=borders, levels=(Level.QUARTER,)
    )
    known = _known_wh(await energy_queries.answer(connection, asked))
    for row in rows:
        counted = _power(courses[row], numbers, asked.points, known)
        found = np.isnan(mean[row]) & np.isfinite(counted)
        mean[row, found], method[row, found] = counted[found], Method.REGISTER


def _known_wh(grid: Grid) -> Floats:
    """Return what each register counted (registers, quarters), NaN where that is not all known."""
    wh = (grid.columns["believed_wh"] + grid.columns["estimated_wh"]).astype(np.float64)
    whole = grid.columns["known_us"] == QUARTER_US
    return np.where(whole & (grid.columns["suspense_wh"] == 0), wh, np.nan)


def _power(course: Course, numbers: dict[str, int], points: list[int], known: Floats) -> Floats:
    """Return the mean power (quarters,) in W that all registers of a device together tell."""
    if any(name not in numbers for name, _ in course.registers):
        return np.full(known.shape[1], np.nan)
    flows = [sign * known[points.index(numbers[name])] for name, sign in course.registers]
    return np.asarray(sum(flows)) * WATTS_A_WH


async def _estimate(
    connection: Connection, question: Question, courses: Sequence[Course], mean: Floats
) -> tuple[Floats, NDArray[np.uint8]]:
    """Return the means with their gaps estimated, and how, 0 elsewhere."""
    wide, margin = await _with_margins(connection, question, mean)
    asked = slice(margin, margin + mean.shape[1])
    holes = holes_in(wide, question.first_us - margin * QUARTER_US, asked, courses)
    weeks = None
    if (span := weeks_of(holes, question.zone)) is not None:
        first, end = span
        past = await _means(connection, question, first * QUARTER_US, end * QUARTER_US)
        weeks = Weeks(first, past)
    result, how = await asyncio.to_thread(filled, wide, holes, weeks, courses, question.zone)
    return result[:, asked], how[:, asked]


async def _with_margins(
    connection: Connection, question: Question, mean: Floats
) -> tuple[Floats, int]:
    """Return the means with as much time on both sides as a gap may be long, and how much.

    No gap touches the ends: nothing is added.
    """
    if np.isfinite(mean[:, [0, -1]]).all():
        return mean, 0
    width_us = LONGEST * QUARTER_US
    before = await _means(connection, question, question.first_us - width_us, question.first_us)
    after = await _means(connection, question, question.end_us, question.end_us + width_us)
    return np.hstack([before, mean, after]), LONGEST
