"""Months of the books, which of them are closed, and what waits for a decision there."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.live.suspended import Sums
from services.carbon_accounting.live.suspended_json import sums_of
from services.runtime.database import Connection

_CHAINS = """
WITH RECURSIVE chain AS (
    (SELECT ledger, month FROM posting WHERE park_id = %(park)s ORDER BY ledger, month LIMIT 1)
    UNION ALL
    SELECT after.* FROM chain CROSS JOIN LATERAL (
        SELECT p.ledger, p.month FROM posting p
        WHERE p.park_id = %(park)s AND (p.ledger, p.month) > (chain.ledger, chain.month)
        ORDER BY p.ledger, p.month LIMIT 1) after
)
"""
"""Each ledger's months: from one to the next in the index, not posting by posting."""
_HEADS = f"""
{_CHAINS}
SELECT c.ledger, c.month, head.place, head.link
FROM chain c CROSS JOIN LATERAL (
    SELECT p.place, p.link FROM posting p
    WHERE p.park_id = %(park)s AND p.ledger = c.ledger AND p.month = c.month
      AND (%(known_by)s::timestamptz IS NULL OR p.known_at <= %(known_by)s)
    ORDER BY p.place DESC LIMIT 1) head
WHERE (%(ledger)s::int IS NULL OR c.ledger = %(ledger)s)
  AND (%(month)s::text IS NULL OR c.month = %(month)s)
ORDER BY c.month, c.ledger
"""  # noqa: S608
_MONTHS = f"{_CHAINS} SELECT DISTINCT month FROM chain"  # noqa: S608
_CLOSED = """
SELECT month, closed_at, closed_by, because, open_items FROM closed_period
WHERE park_id = %s ORDER BY month
"""
_CLOSED_HEADS = """
SELECT h.ledger::int, c.month, head.place, head.link
FROM closed_period c
CROSS JOIN LATERAL jsonb_each_text(c.heads) AS h (ledger, link)
CROSS JOIN LATERAL (
    SELECT p.place, p.link FROM posting p
    WHERE p.park_id = c.park_id AND p.ledger = h.ledger::int AND p.month = c.month
      AND p.link = decode(h.link, 'hex')
    ORDER BY p.place DESC LIMIT 1) head
WHERE c.park_id = %s ORDER BY 2, 1
"""
"""A closed month's head stands near the end of its chain: it is looked for from there."""
_PENDING = """
SELECT restatement_id, month, starts, because, found_at, state, decided_by, decided_at,
       decided_because, version, reasons, sums
FROM pending_restatement
WHERE park_id = %s AND (%s OR state = 'pending') AND (%s::bigint IS NULL OR restatement_id = %s)
ORDER BY restatement_id DESC
"""


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: of how many links, and the last of them."""

    ledger: Ledger
    month: str
    links: int
    link: bytes


@dataclass(frozen=True, slots=True)
class ClosedAs:
    """When, by whom and why a month was closed, the heads of its chains and what was open then."""

    at: datetime
    by: str
    because: str
    heads: tuple[Head, ...]
    open_items: Sequence[str]


@dataclass(frozen=True, slots=True)
class Period:
    """A local month of the books; `closed` None while it is open."""

    month: str
    closed: ClosedAs | None
    is_pending: bool


@dataclass(frozen=True, slots=True)
class PendingRestatement:
    """What a closed month would say otherwise; `decided_at` None until somebody decides."""

    id: int
    month: str
    starts: Sequence[datetime]
    because: str
    found_at: datetime
    state: str
    decided_by: str
    decided_at: datetime | None
    decided_because: str
    version: int
    reasons: Sequence[str]
    sums: Sequence[Sums]


async def chain_heads(
    connection: Connection,
    park_id: str,
    ledger: Ledger | None = None,
    month: str | None = None,
    known_by: datetime | None = None,
) -> list[Head]:
    """Return the ends of the chains by month and ledger, as of a time; None takes all, and now."""
    asked = {"park": park_id, "ledger": ledger and int(ledger), "month": month}
    cursor = await connection.execute(_HEADS, asked | {"known_by": known_by})
    return [_head(row) for row in await cursor.fetchall()]


async def periods_of(connection: Connection, park_id: str) -> list[Period]:
    """Return the months that hold a posting or are closed, oldest first."""
    heads: Mapping[str, list[Head]] = defaultdict(list)
    for row in await _rows(connection, _CLOSED_HEADS, (park_id,)):
        heads[row[1]].append(_head(row))
    closed = {
        month: ClosedAs(at, by, because, tuple(heads[month]), open_items)
        for month, at, by, because, open_items in await _rows(connection, _CLOSED, (park_id,))
    }
    waiting = {one.month for one in await pending_of(connection, park_id)}
    months = {month for (month,) in await _rows(connection, _MONTHS, {"park": park_id})}
    return [
        Period(month, closed.get(month), month in waiting) for month in sorted(months | {*closed})
    ]


async def pending_of(
    connection: Connection, park_id: str, *, decided: bool = False, one: int | None = None
) -> list[PendingRestatement]:
    """Return what waits for a decision, newest first; with `decided` also what is decided."""
    rows = await _rows(connection, _PENDING, (park_id, decided, one, one))
    return [PendingRestatement(*(*row[:-1], sums_of(row[-1]))) for row in rows]


async def _rows(connection: Connection, query: str, parameters: Any) -> list[Any]:
    return await (await connection.execute(query, parameters)).fetchall()


def _head(row: Any) -> Head:
    ledger, month, place, link = row
    return Head(Ledger(ledger), month, place, bytes(link))
