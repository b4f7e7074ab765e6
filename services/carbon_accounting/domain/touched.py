"""Which quarters a change of registers or the passing of time can touch; no other is looked at."""

from collections.abc import Iterable
from datetime import datetime

from services.carbon_accounting.domain.booking import Rules
from services.carbon_accounting.domain.registers import Changed
from services.energy.time_grid import QUARTER, ceiling, floor


def borders_touched(
    change: Changed, previous_quarter: datetime | None, next_quarter: datetime | None
) -> set[datetime]:
    """Return the borders whose register depends on the changed edges.

    A first reading counts for every border back to the previous quarter that has readings, a last
    one for every border up to the next; without a neighbour there is nothing to interpolate.
    """
    quarter = change.key[1]
    touched = set()
    if change.first:
        after = quarter - QUARTER if previous_quarter is None else previous_quarter
        touched |= _borders(after + QUARTER, quarter)
    if change.last and next_quarter is not None:
        touched |= _borders(quarter + QUARTER, next_quarter)
    return touched


def quarters_at(borders: Iterable[datetime], ledger_from: datetime) -> set[datetime]:
    """Return the starts of the quarters that begin or end at these borders and are accounted."""
    earliest = ceiling(ledger_from)
    starts = {start for border in borders for start in (border - QUARTER, border)}
    return {start for start in starts if start >= earliest}


def quarters_turned_late(before: datetime | None, after: datetime, rules: Rules) -> set[datetime]:
    """Return the quarters that became late while the watermark went from `before` to `after`.

    Nothing older than what ingest lets in can ever be booked, so nothing older is looked at.
    """
    late_after = rules.late_after
    first = max(ceiling(rules.ledger_from), ceiling(after - rules.oldest))
    if before is not None:
        first = max(first, floor(before - late_after))
    last = floor(after - late_after) - QUARTER
    return _borders(first, last)


def _borders(first: datetime, last: datetime) -> set[datetime]:
    count = (last - first) // QUARTER + 1
    return {first + number * QUARTER for number in range(max(0, count))}
