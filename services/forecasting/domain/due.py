"""Which issues are to be scored, when: as soon as a class of horizons has come true, and again."""

from collections import defaultdict
from collections.abc import Iterable

from services.forecasting.domain.scoring import SCORED_AHEAD, HorizonClass
from services.forecasting.domain.series import QUARTERS_A_DAY

AGAIN = (0, 4, QUARTERS_A_DAY)
"""Quarters after a class has come true: at once, and for readings an hour or a day late."""
OLDEST_SCORED = SCORED_AHEAD + max(AGAIN)
FIRST_LOOK = 14 * QUARTERS_A_DAY
"""How far back is scored when nothing has been scored yet, or not for long."""


def borders_due(scored_until: int | None, now: int) -> range:
    """Return the quarter borders to score at: those after the last one, at most FIRST_LOOK."""
    oldest = now - FIRST_LOOK
    return range(max(oldest, scored_until if scored_until is not None else oldest) + 1, now + 1)


def issues_due(borders: Iterable[int]) -> dict[int, set[HorizonClass]]:
    """Return the classes to score of each issue, by the quarter it was issued at."""
    due: dict[int, set[HorizonClass]] = defaultdict(set)
    for border in borders:
        for horizon in HorizonClass:
            for late in AGAIN:
                due[border - late - horizon].add(horizon)
    return dict(sorted(due.items()))
