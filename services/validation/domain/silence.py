"""The silent points of each source: how many, and those that have been silent longest."""

from dataclasses import dataclass

import numpy as np

from services.validation.domain.gaps import Gaps
from services.validation.domain.quality import Sources

MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class SilentPoint:
    """A point's newest event time, and how far apart its readings usually are."""

    point_id: str
    since_us: int
    period_us: float


@dataclass(frozen=True, slots=True)
class Silence:
    """All silent points of a source counted, `MOST_NAMED` named, the longest silent first."""

    count: int = 0
    longest: tuple[SilentPoint, ...] = ()


def silence_of(gaps: Gaps, point_ids: tuple[str, ...], sources: Sources) -> dict[str, Silence]:
    """Return the silence of every source; `point_ids` are those of the rules."""
    source = sources.of_row[gaps.row]
    return {
        source_id: _silence(gaps, np.flatnonzero(source == number), point_ids)
        for number, source_id in enumerate(sources.ids)
    }


def _silence(gaps: Gaps, own: np.typing.NDArray[np.int64], point_ids: tuple[str, ...]) -> Silence:
    longest = own[np.argsort(gaps.since_us[own], kind="stable")[:MOST_NAMED]]
    columns = (gaps.row[longest], gaps.since_us[longest], gaps.period_us[longest])
    named = zip(*(column.tolist() for column in columns), strict=True)
    return Silence(
        len(own), tuple(SilentPoint(point_ids[row], since, period) for row, since, period in named)
    )
