"""Scores in PostgreSQL. Idempotency key: (park, point, class of horizons, issue time)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import sql

from services.forecasting.domain.scoring import NAIVES, HorizonClass, Scores
from services.forecasting.domain.series import quarter_start
from services.forecasting.domain.tally import Tally
from services.runtime.database import Database

SUMS = ("cases", "inside", "error_w", "excess_w", "low_loss_w", "high_loss_w", "size_w")
NAIVE_SUMS = tuple(f"{name}_{what}" for name in NAIVES for what in ("cases", "w", "rival_w"))
KEY = ("park_id", "point", "horizon_quarters", "issue_time")
COLUMNS = (*KEY, "issue_day", "issue_hour", *SUMS, *NAIVE_SUMS)
COUNTS = ("cases", "inside")


def _names(names: Sequence[str], table: str = "") -> sql.Composed:
    parts = [sql.Identifier(table, name) if table else sql.Identifier(name) for name in names]
    return sql.SQL(", ").join(parts)


def _type(column: str) -> str:
    return "int[]" if column.endswith(COUNTS) else "float8[]"


_ADDED = (*SUMS, *NAIVE_SUMS)
_KEEP = sql.SQL(
    "INSERT INTO score ({columns})"
    " SELECT %s, t.point, %s, %s, %s, %s, {added} FROM unnest(%s::text[], {arrays})"
    " AS t (point, {names})"
    " ON CONFLICT ({key}) DO UPDATE SET ({names}) = ({new})"
    " WHERE ({old}) IS DISTINCT FROM ({new})"
).format(
    columns=_names(COLUMNS),
    added=_names(_ADDED, "t"),
    arrays=sql.SQL(", ").join(sql.SQL("%s::" + _type(name)) for name in _ADDED),
    names=_names(_ADDED),
    key=_names(KEY),
    new=_names(_ADDED, "excluded"),
    old=_names(_ADDED, "score"),
)
_TOTALS = sql.SQL(", ").join(
    sql.SQL("sum({})" + ("" if name.endswith(COUNTS) else "::float8")).format(
        sql.SQL("{}::float8" if not name.endswith(COUNTS) else "{}").format(sql.Identifier(name))
    )
    for name in _ADDED
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which scores; an empty tuple is all. `since` and `until` are issue times, half-open.

    `by_day` and `by_hour` say what is told apart besides points and classes.
    """

    since: datetime
    until: datetime
    points: tuple[str, ...] = ()
    horizons: tuple[HorizonClass, ...] = ()
    hours: tuple[int, ...] = ()
    by_day: bool = False
    by_hour: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """The sums of one point and class; of one day or hour where these are told apart."""

    point_id: str
    horizon: HorizonClass
    day: date | None
    hour: int | None
    tally: Tally

    @property
    def place(self) -> tuple[str, int, date, int]:
        """Where it stands in the order of an answer."""
        return (self.point_id, int(self.horizon), self.day or date.min, self.hour or 0)


class ScoreStore:
    """Keeps scores of one park; `zone` is the clock of its days and hours."""

    def __init__(self, database: Database, park_id: str, zone: ZoneInfo) -> None:
        self._database = database
        self._park_id = park_id
        self._zone = zone

    async def scored_until(self) -> int | None:
        """Return the quarter up to which all is scored, None before the first time."""
        rows = await self._database.rows(
            "SELECT quarter FROM scored_until WHERE park_id = %s", (self._park_id,)
        )
        return int(rows[0][0]) if rows else None

    async def keep(self, scores: Sequence[Scores]) -> None:
        """Keep scores, replacing what differs."""
        async with self._database.transaction() as connection:
            for one in scores:
                await connection.execute(_KEEP, self._parameters(one))

    async def note_scored_until(self, quarter: int) -> None:
        """Note up to which quarter all is scored; never back."""
        async with self._database.transaction() as connection:
            await connection.execute(
                "INSERT INTO scored_until VALUES (%s, %s) ON CONFLICT (park_id)"
                " DO UPDATE SET quarter = greatest(scored_until.quarter, excluded.quarter)",
                (self._park_id, quarter),
            )

    def _parameters(self, scores: Scores) -> list[Any]:
        issue_time = quarter_start(scores.issue_quarter)
        local = issue_time.astimezone(self._zone)
        fixed = [self._park_id, int(scores.horizon), issue_time, local.date(), local.hour]
        sums = [getattr(scores, name).tolist() for name in SUMS]
        naive = [
            column[place].tolist()
            for place in range(len(NAIVES))
            for column in (scores.naive_cases, scores.naive_w, scores.rival_w)
        ]
        return [*fixed, list(scores.point_ids), *sums, *naive]

    async def tallies(
        self,
        asked: Asked,
        after: tuple[str, int, date, int] | None = None,
        limit: int | None = None,
    ) -> list[Row]:
        """Return the sums asked for in the order of their places, those after a place only."""
        day = "issue_day" if asked.by_day else "NULL::date"
        hour = "issue_hour" if asked.by_hour else "NULL::smallint"
        query = sql.SQL(
            "SELECT point, horizon_quarters, {day}, {hour}, count(*), {totals} FROM score"
            " WHERE park_id = %(park)s AND issue_time >= %(since)s AND issue_time < %(until)s"
            " AND (%(points)s::text[] = '{{}}' OR point = ANY(%(points)s))"
            " AND (%(horizons)s::int[] = '{{}}' OR horizon_quarters = ANY(%(horizons)s))"
            " AND (%(hours)s::int[] = '{{}}' OR issue_hour = ANY(%(hours)s))"
            " GROUP BY 1, 2, 3, 4"
            ' HAVING %(point)s::text IS NULL OR (point COLLATE "C", horizon_quarters::int,'
            " coalesce({day}, '0001-01-01'::date), coalesce({hour}, 0)::int)"
            " > (%(point)s, %(horizon)s::int, %(day)s::date, %(hour)s::int)"
            ' ORDER BY point COLLATE "C", 2, 3, 4 LIMIT %(limit)s'
        ).format(day=sql.SQL(day), hour=sql.SQL(hour), totals=_TOTALS)
        place = after or (None, None, None, None)
        rows = await self._database.rows(
            query,  # type: ignore[arg-type]
            {
                "park": self._park_id,
                "since": asked.since,
                "until": asked.until,
                "points": list(asked.points),
                "horizons": [int(horizon) for horizon in asked.horizons],
                "hours": list(asked.hours),
                **dict(zip(("point", "horizon", "day", "hour"), place, strict=True)),
                "limit": limit,
            },
        )
        return [Row(r[0], HorizonClass(r[1]), r[2], r[3], _tally(r[4:])) for r in rows]

    async def oldest(self) -> datetime | None:
        """Return when the oldest issue was made of which scores are kept, None without any."""
        rows = await self._database.rows(
            "SELECT min(issue_time) FROM score WHERE park_id = %s", (self._park_id,)
        )
        oldest: datetime | None = rows[0][0]
        return oldest

    async def forget_before(self, moment: datetime) -> None:
        """Drop scores of issues made before a moment."""
        async with self._database.transaction() as connection:
            await connection.execute(
                "DELETE FROM score WHERE park_id = %s AND issue_time < %s", (self._park_id, moment)
            )


def _tally(row: Sequence[Any]) -> Tally:
    sums, naive = row[1 : 1 + len(SUMS)], row[1 + len(SUMS) :]
    return Tally(
        issues=row[0],
        **dict(zip(SUMS, sums, strict=True)),
        naive_cases=tuple(naive[0::3]),
        naive_w=tuple(naive[1::3]),
        rival_w=tuple(naive[2::3]),
    )
