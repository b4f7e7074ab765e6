"""What a buyer may still claim of its consumption in an hour, beside the claims there are.

A claim of an hour or less takes from the hours it touches, a longer one from every span that holds
it; so a claim granted here holds in its hour, in every claimed span around it and in its local
year. Claims of the park and of its enterprises are for the same consumption: a buyer's is held
against its own and against all together.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from services.carbon_accounting.domain.certificates.claims import Claim, Family
from services.carbon_accounting.domain.inventory.site import PARK
from services.carbon_accounting.domain.local_month import Month
from services.energy.time_grid import Interval

Consumed = Callable[[str, Interval], int | None]
"""Takes a claimant and a span, and returns its Wh; None for strangers."""
HOUR = timedelta(hours=1)


class Claimable:
    """The consumption that is free to be claimed; what it grants is free no longer."""

    def __init__(self, consumed_wh: Consumed, claims: Iterable[Claim], zone: ZoneInfo) -> None:
        self._consumed_wh, self._zone = consumed_wh, zone
        self._short: dict[str, list[tuple[Interval, int]]] = defaultdict(list)
        self._long: dict[str, dict[Interval, int]] = defaultdict(lambda: defaultdict(int))
        self._of_year: dict[int, Interval] = {}
        self._left: dict[tuple[str, Interval], int] = {}
        for claim in claims:
            if claim.covers_consumption and claim.family is Family.ATTRIBUTE:
                self._note(claim)
        for some in self._short.values():
            some.sort(key=_begin)

    def _note(self, claim: Claim) -> None:
        for account in {claim.claimant, PARK}:
            span, wh = claim.consumption, claim.ids.quantity_wh
            if _is_short(span):
                self._short[account].append((span, wh))
            else:
                self._long[account][span] += wh

    def grant(self, buyer: str, hour: Interval, wanted_wh: int) -> int:
        """Return how much of `wanted_wh` the buyer may claim for an hour, and take it."""
        spans = [
            (account, span) for account in {buyer, PARK} for span in self._around(account, hour)
        ]
        granted_wh = max(0, min(wanted_wh, *(self._free_wh(*one) for one in spans)))
        for one in spans:
            self._left[one] -= granted_wh
        return granted_wh

    def _around(self, account: str, hour: Interval) -> Iterator[Interval]:
        """Yield the hour, its local year, and the claimed spans that hold it."""
        yield hour
        year = self._year(hour)
        yield year
        yield from (one for one in self._long[account] if _holds(one, hour) and one != year)

    def _year(self, hour: Interval) -> Interval:
        year = Month.of(hour.start, self._zone).year
        if year not in self._of_year:
            january = Month(year, 1)
            span = Interval(january.start(self._zone), january.plus(12).start(self._zone))
            self._of_year[year] = span
        return self._of_year[year]

    def _free_wh(self, account: str, span: Interval) -> int:
        if (account, span) not in self._left:
            consumed_wh = self._consumed_wh(account, span) or 0
            self._left[account, span] = consumed_wh - self._claimed_wh(account, span)
        return self._left[account, span]

    def _claimed_wh(self, account: str, span: Interval) -> int:
        """Return what was claimed before in a span: of shorter spans what touches it."""
        some = self._short[account]
        first = bisect_left(some, span.start - HOUR, key=_begin)
        last = bisect_left(some, span.end, key=_begin)
        short = sum(wh for one, wh in some[first:last] if one.end > span.start)
        long = (wh for one, wh in self._long[account].items() if _holds(span, one))
        return short + sum(long)


def _is_short(span: Interval) -> bool:
    return span.duration <= HOUR


def _holds(span: Interval, other: Interval) -> bool:
    return span.start <= other.start and other.end <= span.end


def _begin(claimed: tuple[Interval, int]) -> datetime:
    return claimed[0].start
