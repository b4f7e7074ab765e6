"""Which windows answer for an interval: the coarsest inside, finer ones at its edges."""

from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from services.history.domain.windows import Level, borders_of


@dataclass(frozen=True, slots=True)
class Piece:
    """[first, end) in whole windows of a level; None: less than a window of the finest."""

    level: Level | None
    first_us: int
    end_us: int


def covering(
    levels: tuple[Level, ...], zone: ZoneInfo, first_us: int, end_us: int
) -> Iterator[Piece]:
    """Yield pieces that together are [first, end), in order; `levels` are coarsest first."""
    if first_us >= end_us:
        return
    if not levels:
        yield Piece(None, first_us, end_us)
        return
    borders = borders_of(levels[0], zone, first_us, end_us)
    inside = borders[(borders >= first_us) & (borders <= end_us)]
    if len(inside) < 2:
        yield from covering(levels[1:], zone, first_us, end_us)
        return
    begin, end = int(inside[0]), int(inside[-1])
    yield from covering(levels[1:], zone, first_us, begin)
    yield Piece(levels[0], begin, end)
    yield from covering(levels[1:], zone, end, end_us)
