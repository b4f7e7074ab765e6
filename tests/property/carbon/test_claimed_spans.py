"""What is claimed of a device is found by where it lies as by looking through all of it."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.carbon_accounting.domain.certificates.claimed_spans import ClaimedSpans
from services.energy.time_grid import Interval
from tests.support.settling import NEW_YEAR

QUARTERS = st.integers(0, 20), st.sampled_from([1, 2, 3, 4, 5, 8, 40])
Step = tuple[Interval, int, Interval]
SPAN = st.builds(
    lambda at, count: Interval(
        NEW_YEAR + at * timedelta(minutes=15), NEW_YEAR + (at + count) * timedelta(minutes=15)
    ),
    *QUARTERS,
)


@given(st.lists(st.tuples(SPAN, st.integers(1, 9), SPAN), max_size=40))
def test_it_is_what_a_look_through_all_claims_finds(
    steps: list[tuple[Interval, int, Interval]],
) -> None:
    found, all_of_them = ClaimedSpans(), list[tuple[Interval, int]]()
    for made, wh, asked in steps:
        found.add(made, wh)
        all_of_them.append((made, wh))

        for span in (asked, made, *(one for one, _ in all_of_them)):
            within = [w for m, w in all_of_them if span.start <= m.start and m.end <= span.end]
            around = {m for m, _ in all_of_them if m.start <= span.start and span.end <= m.end}
            assert (found.within(span), found.around(span)) == (sum(within), sorted(around))
