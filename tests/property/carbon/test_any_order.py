"""Order, duplication and the size of batches do not matter to what is booked."""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from services.carbon_accounting.domain.ledgers import Ledger
from tests.support.carbon import MINUTE, NOON, POINTS, MemoryBooks, Reading, a_reading, the_factors

MINUTES = st.sampled_from([0, 5, 14, 15, 16, 30, 31, 44, 45, 60, 75, 150, 200, 240])


@st.composite
def histories(draw: st.DrawFn) -> list[Reading]:
    """Rising registers with gaps, and a few corrections."""
    readings = []
    for point in POINTS:
        minutes = sorted(draw(st.sets(MINUTES, min_size=2)))
        wh = 0
        for minute in minutes:
            wh += draw(st.integers(0, 5000))
            readings.append(a_reading(point, minute, wh))
    for number in range(draw(st.integers(0, 3))):
        point, standing = draw(st.sampled_from(readings))
        after_noon = (standing.event_time - NOON) / MINUTE
        wh = standing.wh + draw(st.integers(-500, 500))
        readings.append(a_reading(point, after_noon, max(0, wh), arrived=300 + number))
    return readings


@settings(max_examples=150, deadline=None)
@given(histories(), st.data())
def test_any_order_any_duplication_any_batches_give_the_same_entries(
    readings: list[Reading], data: st.DataObject
) -> None:
    undisturbed = MemoryBooks()
    undisturbed.take(readings)
    again = data.draw(st.permutations(readings + data.draw(st.lists(st.sampled_from(readings)))))

    disturbed = MemoryBooks()
    size = data.draw(st.integers(1, len(again)))
    for first in range(0, len(again), size):
        disturbed.take(again[first : first + size])

    assert disturbed.picture() == undisturbed.picture()


@settings(max_examples=30, deadline=None)
@given(histories())
def test_the_versions_of_an_entry_count_up_from_one(readings: list[Reading]) -> None:
    books = MemoryBooks()
    for reading in readings:
        books.take([reading])

    seen: dict[object, int] = {}
    for key, posting in books.entries:
        assert posting.version == seen.get(key, 0) + 1
        assert bool(posting.restated_because) == (posting.version > 1)
        seen[key] = posting.version


@settings(max_examples=100, deadline=None)
@given(histories())
def test_every_amount_is_energy_times_factor_to_half_a_milligram(readings: list[Reading]) -> None:
    books = MemoryBooks()
    books.take(readings)
    factors = {f.id: f for f in the_factors().by_quantity.values()}

    for ledger in Ledger:
        own = [entry for key, entry in books.standing.items() if key.ledger is ledger]
        booked = sum(entry.emissions_mg for entry in own)
        exact = sum(
            (factors[entry.factor_id].mg_per_wh * entry.energy_wh for entry in own), Fraction()
        )
        assert abs(booked - exact) <= Fraction(len(own), 2)
