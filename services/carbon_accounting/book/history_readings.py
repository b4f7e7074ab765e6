"""The readings of `book` from the history: what validation says each register counted.

A meter or stream of the park is the point of its name. Its quarter hour is what is believed and
estimated of it, in whole Wh, where that is known for all of the quarter hour; else it is unknown,
never 0. It is estimated where not all of it is believed. So do the live books read their words.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from services.carbon_accounting.book.history_board import Board
from services.carbon_accounting.book.history_link import HistoryRefused, Link, opened
from services.carbon_accounting.book.history_words import (
    QUARTER_US,
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
MIDNIGHT, NOON = time(), time(12)


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
    """Activity data of a park, what of it is the history's, of how many words, when the last
    became known.

    Asked for what was known by then, the history says the same again.
    """

    data: ActivityData
    meters: tuple[str, ...]
    words: int
    known_by: datetime


def read_history(question: Question, site: Site, by_hand: Sequence[str] = ()) -> Remembered:
    """Return what the history says of a park's meters; HistoryRefused with all that is wrong.

    Those `by_hand` are not asked for: they are unknown, and must be none of the history's.
    """
    told = [*_of_no_history(site, by_hand), *_odd_days(question)]
    try:
        with opened(question.named) as link:
            asked = sorted(_energies(site) - {*by_hand})
            numbers = numbers_of(link, site.id, asked)
            told += _never_heard_of(link, site.id, asked, numbers)
            told += _said_twice(link, site.id, by_hand)
            if not told:
                span = _span(link, numbers, question, site.time_zone)
                return _read(link, site, numbers, span, question)
    except HistoryRefused as refused:
        told += refused.texts
    raise HistoryRefused(*told)


def _of_no_history(site: Site, by_hand: Sequence[str]) -> Iterator[str]:
    """Yield what a park asks for that no history holds."""
    if site.step != QUARTER:
        yield f"holds quarter hours, accounting.interval is {site.step}: 15min, or a file alone"
    for name in sorted(site.units.keys() - _energies(site) - {*by_hand}):
        unit = site.units[name]
        yield f"holds energies, {name!r} is counted in {unit}: give it by --readings"


def _energies(site: Site) -> set[str]:
    """Return the meters and streams that count energy."""
    return {name for name, unit in site.units.items() if in_base(unit)[1] == "Wh"}


def _said_twice(link: Link, park_id: str, by_hand: Sequence[str]) -> Iterator[str]:
    for name in sorted(numbers_of(link, park_id, by_hand)):
        yield f"has {name!r} as well as --readings: leave it out of the file"


def _odd_days(question: Question) -> Iterator[str]:
    first, last = question.first_day, question.last_day
    if first is not None and last is not None and last < first:
        yield f"--to {last} lies before --from {first}: name the first day and the last"


def _never_heard_of(
    link: Link, park_id: str, names: Sequence[str], numbers: Mapping[str, int]
) -> Iterator[str]:
    """Yield a line for each meter that is no point of the park, or one for the whole park."""
    if not numbers:
        parks = ", ".join(parks_of(link)) or "none at all"
        yield f"has no point of the park {park_id!r} by the names of its meters; it has {parks}"
        return
    lacking = [name for name in names if name not in numbers]
    for name in lacking[:MOST_TOLD]:
        yield f"has no point {name!r} of the park {park_id!r}: name meters as their registers"
    if more := lacking[MOST_TOLD:]:
        yield f"… and {len(more)} more have no point"


def _span(link: Link, numbers: Mapping[str, int], question: Question, zone: ZoneInfo) -> Interval:
    """Return the quarter hours to book; HistoryRefused where there are none, or none any more."""
    first_us, end_us = _asked_for(question, zone)
    kept_us = kept_since_us(link)
    if first_us is not None and first_us < kept_us:
        raise HistoryRefused(_dropped(from_microseconds(int(kept_us)), zone))
    if first_us is None or end_us is None:
        if (ends := ends_of(link, sorted(numbers.values()))) is None:
            raise HistoryRefused("holds no energy of any meter of the park: is validation running?")
        first_us = int(max(ends[0], kept_us)) if first_us is None else first_us
        end_us = _told_until_us(ends[1], question.known_by) if end_us is None else end_us
    if end_us <= first_us:
        raise HistoryRefused("holds no energy of the park's meters in these days")
    if end_us - first_us > MOST_INTERVALS * QUARTER_US:
        days = (end_us - first_us) // (96 * QUARTER_US)
        raise HistoryRefused(f"is asked for {days:,} days: book at most five years, --from --to")
    return Interval(from_microseconds(first_us), from_microseconds(end_us))


def _dropped(kept_since: datetime, zone: ZoneInfo) -> str:
    kept = kept_since.astimezone(zone)
    whole_day = kept.date() if kept.time() == MIDNIGHT else kept.date() + timedelta(days=1)
    return f"keeps quarter hours since {kept:%Y-%m-%d %H:%M} alone: begin --from {whole_day}"


def _told_until_us(last_us: int, known_by: datetime | None) -> int:
    """Return where the last quarter hour ends that anything can be known of."""
    until_us = last_us + QUARTER_US
    if known_by is None:
        return until_us
    known_us = to_microseconds(known_by)
    return min(until_us, known_us - known_us % QUARTER_US)


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


def _read(
    link: Link, site: Site, numbers: Mapping[str, int], span: Interval, question: Question
) -> Remembered:
    names = tuple(sorted(site.units))
    first_us, end_us = to_microseconds(span.start), to_microseconds(span.end)
    board = Board(names, np.arange(first_us, end_us, QUARTER_US))
    rows = sorted((numbers[name], row) for row, name in enumerate(names) if name in numbers)
    ids, row_of = np.array(rows, np.int64).T
    for words in words_in(link, ids.tolist(), span, question.known_by):
        board.place(row_of[np.searchsorted(ids, words.point_id)], words)
    if not board.words:
        raise HistoryRefused("holds no energy of the park's meters in these days")
    data = board.cut(question.first_day is not None, question.last_day is not None)
    newest = from_microseconds(board.newest_us)
    return Remembered(data, tuple(sorted(numbers)), board.words, newest)
