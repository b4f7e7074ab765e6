"""What is claimed of a meter is found by where it lies, and held against it in every window."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.carbon_accounting.domain.certificates.claimed_spans import ClaimedSpans, SpanWh
from services.carbon_accounting.domain.certificates.windows import overdrawn
from services.energy.time_grid import Interval
from tests.support.settling import NEW_YEAR

QUARTER = timedelta(minutes=15)
QUARTERS = 24
SPAN = st.builds(
    lambda at, count: Interval(NEW_YEAR + at * QUARTER, NEW_YEAR + (at + count) * QUARTER),
    st.integers(0, 20),
    st.sampled_from([1, 2, 3, 4, 5, 8, 40]),
)
CLAIMS = st.lists(st.tuples(SPAN, st.integers(1, 9)), max_size=25)


def overlap(one: Interval, other: Interval) -> bool:
    return one.start < other.end and other.start < one.end


def inside(claims: list[SpanWh], window: Interval) -> int:
    return sum(wh for span, wh in claims if window.start <= span.start and span.end <= window.end)


@given(CLAIMS, st.lists(SPAN, max_size=8))
def test_it_is_what_a_look_through_all_claims_finds(
    claims: list[SpanWh], asked: list[Interval]
) -> None:
    found, so_far = ClaimedSpans(), list[SpanWh]()
    for made, wh in claims:
        found.add(made, wh)
        so_far.append((made, wh))

        for span in asked:
            near = [one for one in so_far if overlap(one[0], span)]
            assert found.within(span) == inside(so_far, span)
            assert sum(wh for _, wh in found.overlapping(span)) == sum(wh for _, wh in near)


@given(CLAIMS, st.lists(st.integers(0, 12), min_size=QUARTERS, max_size=QUARTERS))
def test_a_claim_is_taken_just_when_no_window_at_all_is_overdrawn(
    claims: list[SpanWh], counted_wh: list[int]
) -> None:
    def counted(span: Interval) -> int:
        first, last = ((at - NEW_YEAR) // QUARTER for at in (span.start, span.end))
        return sum(counted_wh[first:last])

    spans, taken = ClaimedSpans(), list[SpanWh]()
    for made, wh in claims:
        with_it = [*taken, (made, wh)]
        windows = [
            Interval(one.start, other.end)
            for one, _ in with_it
            for other, _ in with_it
            if one.start < other.end
        ]
        holds = all(inside(with_it, window) <= counted(window) for window in windows)

        assert (overdrawn([spans], (made, wh), counted) is None) is holds
        if holds:
            spans.add(made, wh)
            taken.append((made, wh))
