"""Order, duplication and the size of batches do not matter to what is booked."""

import asyncio
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from services.carbon_accounting.domain.ledgers import LIVE_LEDGERS
from services.carbon_accounting.domain.words import QUARTER_US, Method, Word
from services.carbon_accounting.verify import compared
from tests.support.carbon import (
    NOON,
    POINTS,
    MemoryBooks,
    a_word,
    an_estimate,
    nothing_known,
    the_factors,
    the_rules,
)

QUARTERS = st.sampled_from([-1, 0, 1, 2, 3, 12])
ENERGIES = st.integers(0, 5000)


@st.composite
def words_on(draw: st.DrawFn, point: str, quarter: int, known: float) -> Word:
    """Anything that validation says of a register's quarter hour."""
    match draw(st.sampled_from(["believed", "estimated", "in part", "written", "nothing"])):
        case "believed":
            return a_word(point, quarter, draw(ENERGIES), known=known)
        case "estimated":
            return an_estimate(point, quarter, draw(ENERGIES), Method.LINEAR, known=known)
        case "in part":
            some_us = draw(st.integers(1, QUARTER_US - 1))
            partly = {"believed_us": some_us, "known_us": some_us}
            return a_word(point, quarter, draw(ENERGIES), known=known, **partly)
        case "written":
            word = {"believed_us": 0, "estimated_wh": draw(ENERGIES), "suspense_wh": 7}
            return a_word(point, quarter, 0, known=known, methods=int(Method.EDITED), **word)
        case _:
            return nothing_known(point, quarter, known=known, aside=draw(ENERGIES))


@st.composite
def histories(draw: st.DrawFn) -> list[Word]:
    """A few quarters of all registers, and words that take the place of others."""
    words = [
        a_word(point, quarter, draw(ENERGIES))
        for quarter in sorted(draw(st.sets(QUARTERS, min_size=1)))
        for point in POINTS
        if draw(st.integers(0, 20))
    ]
    for _ in range(draw(st.integers(0, 6))):
        point, quarter = draw(st.sampled_from(POINTS)), draw(QUARTERS)
        known = draw(st.sampled_from([200, 300, 400]))  # of one instant: the log decides
        word = draw(words_on(point, quarter, known))
        words.append(placed(word, draw(st.integers(0, 3))))
    return words


def placed(word: Word, position: int) -> Word:
    said = {name: getattr(word, name) for name in Word.__slots__}
    return Word(**(said | {"log_position": position}))


@settings(max_examples=150, deadline=None)
@given(histories(), st.data())
def test_any_order_any_duplication_any_batches_give_the_same_entries(
    words: list[Word], data: st.DataObject
) -> None:
    undisturbed = MemoryBooks()
    undisturbed.take(words)
    repeated = data.draw(st.lists(st.sampled_from(words), max_size=9)) if words else []
    again = data.draw(st.permutations(words + repeated))

    disturbed = MemoryBooks()
    size = data.draw(st.integers(1, max(1, len(again))))
    for first in range(0, len(again), size):
        disturbed.take(again[first : first + size])

    assert disturbed.kept == undisturbed.kept
    assert disturbed.picture() == undisturbed.picture()
    assert disturbed.outcomes == undisturbed.outcomes


@settings(max_examples=100, deadline=None)
@given(histories())
def test_restating_word_by_word_ends_where_booking_from_nothing_does(words: list[Word]) -> None:
    restated, afresh = MemoryBooks(), MemoryBooks()
    for word in words:
        restated.take([word])

    afresh.take(restated.kept.values())

    assert restated.picture() == afresh.picture()
    assert asyncio.run(compared(restated, the_rules())).differences == ()


@settings(max_examples=100, deadline=None)
@given(histories())
def test_nothing_is_booked_of_a_quarter_that_is_not_known_as_a_whole(words: list[Word]) -> None:
    books = MemoryBooks()
    books.take(words)

    booked = {key.interval_start for key, entry in books.standing.items() if not entry.withdrawn}
    known = {
        start
        for start in {start for _, start in books.kept}
        if start >= NOON
        and all((point, start) in books.kept for point in POINTS)
        and all(books.kept[point, start].known_us == QUARTER_US for point in POINTS)
    }
    assert booked == known


@settings(max_examples=30, deadline=None)
@given(histories())
def test_the_versions_of_an_entry_count_up_from_one(words: list[Word]) -> None:
    books = MemoryBooks()
    for word in words:
        books.take([word])

    seen: dict[object, int] = {}
    for key, posting in books.entries:
        assert posting.version == seen.get(key, 0) + 1
        assert bool(posting.restated_because) == (posting.version > 1)
        seen[key] = posting.version


@settings(max_examples=100, deadline=None)
@given(histories())
def test_every_amount_is_energy_times_factor_to_half_a_milligram(words: list[Word]) -> None:
    books = MemoryBooks()
    books.take(words)
    factors = {f.id: f for f in the_factors().by_quantity.values()}

    for ledger in LIVE_LEDGERS:
        own = [entry for key, entry in books.standing.items() if key.ledger is ledger]
        booked = sum(entry.emissions_mg for entry in own)
        exact = sum(
            (factors[entry.factor_id].mg_per_wh * entry.energy_wh for entry in own), Fraction()
        )
        assert abs(booked - exact) <= Fraction(len(own), 2)
