"""Scores of signals in PostgreSQL.

Idempotency key: (park, signal, class of horizons, issue time).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.forecasting.domain.scoring import NAIVES, HorizonClass, Scores
from services.forecasting.domain.series import quarter_start
from services.forecasting.domain.signals import Signal
from services.forecasting.domain.tally import Tally
from services.forecasting.score_store import SUMS
from services.runtime.database import Connection, Database

_KEEP = """
    INSERT INTO signal_score VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (park_id, signal, horizon_quarters, issue_time) DO NOTHING
"""
_SUMS = ("cases", "inside", "error", "excess", "low_loss", "high_loss", "size")
_BY_NAIVE = ("naive_cases", "naive", "rival")
_TOTALS = ", ".join(
    [f"sum({name})" for name in _SUMS]
    + [f"sum({name}[{place + 1}])" for name in _BY_NAIVE for place in range(len(NAIVES))]
)
_TALLIES = f"""
    SELECT signal, horizon_quarters, count(*), {_TOTALS} FROM signal_score
     WHERE park_id = %s AND signal = ANY(%s) AND horizon_quarters = ANY(%s)
       AND issue_time >= %s AND issue_time < %s
     GROUP BY 1, 2 ORDER BY 1, 2
"""  # noqa: S608 - only our own constants go in


@dataclass(frozen=True, slots=True)
class SignalTally:
    """The sums of one signal and one class of horizons."""

    signal: Signal
    horizon: HorizonClass
    tally: Tally


class SignalScoreStore:
    """Keeps the scores of one park's signals."""

    def __init__(self, database: Database, park_id: str) -> None:
        self._database = database
        self._park_id = park_id

    async def scored_until(self) -> int | None:
        """Return the quarter before which every issue is scored, None before the first time."""
        rows = await self._database.rows(
            "SELECT quarter FROM signal_scored_until WHERE park_id = %s", (self._park_id,)
        )
        return int(rows[0][0]) if rows else None

    async def keep(self, scores: Sequence[Scores], scored_until: int) -> None:
        """Keep scores and how far they reach, in one transaction; again it changes nothing."""
        async with self._database.transaction() as connection:
            for one in scores:
                await self._keep(connection, one)
            await connection.execute(
                "INSERT INTO signal_scored_until VALUES (%s, %s) ON CONFLICT (park_id) DO UPDATE"
                " SET quarter = greatest(signal_scored_until.quarter, excluded.quarter)",
                (self._park_id, scored_until),
            )

    async def _keep(self, connection: Connection, one: Scores) -> None:
        sums = (one.cases, one.inside, one.error_w, one.excess_w)
        losses = (one.low_loss_w, one.high_loss_w, one.size_w)
        by_naive = (one.naive_cases, one.naive_w, one.rival_w)
        key = (self._park_id, one.point_ids[0], int(one.horizon), quarter_start(one.issue_quarter))
        columns = (column.tolist()[0] for column in (*sums, *losses))
        await connection.execute(_KEEP, (*key, *columns, *(c[:, 0].tolist() for c in by_naive)))

    async def tallies(
        self,
        signals: Sequence[Signal],
        horizons: Sequence[HorizonClass],
        since: datetime,
        until: datetime,
    ) -> list[SignalTally]:
        """Return the sums of issues made in [since, until), by signal and class."""
        names, classes = [signal.value for signal in signals], [int(one) for one in horizons]
        rows = await self._database.rows(_TALLIES, (self._park_id, names, classes, since, until))
        return [SignalTally(Signal(r[0]), HorizonClass(r[1]), _tally(r[2:])) for r in rows]

    async def forget_before(self, moment: datetime) -> None:
        """Drop scores of issues made before a moment."""
        async with self._database.transaction() as connection:
            await connection.execute(
                "DELETE FROM signal_score WHERE park_id = %s AND issue_time < %s",
                (self._park_id, moment),
            )


def _tally(row: Sequence[Any]) -> Tally:
    sums, by_naive = row[1 : 1 + len(_SUMS)], row[1 + len(_SUMS) :]
    kinds = len(NAIVES)
    return Tally(
        issues=row[0],
        **dict(zip(SUMS, sums, strict=True)),
        naive_cases=tuple(by_naive[:kinds]),
        naive_w=tuple(by_naive[kinds : 2 * kinds]),
        rival_w=tuple(by_naive[2 * kinds :]),
    )
