"""What a matching covered month by month; of a yearly one, year by year."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from zoneinfo import ZoneInfo

import numpy as np

from services.carbon_accounting.domain.inventory.months import months_of
from services.carbon_accounting.domain.matching.match import Matching
from services.carbon_accounting.domain.matching.periods import Granularity

YEAR = len("2024")


@dataclass(frozen=True, slots=True, order=True)
class InPeriod:
    """Load and what of it was matched in a local month `2024-01`, or of a year `2024`."""

    granularity: Granularity
    period: str
    load_wh: int
    matched_wh: int

    @property
    def score(self) -> Fraction | None:
        """The matched share of the load; None without load."""
        return Fraction(self.matched_wh, self.load_wh) if self.load_wh else None


def by_period(matchings: Mapping[Granularity, Matching], zone: ZoneInfo) -> Iterator[InPeriod]:
    """Yield each granularity's months (years), in order of time."""
    for granularity, matching in matchings.items():
        yield from _added(_of_months(granularity, matching, zone))


def _of_months(granularity: Granularity, matching: Matching, zone: ZoneInfo) -> Iterator[InPeriod]:
    borders = matching.periods.borders_us
    for month, start_us, end_us in months_of(int(borders[0]), int(borders[-1]) - 1, zone):
        first, last = np.searchsorted(borders[:-1], [start_us, end_us]).tolist()
        load = int(matching.load_by_period_wh[first:last].sum())
        covered = int(matching.matched_by_period_wh[first:last].sum())
        name = month[:YEAR] if granularity is Granularity.YEARLY else month
        yield InPeriod(granularity, name, load, covered)


def _added(some: Iterable[InPeriod]) -> list[InPeriod]:
    sums: dict[tuple[Granularity, str], tuple[int, int]] = {}
    for one in some:
        load, covered = sums.get((one.granularity, one.period), (0, 0))
        sums[one.granularity, one.period] = (load + one.load_wh, covered + one.matched_wh)
    return [InPeriod(*key, *wh) for key, wh in sums.items()]


def whole_park(enterprises: Iterable[Iterable[InPeriod]]) -> list[InPeriod]:
    """Return the sum over enterprises: what one did not use covers nothing of another."""
    return _added(one for some in enterprises for one in some)
