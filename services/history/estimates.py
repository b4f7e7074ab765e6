"""Quarter-hour means of points with their gaps estimated, from what history knows, now or then.

What the registers of a device counted in a quarter hour is its mean power; every other gap lies
between two known means. As much time around the question is looked at as a gap may be long, so a
quarter hour has the same estimate whatever interval it is asked in.
"""

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
from services.history.domain.gaps import LONGEST, Course, Floats, Method
from services.history.domain.weeks import Weeks
from services.history.domain.windows import QUARTER_US, Level
from services.runtime.database import Connection

UInt8s = NDArray[np.uint8]
WATTS_A_WH = 4.0
"""One Wh in a quarter hour is a mean of 4 W."""
_KEPT_FROM = "SELECT extract(epoch FROM {})::float8 FROM horizon"


@dataclass(frozen=True, slots=True, eq=False)
class Estimated:
    """Means (points, quarters) with estimates, and `Method` bits; `start_us` (quarters,).

    What lay before `kept_from_us` is gone: nothing is estimated there.
    """

    start_us: NDArray[np.int64]
    mean: Floats
    method: UInt8s
    kept_from_us: float


async def answer(
    connection: Connection, question: Question, courses: Sequence[Course], directory: Directory
) -> Estimated:
    """Return the quarter hours of a question; `courses` are of its points, in their order."""
    first_us, end_us = question.first_us, question.end_us
    source = _Source(connection, question, courses, directory)
    mean, method = await source.known(first_us, end_us)
    if np.isnan(mean).any():
        margin = LONGEST if np.isnan(mean[:, [0, -1]]).any() else 0
        wide = await source.around(mean, margin)
        asked = slice(margin, margin + mean.shape[1])
        holes = await asyncio.to_thread(
            holes_in, wide, first_us - margin * QUARTER_US, asked, courses
        )
        weeks = None
        if (span := weeks_of(holes, question.zone)) is not None:
            weeks = Weeks(span[0], await source.measured(*(n * QUARTER_US for n in span)))
        result, how = await asyncio.to_thread(filled, wide, holes, weeks, courses, question.zone)
        mean, method = result[:, asked], method | how[:, asked]
    kept_from_us = await _kept_from_us(connection, question)
    start_us = np.arange(first_us, end_us, QUARTER_US)
    method[:, start_us < kept_from_us] = Method.NONE
    return Estimated(start_us, mean, method, kept_from_us)


class _Source:
    """What history knows of the points of a question, at any time."""

    def __init__(
        self,
        connection: Connection,
        question: Question,
        courses: Sequence[Course],
        directory: Directory,
    ) -> None:
        self._connection, self._question, self._courses = connection, question, courses
        self._directory = directory

    async def around(self, mean: Floats, margin: int) -> Floats:
        """Return the means of the question with so many quarter hours on both sides."""
        if not margin:
            return mean
        first_us, end_us = self._question.first_us, self._question.end_us
        before, _ = await self.known(first_us - margin * QUARTER_US, first_us)
        after, _ = await self.known(end_us, end_us + margin * QUARTER_US)
        return np.hstack([before, mean, after])

    async def known(self, first_us: int, end_us: int) -> tuple[Floats, UInt8s]:
        """Return the means that were measured, or counted by registers, and which those are."""
        mean = await self.measured(first_us, end_us)
        gappy = np.flatnonzero(np.isnan(mean).any(axis=1)).tolist()
        counted = await self._counted(first_us, end_us, gappy)
        found = np.isnan(mean) & np.isfinite(counted)
        method = np.where(found, Method.REGISTER, Method.NONE).astype(np.uint8)
        return np.where(found, counted, mean), method

    async def measured(self, first_us: int, end_us: int) -> Floats:
        """Return the means (points, quarters) of readings, NaN where none counts."""
        asked = self._asked(self._question.points, first_us, end_us)
        rollups = await aggregates.answer(self._connection, asked)
        rollups = rollups.take(rollups.readings > 0)
        mean = np.full((len(asked.points), len(asked.borders) - 1), np.nan)
        row = np.searchsorted(asked.points, rollups.point_id)
        mean[row, (rollups.start_us - first_us) // QUARTER_US] = rollups.total / rollups.readings
        return mean

    async def _counted(self, first_us: int, end_us: int, wanted: list[int]) -> Floats:
        """Return the mean power (points, quarters) that registers tell, of some rows; else NaN."""
        rows = [row for row in wanted if self._courses[row].registers]
        names = [name for row in rows for name, _ in self._courses[row].registers]
        numbers = await self._directory.by_name(self._connection, names)
        counted = np.full((len(self._courses), (end_us - first_us) // QUARTER_US), np.nan)
        if numbers:
            asked = self._asked(sorted(numbers.values()), first_us, end_us)
            known = _known_wh(await energy_queries.answer(self._connection, asked))
            for row in rows:
                counted[row] = _power(self._courses[row], numbers, asked.points, known)
        return counted

    def _asked(self, points: list[int], first_us: int, end_us: int) -> Question:
        return replace(
            self._question,
            points=points,
            first_us=first_us,
            end_us=end_us,
            borders=np.arange(first_us, end_us + 1, QUARTER_US),
            levels=(Level.QUARTER,),
        )


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


async def _kept_from_us(connection: Connection, question: Question) -> float:
    """Return since when everything that an estimate is made of is kept."""
    kept = "raw_from" if question.known_at is not None else "quarters_from"
    cursor = await connection.execute(_KEPT_FROM.format(kept))
    ((seconds,),) = await cursor.fetchall()
    return float(seconds) * 1e6
