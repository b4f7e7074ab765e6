"""Whether closed months and decisions about them are what the chains say of them.

After its closing a month is posted to by approvals alone: a posting whose reason begins with the
decision, known when it was decided. What stands before the first of them is what was closed.
"""

from typing import Any

from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.live.links import instant
from services.runtime.database import Connection

_CLOSED_HEADS = """
SELECT c.month, c.closed_at, c.heads, h.ledger::int, h.place, encode(h.link, 'hex'), h.known_at
FROM closed_period c
LEFT JOIN LATERAL (
    SELECT DISTINCT ON (p.ledger) p.ledger, p.place, p.link, p.known_at FROM posting p
    WHERE p.park_id = c.park_id AND p.month = c.month AND NOT EXISTS (
        SELECT 1 FROM pending_restatement r
        WHERE r.park_id = c.park_id AND r.month = c.month AND r.state = 'approved'
          AND r.decided_at = p.known_at AND starts_with(p.because,
              'approved by ' || r.decided_by || ': ' || r.decided_because || ': '))
    ORDER BY p.ledger, p.place DESC) h ON true
WHERE c.park_id = %s ORDER BY c.month, h.ledger
"""
_NOT_CLOSED = """
SELECT r.restatement_id, r.month FROM pending_restatement r
WHERE r.park_id = %s AND NOT EXISTS (
    SELECT 1 FROM closed_period c WHERE c.park_id = r.park_id AND c.month = r.month)
ORDER BY r.restatement_id
"""


async def broken_closings(connection: Connection, park_id: str) -> list[str]:
    """Return what closed months and restatements say that the chains do not."""
    rows = await _rows(connection, _CLOSED_HEADS, park_id)
    told = [text for row in rows for text in _of_head(*row)]
    told += [text for heads in _by_month(rows).items() for text in _missing(*heads)]
    for number, month in await _rows(connection, _NOT_CLOSED, park_id):
        told.append(f"restatement {number} is of {month}, which nobody has closed")
    return told


def _of_head(
    month: str, at: Any, heads: Any, ledger: int | None, place: int, link: str, known_at: Any
) -> list[str]:
    """Return how the head that a ledger was closed with is not the chain's."""
    if ledger is None:
        return []
    name, kept = Ledger(ledger).key, heads.get(str(ledger))
    told = []
    if kept != link:
        said = "none" if kept is None else kept[:16]
        told.append(f"{month} was closed with head {said} of {name}, link {place} is {link[:16]}")
    if known_at > at:
        since = instant(known_at)
        told.append(f"{month} was closed {instant(at)}, link {place} of {name} is of {since}")
    return told


def _by_month(rows: list[Any]) -> dict[str, tuple[Any, set[str]]]:
    found: dict[str, tuple[Any, set[str]]] = {}
    for month, _, heads, ledger, *_ in rows:
        found.setdefault(month, (heads, set()))[1].add(str(ledger))
    return found


def _missing(month: str, kept: tuple[Any, set[str]]) -> list[str]:
    heads, there = kept
    names = (Ledger(int(ledger)).key for ledger in sorted(heads.keys() - there))
    return [f"{month} was closed with a head of {name}, of which it has no link" for name in names]


async def _rows(connection: Connection, query: str, park_id: str) -> list[Any]:
    return await (await connection.execute(query, (park_id,))).fetchall()
