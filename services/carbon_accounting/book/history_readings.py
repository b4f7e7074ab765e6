"""The readings of `book` from the history: what validation says each register counted.

A meter or stream of the park is the point of its name. Its quarter hour is what is believed and
estimated of it, in whole Wh, where that is known for all of the quarter hour; else it is unknown,
never 0. It is estimated where not all of it is believed. So do the live books read their words.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import numpy as np

from services.carbon_accounting.book.history_link import HistoryRefused, Link, opened
from services.carbon_accounting.book.history_words import (
    MEASURED,
    QUARTER_US,
    UNKNOWN,
    ends_of,
    kept_since_us,
    numbers_of,
    parks_of,
    words_in,
)
from services.carbon_accounting.book.readings_file import MOST_INTERVALS
from services.carbon_accounting.domain.inventory.base_units import in_base
from services.carbon_accounting.domain.inventory.readings import ActivityData
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.domain.local_day import local_day
from services.energy.time_grid import QUARTER, Interval, from_microseconds, to_microseconds

MOST_TOLD = 20
NOON = time(12)


@dataclass(frozen=True, slots=True)
class Question:
    """What of which history: local days, both included, None as far as there are words.

    `known_by`: as it was known then; None as it is known now.
    """

    named: str
    first_day: date | None = None
    last_day: date | None = None
    known_by: datetime | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Remembered:
    """Activity data of the history, how many words it is of, and when the last became known.

    Asked for what was known by then, the history says the same again.
    """

    data: ActivityData
    words: int
    known_by: datetime


def read_history(question: Question, site: Site) -> Remembered:
    """Return what the history says of a park's meters; HistoryRefused with all that is wrong."""
    told = [*_of_no_history(site), *_odd_days(question)]
    try:
        with opened(question.named) as link:
            numbers = numbers_of(link, site.id, sorted(site.units))
            told += _never_heard_of(link, site, numbers)
            if not told:
                span = _span(link, numbers, question, site.time_zone)
                return _read(link, numbers, span, question.known_by)
    except HistoryRefused as refused:
        told += refused.texts
    raise HistoryRefused(*told)


def _of_no_history(site: Site) -> Iterator[str]:
    """Yield what a park asks for that no history holds."""
    if site.step != QUARTER:
        yield f"holds quarter hours, accounting.interval is {site.step}: 15min, or --readings"
    for name, unit in sorted(site.units.items()):
        if in_base(unit)[1] != "Wh":
            yield f"holds energies, {name!r} is counted in {unit}: leave it out, or --readings"


def _odd_days(question: Question) -> Iterator[str]:
    first, last = question.first_day, question.last_day
    if first is not None and last is not None and last < first:
        yield f"--to {last} lies before --from {first}: name the first day and the last"


def _never_heard_of(link: Link, site: Site, numbers: Mapping[str, int]) -> Iterator[str]:
    """Yield a line for each meter that is no point of the park, or one for the whole park."""
    if not numbers:
        parks = ", ".join(parks_of(link)) or "none at all"
        yield f"has no point of the park {site.id!r} by the names of its meters; it has {parks}"
        return
    lacking = sorted(site.units.keys() - numbers.keys())
    for name in lacking[:MOST_TOLD]:
        yield f"has no point {name!r} of the park {site.id!r}: name meters as their registers"
    if more := lacking[MOST_TOLD:]:
        yield f"… and {len(more)} more have no point"


def _span(link: Link, numbers: Mapping[str, int], question: Question, zone: ZoneInfo) -> Interval:
    """Return the quarter hours to book; HistoryRefused where there are none, or none any more."""
    first_us, end_us = _asked_for(question, zone)
    kept_us = kept_since_us(link)
    if first_us is not None and first_us < kept_us:
        kept = from_microseconds(int(kept_us)).astimezone(zone)
        raise HistoryRefused(f"keeps quarter hours since {kept:%Y-%m-%d %H:%M}: begin later")
    if first_us is None or end_us is None:
        if (ends := ends_of(link, sorted(numbers.values()))) is None:
            raise HistoryRefused("holds no energy of any meter of the park: is validation running?")
        first_us = int(max(ends[0], kept_us)) if first_us is None else first_us
        end_us = ends[1] + QUARTER_US if end_us is None else end_us
    if end_us <= first_us:
        raise _nothing(first_us, end_us, zone)
    if end_us - first_us > MOST_INTERVALS * QUARTER_US:
        days = (end_us - first_us) // (96 * QUARTER_US)
        raise HistoryRefused(f"is asked for {days:,} days: book at most five years, --from --to")
    return Interval(from_microseconds(first_us), from_microseconds(end_us))


def _asked_for(question: Question, zone: ZoneInfo) -> tuple[int | None, int | None]:
    """Return where the asked days begin and end, µs since 1970."""
    first, last = (
        None if day is None else local_day(datetime.combine(day, NOON, zone), zone)
        for day in (question.first_day, question.last_day)
    )
    return (
        None if first is None else to_microseconds(first.start),
        None if last is None else to_microseconds(last.end),
    )


def _nothing(first_us: int, end_us: int, zone: ZoneInfo) -> HistoryRefused:
    first, end = (
        f"{from_microseconds(at).astimezone(zone):%Y-%m-%d %H:%M}" for at in (first_us, end_us)
    )
    return HistoryRefused(f"holds no energy of the park's meters from {first} to {end}")


def _read(
    link: Link, numbers: Mapping[str, int], span: Interval, known_by: datetime | None
) -> Remembered:
    names = sorted(numbers)
    starts_us = np.arange(to_microseconds(span.start), to_microseconds(span.end), QUARTER_US)
    shape = (len(names), len(starts_us))
    amounts, known = np.zeros(shape, np.int64), np.zeros(shape, bool)
    measured = np.ones(shape, bool)
    ids = np.array([numbers[name] for name in names], np.int64)
    in_order = np.argsort(ids)
    count, newest_us = 0, 0
    for words in words_in(link, ids[in_order].tolist(), span, known_by):
        row = in_order[np.searchsorted(ids[in_order], words.point_id)]
        at = row * shape[1] + (words.start_us - starts_us[0]) // QUARTER_US
        sure = words.quality != UNKNOWN
        amounts.reshape(-1)[at] = np.where(sure, words.wh, 0)
        known.reshape(-1)[at] = sure
        measured.reshape(-1)[at] = ~sure | (words.quality == MEASURED)
        count, newest_us = count + len(at), max(newest_us, words.newest_us)
    if not count:
        raise HistoryRefused(
            f"holds no energy of the park's meters from {span.start} to {span.end}"
        )
    data = ActivityData(starts_us, QUARTER, tuple(names), amounts, known, measured)
    return Remembered(data, count, from_microseconds(newest_us))
