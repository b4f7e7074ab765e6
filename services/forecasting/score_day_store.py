"""Daily sums of scores in PostgreSQL: what drift is judged by.

Idempotency key: (park, local day on which a class came true, point, class); a day is rolled up as a
whole, so rolling up again replaces.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from psycopg import sql

from services.forecasting.domain.local_days import midnight
from services.forecasting.domain.scoring import NAIVES, SCORED_AHEAD, HorizonClass
from services.forecasting.domain.series import QUARTERS_A_DAY, Floats
from services.forecasting.domain.soundness import Course
from services.runtime.database import Database

SUMS = (
    "cases",
    "inside",
    "error_w",
    "size_w",
    *(f"{name}_w" for name in NAIVES),
    *(f"{name}_rival_w" for name in NAIVES),
    *(f"{name}_cases" for name in NAIVES),
)
_LONGEST = timedelta(days=SCORED_AHEAD / QUARTERS_A_DAY)
_NAMES = sql.SQL(", ").join(map(sql.Identifier, SUMS))
_ROLL_UP = sql.SQL(
    "INSERT INTO score_day (park_id, truth_day, point, horizon_quarters, {names})"
    " SELECT park_id, %(day)s, point, horizon_quarters, {sums} FROM score"
    " WHERE park_id = %(park)s AND issue_time >= %(begin)s - %(longest)s AND issue_time < %(end)s"
    " AND issue_time + horizon_quarters * interval '15 min' >= %(begin)s"
    " AND issue_time + horizon_quarters * interval '15 min' < %(end)s"
    " GROUP BY park_id, point, horizon_quarters"
    " ON CONFLICT (park_id, truth_day, point, horizon_quarters)"
    " DO UPDATE SET ({names}) = ({new})"
).format(
    names=_NAMES,
    sums=sql.SQL(", ").join(
        sql.SQL("sum({}::float8)").format(sql.Identifier(name)) for name in SUMS
    ),
    new=sql.SQL(", ").join(sql.Identifier("excluded", name) for name in SUMS),
)
_COURSE = sql.SQL(
    "SELECT point, horizon_quarters, string_agg(int4send(truth_day - %(first)s::date), ''::bytea),"
    " {sums} FROM score_day"
    " WHERE park_id = %(park)s AND truth_day >= %(first)s AND truth_day < %(end)s"
    " GROUP BY point, horizon_quarters ORDER BY point, horizon_quarters"
).format(
    sums=sql.SQL(", ").join(
        sql.SQL("string_agg(float8send({}), ''::bytea)").format(sql.Identifier(name))
        for name in SUMS
    )
)


@dataclass(frozen=True, slots=True, eq=False)
class Days:
    """A course of days from `first` on; its keys are points and classes."""

    first: date
    keys: tuple[tuple[str, HorizonClass], ...]
    course: Course


class ScoreDayStore:
    """Keeps daily sums of one park; `zone` is the clock of its days."""

    def __init__(self, database: Database, park_id: str, zone: ZoneInfo) -> None:
        self._database = database
        self._park_id = park_id
        self._zone = zone

    async def rolled_up_to(self) -> date | None:
        """Return the newest day that was rolled up, None before the first."""
        rows = await self._database.rows(
            "SELECT max(truth_day) FROM score_day WHERE park_id = %s", (self._park_id,)
        )
        newest: date | None = rows[0][0]
        return newest

    async def roll_up(self, day: date) -> None:
        """Sum up what came true on a local day."""
        parameters = {
            "park": self._park_id,
            "day": day,
            "begin": midnight(day, self._zone),
            "end": midnight(day + timedelta(days=1), self._zone),
            "longest": _LONGEST,
        }
        async with self._database.transaction() as connection:
            await connection.execute(_ROLL_UP, parameters)

    async def days(self, first: date, count: int) -> Days:
        """Return the sums of `count` days from `first` on."""
        end = first + timedelta(days=count)
        parameters = {"park": self._park_id, "first": first, "end": end}
        rows = await self._database.rows(_COURSE, parameters)  # type: ignore[arg-type]
        sums: Floats = np.zeros((len(SUMS), len(rows), count))
        for key, row in enumerate(rows):
            day = np.frombuffer(row[2], ">i4")
            sums[:, key, day] = [np.frombuffer(column, ">f8") for column in row[3:]]
        cases, inside, error_w, size_w = sums[:4]
        keys = tuple((row[0], HorizonClass(row[1])) for row in rows)
        naives = sums[4:].reshape(3, len(NAIVES), len(rows), count)
        return Days(first, keys, Course(cases, inside, error_w, size_w, *naives))

    async def forget_before(self, day: date) -> None:
        """Drop the sums of days before one."""
        async with self._database.transaction() as connection:
            await connection.execute(
                "DELETE FROM score_day WHERE park_id = %s AND truth_day < %s",
                (self._park_id, day),
            )
