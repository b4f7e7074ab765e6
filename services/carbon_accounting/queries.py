"""Reading the books for the RPCs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.messages import Place
from services.energy.time_grid import QUARTER, Interval
from services.runtime.database import Database

ENTRY_COLUMNS = """park_id, ledger, activity, interval_start, version, entry_id, scope, energy_wh,
    emissions_mg, gas, factor_id, factor_version, factor_g_per_kwh, factor_trust, quality, sources,
    words, known_at, restated_because"""
_NAMES = tuple(name.strip() for name in ENTRY_COLUMNS.split(","))
OPEN_ITEMS_SHOWN = 200
_TOTALS = """
SELECT ledger, sum(emissions_mg)::bigint, count(*), count(*) FILTER (WHERE quality = 2),
       count(*) FILTER (WHERE version > 1), bool_or(unverified)
FROM entry
WHERE park_id = %s AND interval_start >= %s AND interval_start < %s
  AND NOT superseded AND NOT withdrawn
GROUP BY ledger ORDER BY ledger
"""
_FLOWS = """
SELECT coalesce(sum(grid_import_wh), 0)::bigint, coalesce(sum(grid_export_wh), 0)::bigint,
       coalesce(sum(pv_wh + wind_wh), 0)::bigint,
       coalesce(sum(loads_wh + chargers_wh + charge_wh - discharge_wh), 0)::bigint,
       coalesce(sum(gas_wh), 0)::bigint, max(start)
FROM quarter
WHERE park_id = %s AND start >= %s AND start < %s AND quality IS NOT NULL
"""
_OPEN = """
SELECT start, waits_for, set_aside, CASE WHEN gap_is_large THEN gap_wh END FROM quarter
WHERE park_id = %(park)s AND start >= %(start)s AND start < %(end)s
  AND (gap_is_large OR set_aside <> '' OR (waits_for <> '' AND start + %(late_after)s <=
       (SELECT max(start) FROM register_quarter WHERE park_id = %(park)s)))
ORDER BY start LIMIT %(limit)s
"""


def as_dict(row: Any) -> dict[str, Any]:
    """Return a row of ENTRY_COLUMNS by column name."""
    return dict(zip(_NAMES, row, strict=True))


@dataclass(frozen=True, slots=True)
class Total:
    """The sum of one ledger."""

    ledger: Ledger
    emissions_mg: int
    entry_count: int
    estimated_entry_count: int
    restated_entry_count: int
    unverified: bool


@dataclass(frozen=True, slots=True)
class Sums:
    """What the books hold of an interval. Energies in Wh; `last` is the newest booked quarter."""

    totals: tuple[Total, ...]
    grid_import_wh: int
    grid_export_wh: int
    generation_wh: int
    consumption_wh: int
    gas_wh: int
    last: datetime | None
    open_items: tuple[str, ...]

    @property
    def booked_until(self) -> datetime | None:
        """End of the newest booked quarter."""
        return None if self.last is None else self.last + QUARTER


class Queries:
    """Reads one park's books."""

    def __init__(self, database: Database, park_id: str, late_after: timedelta) -> None:
        self._database = database
        self._park_id = park_id
        self._late_after = late_after

    async def entries(
        self, ledger: Ledger, interval: Interval, *, replaced: bool, after: Place | None, limit: int
    ) -> list[dict[str, Any]]:
        """Return entries of one ledger by (interval, activity, version), at most `limit`."""
        place = (datetime(1, 1, 1, tzinfo=UTC), "", 0)
        if after is not None:
            place = (after.interval_start, after.activity, after.version)
        rows = await self._database.rows(
            f"SELECT {ENTRY_COLUMNS} FROM entry"  # noqa: S608
            " WHERE park_id = %s AND ledger = %s AND interval_start >= %s AND interval_start < %s"
            " AND (interval_start, activity, version) > (%s, %s, %s)"
            " AND (%s OR NOT (superseded OR withdrawn))"
            " ORDER BY interval_start, activity, version LIMIT %s",
            (
                self._park_id,
                int(ledger),
                interval.start,
                interval.end,
                *place,
                replaced,
                limit,
            ),
        )
        return [as_dict(row) for row in rows]

    async def sums(self, interval: Interval) -> Sums:
        """Return the sums of an interval in one snapshot."""
        span = (self._park_id, interval.start, interval.end)
        async with self._database.transaction() as connection:
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            totals = await (await connection.execute(_TOTALS, span)).fetchall()
            flows = await (await connection.execute(_FLOWS, span)).fetchone()
            waiting = await (await connection.execute(_OPEN, self._open(interval))).fetchall()
        if flows is None:
            raise RuntimeError("an aggregate without GROUP BY returned no row")
        imported, exported, generated, consumed, gas, last = flows
        return Sums(
            totals=tuple(Total(Ledger(row[0]), *row[1:]) for row in totals),
            grid_import_wh=imported,
            grid_export_wh=exported,
            generation_wh=generated,
            consumption_wh=consumed,
            gas_wh=gas,
            last=last,
            open_items=tuple(item for row in waiting for item in _open_items(*row)),
        )

    def _open(self, interval: Interval) -> dict[str, Any]:
        return {
            "park": self._park_id,
            "start": interval.start,
            "end": interval.end,
            "late_after": self._late_after,
            "limit": OPEN_ITEMS_SHOWN,
        }


def _open_items(
    start: datetime, waits_for: str, set_aside: str, gap_wh: int | None
) -> Iterator[str]:
    """Yield what is open of a quarter; `gap_wh` only where it is large."""
    quarter = f"{start:%Y-%m-%dT%H:%MZ}"
    if waits_for:
        yield f"{quarter} waits for {waits_for}"
    elif set_aside:
        yield f"{quarter} is booked without {set_aside}, which are set aside"
    if gap_wh is not None and gap_wh > 0:
        yield f"{quarter} does not close: {gap_wh:+d} Wh came in without a metered consumer"
    elif gap_wh is not None:
        yield f"{quarter} does not close: {-gap_wh} Wh were consumed without a metered supply"
