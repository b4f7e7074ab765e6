"""What was restated: each posting after the first of its quarter hour, with what it reversed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.live.changed_inputs import roles_of
from services.energy.time_grid import Interval
from services.runtime.database import Connection

_OWN = "(%(enterprise)s::text IS NULL OR l.enterprise = %(enterprise)s)"
_COUNTS = "count(*), coalesce(sum(e.ng) FILTER (WHERE l.counted), 0)"
_ASKED = """
FROM posting p
WHERE p.park_id = %(park)s AND p.number > 1
  AND cardinality(p.line_ids) + cardinality(p.reversed) > 0
  AND (%(ledger)s::int IS NULL OR p.ledger = %(ledger)s)
  AND (%(start)s::timestamptz IS NULL OR p.start >= %(start)s)
  AND (%(end)s::timestamptz IS NULL OR p.start < %(end)s)
  AND (%(known_after)s::timestamptz IS NULL OR p.known_at > %(known_after)s)
"""
_COUNT = f"SELECT count(*) {_ASKED}"
_PLACE = "(p.known_at, p.start, p.ledger, p.number)"
_BEHIND = """(%(place_known_at)s::timestamptz, %(place_start)s::timestamptz,
              %(place_ledger)s::int, %(place_number)s::int)"""


def _restatements(sign: str, order: str) -> str:
    """Return the query of a page: what is summed up is picked before, unless it decides."""
    by = ", ".join(f"p.{name} {order}" for name in ("known_at", "start", "ledger", "number"))
    return f"""
WITH picked AS (
    SELECT p.* {_ASKED}
      AND (%(place_known_at)s::timestamptz IS NULL OR {_PLACE} {sign} {_BEHIND})
    ORDER BY {by} LIMIT %(picked)s
)
SELECT p.ledger, p.start, p.number, p.known_at, p.because, p.basis IS DISTINCT FROM b.basis,
       gone.entries, gone.ng, booked.entries, booked.ng
FROM picked p
JOIN posting b ON b.park_id = p.park_id AND b.start = p.start AND b.ledger = p.ledger
              AND b.number = p.number - 1
CROSS JOIN LATERAL (
    SELECT {_COUNTS} FROM unnest(p.line_ids, p.emissions_ng) AS e (line_id, ng)
    JOIN account_line l USING (line_id) WHERE {_OWN}
) booked (entries, ng)
CROSS JOIN LATERAL (
    SELECT {_COUNTS}
    FROM (
        SELECT DISTINCT ON (said.line_id) said.line_id, said.ng
        FROM posting q CROSS JOIN LATERAL unnest(q.line_ids, q.emissions_ng) AS said (line_id, ng)
        WHERE q.park_id = p.park_id AND q.start = p.start AND q.ledger = p.ledger
          AND q.number < p.number AND said.line_id = ANY (p.reversed)
        ORDER BY said.line_id, q.number DESC
    ) e
    JOIN account_line l USING (line_id) WHERE {_OWN}
) gone (entries, ng)
WHERE gone.entries + booked.entries > 0
ORDER BY {by} LIMIT %(limit)s
"""  # noqa: S608


_OLDEST_FIRST, _NEWEST_FIRST = _restatements(">", "ASC"), _restatements("<", "DESC")


@dataclass(frozen=True, slots=True)
class Place:
    """Which restatement: by when it became known, its quarter hour, its ledger, its number."""

    known_at: datetime
    start: datetime
    ledger: int
    number: int


@dataclass(frozen=True, slots=True)
class RestatementsAsked:
    """Which restatements, in which order, behind a place; None takes all."""

    span: Interval | None
    ledger: Ledger | None
    enterprise: str | None
    known_after: datetime | None
    behind: Place | None
    limit: int
    is_newest_first: bool = False


@dataclass(frozen=True, slots=True)
class Restated:
    """One: how many entries were reversed and booked, and ng of what counts of them."""

    place: Place
    because: str
    roles: frozenset[str]
    reversed_entries: int
    reversed_ng: int
    booked_entries: int
    booked_ng: int


async def restatements_of(
    connection: Connection, park_id: str, asked: RestatementsAsked
) -> list[Restated]:
    """Return restatements in the order of their places, or the other way round."""
    query = _NEWEST_FIRST if asked.is_newest_first else _OLDEST_FIRST
    cursor = await connection.execute(query, _parameters(park_id, asked))
    return [_restated(row) for row in await cursor.fetchall()]


async def restatement_count(
    connection: Connection, park_id: str, asked: RestatementsAsked
) -> int | None:
    """Return how many there are on all pages; None for one enterprise: that takes all sums."""
    if asked.enterprise is not None:
        return None
    cursor = await connection.execute(_COUNT, _parameters(park_id, asked))
    ((count,),) = await cursor.fetchall()
    return int(count)


def _parameters(park_id: str, asked: RestatementsAsked) -> dict[str, Any]:
    span, place = asked.span, asked.behind
    return {
        "park": park_id,
        "ledger": asked.ledger and int(asked.ledger),
        "enterprise": asked.enterprise,
        "start": span and span.start,
        "end": span and span.end,
        "known_after": asked.known_after,
        "place_known_at": place and place.known_at,
        "place_start": place and place.start,
        "place_ledger": place and place.ledger,
        "place_number": place and place.number,
        "picked": asked.limit if asked.enterprise is None else None,
        "limit": asked.limit,
    }


def _restated(row: Any) -> Restated:
    ledger, start, number, known_at, because, other_words, *sums = row
    roles = roles_of(because, other_words=other_words)
    return Restated(Place(known_at, start, ledger, number), because, roles, *map(int, sums))
