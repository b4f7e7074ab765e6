"""What the rest of a year is taken to be, in the words of indicators.

As a forecast says, where one is given; else as the same months of the year before, where all of
them are in the books; else at the pace of the last local month that is known from its first to its
last interval. Without a forecast it is a guess with a name: whoever shows it says `how`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import takewhile

from services.carbon_accounting.domain.indicators.values import Amount
from services.carbon_accounting.domain.inventory.measuring import Measuring
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.domain.local_month import Month
from services.energy.time_grid import Interval

MONTHS_A_YEAR = 12
MICROSECOND = timedelta(microseconds=1)
AS_BEFORE = "the rest of {year} is taken as in {before}"
FORECAST = "the rest of {year} is a forecast that was given"
AT_PACE = "the rest of {year} is taken at the pace of {month}"
Weighted = tuple[str, Fraction]
"""A month of the books, and how much of it stands for something else."""


@dataclass(frozen=True, slots=True)
class Rest:
    """The amounts of [start, end), and how they were made."""

    span: Interval
    amounts: dict[str, Amount]
    how: str


@dataclass(frozen=True, slots=True)
class NoRest:
    """Nothing is projected, and why: empty where the year is whole."""

    why: str = ""


def rest_of_year(
    measuring: Measuring,
    known: Interval,
    flows: Iterable[str],
    forecast: Mapping[str, Amount] | None = None,
) -> Rest | NoRest:
    """Return what follows what is `known` until its local year ends.

    `flows` are the words that add up over time; the others hold on a day and are no flow. A
    `forecast` of theirs goes before everything else.
    """
    zone = measuring.site.time_zone
    left = [*_left(known.end, Month.of(known.end, zone), measuring)]
    if not left:
        return NoRest()
    span = Interval(known.end, left[-1][0].plus(1).start(zone))
    year = left[0][0].year
    if forecast is not None:
        amounts = {**_certain(measuring.site), **forecast}
        return Rest(span, amounts, FORECAST.format(year=year))
    if all(_is_known(month.plus(-MONTHS_A_YEAR), known, measuring) for month, _ in left):
        before = [(str(month.plus(-MONTHS_A_YEAR)), share) for month, share in left]
        how = AS_BEFORE.format(year=year, before=year - 1)
        return Rest(span, _amounts(measuring, before, flows), how)
    whole = [one for one in measuring.months if _is_known(Month.read(one), known, measuring)]
    if not whole:
        return NoRest("no month is known throughout, whose pace the rest could have")
    last = Month.read(whole[-1]).interval(zone)
    share = _part(span.duration, last.duration)
    how = AT_PACE.format(year=year, month=whole[-1])
    return Rest(span, _amounts(measuring, [(whole[-1], share)], flows), how)


def _certain(site: Site) -> dict[str, Amount]:
    """Return what no forecast need say: what is bought apart counts where the park chose so."""
    if site.choices.gec_counts_in_park_core:
        return {}
    return {
        "electricity.unbundled_counted": Amount(Fraction(0), "kWh"),
        "electricity.unbundled_emissions": Amount(Fraction(0), "tCO2"),
    }


def _left(end: datetime, first: Month, measuring: Measuring) -> Iterator[tuple[Month, Fraction]]:
    """Yield the months of the year that end after `end`, and how much of each lies after it."""
    zone = measuring.site.time_zone
    following = (first.plus(n) for n in range(MONTHS_A_YEAR))
    if end == first.start(zone) and first.month == 1:
        return  # the year that ended is whole
    for month in takewhile(lambda month: month.year == first.year, following):
        span = month.interval(zone)
        yield month, _part(span.end - max(span.start, end), span.duration)


def _part(some: timedelta, whole: timedelta) -> Fraction:
    return Fraction(some // MICROSECOND, whole // MICROSECOND)


def _is_known(month: Month, known: Interval, measuring: Measuring) -> bool:
    """Whether a month is known from its first to its last interval."""
    span = month.interval(measuring.site.time_zone)
    within = known.start <= span.start and span.end <= known.end
    return within and measuring.is_known(str(month))


def _amounts(
    measuring: Measuring, parts: Sequence[Weighted], flows: Iterable[str]
) -> dict[str, Amount]:
    """Return the sum of the parts; a word that one of them lacks is left out."""
    found = [(measuring.amounts([month]), share) for month, share in parts]
    return {
        name: Amount(
            sum((amounts[name].value * share for amounts, share in found), Fraction(0)),
            found[0][0][name].unit,
        )
        for name in flows
        if all(name in amounts for amounts, _ in found)
    }
