"""What was restated: each posting after the first of its quarter hour, with what it reversed."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.live.changed_inputs import roles_of
from services.energy.time_grid import Interval
from services.runtime.database import Connection

_OWN = "(%(enterprise)s::text IS NULL OR l.enterprise = %(enterprise)s)"
_COUNTS = "count(*), coalesce(sum(e.ng) FILTER (WHERE l.counted), 0)"
_RESTATEMENTS = f"""
SELECT p.ledger, p.start, p.number, p.known_at, p.because, p.basis IS DISTINCT FROM b.basis,
       gone.entries, gone.ng, booked.entries, booked.ng
FROM posting p
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
WHERE p.park_id = %(park)s AND p.number > 1
  AND (%(ledger)s::int IS NULL OR p.ledger = %(ledger)s)
  AND (%(start)s::timestamptz IS NULL OR p.start >= %(start)s)
  AND (%(end)s::timestamptz IS NULL OR p.start < %(end)s)
  AND (p.known_at, p.start, p.ledger, p.number)
      > (%(known_after)s::timestamptz, %(after_start)s::timestamptz, %(after_ledger)s::int,
         %(after_number)s::int)
  AND gone.entries + booked.entries > 0
ORDER BY p.known_at, p.start, p.ledger, p.number LIMIT %(limit)s
"""  # noqa: S608
LAST = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Place:
    """Which restatement: by when it became known, its quarter hour, its ledger, its number."""

    known_at: datetime
    start: datetime
    ledger: int
    number: int

    @classmethod
    def end_of(cls, known_at: datetime) -> "Place":
        """Return the place behind all that became known at this time."""
        return cls(known_at, LAST, 0, 0)


ALL = Place(datetime(1, 1, 1, tzinfo=UTC), LAST, 0, 0)


@dataclass(frozen=True, slots=True)
class RestatementsAsked:
    """Which restatements, behind a place; None takes all."""

    span: Interval | None
    ledger: Ledger | None
    enterprise: str | None
    after: Place
    limit: int


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
    """Return restatements in the order of their places."""
    cursor = await connection.execute(_RESTATEMENTS, _parameters(park_id, asked))
    return [_restated(row) for row in await cursor.fetchall()]


def _parameters(park_id: str, asked: RestatementsAsked) -> dict[str, Any]:
    span, after = asked.span, asked.after
    return {
        "park": park_id,
        "ledger": asked.ledger and int(asked.ledger),
        "enterprise": asked.enterprise,
        "start": span and span.start,
        "end": span and span.end,
        "known_after": after.known_at,
        "after_start": after.start,
        "after_ledger": after.ledger,
        "after_number": after.number,
        "limit": asked.limit,
    }


def _restated(row: Any) -> Restated:
    ledger, start, number, known_at, because, other_words, *sums = row
    roles = roles_of(because, other_words=other_words)
    return Restated(Place(known_at, start, ledger, number), because, roles, *map(int, sums))
