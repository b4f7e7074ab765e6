"""Totals of the live books: as known now from sums by day, as reported on a time from postings too.

Days of which nothing became known since are what their sums say. Both ways come to the same for the
same time (tests say so). No total is over two ledgers.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.carbon_accounting.domain.inventory.totals import Total, TotalKey
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.live.local_days import LocalDays
from services.carbon_accounting.live.versions import STANDING
from services.runtime.database import Connection

BY_MONTH, BY_DAY = "YYYY-MM", "YYYY-MM-DD"
_OF_LINE = """l.enterprise, l.scope, l.category, l.activity, l.carrier,
       split_part(l.origin, ':', 1) AS origin, l.gas, l.unit, l.counted"""
_ASKED = """(%(ledger)s::int IS NULL OR l.ledger = %(ledger)s)
  AND (%(enterprise)s::text IS NULL OR l.enterprise = %(enterprise)s)"""
_DOUBTS = "array_agg(DISTINCT l.unverified) FILTER (WHERE l.unverified <> '')"
_SUMMED = f"""
SELECT l.ledger, to_char(d.day, %(period)s), {_OF_LINE},
       sum(d.amount), sum(d.emissions_ng), sum(d.entries), sum(d.estimated), {_DOUBTS}
FROM ({{days}}) d JOIN account_line l USING (line_id)
WHERE {_ASKED}
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 LIMIT %(limit)s
"""  # noqa: S608
_NOW = _SUMMED.format(
    days="""
SELECT day, line_id, amount, emissions_ng, entries, estimated FROM day_line
WHERE park_id = %(park)s AND day >= %(first)s AND day <= %(last)s AND entries > 0
"""
)
_SINCE = """
SELECT DISTINCT (start AT TIME ZONE %(zone)s)::date FROM posting
WHERE park_id = %(park)s AND known_at > %(known_by)s::timestamptz
  AND start >= (%(first)s::date)::timestamp AT TIME ZONE %(zone)s
  AND start < (%(last)s::date + 1)::timestamp AT TIME ZONE %(zone)s
"""
"""Local days of which something became known later: their sums say more than was reported."""
_AS_REPORTED = _SUMMED.format(
    days=f"""
SELECT day, line_id, amount, emissions_ng, entries, estimated FROM day_line
WHERE park_id = %(park)s AND day >= %(first)s AND day <= %(last)s AND entries > 0
  AND day <> ALL (%(since)s::date[])
UNION ALL
SELECT (p.start AT TIME ZONE %(zone)s)::date AS day, p.line_id, sum(p.amount) AS amount,
       sum(p.emissions_ng) AS emissions_ng, count(*) AS entries,
       count(*) FILTER (WHERE NOT p.measured) AS estimated
FROM ({STANDING} AND (p.start AT TIME ZONE %(zone)s)::date = ANY (%(since)s::date[])) p
GROUP BY 1, 2
"""  # noqa: S608
)


@dataclass(frozen=True, slots=True)
class TotalsAsked:
    """Which totals; None takes all ledgers, all enterprises, and what is known now."""

    days: LocalDays
    period: str = BY_MONTH
    ledger: Ledger | None = None
    enterprise: str | None = None
    known_by: datetime | None = None
    limit: int | None = None


async def totals_of(
    connection: Connection, park_id: str, zone: str, asked: TotalsAsked
) -> dict[TotalKey, Total]:
    """Return the totals in the order of their keys, whose `month` is the period asked for.

    As reported they are read month by month, of which none holds a total of another.
    """
    if asked.known_by is None:
        found = await _read(connection, _NOW, _parameters(park_id, zone, asked))
        return dict(sorted(found.items()))
    found = {}
    for days in asked.days.months():
        parameters = _parameters(park_id, zone, replace(asked, days=days))
        cursor = await connection.execute(_SINCE, parameters)
        since = [day for (day,) in await cursor.fetchall()]
        found |= await _read(connection, _AS_REPORTED, parameters | {"since": since})
    return dict(sorted(found.items()))


async def _read(
    connection: Connection, query: str, parameters: dict[str, Any]
) -> dict[TotalKey, Total]:
    cursor = await connection.execute(query, parameters)
    return {_key(row): _total(row) for row in await cursor.fetchall()}


def _parameters(park_id: str, zone: str, asked: TotalsAsked) -> dict[str, Any]:
    return {
        "park": park_id,
        "zone": zone,
        "first": asked.days.first,
        "last": asked.days.last,
        "period": asked.period,
        "ledger": asked.ledger and int(asked.ledger),
        "enterprise": asked.enterprise,
        "known_by": asked.known_by,
        "limit": asked.limit,
    }


def _key(row: Any) -> TotalKey:
    return TotalKey(Ledger(row[0]), *row[1:11])


def _total(row: Any) -> Total:
    amount, emissions_ng, entries, estimated, unverified = row[11:]
    return Total(
        int(amount), int(emissions_ng), int(entries), int(estimated), tuple(unverified or ())
    )
