"""Closed months, what stores carry into them, and what somebody approves without having seen it."""

import asyncio
from dataclasses import replace

import pytest

from services.carbon_accounting.domain.words import Word
from services.carbon_accounting.live.bookkeeping import RULES as RULES_CHANGED
from services.carbon_accounting.live.bookkeeping import Order, rebook
from services.carbon_accounting.live.catching_up import next_portion
from services.carbon_accounting.live.periods import Changed, approve, close
from services.energy.time_grid import QUARTER
from tests.support.carbon import GAS, GRID, NOON, PV, a_quarter, a_word, the_rules, the_site
from tests.support.carbon_books import MemoryBooks

DAY = 96
APRIL = -35 * DAY  # noon of 30 April
USED = -33 * DAY + 24  # 2 May, 18:00
JUNE = -3 * DAY
RULES = the_rules(since=NOON + APRIL * QUARTER)


def quarter(number: int) -> list[Word]:
    """The sun fills the battery on 30 April; on 2 May the load takes it out."""
    if number == APRIL:
        return a_quarter(number, pv_made=1000, bat_in=1000)
    if number == USED:
        return a_quarter(number, bat_out=900, load_used=900)
    return a_quarter(number)


def told(quarters_at_once: int) -> MemoryBooks:
    """May is booked so many quarters at a time, and closed."""
    books = MemoryBooks()
    for first in range(APRIL, JUNE, quarters_at_once):
        last = min(first + quarters_at_once, JUNE)
        books.take([word for number in range(first, last) for word in quarter(number)], RULES)
    assert asyncio.run(close(books, RULES, "2019-05", "li", "audited", NOON)) is None
    return books


@pytest.mark.parametrize("quarters_at_once", [10**6, 2 * DAY])
def test_what_stores_bring_into_a_closed_month_is_posted_when_it_is_approved(
    quarters_at_once: int,
) -> None:
    books = told(quarters_at_once)
    books.take([a_word(PV, APRIL, 0, known=90), a_word(GRID, APRIL, 1000, known=90)], RULES)

    step = asyncio.run(approve(books, RULES, 1, "wang", "checked", NOON))

    assert not isinstance(step, Changed)
    anew = MemoryBooks()
    anew.take(books.kept.values(), RULES)
    assert books.picture() == anew.picture()


def test_a_start_with_a_closed_month_before_the_books_begin_comes_to_its_end() -> None:
    books = told(2 * DAY)
    later = the_rules(since=NOON + (JUNE - DAY) * QUARTER)
    states = {at for at in books.states if at > later.ledger_from}

    left = [asyncio.run(next_portion(books, later, NOON))[1] for _ in range(4)]

    assert left[-1] == 0
    assert asyncio.run(next_portion(books, later, NOON))[0].quarters == 0
    assert states <= {*books.states}


def test_a_reading_and_a_factor_that_wait_together_are_both_told() -> None:
    """Of the quarter whose gas is another the factor of fossil power is another too."""
    begin = -4 * DAY
    rules = the_rules(since=NOON + begin * QUARTER)
    choices = replace(the_site().choices, acceptance_factor_year=2021)
    other = the_rules(site=replace(the_site(), choices=choices), since=NOON + begin * QUARTER)
    books = MemoryBooks()
    busy = {"grid_in": 1000, "load_used": 1000, "boiler_gas": 10}
    words = [word for n in range(begin, 1) for word in a_quarter(n, **(busy if n < -370 else {}))]
    books.take(words, rules)
    asyncio.run(close(books, rules, "2019-05", "li", "audited", NOON))
    books.take([a_word(GAS, begin, 12, known=90)], rules)

    asyncio.run(rebook(books, [NOON + begin * QUARTER], other, NOON, Order(RULES_CHANGED)))

    told = books.contents[1].reasons
    assert told[0] == "2019-05-31T04:00Z boiler.gas: 10 Wh became 12 Wh"
    assert [text for text in told if text.startswith("factor park_acceptance/")] == [*told[1:]]
    assert len(told) == 2
    assert books.restatements[1][0].version == 2


def test_news_that_takes_back_what_waits_is_no_difference_any_more() -> None:
    books = told(10**6)
    quarter_of_may = USED + DAY
    books.take([a_word(GAS, quarter_of_may, 7, known=90)], RULES)
    (before,) = {(one.known_ng > 0) for one in books.contents[1].sums}

    books.take([a_word(GAS, quarter_of_may, 0, known=91)], RULES)

    assert before
    assert (books.contents[1].sums, books.contents[1].reasons) == ((), ())
    assert books.restatements[1][0].version == 2


def test_nobody_approves_more_than_was_shown() -> None:
    begin = -4 * DAY
    rules = the_rules(since=NOON + begin * QUARTER)
    choices = replace(the_site().choices, acceptance_factor_year=2021)
    other = the_rules(site=replace(the_site(), choices=choices), since=NOON + begin * QUARTER)
    books = MemoryBooks()
    busy = {"grid_in": 1000, "load_used": 1000, "boiler_gas": 10}
    quarters = (a_quarter(n, **(busy if n < begin + 8 else {})) for n in range(begin, 1))
    books.take([word for some in quarters for word in some], rules)
    asyncio.run(close(books, rules, "2019-05", "li", "audited", NOON))
    books.take([a_word(GAS, begin + 1, 12, known=90)], rules)
    ((shown, _),) = books.restatements.values()

    first = asyncio.run(approve(books, other, 1, "wang", "the gas only", NOON))
    ((grown, state),) = books.restatements.values()
    second = asyncio.run(approve(books, other, 1, "wang", "the factor too", NOON))

    assert first == Changed(1, 2)
    assert len(shown.starts) == 1 < len(grown.starts)
    assert state == "pending"
    assert not isinstance(second, Changed)
