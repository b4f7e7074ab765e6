"""Scores of a period, and energy that no clean supply matched by hour of the local day."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from services.carbon_accounting.book.report_source import ReportSource
from services.carbon_accounting.book.written_books import Row
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.domain.matching.periods import Granularity
from services.carbon_accounting.domain.reporting.periods import Period
from services.carbon_accounting.domain.reporting.records import (
    MatchingScore,
    Resolution,
    UnmatchedDay,
)

HOUR = timedelta(hours=1)
RESOLUTIONS = {
    Granularity.YEARLY: Resolution.YEAR,
    Granularity.MONTHLY: Resolution.MONTH,
    Granularity.HOURLY: Resolution.HOUR,
    Granularity.QUARTER_HOURLY: Resolution.QUARTER_HOUR,
}
Hours = list[int | None]


def matching_scores(
    rows: Iterable[Row], period: Period, booked: Iterable[Month], of: Mapping[str, str | None]
) -> Iterator[MatchingScore]:
    """Yield the scores of the enterprises `of` (as it is written: as it is reported).

    That of the year only where the books go no further than the period: it is of all their months.
    """
    names = {str(month) for month in period.months}
    if max(month for month in booked if month.year == period.last.year) == period.last:
        names.add(f"{period.last.year:04d}")
    sums: dict[tuple[str, str], tuple[int, int]] = {}
    for row in rows:
        if row["enterprise"] in of and row["period"] in names:
            key = (row["enterprise"], row["granularity"])
            load, covered = sums.get(key, (0, 0))
            sums[key] = (load + int(row["load_wh"]), covered + int(row["matched_wh"]))
    for (enterprise, granularity), (load, covered) in sums.items():
        score = Fraction(covered, load) if load else None
        step = RESOLUTIONS[Granularity(granularity)]
        yield MatchingScore(step, load, covered, score, enterprise=of[enterprise])


def unmatched_days(
    books: ReportSource, period: Period, enterprise: str | None
) -> Iterator[UnmatchedDay]:
    """Yield the days of the period that the books hold; None for all enterprises together.

    An hour that the books do not hold wholly, or of which some consumption is unknown, is None.
    """
    days = _days(books, period)
    for row in books.table("unmatched_hours.csv"):
        start = _moment(row["start"]).astimezone(books.zone)
        if start.date() in days and enterprise in (None, row["enterprise"]):
            hours = days[start.date()]
            known = hours[start.hour]
            if known is not None:
                hours[start.hour] = known + int(row["missing_wh"])
    for day, hours in sorted(days.items()):
        yield UnmatchedDay(day, tuple(hours), enterprise=enterprise)


def _days(books: ReportSource, period: Period) -> dict[date, Hours]:
    """Return the days of the books in the period, with 0 in the hours that are known."""
    unknown = [
        (_moment(row["start"]), _moment(row["end"]))
        for row in books.table("unknown_consumption.csv")
    ]
    unknown += [(datetime.min.replace(tzinfo=UTC), books.begins)]
    unknown += [(books.ends, datetime.max.replace(tzinfo=UTC))]
    gaps = sorted(unknown)
    first, last = (at.astimezone(books.zone).date() for at in (books.begins, _last(books)))
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return {day: _hours(day, books.zone, gaps) for day in days if _is_in(day, period)}


def _hours(day: date, zone: ZoneInfo, gaps: list[tuple[datetime, datetime]]) -> Hours:
    """Return 0 for each hour that is known; an hour that the clock skips has nothing in it."""
    hours: Hours = [0] * 24
    at = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    while (local := at.astimezone(zone)).date() == day:
        if any(start < at + HOUR and at < end for start, end in gaps):
            hours[local.hour] = None
        at += HOUR
    return hours


def _last(books: ReportSource) -> datetime:
    return books.ends - timedelta(microseconds=1)


def _is_in(day: date, period: Period) -> bool:
    return Month(day.year, day.month) in period


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
