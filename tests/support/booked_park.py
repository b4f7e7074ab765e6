"""The books of a park, taken from words as the bookkeeper takes them, without Kafka."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice

from services.carbon_accounting.domain.words import QUARTER_US, Word
from services.carbon_accounting.live.bookkeeping import next_waiting, take
from services.carbon_accounting.live.line_numbers import LineNumbers
from services.carbon_accounting.live.live_rules import LiveRules
from services.carbon_accounting.live.store import open_books
from services.energy.time_grid import QUARTER, Interval
from services.runtime.database import Database

WORDS_AT_ONCE = 20_000


async def book(
    database: Database, rules: LiveRules, span: Interval, wh: Mapping[str, int], *, known: int = 1
) -> None:
    """Tell the same of every quarter of a span; registers that are not named counted 0.

    `known`: quarters after its start that a word is known; the latest word stands.
    """
    if strangers := set(wh) - set(rules.registers):
        raise ValueError(f"{sorted(strangers)} are none of {rules.registers}")
    numbers, words = LineNumbers(), _words(rules, span, wh, known)
    while some := list(islice(words, WORDS_AT_ONCE)):
        async with open_books(database, rules.site.id, numbers) as books:
            step = await take(books, some, rules, span.end)
            while step.left:
                step = await next_waiting(books, rules, span.end)


def _words(rules: LiveRules, span: Interval, wh: Mapping[str, int], known: int) -> Iterator[Word]:
    start = span.start
    while start < span.end:
        for point in rules.registers:
            yield _word(point, start, wh.get(point, 0), start + known * QUARTER)
        start += QUARTER


def _word(point: str, start: datetime, wh: int, known_at: datetime) -> Word:
    said = dict.fromkeys(("estimated_wh", "suspense_wh", "written_off_wh", "methods"), 0)
    said |= {"believed_wh": wh, "believed_us": QUARTER_US, "known_us": QUARTER_US}
    return Word(point, start, known_at=known_at, log_position=0, frame_number=0, **said)
