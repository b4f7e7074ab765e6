"""What a computed answer rests on: the newest postings of its months. Same key, same answer.

Postings are only ever added, each with its place in its ledger's month, so the places tell.
"""

from typing import Any
from zoneinfo import ZoneInfo

from services.carbon_accounting.domain.inventory.months import months_of
from services.energy.time_grid import QUARTER, Interval, to_microseconds
from services.runtime.database import Connection

_PLACES = """
SELECT month, ledger, (SELECT max(place) FROM posting p WHERE p.park_id = %s AND p.month = m.month
                       AND p.ledger = l.ledger)
FROM unnest(%s::text[]) AS m (month), generate_series(1, 7) AS l (ledger)
ORDER BY month, ledger
"""
_EVENTS = """
SELECT (SELECT max(place) FROM certificate_event WHERE park_id = %s),
       (SELECT max(recorded_at) FROM certificate_claim WHERE park_id = %s),
       (SELECT count(*) FROM certificate_claim WHERE park_id = %s)
"""
Key = tuple[Any, ...]


async def newest_postings(
    connection: Connection, park_id: str, span: Interval, zone: ZoneInfo
) -> Key:
    """Return the newest posting of each ledger in each local month of a span."""
    last_us = to_microseconds(span.end - QUARTER)
    months = [month for month, _, _ in months_of(to_microseconds(span.start), last_us, zone)]
    cursor = await connection.execute(_PLACES, (park_id, months))
    return tuple(row for row in await cursor.fetchall() if row[2] is not None)


async def newest_certificates(connection: Connection, park_id: str) -> Key:
    """Return what the certificates of a park stand at: newest event, newest claim."""
    cursor = await connection.execute(_EVENTS, (park_id,) * 3)
    return tuple(await cursor.fetchone() or ())
