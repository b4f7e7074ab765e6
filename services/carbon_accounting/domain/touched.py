"""Which quarters news or the passing of time can touch; no other is looked at."""

from collections.abc import Iterable
from datetime import datetime

from services.carbon_accounting.domain.booking import Rules
from services.carbon_accounting.domain.words import Word
from services.energy.time_grid import QUARTER, ceiling, floor


def quarters_told(words: Iterable[Word], ledger_from: datetime) -> set[datetime]:
    """Return the starts of the accounted quarters that these words are about."""
    earliest = ceiling(ledger_from)
    return {word.start for word in words if word.start >= earliest}


def quarters_turned_late(before: datetime | None, after: datetime, rules: Rules) -> set[datetime]:
    """Return the quarters that became late while the watermark went from `before` to `after`.

    They are open items, also those of which there is no word. Nothing older than what is let in
    can ever be booked, so nothing older is looked at.
    """
    late_after = rules.late_after
    first = max(ceiling(rules.ledger_from), ceiling(after - rules.oldest))
    if before is not None:
        first = max(first, floor(before - late_after))
    last = floor(after - late_after) - QUARTER
    count = (last - first) // QUARTER + 1
    return {first + number * QUARTER for number in range(max(0, count))}
