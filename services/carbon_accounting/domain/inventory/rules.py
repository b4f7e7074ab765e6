"""Which factors hold when: a park's choices over the factor store, cut into stretches of time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np

from services.carbon_accounting.domain.activities.basis import Basis
from services.carbon_accounting.domain.activities.boundary import Boundary, boundary_of
from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.factoring.store import FactorStore
from services.carbon_accounting.domain.ledgers import Ledger
from services.energy.time_grid import from_microseconds, to_microseconds

NATIONAL = "CN"
BY_REGION = frozenset({Ledger.LOCATION_BASED})
"""Ledgers whose factors are those of the park's region where there are such; others: national."""
FOREVER_US = 2**62


@dataclass(frozen=True, slots=True)
class Rules:
    """The factor store with the park's choices, its region and its clock."""

    factors: FactorStore
    region: str
    zone: ZoneInfo

    def region_of(self, ledger: Ledger) -> str:
        """Return whose factors a ledger takes."""
        return self.region if ledger in BY_REGION else NATIONAL

    def boundary(self, ledger: Ledger) -> Boundary:
        """Return what a ledger counts."""
        return boundary_of(ledger)

    def bases(
        self, ledger: Ledger, quantities: Sequence[str], starts_us: Whole
    ) -> Iterator[tuple[slice, Basis]]:
        """Yield stretches of intervals and what they are booked on, each of one factor.

        Where a line is made of several quantities (a fuel and its oxidation), name them all.
        """
        first, last = (_day(int(at), self.zone) for at in (starts_us[0], starts_us[-1]))
        region, end = self.region_of(ledger), last + timedelta(days=1)
        spans = (self.factors.spans(ledger, q, region, (first, end)) for q in quantities)
        borders = {span.start for some in spans for span in some} | {end}
        for start, until in pairwise(sorted(borders)):
            here = self._between(starts_us, start, until)
            yield here, Basis(self.boundary(ledger), self.factors, region, start)

    def bases_of_year(
        self, ledger: Ledger, quantity: str, starts_us: Whole, year: int
    ) -> Iterator[tuple[slice, Basis]]:
        """Yield the same for what a year supplied: what is used later has its last factor."""
        region = self.region_of(ledger)
        days = (date(year, 1, 1), date(year + 1, 1, 1))
        spans = self.factors.spans(ledger, quantity, region, days)
        for at, span in enumerate(spans):
            end = None if at == len(spans) - 1 else span.end
            here = self._between(starts_us, span.start, end)
            yield here, Basis(self.boundary(ledger), self.factors, region, span.start)

    def _between(self, starts_us: Whole, start: date, end: date | None) -> slice:
        borders = [midnight_us(day, self.zone) if day else FOREVER_US for day in (start, end)]
        first, last = np.searchsorted(starts_us, borders)
        return slice(int(first), int(last))


def midnight_us(day: date, zone: ZoneInfo) -> int:
    """Return when a local day begins, microseconds since 1970."""
    return to_microseconds(datetime(day.year, day.month, day.day, tzinfo=zone))


def _day(at_us: int, zone: ZoneInfo) -> date:
    return from_microseconds(at_us).astimezone(zone).date()
