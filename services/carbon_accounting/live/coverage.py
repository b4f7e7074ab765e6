"""What certificates cover, as kept: of each ledger, enterprise and quarter the newest run holds.

A quarter of an enterprise that nothing covers any more has one row of 0 Wh without a claim.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.inventory.booking import Claimed
from services.carbon_accounting.domain.inventory.electricity import Certificate
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.matching.supply import EmissionRate
from services.carbon_accounting.live.activity import QUARTER_US
from services.carbon_accounting.live.arrays import array_cursor
from services.energy.time_grid import Interval, from_microseconds, to_microseconds
from services.runtime.database import Connection

NOTHING = ""
"""The claim of a row that says: nothing covers it."""
_COVERED = """
SELECT ledger, enterprise, claim, factor_id, ng_per_wh, trust,
       array_agg((extract(epoch FROM start) * 1000000)::bigint ORDER BY start),
       array_agg(wh ORDER BY start)
FROM (SELECT *, rank() OVER (PARTITION BY ledger, start, enterprise ORDER BY run DESC) AS age
      FROM coverage WHERE park_id = %s AND ledger = ANY ('{1,2,3,4,5,6,7}'::smallint[])
        AND start >= %s AND start < %s) AS newest
WHERE age = 1 AND claim <> ''
GROUP BY ledger, enterprise, claim, factor_id, ng_per_wh, trust, turn
ORDER BY ledger, enterprise, turn, claim
"""
_PUT = """
COPY coverage (park_id, ledger, run, start, enterprise, claim, factor_id, ng_per_wh, trust, wh,
               turn) FROM STDIN
"""
_CHANGED = """
INSERT INTO coverage_changed (park_id, start)
SELECT %s, unnest(%s::timestamptz[]) ON CONFLICT DO NOTHING
"""
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
_WAITING = "SELECT start FROM coverage_changed WHERE park_id = %s ORDER BY start LIMIT %s"
_SETTLE = "DELETE FROM coverage_changed WHERE park_id = %s AND start = ANY (%s)"
Covered = Mapping[Ledger, Claimed]


async def covered(connection: Connection, park_id: str, span: Interval) -> dict[Ledger, Claimed]:
    """Return what certificates cover in a span of whole quarter hours, by ledger.

    Arrays are (quarters of the span,); certificates in the order in which they give.
    """
    cursor = array_cursor(connection)
    await cursor.execute(_COVERED, (park_id, span.start, span.end))
    first_us = to_microseconds(span.start)
    quarters = (to_microseconds(span.end) - first_us) // QUARTER_US
    found: dict[Ledger, dict[str, dict[Certificate, Whole]]] = {}
    for ledger, enterprise, claim, *rate, starts_us, some_wh in await cursor.fetchall():
        wh = np.zeros(quarters, np.int64)
        wh[(starts_us - first_us) // QUARTER_US] = some_wh
        of_ledger = found.setdefault(Ledger(ledger), {})
        of_ledger.setdefault(enterprise, {})[Certificate(claim, EmissionRate(*rate))] = wh
    return {ledger: dict(claimed) for ledger, claimed in found.items()}


async def changed_starts(connection: Connection, park_id: str, limit: int) -> list[datetime]:
    """Return quarters whose coverage is another one than they were booked with, oldest first."""
    cursor = await connection.execute(_WAITING, (park_id, limit))
    return [row[0] for row in await cursor.fetchall()]


async def settle(connection: Connection, park_id: str, starts: Sequence[datetime]) -> None:
    """Note that these quarters are booked with their coverage, in the transaction that books."""
    await connection.execute(_SETTLE, (park_id, list(starts)))


@dataclass(frozen=True, slots=True)
class Change:
    """What a run says anew of one enterprise in one ledger: quarters, and what covers them."""

    ledger: Ledger
    enterprise: str
    quarters: Whole
    by_certificate: Mapping[Certificate, Whole]


@dataclass(frozen=True, slots=True)
class Run:
    """One matching of a span of whole quarters. `turns`: by claim, in which order they give."""

    number: int
    span: Interval
    turns: Mapping[str, str]


def changes(ledgers: Sequence[Ledger], before: Covered, now: Covered) -> Iterator[Change]:
    """Yield where coverage differs; another rate of a certificate is a difference too."""
    for ledger in ledgers:
        was, is_ = before.get(ledger, {}), now.get(ledger, {})
        for enterprise in sorted(was.keys() | is_.keys()):
            old, new = was.get(enterprise, {}), is_.get(enterprise, {})
            some = [*old.values(), *new.values()]
            differs = np.zeros(len(some[0]), np.bool_)
            for certificate in old.keys() | new.keys():
                nothing = np.zeros_like(some[0])
                differs |= old.get(certificate, nothing) != new.get(certificate, nothing)
            if differs.any():
                yield Change(ledger, enterprise, np.flatnonzero(differs), new)


async def put_changes(
    connection: Connection, park_id: str, run: Run, some: Sequence[Change]
) -> list[datetime]:
    """Write what a run changed and return the quarters whose coverage it changed."""
    first_us = to_microseconds(run.span.start)
    for change in some:
        async with connection.cursor().copy(_PUT) as copy:
            for row in _rows(change, run, first_us):
                await copy.write_row((park_id, int(change.ledger), run.number, *row))
    places = np.unique(np.concatenate([change.quarters for change in some])) if some else ()
    starts = [from_microseconds(first_us + int(at) * QUARTER_US) for at in places]
    # under the books' lock: whoever books these quarters now has read the coverage before
    await connection.execute(LOCK, (f"carbon_accounting/{park_id}",))
    await connection.execute(_CHANGED, (park_id, starts))
    return starts


def _rows(change: Change, run: Run, first_us: int) -> Iterator[tuple[Any, ...]]:
    empty = np.ones(len(change.quarters), np.bool_)
    for certificate, wh in change.by_certificate.items():
        here = wh[change.quarters]
        empty &= here == 0
        rate = (certificate.rate.factor_id, certificate.rate.ng_per_wh, certificate.rate.trust)
        for at in np.flatnonzero(here).tolist():
            start = from_microseconds(first_us + int(change.quarters[at]) * QUARTER_US)
            given = (int(here[at]), run.turns[certificate.id])
            yield start, change.enterprise, certificate.id, *rate, *given
    for at in change.quarters[empty].tolist():
        start = from_microseconds(first_us + at * QUARTER_US)
        yield start, change.enterprise, NOTHING, NOTHING, 0, NOTHING, 0, NOTHING
