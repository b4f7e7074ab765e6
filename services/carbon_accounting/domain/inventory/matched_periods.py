"""What a matching covered month by month; of a yearly one, year by year."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from zoneinfo import ZoneInfo

import numpy as np

from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.inventory.months import months_of
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


def by_period(
    starts_us: Whole, load_wh: Whole, covered_wh: Mapping[Granularity, Whole], zone: ZoneInfo
) -> Iterator[InPeriod]:
    """Yield each granularity's months (years), in order of time; arrays are (intervals,)."""
    for granularity, covered in covered_wh.items():
        yield from _added(_of_months(granularity, starts_us, load_wh, covered, zone))


def _of_months(
    granularity: Granularity, starts_us: Whole, load_wh: Whole, covered_wh: Whole, zone: ZoneInfo
) -> Iterator[InPeriod]:
    for month, start_us, end_us in months_of(int(starts_us[0]), int(starts_us[-1]), zone):
        first, last = np.searchsorted(starts_us, [start_us, end_us]).tolist()
        name = month[:YEAR] if granularity is Granularity.YEARLY else month
        load, covered = int(load_wh[first:last].sum()), int(covered_wh[first:last].sum())
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
