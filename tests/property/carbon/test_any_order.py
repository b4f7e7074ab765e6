"""Order, duplication and the size of batches do not matter to what is booked."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from services.carbon_accounting.domain.inventory.site import Owner, Site
from services.carbon_accounting.domain.ledgers import LIVE_LEDGERS, Ledger
from services.carbon_accounting.domain.live.lines import Line
from services.carbon_accounting.domain.words import QUARTER_US, Method, Word
from tests.support.carbon import (
    POINTS,
    a_word,
    an_estimate,
    nothing_known,
    the_rules,
    the_site,
)
from tests.support.carbon_books import MemoryBooks

NG_PER_WH = {
    (Ledger.PARK_ACCEPTANCE, "grid"): 832_500_000,
    (Ledger.LOCATION_BASED, "grid"): 530_600_000,
    (Ledger.MARKET_BASED, "grid"): 609_600_000,
    **{(ledger, "gas"): 200_201_760 for ledger in LIVE_LEDGERS},
    **{(ledger, kind): 0 for ledger in LIVE_LEDGERS for kind in ("pv", "wind")},
}


def kind_of(line: Line) -> str:
    """What its factor is of: unknown and unaccounted power counts as the grid's."""
    kind = line.account.origin.partition(":")[0] or "gas"
    return "grid" if kind in ("unknown", "unaccounted") else kind


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


def scratch(words: list[Word]) -> MemoryBooks:
    books = MemoryBooks()
    books.take(words)
    return books


@settings(max_examples=25, deadline=None)
@given(histories(), st.data())
def test_any_order_any_duplication_any_batches_give_the_same_entries(
    words: list[Word], data: st.DataObject
) -> None:
    undisturbed = scratch(words)
    repeated = data.draw(st.lists(st.sampled_from(words), max_size=9)) if words else []
    again = data.draw(st.permutations(words + repeated))

    disturbed = MemoryBooks()
    size = data.draw(st.integers(1, max(1, len(again))))
    for first in range(0, len(again), size):
        disturbed.take(again[first : first + size])

    assert disturbed.kept == undisturbed.kept
    assert disturbed.picture() == undisturbed.picture()
    assert disturbed.facts == undisturbed.facts


@settings(max_examples=20, deadline=None)
@given(histories())
def test_restating_batch_by_batch_ends_where_booking_from_nothing_does(words: list[Word]) -> None:
    restated = MemoryBooks()
    for first in range(0, len(words), 7):
        restated.take(words[first : first + 7])

    afresh = scratch([*restated.kept.values()])

    assert restated.picture() == afresh.picture()
    lines = {number: line for line, number in restated.lines.items()}
    days = {(day, lines[number]): sums for (day, number), sums in restated.day_sums.items()}
    again = {number: line for line, number in afresh.lines.items()}
    assert days == {(day, again[n]): sums for (day, n), sums in afresh.day_sums.items()}


@settings(max_examples=20, deadline=None)
@given(histories())
def test_the_sums_of_the_tenants_are_those_of_a_park_with_one_tenant(words: list[Word]) -> None:
    shared, single = MemoryBooks(), MemoryBooks()
    shared.take(words)
    single.take(words, the_rules(of_one_tenant(the_site())))

    for ledger in LIVE_LEDGERS:
        assert shared.booked_ng(ledger) == single.booked_ng(ledger)
        assert shared.booked_amount(ledger) == single.booked_amount(ledger)


def of_one_tenant(site: Site) -> Site:
    meters = tuple(replace(meter, owner=Owner()) for meter in site.meters)
    return replace(
        site, meters=meters, streams=tuple(replace(s, owner=Owner()) for s in site.streams)
    )


@settings(max_examples=15, deadline=None)
@given(histories())
def test_the_postings_of_a_quarter_count_up_from_one_and_say_why(words: list[Word]) -> None:
    books = MemoryBooks()
    for first in range(0, len(words), 5):
        books.take(words[first : first + 5])

    seen: dict[object, int] = {}
    for posting in books.postings:
        key = posting.ledger, posting.start_us
        assert posting.number == seen.get(key, 0) + 1
        assert bool(posting.because) == (posting.number > 1)
        seen[key] = posting.number


@settings(max_examples=20, deadline=None)
@given(histories())
def test_every_emission_is_its_amount_times_its_factor_to_the_nanogram(words: list[Word]) -> None:
    books = scratch(words)

    for (_, line), (amount, ng, _) in books.picture().items():
        assert ng == amount * NG_PER_WH[line.ledger, kind_of(line)]
