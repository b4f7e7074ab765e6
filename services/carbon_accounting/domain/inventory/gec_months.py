"""GEC of what own plants made, month after month, as far as it is known without a gap (rules D.2).

A month in which anything is unknown ends the row of its facility: what it left is not known, so no
later month can be issued either. Unknown is never 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from services.carbon_accounting.domain.certificates.gec import certifiable_wh
from services.carbon_accounting.domain.certificates.issuing import Facility, GecIssue, issue_gec
from services.carbon_accounting.domain.certificates.refusal import Refused
from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.inventory.generating import Generation
from services.carbon_accounting.domain.inventory.readings import ActivityData, Mask
from services.carbon_accounting.domain.local_month import Month
from services.energy.time_grid import Interval, to_microseconds


@dataclass(frozen=True, slots=True)
class Registered:
    """A facility as it is registered for GEC; `carry_wh` is what months before left.

    `off_take` is the meter of what the plant took from the grid, where its storage has none of its
    own; None: nothing of the kind.
    """

    facility: Facility
    carry_wh: int = 0
    off_take: str | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """A month of which so many of its intervals are not known; `unread`: beyond the readings."""

    month: Month
    unknown: int
    unread: int
    intervals: int

    @property
    def text(self) -> str:
        """What is not known, and what follows from it."""
        beyond = f", {self.unread} of them beyond the readings" if self.unread else ""
        return (
            f"{self.unknown} of {self.intervals} intervals are not known{beyond}; "
            "nothing is issued of it nor of later months"
        )


@dataclass(frozen=True, slots=True)
class Issued:
    """What a facility is issued up to the first gap, None where all months asked for are whole."""

    registered: Registered
    gec: GecIssue
    gap: Gap | None

    @property
    def name(self) -> str:
        """The facility and use."""
        return f"{self.registered.facility.device} {self.registered.facility.use}"


@dataclass(frozen=True, slots=True, eq=False)
class Metered:
    """What plants made and took by interval of `step`; `off_takes` has the meters of the latter."""

    generation: Generation
    off_takes: ActivityData
    step: timedelta
    zone: ZoneInfo

    def named(self, facility: Facility) -> Facility:
        """Return a facility with its meter, where it is one."""
        meters = self.generation.meters_of(facility.device)
        return replace(facility, meter=meters[0]) if len(meters) == 1 else facility

    def month_of(self, registered: Registered, month: Month) -> int | Gap:
        """Return what of a facility is certifiable in a month, Wh, or what of it is not known."""
        facility, span = registered.facility, month.interval(self.zone)
        here = self._within(span)
        known = self.generation.known_of(facility.device)[here]
        taken = self._taken(registered.off_take, here)
        if taken is not None:
            known = known & taken.known
        intervals = (span.end - span.start) // self.step
        unknown = intervals - int(known.sum())
        made_wh = self.generation.wh_of(facility.device, facility.use, span)
        if unknown or made_wh is None:
            return Gap(month, unknown, intervals - len(known), intervals)
        if taken is None:
            return made_wh
        return certifiable_wh(made_wh, int(taken.wh.sum()), storage_metered=False)

    def _within(self, span: Interval) -> slice:
        borders = [to_microseconds(span.start), to_microseconds(span.end)]
        return slice(*np.searchsorted(self.generation.starts_us, borders).tolist())

    def _taken(self, meter: str | None, here: slice) -> "_Taken | None":
        """Return what a meter counted in some intervals of the generation."""
        if meter is None:
            return None
        counted, starts_us = self.off_takes.of([meter]), self.generation.starts_us[here]
        at = np.searchsorted(counted.starts_us, starts_us).clip(0, len(counted) - 1)
        there = counted.starts_us[at] == starts_us
        return _Taken(counted.amounts[0][at], counted.known[0][at] & there)


@dataclass(frozen=True, slots=True, eq=False)
class _Taken:
    """What a plant took by interval, and where that is known."""

    wh: Whole
    known: Mask


def issued(
    registered: Registered, metered: Metered, months: Sequence[Month], issued_at: datetime | None
) -> Issued | Refused:
    """Return the GEC of a facility of consecutive months, up to the first that is not known.

    `issued_at` None: each month as it ends.
    """
    whole: dict[Month, int] = {}
    gap = None
    for month in months:
        found = metered.month_of(registered, month)
        if isinstance(found, Gap):
            gap = found
            break
        whole[month] = found
    facility = metered.named(registered.facility)
    gec = issue_gec(facility, whole, issued_at, metered.zone, registered.carry_wh)
    return gec if isinstance(gec, Refused) else Issued(registered, gec, gap)


def months_between(first: Month, last: Month) -> list[Month]:
    """Return the months from the first to the last, both included."""
    count = 12 * (last.year - first.year) + last.month - first.month + 1
    return [first.plus(number) for number in range(count)]
