"""What is open of a span of quarters, those with the same open item told together."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from services.energy.time_grid import Interval
from services.runtime.database import Connection

_OPEN = """
SELECT waits_for, set_aside, claimed_beyond, sign(CASE WHEN gap_is_large THEN gap_wh END)::int,
       min(start), max(start), count(*), abs(sum(gap_wh))::bigint
FROM quarter WHERE park_id = %s AND start >= %s AND start < %s
  AND (gap_is_large OR set_aside <> '' OR waits_for <> '' OR claimed_beyond <> '')
GROUP BY 1, 2, 3, 4 ORDER BY 7 DESC, 5
"""
SHOWN = 20


async def open_items_of(connection: Connection, park_id: str, span: Interval) -> list[str]:
    """Return the open items of a span, those of most quarters first: 20, and how many more."""
    cursor = await connection.execute(_OPEN, (park_id, span.start, span.end))
    told = [text for row in await cursor.fetchall() for text in _told(row)]
    more = len(told) - SHOWN
    return [*told[:SHOWN], *([f"and {more} more"] if more > 0 else [])]


def _told(row: Any) -> Iterator[str]:
    waits_for, set_aside, beyond, gap, first, last, count, gap_wh = row
    which = f"{count} quarter hours from {_at(first)} to {_at(last)}"
    if waits_for:
        yield f"{which} wait for {waits_for}"
    elif set_aside:
        yield f"{which} are booked without {set_aside}, which are set aside"
    if beyond:
        yield f"{which} have certificates for more than was used: {beyond}"
    if gap and gap > 0:
        yield f"{which} do not close: {gap_wh} Wh came in without a metered consumer"
    elif gap:
        yield f"{which} do not close: {gap_wh} Wh were consumed without a metered supply"


def _at(start: datetime) -> str:
    return f"{start:%Y-%m-%dT%H:%MZ}"
