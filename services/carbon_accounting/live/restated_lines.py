"""What was restated, as reports tell it: both versions of a line's month, and why.

Quarters that were restated at one time for a line stand together, with the reasons of the first.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from services.carbon_accounting.book.report_lines import owner_of
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.domain.reporting.activity_names import activity_name
from services.carbon_accounting.domain.reporting.records import BookedVersion, Restatement
from services.runtime.database import Connection

RESTATED = """
WITH restating AS (
    SELECT * FROM posting WHERE park_id = %(park)s AND month = ANY (%(months)s) AND number > 1
), gone AS (
    SELECT p.ledger, p.month, p.known_at, p.because, p.number, r.line_id,
           before.known_at AS earlier,
           before.emissions_ng AS before_ng, NULL::bigint AS after_ng
    FROM restating p CROSS JOIN LATERAL unnest(p.reversed) AS r (line_id)
    CROSS JOIN LATERAL (
        SELECT q.known_at, e.emissions_ng
        FROM posting q CROSS JOIN LATERAL unnest(q.line_ids, q.emissions_ng) AS e (id, emissions_ng)
        WHERE q.park_id = p.park_id AND q.start = p.start AND q.ledger = p.ledger
          AND q.number < p.number AND e.id = r.line_id
        ORDER BY q.number DESC LIMIT 1) AS before
), come AS (
    SELECT p.ledger, p.month, p.known_at, p.because, p.number, e.line_id, NULL::timestamptz,
           NULL::bigint, e.emissions_ng
    FROM restating p
    CROSS JOIN LATERAL unnest(p.line_ids, p.emissions_ng) AS e (line_id, emissions_ng)
)
SELECT x.ledger, x.month, l.enterprise, l.category, l.activity, l.carrier,
       split_part(l.origin, ':', 1), x.known_at, min(x.because), count(DISTINCT x.because),
       max(x.number), max(x.earlier), sum(x.before_ng), sum(x.after_ng)
FROM (SELECT * FROM gone UNION ALL SELECT * FROM come) AS x
JOIN account_line l USING (line_id)
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
ORDER BY 1, 2, 8, 3, 4, 5, 6, 7
"""


APPROVALS = """
SELECT decided_at, decided_by, decided_because FROM pending_restatement
WHERE park_id = %(park)s AND state = 'approved'
"""
"""Of all months: what follows in open months from an approval is posted with it."""


async def restatements_of(
    connection: Connection, park_id: str, months: Collection[str]
) -> tuple[Restatement, ...]:
    """Return what was restated of these local months, in the order it became known."""
    asked = {"park": park_id, "months": list(months)}
    rows = await (await connection.execute(RESTATED, asked)).fetchall()
    approvals = await (await connection.execute(APPROVALS, asked)).fetchall()
    return tuple(_restatement(row, approvals) for row in rows)


def _approved_by(known_at: datetime, because: str, approvals: Sequence[Any]) -> str:
    """Return who approved what became known then for this reason; empty where nobody had to."""
    found = (
        by
        for at, by, why in approvals
        if at == known_at and because.startswith(f"approved by {by}: {why}: ")
    )
    return next(found, "")


def _restatement(row: Any, approvals: Sequence[Any]) -> Restatement:
    ledger, month, enterprise, category, activity, carrier, origin, known_at = row[:8]
    because, reasons, number, earlier, before_ng, after_ng = row[8:]
    more = f" and {reasons - 1} more reasons" if reasons > 1 else ""
    return Restatement(
        ledger=Ledger(ledger),
        month=Month.read(month),
        enterprise=owner_of(enterprise),
        activity=activity_name(category, activity, carrier, origin),
        before=BookedVersion(number - 1, _whole(before_ng), earlier or known_at),
        after=BookedVersion(number, _whole(after_ng), known_at),
        reason=f"{because}{more}",
        approved_by=_approved_by(known_at, because, approvals),
    )


def _whole(emissions_ng: Any) -> int | None:
    return None if emissions_ng is None else int(emissions_ng)
