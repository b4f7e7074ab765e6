"""A closed month stays what it was until somebody approves what news would change of it."""

import asyncio
from datetime import datetime

import pytest

from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.live.bookkeeping import Step
from services.carbon_accounting.live.periods import NotClosed, NotPending, approve, close, reject
from services.energy.time_grid import QUARTER
from tests.support.carbon import GAS, GRID, LOAD, NOON, PV, a_quarter, a_word, the_rules
from tests.support.carbon_books import MemoryBooks

IN_MAY, LAST_OF_MAY = -4 * 96, -4 * 96 + 47
"""Quarters before noon of 4 June: noon of 31 May, and the last quarter of that day."""
RULES = the_rules(since=NOON + IN_MAY * QUARTER)
LOCATION = Ledger.LOCATION_BASED


def closed_books(*, but: int | None = None) -> MemoryBooks:
    """Sun is stored in May and used in June; 10 Wh of gas are burnt in May; May is closed.

    Of the quarter `but` nobody said anything.
    """
    books = MemoryBooks()
    between = [word for q in range(IN_MAY + 1, 0) if q != but for word in a_quarter(q)]
    books.take(
        [
            *a_quarter(IN_MAY, pv_made=1000, bat_in=1000, boiler_gas=10),
            *between,
            *a_quarter(0, bat_out=900, load_used=900),
        ],
        RULES,
    )
    assert closing(books) is None
    return books


def closing(books: MemoryBooks, month: str = "2019-05") -> NotClosed | None:
    return asyncio.run(close(books, RULES, month, "li", "reported", NOON))


def no_sun() -> list[object]:
    """What was stored in May came from the grid after all."""
    return [a_word(PV, IN_MAY, 0, known=90), a_word(GRID, IN_MAY, 1000, known=90)]


def told(books: MemoryBooks, words: list[object]) -> Step:
    return books.take(words, RULES)  # type: ignore[arg-type]


def approved(books: MemoryBooks, restatement_id: int = 1) -> Step | NotPending:
    return asyncio.run(approve(books, RULES, restatement_id, "wang", "checked", NOON))


def starts_of(step: Step | NotPending) -> set[datetime]:
    assert isinstance(step, Step)
    return {posting.start for posting in step.postings}


def test_a_month_that_is_not_booked_to_its_end_cannot_be_closed() -> None:
    books = closed_books()

    refused = closing(books, "2019-06")

    assert isinstance(refused, NotClosed)
    assert refused.why.startswith("2019-06 ends 2019-06-30T16:00:00+00:00")
    with pytest.raises(ValueError, match="'June' is no month"):
        closing(books, "June")


def test_news_on_a_closed_month_waits_for_an_approval() -> None:
    books = closed_books()
    before = books.picture()

    step = told(books, [a_word(GAS, IN_MAY, 12, known=90)])

    assert (step.postings, books.picture()) == ([], before)
    pending, state = books.restatements[1]
    assert (pending.month, pending.starts, state) == (
        "2019-05",
        (NOON + IN_MAY * QUARTER,),
        "pending",
    )
    assert pending.because == "2019-05-31T04:00Z boiler.gas: 10 Wh became 12 Wh"


def test_news_that_says_the_same_waits_for_nobody() -> None:
    books = closed_books()

    told(books, [a_word(GAS, IN_MAY, 10, known=90)])

    assert books.restatements == {}


def test_more_news_joins_what_is_pending_of_the_month() -> None:
    books = closed_books()

    told(books, [a_word(GAS, IN_MAY, 12, known=90)])
    told(books, [a_word(GAS, LAST_OF_MAY, 7, known=90)])

    ((pending, _),) = books.restatements.values()
    assert pending.starts == (NOON + IN_MAY * QUARTER, NOON + LAST_OF_MAY * QUARTER)
    assert "10 Wh became 12 Wh" in pending.because
    assert "2019-05-31T15:45Z was not booked before" in pending.because


def test_an_open_month_goes_on_from_what_the_closed_one_left_in_the_stores() -> None:
    books = closed_books()

    told(books, no_sun())
    told(books, [a_word(LOAD, 0, 901, known=90)])  # June is looked at once more

    assert books.booked_ng(LOCATION, meter=LOAD) == 0


def test_an_approval_restates_the_month_and_what_follows_from_it_and_says_by_whom() -> None:
    books = closed_books()
    told(books, no_sun())

    step = approved(books)

    assert starts_of(step) == {NOON + IN_MAY * QUARTER, NOON}
    assert isinstance(step, Step)
    assert all(p.because.startswith("approved by wang: checked: ") for p in step.postings)
    assert books.booked_ng(LOCATION, meter=LOAD) == 900 * 530_600_000


def test_after_an_approval_the_books_are_those_that_never_were_closed() -> None:
    books, open_books = closed_books(), MemoryBooks()
    told(books, no_sun())
    approved(books)

    open_books.take(books.kept.values(), RULES)

    assert books.picture() == open_books.picture()


def test_a_rejected_restatement_leaves_the_month_and_later_news_are_pending_anew() -> None:
    books = closed_books()
    before = books.picture()
    told(books, [a_word(GAS, IN_MAY, 12, known=90)])

    assert asyncio.run(reject(books, 1, "wang", "the meter was tested", NOON)) is None
    assert books.picture() == before
    assert approved(books) == NotPending(1)
    told(books, [a_word(GAS, IN_MAY, 13, known=91)])
    assert [state for _, state in books.restatements.values()] == ["rejected", "pending"]


def test_a_first_booking_into_a_closed_month_is_pending_too() -> None:
    books = closed_books(but=IN_MAY + 1)

    told(books, [*a_quarter(IN_MAY + 1, boiler_gas=3)])

    ((pending, _),) = books.restatements.values()
    assert pending.starts == (NOON + (IN_MAY + 1) * QUARTER,)
    assert pending.because == "2019-05-31T04:15Z was not booked before"
