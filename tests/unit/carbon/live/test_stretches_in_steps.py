"""A backlog is booked step by step; however it is cut, the books come to say the same."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from services.carbon_accounting.domain.words import Word
from services.carbon_accounting.live import bookkeeping
from services.carbon_accounting.live.bookkeeping import Step, keep, next_waiting
from services.carbon_accounting.live.catching_up import next_portion
from services.carbon_accounting.live.live_rules import LiveRules
from services.carbon_accounting.live.periods import NotClosed, approve, close
from services.energy.time_grid import QUARTER
from tests.support.carbon import CHARGE, GAS, GRID, NOON, PV, a_quarter, a_word, the_rules, the_site
from tests.support.carbon_books import MemoryBooks

FIRST_OF_JUNE = datetime(2019, 5, 31, 16, tzinfo=UTC)
LAST_OF_MAY = -4 * 96 + 40
RULES = the_rules(since=NOON + LAST_OF_MAY * QUARTER)
CHARGED = {"pv_made": 1000, "bat_in": 1000, "boiler_gas": 3}
WORDS: list[Word] = [
    *a_quarter(LAST_OF_MAY, **CHARGED),
    *(word for number in range(LAST_OF_MAY + 1, 0) for word in a_quarter(number)),
    *a_quarter(0, bat_out=900, load_used=900),
]
"""The sun of 31 May is used on 4 June."""


@contextmanager
def one_chunk_a_step() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bookkeeping, "LINES_AT_ONCE", 0)
        yield


def a_step(books: MemoryBooks) -> Step:
    with one_chunk_a_step():
        return asyncio.run(next_waiting(books, RULES, NOON))


def steps_of(books: MemoryBooks) -> list[Step]:
    """Book what waits to its end, a chunk a step."""
    steps = [a_step(books)]
    while steps[-1].left:
        steps.append(a_step(books))
    return steps


def at_once(words: Iterable[Word] = WORDS, rules: LiveRules = RULES) -> MemoryBooks:
    """Books in which everything is booked in one step."""
    books = MemoryBooks()
    assert books.take(words, rules).left == []
    return books


def later_words(*words: Word) -> MemoryBooks:
    """Books to whom these words come last, which wait."""
    books = at_once()
    asyncio.run(keep(books, words, RULES))
    return books


def chain(books: MemoryBooks) -> list[tuple[str, str, bytes]]:
    return [(p.id_in("park"), p.because, p.link) for p in books.postings]


def test_words_are_kept_with_the_quarters_that_wait_for_them() -> None:
    books = MemoryBooks()

    asyncio.run(keep(books, WORDS, RULES))

    assert (books.postings, books.facts) == ([], {})
    assert (min(books.waits), max(books.waits)) == (NOON + LAST_OF_MAY * QUARTER, NOON)
    assert len(books.waits) == 1 - LAST_OF_MAY


def test_a_backlog_is_booked_month_by_month_into_the_same_chain() -> None:
    books = MemoryBooks()
    asyncio.run(keep(books, WORDS, RULES))

    steps = steps_of(books)

    assert len(steps) >= 2  # a chunk never leaves its month
    assert chain(books) == chain(at_once())
    assert books.picture() == at_once().picture()
    assert books.waits == set()


def test_what_a_store_carries_on_waits_for_the_next_step() -> None:
    from_the_grid = (
        a_word(PV, LAST_OF_MAY, 0, known=90),
        a_word(GRID, LAST_OF_MAY, 1000, known=90),
    )
    books = later_words(*from_the_grid)

    first = a_step(books)
    waits = [*books.waits]
    steps_of(books)

    assert first.left == waits == [FIRST_OF_JUNE]
    assert books.picture() == at_once(books.kept.values()).picture()


def test_other_rules_are_booked_in_steps_too() -> None:
    books, other = at_once(), the_rules(the_site(factor_year=2021), since=RULES.ledger_from)

    left = [1]
    with one_chunk_a_step():
        while left[-1]:
            left.append(asyncio.run(next_portion(books, other, NOON))[1])

    assert len(left) > 2
    assert books.picture() == at_once(rules=other).picture()
    assert {rules for _, rules in books.facts.values()} == {other.fingerprint}


def test_a_correction_while_others_wait_is_booked_with_them() -> None:
    books = MemoryBooks()
    asyncio.run(keep(books, WORDS, RULES))
    a_step(books)

    asyncio.run(keep(books, [a_word(CHARGE, LAST_OF_MAY, 500, known=90)], RULES))
    steps_of(books)

    assert books.picture() == at_once(books.kept.values()).picture()


def test_earlier_quarters_that_are_told_later_leave_no_gap() -> None:
    books = at_once(a_quarter(0, boiler_gas=7))
    asyncio.run(keep(books, a_quarter(LAST_OF_MAY, boiler_gas=7), RULES))

    first = a_step(books)
    steps_of(books)

    anew = at_once(books.kept.values())
    assert FIRST_OF_JUNE in first.left
    assert (sorted(books.facts), books.waits) == (sorted(anew.facts), set())
    assert books.picture() == anew.picture()


def test_a_month_with_quarters_that_wait_is_not_closed() -> None:
    books = MemoryBooks()
    asyncio.run(keep(books, WORDS, RULES))

    refused = asyncio.run(close(books, RULES, "2019-05", "li", "reported", NOON))

    assert isinstance(refused, NotClosed)
    assert "quarter hours from 2019-05-31T14:00:00+00:00 on wait to be booked" in refused.why


def test_an_approved_month_is_one_step_and_what_follows_from_it_waits() -> None:
    books = at_once()
    asyncio.run(close(books, RULES, "2019-05", "li", "reported", NOON))
    from_the_grid = [
        a_word(PV, LAST_OF_MAY, 0, known=90),
        a_word(GRID, LAST_OF_MAY, 1000, known=90),
    ]
    books.take([*from_the_grid, a_word(GAS, LAST_OF_MAY, 4, known=90)], RULES)

    with one_chunk_a_step():
        step = asyncio.run(approve(books, RULES, 1, "wang", "checked", NOON))
    waits = [*books.waits]
    steps_of(books)

    assert isinstance(step, Step)
    assert {posting.month for posting in step.postings} == {"2019-05"}
    assert waits == step.left == [FIRST_OF_JUNE]
    assert books.picture() == at_once(books.kept.values()).picture()
