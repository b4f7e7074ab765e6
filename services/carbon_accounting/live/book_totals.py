"""The totals of whole local days as the books hold them: sums of current entries, exact.

They are what was posted: of a closed month what it was closed with, whatever is known by now.
"""

from datetime import date

from services.carbon_accounting.domain.inventory.totals import Total, TotalKey
from services.carbon_accounting.domain.ledgers import Ledger
from services.runtime.database import Connection

TOTALS = """
SELECT l.ledger, to_char(d.day, 'YYYY-MM'), l.enterprise, l.scope, l.category, l.activity,
       l.carrier, split_part(l.origin, ':', 1), l.gas, l.unit, l.counted,
       sum(d.amount), sum(d.emissions_ng), sum(d.entries), sum(d.estimated),
       array_agg(DISTINCT l.unverified) FILTER (WHERE l.unverified <> '')
FROM day_line d JOIN account_line l USING (park_id, line_id)
WHERE d.park_id = %s AND d.day >= %s AND d.day <= %s
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
HAVING sum(d.entries) > 0
"""
KEY_COLUMNS = 11


async def totals_of(
    connection: Connection, park_id: str, first: date, last: date
) -> dict[TotalKey, Total]:
    """Return the totals of local days, both included, in the order of their keys."""
    rows = await (await connection.execute(TOTALS, (park_id, first, last))).fetchall()
    found = {}
    for row in rows:
        key = TotalKey(Ledger(row[0]), *row[1:KEY_COLUMNS])
        amount, emissions_ng, entries, estimated, doubts = row[KEY_COLUMNS:]
        told = tuple(sorted(doubts or ()))
        found[key] = Total(int(amount), int(emissions_ng), entries, estimated, told)
    return dict(sorted(found.items()))
